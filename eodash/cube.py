"""The one carrier and its one gate.

A cube is an int16 DataArray (time, band, y, x): reflectance × 10⁴, NODATA where there is none; `units` says so.
`clear` (time, y, x) rides along as a coordinate, provenance in attrs. After `check` nobody checks again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords

from eodash.errors import RasterError
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA, DateResult, Plan

SCALE = 10_000
"""Digital numbers per unit of reflectance."""
_ADVICE = "A source that makes such cubes is broken: report it; fetch from another one meanwhile."


def assemble(plan: Plan, results: Sequence[DateResult]) -> xr.DataArray:
    """The cube of the used dates, in order of time."""
    used = sorted((result for result in results if result.values is not None), key=lambda result: result.status.time)
    if not used:
        raise no_dates()
    return carrier(
        np.stack([result.values for result in used if result.values is not None]),
        np.stack([result.clear for result in used if result.clear is not None]),
        np.array([result.status.time for result in used], "datetime64[s]"),
        plan.request.bands,
        plan.geobox,
        describe(plan, [result.status.to_json() for result in used]),
    )


def no_dates() -> RasterError:
    return RasterError(
        "No date could be used.", "Allow more cloud, or choose other dates.", code="no_dates", retryable=True
    )


def describe(plan: Plan, applied: list[dict[str, Any]]) -> dict[str, Any]:
    """Provenance: what was asked, of whom, and what was done to each date's numbers."""
    told = dict(plan.provenance)
    attrs = {
        "request": json.dumps(plan.request.to_json()),
        "sensor": plan.sensor.name,
        "units": told.pop("units", "reflectance × 10⁴"),
        **told.pop("attrs", {}),
        "provenance": json.dumps(told),
        "dates": json.dumps(applied),
    }
    if plan.sensor.name not in SENSORS:
        attrs["sensor_bands"] = json.dumps(plan.sensor.to_json())
    return attrs


def carrier(
    values: np.ndarray,
    clear: np.ndarray,
    time: np.ndarray,
    bands: Sequence[str],
    geobox: GeoBox,
    attrs: dict[str, Any],
) -> xr.DataArray:
    """A checked cube from its parts; a memory map stays one."""
    coords = {
        "time": time.astype("datetime64[ns]"),
        "band": list(bands),
        **xr_coords(geobox, always_yx=True),
        "clear": (("time", "y", "x"), clear),
    }
    return check(xr.DataArray(values, coords, ("time", "band", "y", "x"), name="reflectance", attrs=attrs))


def check(cube: xr.DataArray) -> xr.DataArray:
    """The carrier, or a RasterError that says what is wrong with it."""
    if cube.dims != ("time", "band", "y", "x"):
        raise RasterError(
            f"A cube has time, band, y, x; this has {', '.join(map(str, cube.dims))}.", _ADVICE, code="dims"
        )
    if cube.dtype != np.int16:
        raise RasterError(f"A cube is int16; this is {cube.dtype}.", _ADVICE, code="dtype")
    if 0 in cube.shape:
        raise RasterError("The cube is empty.", "Choose a larger area or more dates.", code="empty")
    times = cube["time"].values
    if np.isnat(times).any() or (np.diff(times) <= np.timedelta64(0)).any():
        raise RasterError("The dates of a cube are sorted and unique; these are not.", _ADVICE, code="time")
    if len(set(cube["band"].values.tolist())) != cube.sizes["band"]:
        raise RasterError("Two bands have the same name.", _ADVICE, code="bands")
    if "clear" not in cube.coords or cube["clear"].dims != ("time", "y", "x") or cube["clear"].dtype != bool:
        raise RasterError("The cube has no clear mask.", _ADVICE, code="clear")
    if cube.odc.crs is None:
        raise RasterError("The cube has no coordinate system.", _ADVICE, code="crs")
    return cube


def geobox_of(cube: xr.DataArray) -> GeoBox:
    geobox: GeoBox = cube.odc.geobox
    return geobox


def reflectance(cube: xr.DataArray) -> xr.DataArray:
    """Reflectance 0–1 as float32, NaN where there is no observation."""
    return cube.where(cube != NODATA).astype("float32") / SCALE
