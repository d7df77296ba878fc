"""A region of four quarters whose features say which quarter it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.teach import Classes, Field, Samples

SHAPE = (20, 20)
NAMES = ("barley", "corn", "meadow", "wood")
COLOURS = ("#FFD411", "#FF8415", "#257B54", "#003735")


def quarter(row: int, column: int) -> int:
    return 2 * (row >= SHAPE[0] // 2) + (column >= SHAPE[1] // 2)


def features(noise: float = 0.05) -> NDArray[np.float32]:
    """(pixel, 6): one number per quarter, two that say nothing."""
    rng = np.random.default_rng(0)
    made = noise * rng.normal(size=(SHAPE[0] * SHAPE[1], 6))
    for at in range(len(made)):
        made[at, quarter(*divmod(at, SHAPE[1]))] += 1.0
    return made.astype(np.float32)


def samples(per_class: int = 2, classes: int = 4) -> Samples:
    """So many single pixels of each quarter, each a field."""
    made = Samples(SHAPE, Classes(NAMES[:classes], COLOURS[:classes]))
    fields = [
        Field(label, ((label // 2 * 10 + 2 * one, label % 2 * 10 + 3 * one % 10),))
        for one in range(per_class)
        for label in range(classes)
    ]
    return Samples(SHAPE, made.classes, tuple(fields))
