"""A change map against truth: kappa, Dice, accuracy, and always how rare change is; accuracy alone flatters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.change.pair import Mask

REJECTED, HIT, FALSE_ALARM, MISS, NOT_KNOWN = 0, 1, 2, 3, 255
"""Correct rejection, hit, false alarm, miss; where there is no truth, or nothing was seen."""


@dataclass(frozen=True)
class Scores:
    """How good a change map is."""

    kappa: float
    dice: float
    accuracy: float
    rare: float  # share of the labelled pixels that did change
    still: float  # accuracy of who always says "no change"
    false_alarm: float  # share of the unchanged pixels that were flagged
    hits: int
    rejected: int
    false_alarms: int
    misses: int


def verdicts(mask: Mask, truth: Mask, known: Mask) -> NDArray[np.uint8]:
    """HIT, REJECTED, FALSE_ALARM or MISS per pixel."""
    found = np.where(truth, np.where(mask, HIT, MISS), np.where(mask, FALSE_ALARM, REJECTED))
    return np.where(known, found, NOT_KNOWN).astype(np.uint8)


def scores(mask: Mask, truth: Mask, known: Mask) -> Scores:
    """Over the pixels whose truth is known."""
    said, is_so = mask[known], truth[known]
    hits, misses = int((said & is_so).sum()), int((~said & is_so).sum())
    alarms, rejected = int((said & ~is_so).sum()), int((~said & ~is_so).sum())
    total = max(1, len(said))
    return Scores(
        metrics.kappa(is_so.astype(np.int64), said.astype(np.int64)),
        2 * hits / max(1, 2 * hits + alarms + misses),
        (hits + rejected) / total,
        (hits + misses) / total,
        (rejected + alarms) / total,
        alarms / max(1, alarms + rejected),
        hits, rejected, alarms, misses,
    )  # fmt: skip
