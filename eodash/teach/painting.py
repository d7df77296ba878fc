"""A head over a region: the map of its classes, how sure it is, and where the next label would tell it most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from eodash.backend.questions import NOTHING, SURE
from eodash.teach.features import spread
from eodash.teach.heads import Head, Rows, Whole, squared

PIECE = 2**15
LOOKED_AT = 12_000
"""Pixels among which the next one to label is looked for."""
AROUND = 3
"""Side of the neighbourhood whose doubt counts: an edge between two fields is always in doubt, and tells little."""
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Painted:
    """What a head says of every pixel, as maps of networks say it: 0–SURE, NOTHING where nothing was observed."""

    said: Bytes  # (y, x) place of the class
    confidence: Bytes
    margin: Bytes  # its lead over the second
    entropy: Bytes


@dataclass(frozen=True)
class Suggestion:
    """The pixel to label next, and the two classes it lies between."""

    row: int
    column: int
    first: int
    second: int
    margin: float


def paint(features: Rows, head: Head, shape: tuple[int, int]) -> Painted:
    """All pixels of ready features (row · columns + column, feature)."""
    found = np.zeros((4, len(features)), np.uint8)
    classes = np.array(head.labels)
    for start in range(0, len(features), PIECE):
        chances = head.probabilities(features[start : start + PIECE])
        known = ~np.isnan(chances[:, :1])
        chances = np.where(known, chances, 1 / chances.shape[1])
        ranked = np.sort(chances, axis=1)
        entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(1) / np.log(max(2, chances.shape[1]))
        numbers = np.stack([ranked[:, -1], ranked[:, -1] - ranked[:, -2], entropy])
        coded = np.where(known[:, 0], np.rint(SURE * np.clip(numbers, 0, 1)), 0)
        piece = found[:, start : start + PIECE]
        piece[0], piece[1:] = np.where(known[:, 0], classes[chances.argmax(1)], NOTHING), coded
    said, confidence, margin, entropy = (each.reshape(shape) for each in found)
    return Painted(said, confidence, margin, entropy)


def next_label(features: Rows, head: Head, painted: Painted, taught: Whole) -> Suggestion | None:
    """The pixel in doubt that looks least like what was labelled; None where nothing is left to look at.

    Doubt is that of its neighbourhood, 1 − margin; how new it looks is the distance to the nearest sample.
    """
    shape = painted.said.shape
    doubt = uniform_filter(1 - painted.margin.astype(np.float32) / SURE, AROUND, mode="nearest").ravel()
    free = np.setdiff1d(np.flatnonzero(painted.said.ravel() != NOTHING), taught)
    places = free[spread(len(free), LOOKED_AT)]
    if not len(places):
        return None
    rows = np.asarray(features[places], np.float32)
    far = np.sqrt(squared(rows, head.rows).min(1))
    new = far / max(float(np.quantile(far, 0.95)), 1e-6)
    one = int(places[(doubt[places] * np.minimum(new, 1.0)).argmax()])
    chances = head.probabilities(features[one : one + 1])[0]
    first, second = np.argsort(-chances, kind="stable")[:2].tolist()
    margin = float(chances[first] - chances[second])
    return Suggestion(one // shape[1], one % shape[1], head.labels[first], head.labels[second], margin)
