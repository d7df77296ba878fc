"""In the sandbox: which dimension of a dataset is which, and where it lies on the ground, by CF and by habit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import xarray as xr
from pyproj.exceptions import ProjError

_X = ("x", "lon", "longitude", "easting", "xc", "column", "col", "xdim")
_Y = ("y", "lat", "latitude", "northing", "yc", "row", "line", "ydim")
_TIME = ("time", "t", "date", "dates", "datetime")


@dataclass(frozen=True)
class Axes:
    """Names of dimensions; empty where there is none."""

    y: str
    x: str
    time: str = ""
    band: str = ""


def axes(data: xr.Dataset) -> Axes | None:
    """The axes of the largest picture in a dataset; None if it holds none."""
    candidates = [name for name, array in data.variables.items() if array.ndim >= 2 and array.dtype.kind in "biuf"]
    if not candidates:
        return None
    main = data.variables[max(candidates, key=lambda name: (data.variables[name].ndim >= 2, data.variables[name].size))]
    dims = [str(dim) for dim in main.dims]
    x = _named(data, dims, _X, ("projection_x_coordinate", "longitude", "grid_longitude"), "X") or dims[-1]
    y = _named(data, dims, _Y, ("projection_y_coordinate", "latitude", "grid_latitude"), "Y")
    y = y or next((dim for dim in reversed(dims) if dim != x), "")
    rest = [dim for dim in dims if dim not in (x, y)]
    time = _named(data, rest, _TIME, ("time",), "T")
    if not time:
        time = next((dim for dim in rest if dim in data.variables and data[dim].dtype.kind == "M"), "")
    band = next((dim for dim in rest if dim != time), "")
    return Axes(y, x, time, band) if y and len(rest) <= 2 else None


def _named(data: xr.Dataset, dims: list[str], names: tuple[str, ...], standard: tuple[str, ...], axis: str) -> str:
    for dim in dims:
        attrs = data.variables[dim].attrs if dim in data.variables else {}
        if attrs.get("standard_name") in standard or attrs.get("axis") == axis:
            return dim
    return next((dim for dim in dims if dim.lower() in names), "")


def crs_of(data: xr.Dataset, axes: Axes) -> str:
    """The coordinate system as WKT; degrees without any other word are WGS 84."""
    places = [name for name in data.variables if str(name) in ("spatial_ref", "crs", "transverse_mercator")]
    for array in data.variables.values():
        mapping = array.attrs.get("grid_mapping") or array.encoding.get("grid_mapping")
        if mapping and str(mapping).split(":")[0] in data.variables:
            places.insert(0, str(mapping).split(":")[0])
    for attrs in [*(data.variables[name].attrs for name in dict.fromkeys(places)), data.attrs]:
        for key in ("crs_wkt", "spatial_ref", "proj:code", "epsg", "crs"):
            if (found := _wkt(attrs.get(key), key)) is not None:
                return found
        if "grid_mapping_name" in attrs:
            try:
                return str(pyproj.CRS.from_cf(dict(attrs)).to_wkt())
            except (ProjError, ValueError, KeyError, TypeError):
                continue
    x = data.variables[axes.x].attrs if axes.x in data.variables else {}
    degrees = str(x.get("units", "")).startswith("degree") or axes.x.lower() in ("lon", "longitude")
    return str(pyproj.CRS("EPSG:4326").to_wkt()) if degrees and axes.x in data.variables else ""


def _wkt(said: Any, key: str) -> str | None:
    if said is None or isinstance(said, (dict, list)) or len(str(said)) > 20_000:
        return None
    text = f"EPSG:{said}" if re.fullmatch(r"\d{4,6}", str(said)) else str(said)
    try:
        return str(pyproj.CRS(text).to_wkt())
    except ProjError:
        return None


def transform_of(data: xr.Dataset, axes: Axes) -> tuple[list[float] | None, str]:
    """The affine transform of the pixel grid, and what is wrong with it."""
    stated = next((v.attrs["GeoTransform"] for v in data.variables.values() if "GeoTransform" in v.attrs), None)
    if axes.x not in data.variables or axes.y not in data.variables:
        return _stated(stated), "" if stated else "The file has no coordinates."
    x, y = (np.asarray(data.variables[name].values, np.float64).ravel() for name in (axes.x, axes.y))
    wide, high = _step(x), _step(y)
    if wide is None or high is None or not np.isfinite([x[0], y[0]]).all():
        return None, "The coordinates are not evenly spaced."
    if 0.0 in (wide, high):
        found = _stated(stated)
        if found is not None:
            return found, ""
        wide, high = wide or abs(high), high or -abs(wide)
    if 0.0 in (wide, high):
        return None, "The coordinates of a single pixel do not say its size."
    left = x[0] - wide / 2
    if _in_degrees(data, axes) and min(x[0], x[-1]) >= 180:
        left -= 360  # longitudes from 0 to 360
    return [wide, 0.0, left, 0.0, high, y[0] - high / 2], ""


def _in_degrees(data: xr.Dataset, axes: Axes) -> bool:
    wkt = crs_of(data, axes)
    return bool(wkt) and pyproj.CRS(wkt).is_geographic


def _step(values: np.ndarray) -> float | None:
    """The spacing of a coordinate; 0 for a single one, None if it varies by more than a hundredth."""
    if values.size < 2:
        return 0.0
    step = float(values[-1] - values[0]) / (values.size - 1)
    if not np.isfinite(values).all() or step == 0:
        return None
    even = values[0] + step * np.arange(values.size)
    return step if np.abs(values - even).max() <= 0.01 * abs(step) + 1e-9 else None


def _stated(text: Any) -> list[float] | None:
    try:
        c, a, b, f, d, e = (float(part) for part in str(text).split())
    except ValueError:
        return None
    return [a, b, c, d, e, f]
