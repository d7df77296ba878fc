"""Years alike: the calendars of a valley in which what changes is known, and nothing else does.

Where a field bears the same crop in two years, its plants are the same but for a few per cent, and its calendar is but
for the shift that the weather gives all fields of a year, and a small one of its own.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.world.crops import NEVER
from eodash.world.growth import YEAR, Plants

SHIFT = 4.0
"""Days by which years differ (standard deviation), all fields together …"""
JITTER = 2.0
"""… and each field for itself."""
SPREAD = 0.03
"""Of what is no date, as a share."""
DAYS = (
    "emergence", "green_up", "senescence", "harvest", "tillage", "thin_day", "flower", "weeds_end", "catch_start",
    "catch_end", "drying", "cut",
)  # fmt: skip
SHARES = ("cover", "shade", "flower_share", "thinning", "loss", "litter", "straw", "depth")
"""What may not exceed 1, or what it was."""


def alike(rng: np.random.Generator, plants: Plants, kind: NDArray[np.int64], main: int) -> Plants:
    """The same plants, those of other years drawn from the first year of the same crop, the main one if it may be."""
    rows, years = kind.shape
    same = kind[:, :, None] == kind[:, None, :]  # (row, year, year it could be drawn from)
    source = np.where(same[:, :, main], main, same.argmax(2))
    later = np.arange(years) - source
    own = later != 0
    moved = rng.normal(0, SHIFT, (1, years)) + rng.normal(0, JITTER, (rows, years))
    days = np.where(own, moved, 0) + YEAR * later
    row = np.arange(rows)[:, None]
    drawn: dict[str, Any] = {}
    for name in (field.name for field in fields(Plants)):
        if name == "kind":
            drawn[name] = plants.kind
            continue
        if name == "leaves":
            drawn[name] = tuple(part[row, source] for part in plants.leaves)
            continue
        value = getattr(plants, name)[row, source]
        further = (...,) + (None,) * (value.ndim - 2)
        if name in DAYS:
            value = np.where(value < NEVER / 2, value + days[further], value)
        else:
            varied = value * np.exp(np.where(own, rng.normal(0, SPREAD, own.shape), 0))[further]
            value = np.minimum(varied, np.maximum(value, 1)) if name in SHARES else varied
        drawn[name] = np.ascontiguousarray(value, np.float32)
    return Plants(**drawn)
