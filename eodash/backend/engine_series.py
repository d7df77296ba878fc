"""Series out of a cube, as the engine inspects them: one pixel's, the mean of several, or some of many."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.datasets.parcels import latitude_of
from eodash.errors import AoiError
from eodash.sources.contract import NODATA


def series_at(cube: xr.DataArray, row: int, column: int) -> xr.DataArray:
    """One pixel's series (time, band) with `clear` beside it, and the latitude that its days need."""
    rows, columns = cube.shape[2:]
    if not (0 <= row < rows and 0 <= column < columns):
        raise AoiError(
            f"Row {row}, column {column} lies outside the area of {rows} × {columns} pixels.",
            "Choose a pixel of the open region.",
            code="outside",
            details={"needed": [rows, columns], "found": [row, column]},
        )
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


def sample_of(
    cube: xr.DataArray, count: int = 256, seed: int = 0, where: NDArray[np.bool_] | None = None
) -> xr.DataArray:
    """Some pixels (time, band, pixel) of a region, drawn at random from those where anything was observed.

    With `clear` (time, pixel), `row` and `column`; the same ones for the same seed, all of them where there are fewer.
    `where` (y, x): only among these.
    """
    rows, columns = cube.shape[2:]
    place = np.flatnonzero((np.ones((rows, columns), bool) if where is None else np.asarray(where, bool)).ravel())
    shuffled = np.random.default_rng(seed).permutation(place)
    taken: list[int] = []
    for start in range(0, len(shuffled), count):  # most are seen: the first look mostly has them all
        some = shuffled[start : start + count]
        seen = (cube.values[:, :, some // columns, some % columns] != NODATA).all(1).any(0)
        taken += some[seen].tolist()
        if len(taken) >= count:
            break
    chosen = np.sort(np.array(taken[:count], np.int64))
    row, column = chosen // columns, chosen % columns
    coords = {
        "time": cube["time"].values,
        "band": cube["band"].values,
        "clear": (("time", "pixel"), np.asarray(cube["clear"].values[:, row, column])),
        "row": ("pixel", row),
        "column": ("pixel", column),
    }
    values = np.asarray(cube.values[:, :, row, column])
    attrs = cube.attrs | {"latitude": latitude_of(cube)}
    return xr.DataArray(values, coords, ("time", "band", "pixel"), name="reflectance", attrs=attrs)


def _series(cube: xr.DataArray, values: NDArray[Any], clear: NDArray[np.bool_]) -> xr.DataArray:
    coords = {"time": cube["time"].values, "band": cube["band"].values, "clear": ("time", clear)}
    attrs = cube.attrs | {"latitude": latitude_of(cube)}
    return xr.DataArray(values, coords, ("time", "band"), name="reflectance", attrs=attrs)
