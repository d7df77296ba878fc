"""A pixel that stands for its class: the middle of the field that is most like the others of its class."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, maximum_position

from eodash.truth.known import Truth

FIELDS = 48
"""The deepest fields of a class that are compared; small ones are all edge."""


def typical(truth: Truth, cube: xr.DataArray, name: str) -> tuple[int, int] | None:
    """Row and column in the midst of the field whose series is nearest to the median one; None without such a class."""
    middles = _middles(truth, name)
    if not middles:
        return None
    rows, columns = (np.array(axis) for axis in zip(*middles, strict=True))
    clear = cube["clear"].values[:, rows, columns]
    series = np.where(clear[:, None], cube.values[:, :, rows, columns], np.nan).astype(np.float32)
    seen = clear.any(1)  # dates on which none was seen say nothing
    if not seen.any():
        return middles[0]
    away = np.abs(series[seen] - np.nanmedian(series[seen], axis=2, keepdims=True))
    usual = np.nansum(away, (0, 1)) / np.maximum(clear[seen].sum(0), 1)
    usual[~clear.any(0)] = np.inf
    return middles[int(usual.argmin())]


def _middles(truth: Truth, name: str) -> list[tuple[int, int]]:
    """The pixel of each field of a class that is farthest from its edge, the deepest first."""
    if name not in truth.names:
        return []
    there = truth.classes == truth.names.index(name)
    parcels: NDArray[np.int32] = (
        np.ones(there.shape, np.int32) if truth.parcels is None else truth.parcels + np.int32(1)
    )
    fields = np.pad(np.where(there, parcels, 0), 1)
    inner = fields > 0
    for axis in (0, 1):
        for step in (1, -1):
            inner &= fields == np.roll(fields, step, axis)
    depth = distance_transform_edt(inner)
    numbers = np.unique(fields[fields > 0])
    found = maximum_position(depth, fields, numbers) if len(numbers) else []
    deepest = sorted(found, key=lambda place: -depth[place])[:FIELDS]
    return [(int(row) - 1, int(column) - 1) for row, column in deepest]
