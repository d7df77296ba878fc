"""How well a strategy tells change and land cover: pixels are pooled, so that a large scene counts for more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.change.scored import scores
from eodash.training.from_to import COVERS

Covers = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Said:
    """What a strategy says of some pairs, (pair, y, x)."""

    changed: Mask
    before: Covers | None = None  # land cover, where it tells that of every pixel
    after: Covers | None = None
    pairs: tuple[Covers, Covers] | None = None  # from and to, where it says change; else taken from the covers


@dataclass(frozen=True, eq=False)
class Truth:
    """What is so, (pair, y, x)."""

    changed: Mask
    before: Covers  # NONE where it is not known
    after: Covers
    usable: Mask
    still: NDArray[np.bool_]  # (pair,): nothing happened, another season, light or haze alone


@dataclass(frozen=True)
class Row:
    """The figures of a strategy; None where it does not tell."""

    kappa: float  # of change, over the pairs in which something happened
    dice: float
    accuracy: float
    cover_kappa: float | None  # over both dates of the same pairs
    cover_accuracy: float | None
    from_to: float | None  # share of the changed pixels that are flagged with the right pair
    false_alarm: float | None  # share of the pixels flagged in pairs in which nothing happened
    rare: float  # share of the pixels that changed
    accuracy_of_no_change: float  # of who always says "no change"


def scored(said: Said, truth: Truth) -> Row:
    """Against the truth, over usable pixels."""
    happened = truth.usable & ~truth.still[:, None, None]
    found = scores(said.changed, truth.changed, happened)
    quiet = truth.usable & truth.still[:, None, None]
    alarm = float(said.changed[quiet].mean()) if quiet.any() else None
    kappa = accuracy = None
    if said.before is not None and said.after is not None:
        kappa, accuracy = _cover(said.before, said.after, truth, happened)
    return Row(found.kappa, found.dice, found.accuracy, kappa, accuracy, _from_to(said, truth, happened), alarm,
               found.rare, found.still)  # fmt: skip


def _cover(before: Covers, after: Covers, truth: Truth, where: Mask) -> tuple[float | None, float | None]:
    is_so, told = [], []
    for true, answer in ((truth.before, before), (truth.after, after)):
        known = where & (true < COVERS)
        is_so.append(true[known].astype(np.int64))
        told.append(answer[known].astype(np.int64))
    right, all_told = np.concatenate(is_so), np.concatenate(told)
    if not len(right):
        return None, None
    return metrics.kappa(right, all_told), metrics.accuracy(right, all_told)


def _from_to(said: Said, truth: Truth, where: Mask) -> float | None:
    if said.pairs is not None:
        first, second = said.pairs
    elif said.before is not None and said.after is not None:
        first, second = said.before, said.after
    else:
        return None
    changed = where & truth.changed & (truth.before < COVERS) & (truth.after < COVERS)
    if not changed.any():
        return None
    right = said.changed & (first == truth.before) & (second == truth.after)
    return float(right[changed].mean())
