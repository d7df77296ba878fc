"""Cubes that are awkward to export, with answers known by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords

from eodash.cube import check
from eodash.sensors import Band, Sensor
from eodash.sources.contract import NODATA
from tests.toys import request, small_cube

TOLD = ("request", "provenance", "dates", "corrections", "chain", "left_out")
"""What must travel with every export."""
SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"


def told(**more: str) -> dict[str, str]:
    """Everything a prepared cube says of itself; the list of dates is longer than HDF5's 64 KiB for one attribute."""
    return {
        "units": "reflectance × 10⁴",
        "request": json.dumps(request().to_json()),
        "provenance": json.dumps({"catalogue": "Démo <b>&amp;</b>", "licence": "CC-BY"}, ensure_ascii=False),
        "dates": json.dumps([{"time": "2024-04-02", "reason": "x" * 300}] * 300),
        "corrections": json.dumps(["Offset −1000 removed on 3 dates."], ensure_ascii=False),
        "chain": json.dumps({"smooth": {"window": 5}}),
        "left_out": json.dumps([{"time": "2024-05-22", "reason": "by hand"}]),
    } | more


def plain(dates: int = 3, rows: int = 30, columns: int = 40) -> xr.DataArray:
    """Reflectance with a hole of no-data, a negative value and a value that differs in every pixel."""
    made = small_cube(dates, rows, columns).assign_attrs(told())
    made.values[:, 1] = np.arange(rows * columns, dtype=np.int16).reshape(rows, columns)
    made.values[0, :, :4, :5] = NODATA
    made.values[:, 2, 5, 6] = -57
    return made


def one_date() -> xr.DataArray:
    return plain(1)


def nothing_seen() -> xr.DataArray:
    made = plain(2)
    made.values[:] = NODATA
    made["clear"].values[:] = False
    return made


def _of(geobox: GeoBox, names: list[str], codes: list[str], **more: str) -> xr.DataArray:
    bands = [Band(name, name, 0, 0, 30, code) for name, code in zip(names, codes, strict=True)]
    said = json.dumps(Sensor.of_bands("own", "Own sensor", bands).to_json(), ensure_ascii=False)
    rows, columns = geobox.shape
    values = np.arange(2 * len(names) * rows * columns).reshape(2, len(names), rows, columns) % 3000
    times = np.array(["2023-12-31T23:59:58", "2024-02-29T00:00:00"], "datetime64[s]")
    clear = np.ones((2, rows, columns), bool)
    clear[0, 0] = False
    coords = {
        "time": times.astype("datetime64[ns]"),
        "band": names,
        **xr_coords(geobox, always_yx=True),
        "clear": (("time", "y", "x"), clear),
    }
    attrs = told(sensor="own", sensor_bands=said, **more)
    return check(
        xr.DataArray(values.astype(np.int16), coords, ("time", "band", "y", "x"), name="reflectance", attrs=attrs)
    )


def digital() -> xr.DataArray:
    return _of(GeoBox((9, 11), Affine(250, 0, -6_000_000, 0, -250, -1_300_000), SINUSOIDAL), ["red", "nir"],
               ["R", "N"], units="digital numbers")  # fmt: skip


def degrees() -> xr.DataArray:
    return _of(GeoBox((8, 10), Affine(0.001, 0, 19.5, 0, -0.001, 60.0), "EPSG:4326"), ["B", "G", "R", "N"],
               ["B", "G", "R", "N"])  # fmt: skip


def strange_names() -> xr.DataArray:
    names = ["<b>red</b>", "近赤外", "=HYPERLINK(1)", "a/b,c"]
    return _of(GeoBox((7, 6), Affine(30, 0, 500_000, 0, -30, 4_000_000), "EPSG:32618"), names, ["R", "N", "G", "B"])


KINDS = {kind.__name__: kind for kind in (plain, one_date, nothing_seen, digital, degrees, strange_names)}


def on_disk(folder: Path, cube: xr.DataArray) -> Path:
    """The cube as a Zarr folder, as the command line takes it."""
    from eodash.export import zarr

    zarr(cube, folder / "cube.zarr")
    return folder / "cube.zarr"
