"""Between which values a layer of a series is drawn: one answer for all its pictures and for its legend."""

from __future__ import annotations

from dataclasses import replace

import xarray as xr

from eodash.preparation import ALL_DATES, RAW, Preparation, corrected
from eodash.views.picture import SAMPLE_DATES, SAMPLE_PIXELS, limits_of


def series_limits(cube: xr.DataArray, preparation: Preparation, layer: str) -> tuple[float, float]:
    """From a regular sample of the stored series, corrected; which dates are left out changes no colour."""
    steps = {"time": SAMPLE_DATES, "y": SAMPLE_PIXELS, "x": SAMPLE_PIXELS}
    part = cube.isel({name: slice(None, None, -(-cube.sizes[name] // most)) for name, most in steps.items()})
    return limits_of(corrected(part, replace(preparation, choice=ALL_DATES, chain=RAW)), layer)
