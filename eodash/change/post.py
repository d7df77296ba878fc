"""From marks to areas: each step a switch, and each counts what it takes away or adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter
from skimage.morphology import opening, remove_small_holes, remove_small_objects

from eodash.change.floor import fine
from eodash.change.pair import Mask

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


@dataclass(frozen=True)
class Cleaning:
    """Which steps; opening takes the edges of a grid not quite the same, and hurts where pixels are large."""

    median: bool = True
    opening: bool | None = None  # None: where pixels are small
    unit: float = 1.0  # hectares; smaller changes are dropped
    holes: float = 0.0  # hectares; smaller holes are filled

    def opens(self, hectares: float) -> bool:
        """Whether pixels of this size are opened."""
        return fine(hectares) if self.opening is None else self.opening


@dataclass(frozen=True)
class Step:
    """What one step did."""

    name: str
    removed: int  # pixels
    added: int
    hectares: float  # after it


def clean(mask: Mask, usable: Mask, cleaning: Cleaning, hectares: float) -> tuple[Mask, tuple[Step, ...]]:
    """The mask after all chosen steps; nothing is marked where nothing was seen."""
    steps = []
    for name, after in _steps(mask, cleaning, hectares):
        after &= usable
        steps.append(Step(name, int((mask & ~after).sum()), int((after & ~mask).sum()), float(after.sum() * hectares)))
        mask = after
    return mask, tuple(steps)


def majority(mask: Mask) -> Mask:
    """The median of nine: what most of a pixel's neighbourhood is."""
    found: Mask = uniform_filter(mask.astype(np.float32), 3, mode="nearest") > 0.5
    return found


def _steps(mask: Mask, cleaning: Cleaning, hectares: float) -> Iterator[tuple[str, Mask]]:
    if cleaning.median:
        mask = majority(mask)
        yield "median 3 × 3", mask
    if cleaning.opens(hectares):
        mask = np.asarray(opening(mask, CROSS), bool)
        yield "opening", mask
    if (smallest := pixels_of(cleaning.unit, hectares)) > 1:
        mask = remove_small_objects(mask, max_size=smallest - 1, connectivity=2)
        yield f"minimum unit {cleaning.unit:g} ha", mask
    if (largest := int(cleaning.holes / hectares)) > 0:
        mask = remove_small_holes(mask, max_size=largest, connectivity=1)
        yield f"holes to {cleaning.holes:g} ha", mask


def pixels_of(unit: float, hectares: float) -> int:
    """Pixels of the smallest change that is kept."""
    return int(np.ceil(unit / hectares - 1e-9)) if unit > 0 else 0
