"""Series out of a cube, as the engine inspects them: one pixel's, or the mean of several."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.datasets.parcels import latitude_of
from eodash.sources.contract import NODATA


def series_at(cube: xr.DataArray, row: int, column: int) -> xr.DataArray:
    """One pixel's series (time, band) with `clear` beside it, and the latitude that its days need."""
    return _series(cube, np.asarray(cube.values[:, :, row, column]), np.asarray(cube["clear"].values[:, row, column]))


def series_mean(cube: xr.DataArray, where: NDArray[np.bool_]) -> xr.DataArray:
    """The mean series of some pixels: on each date of those that are clear, of all observed ones where none is."""
    values = cube.values[:, :, where]  # (time, band, pixel)
    clear = cube["clear"].values[:, where]
    observed = (values != NODATA).all(1)
    usable = observed & clear
    taken = np.where(usable.any(1, keepdims=True), usable, observed)
    count = taken.sum(1)
    total = np.where(taken[:, None], values, 0).sum(-1, dtype=np.float64)
    mean = np.where(count[:, None] > 0, np.rint(total / np.maximum(count, 1)[:, None]), NODATA).astype(np.int16)
    return _series(cube, mean, usable.any(1))


def _series(cube: xr.DataArray, values: NDArray[Any], clear: NDArray[np.bool_]) -> xr.DataArray:
    coords = {"time": cube["time"].values, "band": cube["band"].values, "clear": ("time", clear)}
    attrs = cube.attrs | {"latitude": latitude_of(cube)}
    return xr.DataArray(values, coords, ("time", "band"), name="reflectance", attrs=attrs)
