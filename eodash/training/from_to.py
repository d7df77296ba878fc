"""Every from–to pair of land covers that occurs is a class of its own: the labels of direct semantic change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.world.legend import LANDCOVER, NONE

Covers = NDArray[np.uint8]
Mask = NDArray[np.bool_]
COVERS = len(LANDCOVER.labels)
UNKNOWN = -1
"""Label of a pixel that teaches nothing."""


@dataclass(frozen=True)
class FromTo:
    """Class 0 is no change, class k + 1 the k-th pair."""

    pairs: tuple[tuple[int, int], ...]  # (before, after), numbers of the land-cover legend, the most frequent first

    @property
    def classes(self) -> int:
        return 1 + len(self.pairs)

    @property
    def table(self) -> NDArray[np.int64]:
        """The class of a changed pixel by its covers, [before, after]; UNKNOWN for a pair that is no class."""
        found = np.full((256, 256), UNKNOWN, np.int64)
        for place, (was, becomes) in enumerate(self.pairs):
            found[was, becomes] = place + 1
        return found

    def labels(self, before: Covers, after: Covers, changed: Mask, usable: Mask) -> NDArray[np.int64]:
        """The class of every pixel; UNKNOWN where it cannot be used, or changed in a way that is no class."""
        return np.where(usable, np.where(changed, self.table[before, after], 0), UNKNOWN)

    def covers(self, labels: NDArray[np.integer]) -> tuple[Covers, Covers]:
        """Land cover before and after; NONE where nothing changed."""
        nothing = (NONE, NONE)
        table = np.array([nothing, *self.pairs], np.uint8)
        found = table[np.maximum(labels, 0)]
        return found[..., 0], found[..., 1]


def occurring(before: Covers, after: Covers, changed: Mask) -> FromTo:
    """The pairs of known covers that changed pixels show; some keep theirs, as where one cereal follows another."""
    there = changed & (before < COVERS) & (after < COVERS)
    counts = np.bincount(before[there].astype(np.int64) * COVERS + after[there], minlength=COVERS * COVERS)
    order = np.argsort(-counts, kind="stable")[: int(np.count_nonzero(counts))]
    return FromTo(tuple((int(each) // COVERS, int(each) % COVERS) for each in order))
