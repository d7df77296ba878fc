"""What a series itself tells a head, without a network: its gaps closed, read at regular steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.course import darkest_around
from eodash.datasets.parcels import level_at
from eodash.preprocess.units import REFLECTANCE, per_unit, units_of
from eodash.preprocess.whittaker import whittaker
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
STEPS, STEP = 12, 10.0
"""Most steps of a series, and the fewest days from one to the next."""
SMOOTHNESS = 1.0
BLUE = "B02"
"""The band that tells clouds in raw images."""
DARK = 0.005
"""Reflectance that noise may bring below zero stays above it."""


def steps_of(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Regular days from the first date to the last."""
    length = float(days[-1] - days[0])
    found: NDArray[np.float64] = days[0] + np.linspace(0, length, int(np.clip(length / STEP + 1, 1, STEPS)))
    return found


def course(
    values: Floats, mask: Mask, days: NDArray[np.float64], pairs: Sequence[tuple[int, int]] = (), *, root: bool = True
) -> Floats:
    """(series, feature) of series (series, time, band): every band, then a normalised difference for each pair.

    Not a number where a series has no observation. `root` for reflectance: dark values count as much as bright ones.
    """
    curve = whittaker(days, np.moveaxis(np.where(mask[..., None], values, 0), 0, -1), mask.T[:, None], SMOOTHNESS)
    once = mask.sum(1) == 1  # the smoother leaves these as they are
    if once.any():
        curve[:, :, once] = values[once, mask[once].argmax(1)].T
    steps = steps_of(days)
    right = np.clip(np.searchsorted(days, steps), 1, max(len(days) - 1, 1)) if len(days) > 1 else np.zeros(1, int)
    left = np.maximum(right - 1, 0)
    share = (steps - days[left]) / np.maximum(days[right] - days[left], 1e-9)
    laid = curve[left] + (curve[right] - curve[left]) * share[:, None, None]  # (step, band, series)
    ratios = [(laid[:, one] - laid[:, other]) / np.maximum(laid[:, one] + laid[:, other], 0.02) for one, other in pairs]
    bands = np.sqrt(np.maximum(laid, 0) + DARK) if root else laid
    parts = [bands, *(np.clip(ratio, -1, 1)[:, None] for ratio in ratios)]
    rows = np.concatenate(parts, axis=1)
    found = np.asarray(rows.reshape(-1, len(values)).T, np.float32)
    found[~mask.any(1)] = np.nan
    return found


def course_at(cube: xr.DataArray, flat: NDArray[np.int64]) -> Floats:
    """(pixel, feature) of some pixels of a cube, by their flat places."""
    bands = [str(name) for name in cube["band"].values.tolist()]
    times = cube["time"].values.astype("datetime64[s]")
    days = np.asarray((times - times[0]) / np.timedelta64(86400, "s"), np.float64)
    row, column = np.divmod(flat, cube.sizes["x"])
    raw = np.asarray(cube.values[:, :, row, column]).transpose(2, 0, 1)
    mask = (raw != NODATA).all(-1)
    values = np.where(mask[..., None], raw, 0).astype(np.float32) / np.float32(per_unit(cube.attrs))
    if level_at(cube, bands) != "l1c":
        mask &= cube["clear"].values[:, row, column].T
    elif BLUE in bands:
        day = np.broadcast_to(days.astype(np.float32), mask.shape)
        mask = darkest_around(values[..., bands.index(BLUE)], day, mask)
    return course(values, mask, days, pairs_of(cube), root=units_of(cube.attrs) == REFLECTANCE)


def pairs_of(cube: xr.DataArray) -> list[tuple[int, int]]:
    """The normalised differences that a sensor has, as places of bands."""
    bands = [str(name) for name in cube["band"].values.tolist()]
    return [
        (bands.index(each.first), bands.index(each.second))
        for each in sensor_of(cube.attrs).indices.values()
        if each.first in bands and each.second in bands
    ]
