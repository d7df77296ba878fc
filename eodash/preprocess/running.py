"""A chain over a cube: carrier in, carrier out, in blocks of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import xarray as xr
from scipy.ndimage import distance_transform_edt

from eodash.cube import check
from eodash.preprocess.blocks import Mask
from eodash.preprocess.chain import Chain
from eodash.preprocess.clouds import rule_bands, spectral_clear
from eodash.preprocess.notes import dates_at, dates_between, notes
from eodash.preprocess.parameter import wrong
from eodash.preprocess.series import Days, Floats, Series, days_since
from eodash.preprocess.series import Mask as Where
from eodash.preprocess.units import DIGITAL, RANGE, REFLECTANCE, ZSCORE, units_of
from eodash.preprocess.work import Setting, work
from eodash.settings import settings
from eodash.sources.contract import NODATA

BLOCK = 3_000_000
"""Values worked on at a time: 12 MB of float32, of which a handful of copies live."""
BRIGHTEST = 32_767


def run(cube: xr.DataArray, chain: Chain) -> xr.DataArray:
    """The cube after every block that is on; a pixel comes out the same alone, but for a buffer around clouds."""
    if chain == Chain():
        return recorded(cube, chain)
    kept = selected(cube, chain)
    days = days_since(kept["time"].values, kept["time"].values[0])
    times, targets = steps_of(kept, chain, days)
    units = converted_units(kept, chain)
    clear = clear_of(kept, chain, days)
    rows, columns = kept.sizes["y"], kept.sizes["x"]
    shape = (len(times), kept.sizes["band"], rows, columns)
    setting = Setting(tuple(map(str, kept["band"].values)), units, targets)
    values, sure = np.full(shape, NODATA, np.int16), np.zeros((len(times), rows, columns), bool)
    made = known = 0
    for part in blocks(kept, len(times)):
        after = work(series_of(kept, chain, days, clear, part), chain, setting)
        there = ~np.isnan(after.values)
        stored = np.where(there, np.clip(np.rint(np.nan_to_num(after.values)), -BRIGHTEST, BRIGHTEST), NODATA)
        values[:, :, part] = stored.reshape(*shape[:2], -1, columns)
        sure[:, part] = (after.clear & there.any(1)).reshape(len(times), -1, columns)
        made, known = made + int((after.made & there.any(1)).sum()), known + int(there.any(1).sum())
    attrs = dict(kept.attrs) | {"units": final_units(units, chain), "filled_share": f"{made / max(known, 1):.4f}"}
    coords = {name: kept.coords[name] for name in ("band", "y", "x", "spatial_ref") if name in kept.coords}
    coords |= {"time": times, "clear": (("time", "y", "x"), sure)}
    done = xr.DataArray(values, coords, cube.dims, name=cube.name, attrs=attrs)
    if chain.interpolate and "dates" in attrs:
        done.attrs["dates"] = dates_at(times, sure, chain.interpolate)
    return check(recorded(done, chain))


def steps(cube: xr.DataArray, chain: Chain) -> list[tuple[str, xr.DataArray]]:
    """For one pixel: the title of every block that is on, and the series after it."""
    if cube.sizes["y"] * cube.sizes["x"] != 1:
        raise wrong("Steps are drawn for one pixel.", "Give a cube of one row and one column.")
    return [(getattr(chain, name).title, run(cube, chain.until(name))) for name in chain.on]


def recorded(cube: xr.DataArray, chain: Chain) -> xr.DataArray:
    """The cube with the chain and what is to be said about it."""
    said = notes(cube, chain)
    cube = cube.assign_attrs(chain=json.dumps(chain.to_json(), ensure_ascii=False))
    return cube.assign_attrs(chain_notes=json.dumps(said, ensure_ascii=False)) if said else cube


def selected(cube: xr.DataArray, chain: Chain) -> xr.DataArray:
    """The dates that count; first and last day are included, in UTC."""
    if not chain.select:
        return cube
    day = cube["time"].values.astype("datetime64[D]")
    within = np.ones(len(day), bool)
    if chain.select.start:
        within &= day >= np.datetime64(chain.select.start)
    if chain.select.end:
        within &= day <= np.datetime64(chain.select.end)
    if not within.any():
        raise wrong(
            f"No image lies between {chain.select.start or 'the start'} and {chain.select.end or 'the end'}.",
            f"Choose days between {day[0]} and {day[-1]}.",
        )
    kept = cube.isel(time=np.flatnonzero(within)) if not within.all() else cube
    return dates_between(kept)


def steps_of(cube: xr.DataArray, chain: Chain, days: Days) -> tuple[np.ndarray, Days | None]:
    """The times of the result, and as days where they are equal steps."""
    times = cube["time"].values
    if not chain.interpolate:
        return times, None
    step = chain.interpolate.step
    count = int(days[-1] // step) + 1
    size = count * cube.sizes["band"] * cube.sizes["y"] * cube.sizes["x"] * 2
    most = max(settings().cube_mib * 2**20, cube.size * 2)
    if count > max(settings().file_dates, len(times)) or size > most:
        raise wrong(
            f"Steps of {step} days over {days[-1]:,.0f} days make {count:,} dates, {size / 2**20:,.0f} MB.",
            f"Take longer steps or fewer days: {settings().file_dates} dates and {most / 2**20:,.0f} MB are the most.",
        )
    even = times[0] + np.arange(count) * np.timedelta64(step, "D").astype(times.dtype.str.replace("M", "m"))
    return even, days_since(even, times[0])


def converted_units(cube: xr.DataArray, chain: Chain) -> str:
    """What the numbers are after the block that makes reflectance."""
    units = units_of(cube.attrs)
    if units in (ZSCORE, RANGE):
        raise wrong("These values are normalised already.", "Start from the cube as it was fetched.")
    return REFLECTANCE if chain.reflectance else units


def final_units(units: str, chain: Chain) -> str:
    if not chain.normalise:
        return units
    return ZSCORE if chain.normalise.method == "zscore" else RANGE


def blocks(cube: xr.DataArray, dates: int) -> Iterator[slice]:
    """Rows that are worked on together."""
    row = (cube.sizes["time"] + dates) * cube.sizes["band"] * cube.sizes["x"]
    height = max(1, BLOCK // row)
    for top in range(0, cube.sizes["y"], height):
        yield slice(top, min(top + height, cube.sizes["y"]))


def read(cube: xr.DataArray, chain: Chain, rows: slice, bands: list[int] | slice = slice(None)) -> Floats:
    """(time, band, pixel) as float32 with NaN, digital numbers turned into reflectance where that is asked for."""
    stored = cube.values[:, :, rows][:, bands]
    values = stored.reshape(*stored.shape[:2], -1).astype(np.float32)
    values[values == NODATA] = np.nan
    if chain.reflectance and units_of(cube.attrs) == DIGITAL:
        values = (values * chain.reflectance.scale + chain.reflectance.offset) * 1e4
    return values.astype(np.float32)


def series_of(cube: xr.DataArray, chain: Chain, days: Days, clear: Where, rows: slice) -> Series:
    """The series of some rows after selection, reflectance and mask."""
    values = read(cube, chain, rows)
    usable = clear[:, rows].reshape(len(days), -1)
    if chain.mask:
        values[np.broadcast_to(~usable[:, None], values.shape)] = np.nan
    return Series(days, values, usable, np.zeros_like(usable))


def clear_of(cube: xr.DataArray, chain: Chain, days: Days) -> Where:
    """(time, y, x): what the mask leaves; the carrier's own mask where none is on."""
    clear: Where = cube["clear"].values
    if not chain.mask:
        return clear
    if chain.mask.rule == "spectral":
        clear = by_spectrum(cube, chain, days)
    return buffered(clear, cube, chain.mask) if chain.mask.buffer and cube.sizes["y"] * cube.sizes["x"] > 1 else clear


def by_spectrum(cube: xr.DataArray, chain: Chain, days: Days) -> Where:
    units = converted_units(cube, chain)
    if units != REFLECTANCE:
        raise wrong(
            "The spectral rule needs reflectance; these are digital numbers.", "Switch on 'Reflectance' before it."
        )
    places = rule_bands(cube.attrs, tuple(map(str, cube["band"].values)))
    clear = np.zeros((cube.sizes["time"], cube.sizes["y"], cube.sizes["x"]), bool)
    for part in blocks(cube, 0):
        values: Floats = read(cube, chain, part, list(places.values())) / np.float32(1e4)
        found = spectral_clear(days, {code: values[:, place] for place, code in enumerate(places)})
        clear[:, part] = found.reshape(len(days), -1, cube.sizes["x"])
    return clear


def buffered(clear: Where, cube: xr.DataArray, mask: Mask) -> Where:
    """Less clear ground: pixels within so many pixels of a cloud or shadow, not of the image's edge."""
    out = clear.copy()
    for date in range(len(clear)):
        bad = ~clear[date] & (cube.values[date] != NODATA).any(0)
        if bad.any():
            out[date] &= distance_transform_edt(~bad) > mask.buffer
    return out
