"""Toy pairs of patches: bright squares are water, dark ones forest, and what changed went from one to the other."""

from __future__ import annotations

import numpy as np

from eodash.datasets.change_patches import Patches
from eodash.world.legend import LANDCOVER

FOREST, WATER = LANDCOVER.index("forest"), LANDCOVER.index("water")


def toy_patches(number: int = 4, side: int = 32, seed: int = 0) -> Patches:
    """Land cover is told by brightness alone; a square of the after image has swapped it."""
    rng = np.random.default_rng(seed)
    wet = np.zeros((number, side, side), bool)
    changed = np.zeros_like(wet)
    for each in range(number):
        row, column = rng.integers(0, side // 2, 2)
        wet[each, row : row + side // 2] = True
        changed[each, column : column + side // 3, column : column + side // 3] = True
    later = wet ^ changed

    def image(where: np.ndarray) -> np.ndarray:
        clean = np.where(where, 1.0, -1.0)[:, None].repeat(6, 1)
        return (clean + rng.normal(0, 0.1, clean.shape)).astype(np.float16)

    covers = [np.where(where, WATER, FOREST).astype(np.uint8) for where in (wet, later)]
    usable = np.ones_like(wet)
    usable[:, 0] = False
    return Patches(image(wet), image(later), usable, changed, covers[0], covers[1], np.arange(number, dtype=np.int32))
