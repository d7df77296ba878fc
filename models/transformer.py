"""The Transformer of Rußwurm & Körner (2020), Self-attention for raw optical satellite time series classification,
ISPRS Journal 169, doi:10.1016/j.isprsjprs.2020.06.006; code MarcCoru/phiweek19.

    values (B, T, D) → LayerNorm → Linear to 128 → LayerNorm → + sinusoids of the day → 3 layers, 3 heads, depth 42,
    inner 512, post-norm → LayerNorm → maximum over the observed dates (B, 128) → Linear (B, C)

598,313 parameters at 13 bands and 33 classes; the published 607 k are reached if a fixed table of about 70 positions is
counted. Their positions were the dates' index, these are their phase days.

Attention to a date without observation is exactly zero. Such a date asks too, with mean reflectance at day 0; its row
sums to one like every other, but nothing reads its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.attention import Encoder
from models.contract import SeriesNetwork, Trace
from models.days import Positions
from models.masks import hide, never_empty, squeeze
from models.norms import band_norm


@dataclass(frozen=True)
class Config:
    """As published."""

    bands: int
    classes: int
    width: int = 128
    layers: int = 3
    heads: int = 3
    depth: int = 42  # of queries, keys and values per head
    inner: int = 512
    dropout: float = 0.26
    norm: bool = True  # of the bands of each date, by themselves


class Transformer(SeriesNetwork):
    """Self-attention over all dates."""

    causal = False

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

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        mask = never_empty(mask)
        values, day = hide(values, day, mask)
        if not watch:  # gaps cost time and say nothing
            values, day, mask = squeeze(values, day, mask)
        x = self.project(self.norm(values)) + self.positions(day, mask)  # (B, T, width)
        x, attention = self.encoder(self.dropout(x), mask[:, None, None, :], watch)
        features = self.out_norm(x).masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(1)  # (B, width)
        return Trace(self.classifier(features).unsqueeze(1), features, attention=attention)
