"""MS-ResNet: three residual networks side by side, of kernels 3, 5 and 7; Wang et al. (2018), Multi-scale 1-D ResNet,
code geekfeiw/Multi-Scale-1D-ResNet, as Rußwurm & Körner (2020) used it for satellite time series.

    values (B, T, D) → grid (B, D + 1, G) → convolution of 7 dates, 32 units, batch norm, ReLU
        → per kernel: 3 residual blocks of 32, 64, 128 units, each halving the grid → mean over the grid (B, 128)
        → side by side (B, 384) → Linear (B, C)

Half the published width. The authors stretch every series to 512 steps and shrink it four-fold before the first block;
a grid of 46 dates is shorter than that from the start. All kernels are centred, where the authors' larger ones are cut
off at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.contract import SeriesNetwork, Trace
from models.norms import BatchNorm
from models.resample import Resample


@dataclass(frozen=True)
class Config:
    """Half as wide as published."""

    bands: int
    classes: int
    width: int = 32
    dropout: float = 0.0  # before the classifier; none is published
    grid_start: float = -30.0  # phase days
    grid_step: float = 10.0
    grid_length: int = 46


class Residual(nn.Module):
    """Two convolutions beside a shortcut; the grid is halved."""

    def __init__(self, incoming: int, width: int, kernel: int) -> None:
        super().__init__()
        pad = kernel // 2
        self.convolve = nn.Sequential(
            nn.Conv1d(incoming, width, kernel, stride=2, padding=pad, bias=False),
            BatchNorm(width),
            nn.ReLU(),
            nn.Conv1d(width, width, kernel, padding=pad, bias=False),
            BatchNorm(width),
        )
        self.shortcut = nn.Sequential(nn.Conv1d(incoming, width, 1, stride=2, bias=False), BatchNorm(width))

    def forward(self, x: Tensor) -> Tensor:
        return (self.convolve(x) + self.shortcut(x)).relu()  # type: ignore[no-any-return]


class MsResNet(SeriesNetwork):
    """Residual networks of three kernels over a fixed grid of dates."""

    causal = False

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        width = chosen.width
        self.resample = Resample(chosen.grid_start, chosen.grid_step, chosen.grid_length)
        self.stem = nn.Sequential(
            nn.Conv1d(chosen.bands + 1, width, 7, padding=3, bias=False), BatchNorm(width), nn.ReLU()
        )
        self.scales = nn.ModuleList(
            nn.Sequential(
                Residual(width, width, kernel),
                Residual(width, 2 * width, kernel),
                Residual(2 * width, 4 * width, kernel),
            )
            for kernel in (3, 5, 7)
        )
        self.dropout = nn.Dropout(chosen.dropout)
        self.classifier = nn.Linear(3 * 4 * width, chosen.classes)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        x = self.stem(self.resample(values, day, mask))  # (B, width, G)
        features = torch.cat([scale(x).mean(-1) for scale in self.scales], dim=1)  # (B, 12 width)
        return Trace(self.classifier(self.dropout(features)).unsqueeze(1), features)
