"""Carries fixes out: cube → cube. Each says in `attrs["corrections"]` what it did, with numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from eodash.doctor.finding import Fix
from eodash.errors import RasterError
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA

LOWEST, HIGHEST = -32767, 32767
"""What int16 holds beside NODATA; a value there was cut off when the fault was made."""


def apply(cube: xr.DataArray, fixes: Sequence[Fix]) -> xr.DataArray:
    """The cube after these fixes, in this order; any slice of it, down to one pixel or one date, comes out the same."""
    for fix in fixes:
        fixed, sentence = _HOW[fix.kind](cube, dict(fix.parameters))
        said = [*json.loads(cube.attrs.get("corrections", "[]")), sentence]
        cube = fixed.assign_attrs(**{**fixed.attrs, "corrections": json.dumps(said, ensure_ascii=False)})
    return cube


def _scale(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    factor = float(said["factor"])
    return _numbers(cube, said, lambda values: np.rint(values * factor)), f"Values × {factor:g}{_of(said)}."


def _offset(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    add = round(said["add"])
    return _numbers(cube, said, lambda values: values + add), f"{_signed(add)} added to the values{_of(said)}."


def _numbers(cube: xr.DataArray, said: dict[str, Any], change: Callable[[np.ndarray], np.ndarray]) -> xr.DataArray:
    """Changed where it concerns; what was cut off at an end of int16, or would be now, is lost."""

    def one(values: np.ndarray) -> np.ndarray:
        lost = (values == NODATA) | (values == LOWEST) | (values == HIGHEST)
        changed = change(values.astype(np.float64))
        lost |= (changed < LOWEST) | (changed > HIGHEST)
        return np.where(lost, NODATA, np.clip(changed, LOWEST, HIGHEST)).astype(np.int16)

    where, values = _where(cube, said), cube.values
    if "time" not in cube.dims:
        return cube.copy(data=np.where(where, one(values), values))
    axis = cube.get_axis_num("time")  # date by date: a whole series as floating point would not fit
    parts = zip(np.moveaxis(values, axis, 0), np.moveaxis(where, axis, 0), strict=True)
    changed = [np.where(concerned, one(part), part) if concerned.any() else part for part, concerned in parts]
    return cube.copy(data=np.stack(changed, axis))


def _order(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    """What is called `old` is called `new` from now on; the bands stay in the order of their names."""
    names = {old: new for old, new in said["names"].items() if old != new}
    bands = np.atleast_1d(cube["band"].values).tolist()
    if not set(names) <= set(bands):
        raise RasterError(
            f"This series has no band {', '.join(sorted(set(names) - set(bands)))[:80]}.",
            "Correct the order of bands before choosing among them.",
            code="bands",
        )
    taken_from = {new: old for old, new in names.items()}
    order = [bands.index(taken_from.get(band, band)) for band in bands]
    moved = np.take(cube.values, order, axis=cube.get_axis_num("band"))
    written = ", ".join(f"{old} is {new}" for old, new in names.items())
    data = np.where(_where(cube, {"dates": said.get("dates", ())}), moved, cube.values)
    return cube.copy(data=data), f"{len(names)} bands renamed{_of(said)}: {written}."


def _level(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    """The numbers stay; the series is called what it is. A band that the level does not have is left out."""
    if said["sensor"] not in SENSORS:
        raise RasterError(f"There is no sensor '{said['sensor'][:40]}'.", "Examine the series again.", code="sensor")
    known = SENSORS[said["sensor"]].names
    kept = [band for band in np.atleast_1d(cube["band"].values).tolist() if band in known]
    if not kept:
        raise RasterError("The other level has none of these bands.", "Fetch the series again.", code="bands")
    before, left_out = cube.attrs.get("sensor", "unknown"), cube.sizes.get("band", 1) - len(kept)
    lost = f"; {left_out} band{'s' * (left_out > 1)} it does not have left out" if left_out else ""
    chosen = cube.sel(band=kept) if "band" in cube.dims else cube
    return chosen.assign_attrs(sensor=said["sensor"]), f"Read as {said['sensor']} instead of {before}{lost}."


def _drop(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    sentence = f"{_dates(said['dates'])} left out."
    named = _named(cube, said["dates"])
    if named.all():
        raise RasterError("No date is left after this correction.", "Keep the series as it is.", code="no_dates")
    return (cube.isel(time=np.flatnonzero(~named)) if "time" in cube.dims else cube), sentence


def _mask(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    """NODATA wherever a band holds the value; `together`: wherever all bands hold it."""
    value, values = round(said["value"]), cube.values
    at = values == value
    if said.get("together") and "band" in cube.dims:
        at = np.broadcast_to(at.all(axis=cube.get_axis_num("band"), keepdims=True), at.shape)
    at = at & _where(cube, said)
    masked = cube.copy(data=np.where(at, np.int16(NODATA), values))
    seen = masked.values != NODATA
    if "band" in cube.dims:
        seen = seen.any(axis=cube.get_axis_num("band"))
    if "clear" in cube.coords and seen.shape == cube["clear"].shape:
        masked = masked.assign_coords(clear=(cube["clear"].dims, cube["clear"].values & seen))
    return masked, f"The value {value} read as no data{_of(said)}: {int(at.sum())} values."


def _units(cube: xr.DataArray, said: dict[str, Any]) -> tuple[xr.DataArray, str]:
    return cube.assign_attrs(units=said["units"]), "Read as digital numbers without a known scale, not as reflectance."


_HOW: dict[str, Callable[[xr.DataArray, dict[str, Any]], tuple[xr.DataArray, str]]] = {
    "scale": _scale,
    "offset": _offset,
    "order": _order,
    "level": _level,
    "drop": _drop,
    "mask": _mask,
    "units": _units,
}


def _named(cube: xr.DataArray, dates: Sequence[str]) -> np.ndarray:
    times = np.atleast_1d(cube["time"].values).astype("datetime64[s]")
    return np.isin(times, np.array(list(dates), "datetime64[s]"))


def _where(cube: xr.DataArray, said: dict[str, Any]) -> np.ndarray:
    """Where a fix concerns: its dates and bands, all where it names none; in the shape of the cube."""
    concerned = np.ones(cube.shape, bool)
    if said.get("dates"):
        concerned &= _along(cube, "time", _named(cube, said["dates"]))
    if said.get("bands"):
        concerned &= _along(cube, "band", np.isin(np.atleast_1d(cube["band"].values), list(said["bands"])))
    return concerned


def _along(cube: xr.DataArray, dim: str, chosen: np.ndarray) -> np.ndarray:
    if dim not in cube.dims:
        return chosen
    shape = [1] * cube.ndim
    shape[cube.get_axis_num(dim)] = -1
    return chosen.reshape(shape)


def _of(said: dict[str, Any]) -> str:
    bands, dates = said.get("bands") or (), said.get("dates") or ()
    where = f" in {', '.join(bands)}" if bands else ""
    return where + (f" on {_dates(dates)}" if dates else "")


def _dates(dates: Sequence[str]) -> str:
    first = ", ".join(date[:10] for date in dates[:3])
    return f"{len(dates)} date{'s' * (len(dates) != 1)} ({first}{' …' * (len(dates) > 3)})"


def _signed(number: int) -> str:
    return f"+{number}" if number >= 0 else f"−{-number}"
