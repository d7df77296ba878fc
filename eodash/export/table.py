"""Series of pixels as CSV: text that opens in a spreadsheet without running anything there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from pyproj.exceptions import ProjError

from eodash.cube import geobox_of
from eodash.errors import RasterError
from eodash.export.raster import facts, scale_of, wkt_of
from eodash.sources.contract import NODATA

IndexValues = Callable[[xr.DataArray, str], tuple[Any, Any]]
"""Values of an index, and where they are known: `eodash.views.picture.index_values`."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CELL_START = re.compile(r"(?<=[,;|])(\s*)([=+\-@])")


def table(
    cube: xr.DataArray,
    pixels: Sequence[tuple[int, int]],
    indices: Mapping[str, str] | None = None,
    index_values: IndexValues | None = None,
) -> bytes:
    """One row for each pixel and date; `indices` are names with titles. Provenance stands first, in lines with #.

    Text is quoted and numbers are not, so a reader that drops what follows # (pandas: `comment="#"`) loses nothing.
    """
    _inside(cube, pixels)
    scale, unit = scale_of(cube)
    names = [str(name) for name in cube["band"].values.tolist()]
    asked = dict(indices or {}) if index_values is not None else {}
    out = io.StringIO(newline="")
    for line in _comments(cube, unit):
        out.write(f"# {line}\r\n")
    write = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow
    write(harmless(["pixel", "row", "column", "longitude", "latitude", "time", "clear", *names, *asked.values()]))
    geobox = geobox_of(cube)
    for number, (row, column) in enumerate(pixels, 1):
        part = cube[:, :, row : row + 1, column : column + 1].compute()
        values, clear = part.values[:, :, 0, 0], part["clear"].values[:, 0, 0]
        computed = (
            [_column(*index_values(part.transpose("band", "time", "y", "x"), name)) for name in asked]
            if index_values
            else []
        )
        place = _degrees(geobox, row, column)
        for index, time in enumerate(part["time"].values):
            write(
                [number, row, column, *place, f"{time.astype('datetime64[s]')}Z", int(clear[index])]
                + [_number(value, scale) for value in values[index]]
                + [one[index] for one in computed]
            )
    return out.getvalue().encode("utf-8", "backslashreplace")


def harmless(cells: Iterable[Any]) -> list[Any]:
    """Cells of a row, so that a spreadsheet takes no text for a formula; numbers stay as they are."""
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
        for cell in cells
    ]


def _comments(cube: xr.DataArray, unit: str) -> list[str]:
    """What is known, one line each. A spreadsheet cuts these lines at commas: no piece may start a formula there."""
    said = {"values": f"{unit}; empty where nothing was observed; clear is 1 or 0"} | facts(cube)
    return [f"{json.dumps(name)[1:-1]}: {_one_line(text)}" for name, text in said.items()]


def _one_line(text: str) -> str:
    try:
        known = json.loads(text)
    except ValueError:
        known = text
    said = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    return _STRING.sub(lambda found: _CELL_START.sub(_escaped, found.group()), said)


def _escaped(found: re.Match[str]) -> str:
    return f"{found.group(1)}\\u{ord(found.group(2)):04x}"


def _inside(cube: xr.DataArray, pixels: Sequence[tuple[int, int]]) -> None:
    rows, columns = cube.shape[2:]
    if not pixels:
        raise RasterError("No pixel is chosen.", "Pin one on the map, or give --pixel ROW,COLUMN.", code="no_pixel")
    for row, column in pixels:
        if not (0 <= row < rows and 0 <= column < columns):
            raise RasterError(
                f"Pixel {row},{column} lies outside the cube.",
                f"Rows go from 0 to {rows - 1}, columns from 0 to {columns - 1}.",
                code="outside",
            )


def _number(value: int, scale: float) -> float | int | None:
    if value == NODATA:
        return None
    return int(value) if scale == 1 else round(int(value) * scale, 4)


def _column(values: Any, known: Any) -> list[float | None]:
    flat, seen = np.asarray(values).reshape(-1), np.asarray(known).reshape(-1)
    return [round(float(value), 5) if ok else None for value, ok in zip(flat, seen, strict=True)]


def _degrees(geobox: GeoBox, row: int, column: int) -> tuple[float | None, float | None]:
    """Longitude and latitude of a pixel's middle; empty where its grid has no place on the Earth."""
    x, y = geobox.affine @ (column + 0.5, row + 0.5)
    try:
        lon, lat = Transformer.from_crs(wkt_of(geobox), "EPSG:4326", always_xy=True).transform(x, y)
    except ProjError:
        return None, None
    return (round(lon, 7), round(lat, 7)) if np.isfinite([lon, lat]).all() else (None, None)
