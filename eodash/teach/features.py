"""Features of a region, made ready for a head: each block of them standardised, shortened, and of equal weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LENGTH = 10.0
"""Mean length of a row: penalties and distances mean the same for 20 features and for 500."""
LOOKED_AT = 20_000
"""Rows that mean, spread and directions are taken from."""
SHORT = 64
"""Most directions that a shortened block keeps."""


@dataclass(frozen=True, eq=False)
class Block:
    """How raw features of one origin become ready ones; learned from the region without any label."""

    mean: Floats  # (raw,) subtracted, then …
    scale: Floats  # (raw,) … divided by; infinite for a feature that is the same everywhere
    turn: Floats | None  # (raw, ready) the directions that are kept; None: all as they are

    def __call__(self, rows: Floats) -> Floats:
        scaled = (np.asarray(rows, np.float32) - self.mean) / self.scale
        return np.asarray(scaled if self.turn is None else scaled @ self.turn, np.float32)

    @property
    def width(self) -> int:
        return len(self.mean) if self.turn is None else self.turn.shape[1]


def block_of(rows: Floats, *, shorten: bool = False) -> Block:
    """From raw features (row, feature); rows without an observation are passed over."""
    known = np.asarray(rows[spread(len(rows), LOOKED_AT)], np.float32)
    known = known[np.isfinite(known).all(1)]
    width = rows.shape[1]
    if not len(known):
        return Block(np.zeros(width, np.float32), np.ones(width, np.float32), None)
    mean, deviation = known.mean(0, dtype=np.float64), known.std(0, dtype=np.float64)
    moving = deviation > 1e-5
    scale = np.where(moving, deviation * np.sqrt(max(1, moving.sum())), np.inf)
    if not shorten or width <= SHORT:
        return Block(mean.astype(np.float32), scale.astype(np.float32), None)
    scaled = (known - mean) / scale
    _, directions = np.linalg.eigh(scaled.T @ scaled)
    kept = directions[:, ::-1][:, :SHORT]
    kept *= np.sign(kept[np.abs(kept).argmax(0), np.arange(kept.shape[1])])  # else the sign would be an accident
    return Block(mean.astype(np.float32), scale.astype(np.float32), kept.astype(np.float32))


@dataclass(frozen=True, eq=False)
class Ready:
    """The blocks of a region's features, by origin: "network", "series"."""

    blocks: Mapping[str, Block]

    def __call__(self, raw: Mapping[str, Floats]) -> Floats:
        """(row, feature) of raw features (row, feature) by origin."""
        share = np.float32(LENGTH / np.sqrt(len(self.blocks)))
        return np.concatenate([block(raw[name]) * share for name, block in self.blocks.items()], axis=1)

    @classmethod
    def of(cls, raw: Mapping[str, Floats], shorten: Sequence[str] = ("series",)) -> Ready:
        return cls({name: block_of(rows, shorten=name in shorten) for name, rows in raw.items()})


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most so many of `count` numbers, evenly, always the same."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).round().astype(np.int64))
