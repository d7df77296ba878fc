"""The bidirectional LSTM of Rußwurm & Körner (2020), Self-attention for raw optical satellite time series
classification, ISPRS Journal 169, doi:10.1016/j.isprsjprs.2020.06.006; code MarcCoru/phiweek19.

    values (B, T, D) → LayerNorm → 4 layers in both directions, 32 units, no bias → final cell states of all layers and
    directions side by side (B, 256) → LayerNorm → Linear (B, C)

94,267 parameters at 13 bands and 33 classes. Dates that are missing are skipped. As published it reads order, not days;
with `dated` sine and cosine of the season stand beside the bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from models.cells import unroll
from models.contract import SeriesNetwork, Trace
from models.days import season
from models.masks import hide, never_empty, observed_first, take
from models.norms import band_norm


@dataclass(frozen=True)
class Config:
    """As published; BreizhCrops uses hidden=128."""

    bands: int
    classes: int
    hidden: int = 32
    layers: int = 4
    dropout: float = 0.71
    bias: bool = False
    norm: bool = True  # of the bands of each date, by themselves
    dated: bool = False  # whether the season is an input, too


class Lstm(SeriesNetwork):
    """LSTM in both directions."""

    causal = False

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        self.norm = band_norm(chosen.bands, bool(chosen.norm))
        self.lstm = nn.LSTM(
            chosen.bands + 2 * chosen.dated,
            chosen.hidden,
            chosen.layers,
            bias=chosen.bias,
            batch_first=True,
            dropout=chosen.dropout if chosen.layers > 1 else 0.0,
            bidirectional=True,
        )
        self.cell_norm = nn.LayerNorm(2 * chosen.layers * chosen.hidden)
        self.classifier = nn.Linear(2 * chosen.layers * chosen.hidden, chosen.classes)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        x, mask = self.entering(values, day, mask)
        states = None
        if watch:
            _, cells, states = unroll(self.lstm, x, mask)  # (B, 2 layers, hidden)
        else:
            cells = self.final_cells(x, mask).transpose(0, 1)
        features = self.cell_norm(cells.flatten(1))
        return Trace(self.classifier(features).unsqueeze(1), features, states=states)

    def entering(self, values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) what its cells are given, and at which dates."""
        mask = never_empty(mask)
        values, day = hide(values, day, mask)
        x = self.norm(values)
        return torch.cat([x, season(day)], -1) if self.config.dated else x, mask

    def final_cells(self, x: Tensor, mask: Tensor) -> Tensor:
        """Cell states (2 · layers, B, hidden) at the end of each direction's reading."""
        lengths = mask.sum(1).cpu()
        x = take(x, observed_first(mask))[:, : int(lengths.max())]
        if int(lengths.min()) == x.shape[1]:
            return self.lstm(x)[1][1]  # type: ignore[no-any-return]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return self.lstm(packed)[1][1]  # type: ignore[no-any-return]
