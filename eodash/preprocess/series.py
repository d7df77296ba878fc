"""Many series at once, as the blocks see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Days = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Series:
    """Series of a block of pixels; NaN where nothing is known."""

    days: Days  # (time,): since the first date of the cube
    values: Floats  # (time, band, pixel), in the carrier's numbers
    clear: Mask  # (time, pixel)
    made: Mask  # (time, pixel): not observed on that date, but filled or interpolated

    @property
    def known(self) -> Mask:
        """(time, band, pixel), or (time, 1, pixel) where all bands are known alike."""
        known = ~np.isnan(self.values)
        return known[:, :1] if (known == known[:, :1]).all() else known


def days_since(times: NDArray[np.datetime64], first: np.datetime64) -> Days:
    """True days, with their fractions."""
    return np.asarray((times - first) / np.timedelta64(1, "us") / 864e8, dtype=np.float64)
