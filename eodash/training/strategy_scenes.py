"""Whole held-out scenes, on which change is as rare as it is: patches lie where things happen more often than not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from eodash.change.standard import standardised
from eodash.datasets.change_pairs import KnownPair
from eodash.datasets.change_patches import Patches
from eodash.training.strategy_scores import Truth
from eodash.world.legend import NONE


@dataclass(frozen=True, eq=False)
class Scenes:
    """Pairs of whole images, and in which of them nothing happened."""

    pairs: Patches
    still: NDArray[np.bool_]

    @property
    def truth(self) -> Truth:
        there = self.pairs
        return Truth(there.changed, there.cover_before, there.cover_after, there.usable, self.still)


def thinned(data: Patches, every: int = 8) -> Patches:
    """Every eighth patch: enough to tell which pass was the best."""
    return Patches(**{each.name: getattr(data, each.name)[::every] for each in fields(Patches)})


def scenes_of(known: Sequence[KnownPair]) -> Scenes:
    """Pairs of one size as the networks are fed."""
    images = [standardised(each.pair) for each in known]
    covers = [each.covers or (np.full(each.changed.shape, NONE, np.uint8),) * 2 for each in known]
    before, after = (np.stack([pair[date] for pair in images]).astype(np.float16) for date in (0, 1))
    was, becomes = (np.stack([pair[date] for pair in covers]) for date in (0, 1))
    usable = np.stack([each.pair.usable & each.known for each in known])
    changed = np.stack([each.changed for each in known])
    pairs = Patches(before, after, usable, changed, was, becomes, np.arange(len(known), dtype=np.int32))
    return Scenes(pairs, np.array([bool(each.nuisance) for each in known]))
