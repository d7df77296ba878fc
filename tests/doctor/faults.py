"""Faults as they come about, planted in a clean cube; what survives of them, and the kind of finding they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from eodash.sources.contract import NODATA


def numbers(
    cube: xr.DataArray, change: Callable[[np.ndarray], np.ndarray], where: np.ndarray | slice = slice(None)
) -> xr.DataArray:
    """Values of some dates changed, cut off where int16 ends, as a careless reader would."""
    values = cube.values.copy()
    some = values[where].astype(np.float64)
    changed = np.clip(np.rint(change(some)), -32767, 32767)
    values[where] = np.where(some == NODATA, NODATA, changed).astype(np.int16)
    return cube.copy(data=values)


def scaled(cube: xr.DataArray, factor: float, where: np.ndarray | slice = slice(None)) -> xr.DataArray:
    return numbers(cube, lambda values: values * factor, where)


def shifted(cube: xr.DataArray, add: int, where: np.ndarray | slice = slice(None)) -> xr.DataArray:
    return numbers(cube, lambda values: values + add, where)


def later(cube: xr.DataArray, share: float = 0.5) -> np.ndarray:
    """The dates of the later part."""
    return np.arange(cube.sizes["time"]) >= round(cube.sizes["time"] * share)


def reordered(cube: xr.DataArray, order: Sequence[int]) -> xr.DataArray:
    return cube.copy(data=cube.values[:, list(order)])


def as_text(cube: xr.DataArray) -> xr.DataArray:
    """The bands as a folder lists them: B1 B10 B11 …, under the names in their usual order."""
    names = [str(name).replace("B0", "B") for name in cube["band"].values]
    return reordered(cube, sorted(range(len(names)), key=lambda index: names[index]))


def swapped(cube: xr.DataArray, one: str, other: str) -> xr.DataArray:
    names = cube["band"].values.tolist()
    order = list(range(len(names)))
    a, b = names.index(one), names.index(other)
    order[a], order[b] = b, a
    return reordered(cube, order)


def rolled(cube: xr.DataArray) -> xr.DataArray:
    return reordered(cube, np.roll(np.arange(cube.sizes["band"]), 1).tolist())


def called(cube: xr.DataArray) -> xr.DataArray:
    """The other level's name on the same numbers; B10 is not known at the surface."""
    above = cube.attrs["sensor"].endswith("l1c")
    kept = [band for band in cube["band"].values.tolist() if band != "B10"]
    other = "sentinel-2-l2a" if above else "sentinel-2-l1c"
    return cube.sel(band=kept).assign_attrs(sensor=other)


def twice(cube: xr.DataArray, first: int, second: int) -> xr.DataArray:
    values = cube.values.copy()
    values[second] = values[first]
    return cube.copy(data=values)


def cut(cube: xr.DataArray, low: int, high: int) -> xr.DataArray:
    return numbers(cube, lambda values: np.clip(values, low, high))


def holes(cube: xr.DataArray, value: int, date: int = 0) -> xr.DataArray:
    """A wedge without data, read as data."""
    values = cube.values.copy()
    rows, columns = cube.shape[2:]
    wedge = np.add.outer(np.arange(rows), np.arange(columns)) < (rows + columns) // 4
    values[date][:, wedge] = value
    return cube.copy(data=values)


def one_band(cube: xr.DataArray, band: str, factor: float) -> xr.DataArray:
    values = cube.values.copy()
    index = cube["band"].values.tolist().index(band)
    values[:, index] = np.clip(np.rint(values[:, index] * float(factor)), -32767, 32767)
    return cube.copy(data=values)


def blank(cube: xr.DataArray, value: int = 1234) -> xr.DataArray:
    values = cube.values.copy()
    values[1] = value
    return cube.copy(data=values)


def lined(cube: xr.DataArray) -> xr.DataArray:
    values = cube.values.copy()
    values[1, :, ::8] = 777
    return cube.copy(data=values)


FAULTS: dict[str, tuple[str, Callable[[xr.DataArray], xr.DataArray]]] = {
    "scale × 10": ("scale", lambda cube: scaled(cube, 10)),
    "scale ÷ 10": ("scale", lambda cube: scaled(cube, 0.1)),
    "scale ÷ 100": ("scale", lambda cube: scaled(cube, 0.01)),
    "scale ÷ 10, later dates": ("scale", lambda cube: scaled(cube, 0.1, later(cube))),
    "scale × 10⁴ twice": ("scale", lambda cube: scaled(cube, 1e4)),
    "scale never": ("scale", lambda cube: scaled(cube, 1e-4)),
    "bytes": ("scale", lambda cube: cut(scaled(cube, 255 / 4000), 0, 255)),
    "double offset": ("double offset", lambda cube: shifted(cube, -1000)),
    "double offset, later dates": ("double offset", lambda cube: shifted(cube, -1000, later(cube))),
    "missing offset": ("missing offset", lambda cube: shifted(cube, 1000)),
    "missing offset, later dates": ("missing offset", lambda cube: shifted(cube, 1000, later(cube))),
    "bands as text": ("band order", as_text),
    "bands backwards": ("band order", lambda cube: reordered(cube, range(cube.sizes["band"])[::-1])),
    "bands shifted": ("band order", rolled),
    "red and blue": ("band order", lambda cube: swapped(cube, "B02", "B04")),
    "red and near-infrared": ("band order", lambda cube: swapped(cube, "B04", "B08")),
    "level": ("level", called),
    "duplicate": ("duplicate", lambda cube: twice(cube, 1, 3)),
    "cut at the top": ("clipped", lambda cube: cut(cube, -32767, int(np.percentile(cube.values[cube.values > 0], 96)))),
    "no data 0": ("no data", lambda cube: holes(cube, 0)),
    "no data −9999": ("no data", lambda cube: holes(cube, -9999)),
    "no data 65535": ("no data", lambda cube: holes(cube, -1)),
    "one band ÷ 10": ("band scale", lambda cube: one_band(cube, "B11", 0.1)),
    "one band × 10": ("band scale", lambda cube: one_band(cube, "B03", 10)),
    "one value": ("constant", blank),
    "lines": ("striped", lined),
}
"""Name → the kind of finding it must make, and how it is planted."""
