"""Lightweight temporal attention: Garnot & Landrieu (2020), arXiv:2007.00586; code
VSainteuf/lightweight-temporal-attention.

    values (B, T, D) → LayerNorm → Linear to 256 → LayerNorm → + sinusoids of the day, the same for each head
        → 16 heads: one learned query each (8), keys of all channels, values = the head's own 16 channels → (B, 256)
        → Linear 128, batch norm, ReLU, dropout → LayerNorm (B, 128) → Linear (B, C)

Attention is (B, 1, 16, 1, T): one query per head, asked once. A date without observation gets exactly zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.contract import SeriesNetwork, Trace
from models.days import Positions
from models.masks import hide, never_empty
from models.norms import BatchNorm, band_norm


@dataclass(frozen=True)
class Config:
    """As published."""

    bands: int
    classes: int
    width: int = 256
    heads: int = 16
    depth: int = 8  # of queries and keys
    hidden: int = 128
    dropout: float = 0.2
    norm: bool = True  # of the bands of each date, by themselves


class LTae(SeriesNetwork):
    """A learned question per head, asked of all dates."""

    causal = False

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        self.norm = band_norm(chosen.bands, bool(chosen.norm))
        self.project = nn.Sequential(nn.Linear(chosen.bands, chosen.width), nn.LayerNorm(chosen.width))
        self.positions = Positions(chosen.width // chosen.heads)
        self.query = nn.Parameter(torch.randn(chosen.heads, chosen.depth) * math.sqrt(2 / chosen.depth))
        self.key = nn.Linear(chosen.width, chosen.heads * chosen.depth, bias=False)  # a bias cancels in the softmax
        self.hidden = nn.Sequential(
            nn.Linear(chosen.width, chosen.hidden), BatchNorm(chosen.hidden), nn.ReLU(), nn.Dropout(chosen.dropout)
        )
        self.out_norm = nn.LayerNorm(chosen.hidden)
        self.classifier = nn.Linear(chosen.hidden, chosen.classes)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        mask = never_empty(mask)
        values, day = hide(values, day, mask)
        heads, depth = self.query.shape
        x = self.project(self.norm(values)) + self.positions(day, mask).repeat(1, 1, heads)  # (B, T, width)
        key = self.key(x).unflatten(-1, (heads, depth))  # (B, T, H, depth)
        score = (key * self.query).sum(-1) / math.sqrt(depth)  # (B, T, H)
        attention = score.masked_fill(~mask.unsqueeze(-1), -torch.inf).softmax(1)  # sums to one over the dates
        mixed = torch.einsum("bth,bthc->bhc", attention, x.unflatten(-1, (heads, -1)))  # (B, H, width / H)
        features = self.out_norm(self.hidden(mixed.flatten(1)))
        watched = attention.mT[:, None, :, None, :] if watch else None
        return Trace(self.classifier(features).unsqueeze(1), features, attention=watched)
