"""The LSTM that decides when it has seen enough: Rußwurm et al. (2019), arXiv:1901.10681, and its successor ELECTS
(2023), doi:10.1016/j.isprsjprs.2022.12.016; code MarcCoru/elects.

    values (B, T, D) → LayerNorm → Linear (B, T, 64) → 2 layers, forward only, 64 units, no bias → h (B, T, 64)
        → classifier  (B, T, C)
        → stopping    (B, T)     chance of stopping here: σ(w·h + b)

A date without observation repeats the answer of the last one; before the first, h is zero and the biases answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.cells import unroll
from models.contract import SeriesNetwork, Trace
from models.days import season
from models.masks import carry, hide, observed_first, take
from models.norms import band_norm


@dataclass(frozen=True)
class Config:
    """As published but for the stopping bias: small sets do not learn to stop from −20."""

    bands: int
    classes: int
    hidden: int = 64
    layers: int = 2
    dropout: float = 0.2
    stopping_bias: float = -4.0  # where it starts: "predict late first"
    norm: bool = True  # of the bands of each date, by themselves
    dated: bool = False  # whether the season is an input, too


class EarlyLstm(SeriesNetwork):
    """LSTM with a stopping head."""

    causal = True

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        self.norm = band_norm(chosen.bands, bool(chosen.norm))
        self.project = nn.Linear(chosen.bands + 2 * chosen.dated, chosen.hidden)
        self.lstm = nn.LSTM(
            chosen.hidden,
            chosen.hidden,
            chosen.layers,
            bias=False,
            batch_first=True,
            dropout=chosen.dropout if chosen.layers > 1 else 0.0,
        )
        self.classifier = nn.Linear(chosen.hidden, chosen.classes)
        self.stopping = nn.Linear(chosen.hidden, 1)
        nn.init.constant_(self.stopping.bias, chosen.stopping_bias)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        x = self.entering(values, day, mask)[0]
        states = None
        if watch:
            h, _, states = unroll(self.lstm, x, mask)
        else:
            h = carry(self.lstm(take(x, observed_first(mask)))[0], mask, compact=True)
        hazard = self.stopping(h).squeeze(-1).sigmoid()
        return Trace(self.classifier(h), h[:, -1], hazard=hazard, states=states)

    def entering(self, values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, hidden) what its cells are given, and at which dates."""
        values, day = hide(values, day, mask)
        x = self.norm(values)
        if self.config.dated:
            x = torch.cat([x, season(day)], -1)
        return self.project(x), mask
