"""Series that are easy to tell apart, and a small causal network, so that a training takes seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eodash.datasets.contract import Batch
from eodash.training.recipe import Recipe
from models.contract import SeriesNetwork, Trace


class Toy:
    """Two bands, up to eight dates; class k has its bump in the first band at date 2 k + 1."""

    name, legend, level, origin = "toy", "", "", "made up"
    bands: tuple[str, ...] = ("1", "2")

    def __init__(self, n: int = 120, classes: int = 3, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.classes: tuple[str, ...] = tuple("abcdefgh"[:classes])
        self.label: NDArray[np.int64] = np.arange(n) % classes
        self.group: NDArray[np.int64] = np.arange(n)
        self.values = (0.3 + 0.02 * random.standard_normal((n, 8, 2))).astype(np.float32)
        for row, label in enumerate(self.label):
            self.values[row, 2 * label + 1, 0] += 0.3
        self.day = np.tile(np.arange(8, dtype=np.float32) * 30, (n, 1))
        self.mask = random.random((n, 8)) < 0.8
        self.mask[:, 0] = True

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        return Batch(self.values[rows], self.day[rows], self.mask[rows], self.label[rows], self.group[rows])


@dataclass(frozen=True)
class Config:
    """Of the small network."""

    bands: int
    classes: int


class Small(SeriesNetwork):
    """A recurrent network with dropout and a stopping head."""

    causal = True

    def __init__(self, bands: int = 2, classes: int = 3) -> None:
        super().__init__()
        self.config = Config(bands, classes)
        self.read = nn.GRU(bands, 12, batch_first=True)
        self.norm = nn.BatchNorm1d(12)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(12, classes)
        self.stopping = nn.Linear(12, 1)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        states, _ = self.read(values)
        states = self.dropout(self.norm(states.mT).mT)
        return Trace(self.classifier(states), states[:, -1], torch.sigmoid(self.stopping(states)[..., 0]))


def small(seed: int = 0, classes: int = 3) -> Small:
    torch.manual_seed(seed)
    return Small(2, classes)


def recipe(**changes: Any) -> Recipe:
    """Quick, and with everything switched on."""
    return Recipe("toy", "early-lstm", epochs=3, batch=32, learning_rate=0.02, patience=99).with_(**changes)
