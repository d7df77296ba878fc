"""A Transformer that sees the past alone, with the stopping head of Rußwurm et al. (2019), arXiv:1901.10681.

    values (B, T, D) → LayerNorm → Linear to 64 → LayerNorm → + sinusoids of the day → 3 layers, 4 heads, depth 16,
    inner 256, post-norm, each date looking at itself and those before → LayerNorm (B, T, 64)
        → classifier  (B, T, C)
        → stopping    (B, T)     chance of stopping here

Attention is that of transformer.py under a mask, in no paper of its own. A date without observation repeats the answer
of the last one; before the first the state is zero and the biases answer. Watched attention: rows sum to one over the
observed dates up to the date that asks; a row before the first observation is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.attention import Encoder
from models.contract import SeriesNetwork, Trace
from models.days import Positions
from models.masks import carry, hide
from models.norms import band_norm


@dataclass(frozen=True)
class Config:
    """Small, for it answers after every date."""

    bands: int
    classes: int
    width: int = 64
    layers: int = 3
    heads: int = 4
    depth: int = 16
    inner: int = 256
    dropout: float = 0.2
    stopping_bias: float = -4.0  # where it starts: "predict late first"
    norm: bool = True  # of the bands of each date, by themselves


class CausalTransformer(SeriesNetwork):
    """Self-attention over the dates so far, with a stopping head."""

    causal = True

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        width = chosen.width
        self.norm = band_norm(chosen.bands, bool(chosen.norm))
        self.project = nn.Sequential(nn.Linear(chosen.bands, width), nn.LayerNorm(width))
        self.positions = Positions(width)
        self.dropout = nn.Dropout(chosen.dropout)
        self.encoder = Encoder(chosen.layers, width, chosen.heads, chosen.depth, chosen.inner, chosen.dropout)
        self.out_norm = nn.LayerNorm(width)
        self.classifier = nn.Linear(width, chosen.classes)
        self.stopping = nn.Linear(width, 1)
        nn.init.constant_(self.stopping.bias, chosen.stopping_bias)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        values, day = hide(values, day, mask)
        x = self.project(self.norm(values)) + self.positions(day, mask)  # (B, T, width)
        square = torch.ones(mask.shape[1], mask.shape[1], dtype=torch.bool, device=mask.device)
        past = mask[:, None, None, :] & square.tril()  # (B, 1, T, T)
        begun = past.any(-1, keepdim=True)
        itself = ~begun & torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)
        x, attention = self.encoder(self.dropout(x), past | itself, watch)  # a row of nothing would be no number
        h = carry(self.out_norm(x), mask)
        hazard = self.stopping(h).squeeze(-1).sigmoid()
        if attention is not None:
            attention = attention.masked_fill(~begun.unsqueeze(1), 0.0)
        return Trace(self.classifier(h), h[:, -1], hazard=hazard, attention=attention)
