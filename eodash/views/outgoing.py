"""Every way out as one table, for the page and the command line alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from eodash.errors import DateError, RasterError
from eodash.export import area_of, cog, cog_folder, cube_raster, geojson, netcdf, snippet, table, zarr, zipped
from eodash.export.plane import plane_netcdf, plane_zarr
from eodash.export.raster import Raster
from eodash.request import Request
from eodash.sensors import sensor_of
from eodash.views.film import film
from eodash.views.layer_names import layer_name
from eodash.views.layer_raster import layer_raster
from eodash.views.picture import Look, index_values, layers
from eodash.views.sheet import sheet

if TYPE_CHECKING:
    from eodash.preparation import Preparation


@dataclass(frozen=True)
class Way:
    """One thing in one format."""

    what: str
    format: str
    suffix: str
    mime: str
    title: str
    good_for: str


WAYS: dict[tuple[str, str], Way] = {
    (what, form): Way(what, form, suffix, mime, title, good_for)
    for what, form, suffix, mime, title, good_for in (
        ("cube", "cog", ".zip", "application/zip", "GeoTIFF for each date", "QGIS, ArcGIS, R: one file a date"),
        ("cube", "netcdf", ".nc", "application/x-netcdf", "NetCDF", "xarray, Panoply, R: the whole series in one file"),
        ("cube", "zarr", ".zarr.zip", "application/zip", "Zarr", "Python, dask, and eodash itself"),
        ("layer", "png", ".png", "image/png", "Picture with legend", "slides and reports: date, scale bar, legend"),
        ("layer", "cog", ".tif", "image/tiff", "Layer as GeoTIFF", "a map in QGIS: the layer you see, in its place"),
        ("layer", "netcdf", ".nc", "application/x-netcdf", "Layer as NetCDF", "xarray, Panoply, R: its numbers"),
        ("layer", "zarr", ".zarr.zip", "application/zip", "Layer as Zarr", "Python, dask"),
        ("season", "gif", ".gif", "image/gif", "Film, GIF", "slides and chats: plays everywhere"),
        ("season", "webp", ".webp", "image/webp", "Film, WebP", "web pages: smaller, all colours"),
        ("series", "csv", ".csv", "text/csv", "Series of pixels", "spreadsheets, R, pandas"),
        ("area", "geojson", ".geojson", "application/geo+json", "Area", "any GIS, or the next request"),
        ("snippet", "python", ".py", "text/x-python", "The same in Python", "a notebook: makes the same cube"),
    )
}  # fmt: skip
FORMATS = {what: tuple(form for thing, form in WAYS if thing == what) for what, _ in WAYS}


@dataclass(frozen=True)
class Wanted:
    """What of a cube goes out, and how it is drawn."""

    date: int | None = None  # None: all dates of a cube; the clearest for a layer
    look: Look = field(default_factory=Look)
    pixels: tuple[tuple[int, int], ...] = ()
    title: str = ""
    seconds: float = 0.6
    request: Request | None = None
    preparation: Preparation | None = None


def write(way: Way, cube: xr.DataArray, wanted: Wanted, path: Path) -> None:
    """Write one thing to a path that nobody has; the name's ending chooses between a folder, a file and a zip."""
    if way.what == "cube":
        _write_cube(way, cube if wanted.date is None else cube[wanted.date : wanted.date + 1], path)
    elif way.what == "layer" and way.format != "png":
        _write_layer(way, layer_raster(cube, _shown(cube, wanted), wanted.look), path)
    elif way.what == "snippet":
        path.write_text(_snippet(wanted), "utf-8")
    else:
        path.write_bytes(content(way, cube, wanted))


def content(way: Way, cube: xr.DataArray, wanted: Wanted) -> bytes:
    """The bytes of what is made in memory: pictures, films, tables, areas."""
    if way.format == "png":
        return sheet(cube, _shown(cube, wanted), wanted.look, wanted.title)
    if way.format == "gif":
        return film(cube, wanted.look, "gif", seconds=wanted.seconds)
    if way.format == "webp":
        return film(cube, wanted.look, "webp", seconds=wanted.seconds)
    if way.format == "csv":
        return table(cube, wanted.pixels, index_titles(cube), index_values)
    return geojson(wanted.request.area if wanted.request else area_of(cube), cube)


def index_titles(cube: xr.DataArray) -> dict[str, str]:
    """The indices that the bands of a cube allow."""
    sensor = sensor_of(cube.attrs)
    offered = layers(sensor, tuple(cube["band"].values.tolist()))
    return {name: title for name, title in offered.items() if name in sensor.indices}


def look_of(cube: xr.DataArray, layer: str, stretch: float = 1.0, mask: bool = False) -> Look:
    """How a layer is drawn; the first that the bands allow where none is named."""
    return Look(layer_name(cube, layer), stretch, mask)


def date_index(cube: xr.DataArray, day: str) -> int:
    """The place of a day in a cube."""
    days = np.datetime_as_string(cube["time"].values, "D")
    times = np.datetime_as_string(cube["time"].values, "s")
    found = [index for index in range(len(days)) if day in (days[index], times[index])]
    if not found:
        wanted = f"'{day[:40]}' is no date of this cube."
        raise DateError(wanted, f"It has {_some(days)}.", code="no_such_date")
    return found[0]


def clearest(cube: xr.DataArray) -> int:
    return int(cube["clear"].mean(("y", "x")).values.argmax())


def _shown(cube: xr.DataArray, wanted: Wanted) -> int:
    return clearest(cube) if wanted.date is None else wanted.date


def _write_cube(way: Way, cube: xr.DataArray, path: Path) -> None:
    if way.format == "netcdf":
        netcdf(cube, path)
    elif path.suffix == ".zip":
        inner = path.with_name(path.name.removesuffix(".zip"))
        if way.format == "zarr":
            zarr(cube, inner)
        else:
            cog_folder(cube, inner)
        zipped(inner, path)
    elif way.format == "zarr":
        zarr(cube, path)
    elif path.suffix.lower() in (".tif", ".tiff"):
        cog(cube_raster(cube), path)
    else:
        cog_folder(cube, path)


def _write_layer(way: Way, raster: Raster, path: Path) -> None:
    if way.format == "cog":
        cog(raster, path)
    elif way.format == "netcdf":
        plane_netcdf(raster, path)
    elif path.suffix == ".zip":
        inner = path.with_name(path.name.removesuffix(".zip"))
        plane_zarr(raster, inner)
        zipped(inner, path)
    else:
        plane_zarr(raster, path)


def _snippet(wanted: Wanted) -> str:
    if wanted.request is None:
        raise RasterError("This cube does not say how it was asked for.", "Export the cube itself.", code="no_request")
    return snippet(wanted.request, wanted.preparation)


def _some(days: Sequence[str] | np.ndarray) -> str:
    listed = [str(day) for day in days]
    return ", ".join(listed) if len(listed) <= 6 else f"{', '.join(listed[:3])} … {', '.join(listed[-2:])}"
