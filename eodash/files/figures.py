"""What the numbers of an image are like: extremes of all, percentiles of some."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ABSURD = 1e300
"""A float beyond it is a way to write "none", such as −1.7e308."""

OVER = (3.2767, 32_767.0)
"""The largest reflectance, and the largest digital number, that a cube can hold."""


def valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Where an image holds a number: not its no-data value, not NaN, infinite or absurd."""
    good = np.ones(values.shape, bool)
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            good &= np.abs(values) < min(ABSURD, float(np.finfo(values.dtype).max))
    if nodata is not None and np.isfinite(nodata):
        if values.dtype == np.float32:
            good &= values != np.float32(np.clip(nodata, -3.4028235e38, 3.4028235e38))
        else:
            good &= values != nodata
    return good


class Figures:
    """Collected piece by piece, so that no image need be in memory as a whole."""

    def __init__(self, nodata: float | None) -> None:
        self._nodata = nodata
        self._low, self._high = np.inf, -np.inf
        self._count = self._none = 0
        self._over = dict.fromkeys(OVER, 0)
        self._whole = True
        self._sample: list[NDArray[np.float64]] = []

    def add(self, values: NDArray[Any], every: int) -> None:
        good = values[valid(values, self._nodata)]
        self._count += values.size
        self._none += values.size - good.size
        if good.size:
            self._low = min(self._low, float(good.min()))
            self._high = max(self._high, float(good.max()))
            if self._high > OVER[0]:
                for limit in OVER:
                    self._over[limit] += int((good > limit).sum())
            self._sample.append(good[::every].astype(np.float64))
            self._whole = self._whole and bool((self._sample[-1] == np.rint(self._sample[-1])).all())

    def said(self) -> dict[str, Any]:
        """JSON: count, none, how many lie over each limit, and low, p2, p50, p98, high where there is any number;
        and whether all of them are whole."""
        said: dict[str, Any] = {"count": self._count, "none": self._none, "over": list(self._over.values())}
        if self._sample:
            p2, p50, p98 = np.percentile(np.concatenate(self._sample), [2, 50, 98])
            said |= {"low": self._low, "p2": float(p2), "p50": float(p50), "p98": float(p98), "high": self._high}
            said["whole"] = self._whole
        return said
