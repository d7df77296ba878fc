"""The carrier as a Zarr folder: the format that eodash reads back as it was."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import xarray as xr
from zarr import config
from zarr.errors import BaseZarrError

from eodash.cube import check, geobox_of
from eodash.errors import RasterError
from eodash.export.raster import facts, scale_of, stored_units, wkt_of
from eodash.sources.contract import NODATA

TILE = 256


def zarr(cube: xr.DataArray, folder: Path) -> None:
    """A cube packed with its scale, `clear` beside it, one chunk after the other; version 2, which GDAL reads, too."""
    _, bands, rows, columns = cube.shape
    tile = (min(TILE, rows), min(TILE, columns))
    scale, _ = scale_of(cube)
    packed = {"scale_factor": scale, "add_offset": 0.0} if scale != 1 else {}
    crs = {"_CRS": {"wkt": wkt_of(geobox_of(cube))}}  # where GDAL looks for it
    plain = cube.copy(deep=False)
    plain.encoding = {}
    said = stored_units(facts(cube))
    plain.attrs = {**said, **packed, **crs, "_FillValue": np.int16(NODATA), "grid_mapping": "spatial_ref"}
    zlib = numcodecs.Zlib(6)
    encoding: dict[str, dict[str, Any]] = {
        "reflectance": {"chunks": (1, bands, *tile), "compressors": (zlib,)},
        "clear": {"chunks": (1, *tile), "compressors": (zlib,)},
        "time": {"units": "seconds since 1970-01-01", "dtype": "int64"},
        "y": {"_FillValue": None},
        "x": {"_FillValue": None},
    }
    with config.set({"async.concurrency": 2}):  # chunks under way: as many dates in memory
        plain.to_dataset(name="reflectance").to_zarr(folder, mode="w", encoding=encoding, zarr_format=2)


def open_cube(folder: Path) -> xr.DataArray:
    """A cube that `fetch` or `export` wrote, read as it is asked for; RasterError where it is none."""
    advice = "Name a Zarr folder that `python -m eodash fetch` or `export` wrote."
    if not any((folder / name).is_file() for name in ("zarr.json", ".zgroup")):
        raise RasterError(f"{folder} is no Zarr folder.", advice, code="not_zarr")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = xr.open_zarr(folder, chunks=None, mask_and_scale=False, decode_coords="all")
        cube = opened["reflectance"].assign_coords(clear=opened["clear"])
        cube.attrs = _own_attrs(cube.attrs)
        cube.encoding = {}
        np.asarray(cube["clear"][-1])  # a folder that was cut short shows it here
    except (OSError, KeyError, ValueError, TypeError, BaseZarrError) as error:
        raise RasterError(f"{folder} holds no cube: {str(error)[:120]}", advice, code="not_cube") from error
    return check(cube)


def _own_attrs(said: dict[str, Any]) -> dict[str, str]:
    """What a cube said of itself before it was written."""
    kept = {str(name): value for name, value in said.items() if isinstance(value, str)}
    added = {name: kept.pop(name, "") for name in ("grid_mapping", "software", "stored_units")}
    return kept | ({"units": added["stored_units"]} if added["stored_units"] else {})


def zipped(folder: Path, path: Path) -> None:
    """A folder as one file to download; its parts are packed already, so they are only put together."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder.parent))
