"""Dates of change against the truth: how many changed pixels are dated well, by how much they err, false dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.change.breaks import Breaks
from eodash.change.pair import Mask

NEAR = 20.0
"""Days by which a date may err."""
DAY = np.timedelta64(86400, "s")


@dataclass(frozen=True)
class Dated:
    """How good dates of change are."""

    pixels: int  # that truly changed
    near: float  # share of them that is dated within NEAR days
    found: float  # … that has any date
    error: float  # days, the median of those that have one; NaN if none has
    false: float  # share of the ground that never changed which has a date all the same


def dated(found: Breaks, times: NDArray[np.datetime64], truth: NDArray[np.datetime64], still: Mask) -> Dated:
    """`truth` (y, x): the moment of change, NaT where there is none or it has no day; `still`: never changed."""
    there = found.date < len(times)
    changed = ~np.isnat(truth)
    said = times[np.where(there, found.date, 0)]
    both = changed & there
    error = np.abs((said[both] - truth[both]) / DAY)
    count = int(changed.sum())
    return Dated(
        count,
        float((error <= NEAR).sum() / max(1, count)),
        float(both.sum() / max(1, count)),
        float(np.median(error)) if error.size else float("nan"),
        float(there[still].mean()) if still.any() else 0.0,
    )
