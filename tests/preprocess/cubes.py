"""Cubes with series known by hand, of one pixel or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from eodash import cube
from eodash.preprocess import Chain
from eodash.sources.contract import NODATA
from tests.toys import BANDS, geobox

START = np.datetime64("2024-03-01T10:30", "s")


def pixel(
    days: Sequence[float], values: Sequence[float], clear: Sequence[bool] | None = None, **attrs: str
) -> xr.DataArray:
    """One pixel whose ten bands all hold the same series; None and NaN are no data."""
    series = np.array([np.nan if value is None else value for value in values], float)
    stored = np.where(np.isnan(series), NODATA, np.nan_to_num(series)).astype(np.int16)
    seen = ~np.isnan(series) if clear is None else np.array(clear)
    times = START + (np.asarray(days, float) * 86400).astype("timedelta64[s]")
    return cube.carrier(
        np.tile(stored[:, None, None, None], (1, len(BANDS), 1, 1)),
        seen[:, None, None],
        times,
        BANDS,
        geobox(1, 1),
        {"sensor": "sentinel-2-l2a", "units": "reflectance × 10⁴"} | attrs,
    )


def season(rows: int = 9, columns: int = 11, dates: int = 30, seed: int = 7) -> xr.DataArray:
    """Uneven dates, clouds in patches, some values missing in single bands, a row that was never seen."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(np.arange(300), dates, replace=False)) + rng.uniform(0, 0.4, dates)
    wave = 3000 + 2000 * np.sin(days / 40)[:, None, None, None]
    values = wave + rng.normal(0, 200, (dates, len(BANDS), rows, columns)) + 50 * np.arange(len(BANDS))[:, None, None]
    clear = rng.random((dates, rows, columns)) > 0.35
    values = np.where(clear[:, None], values, 8000).astype(np.int16)
    values[rng.random(values.shape) < 0.03] = NODATA
    values[:, :, 2:3] = NODATA
    clear[:, 2:3] = False
    clear[:, 4:5, 5:6] = False  # always cloudy
    times = START + (days * 86400).astype("timedelta64[s]")
    attrs = {"sensor": "sentinel-2-l2a", "units": "reflectance × 10⁴"}
    return cube.carrier(values, clear, times, BANDS, geobox(rows, columns), attrs)


def chain(**blocks: dict[str, Any]) -> Chain:
    return Chain.from_json(blocks)


def series(cube: xr.DataArray, band: int = 0) -> np.ndarray:
    """One band of a cube of one pixel as floats, NaN where there is no data."""
    stored = cube.values[:, band, 0, 0].astype(float)
    return np.where(stored == NODATA, np.nan, stored)


def days_of(cube: xr.DataArray) -> np.ndarray:
    return (cube["time"].values - START) / np.timedelta64(1, "us") / 864e8
