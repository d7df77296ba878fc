"""Cloud-optimised GeoTIFF: tiles, overviews, scale, band names, date and provenance in the file itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from rasterio.enums import ColorInterp
from rasterio.shutil import copy

from eodash.errors import StorageError
from eodash.export.raster import Raster, cube_raster, wkt_of

RGBA = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)


def cog(raster: Raster, path: Path) -> None:
    """One file. A plain one is written block by block first; GDAL's own driver then puts it in order."""
    plain = path.with_name("plain.tif")
    _write_plain(raster, plain)
    many = len(raster.layers)
    copy(
        plain,
        path,
        driver="COG",
        COMPRESS="DEFLATE",
        PREDICTOR="YES",
        BLOCKSIZE=512 if many <= 16 else 256 if many <= 64 else 128,  # a tile holds all bands: bounds the memory
        OVERVIEW_RESAMPLING="NEAREST",  # invents no value
        BIGTIFF="IF_SAFER",
    )
    plain.unlink()
    _held_against(raster, path)


def cog_folder(cube: xr.DataArray, folder: Path) -> None:
    """One file for each date of a cube, named by its time."""
    folder.mkdir()
    for index, time in enumerate(cube["time"].values):
        cog(cube_raster(cube, [index]), folder / f"{_compact(time)}.tif")


def _write_plain(raster: Raster, path: Path) -> None:
    rows, columns = raster.geobox.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=len(raster.layers), dtype=raster.dtype,
        nodata=raster.nodata, crs=wkt_of(raster.geobox), transform=raster.geobox.affine, interleave="band",
        tiled=True, blockxsize=256, blockysize=256, BIGTIFF="IF_SAFER",
        photometric="RGB" if raster.colours else "MINISBLACK", **({"ALPHA": "YES"} if raster.colours else {}),
    ) as file:  # fmt: skip
        first = 1
        for block in raster.blocks():
            file.write(block, indexes=list(range(first, first + len(block))))
            first += len(block)
        file.descriptions = [layer.name for layer in raster.layers]
        file.scales = [layer.scale for layer in raster.layers]
        file.offsets = [0.0] * len(raster.layers)
        file.units = [layer.unit for layer in raster.layers]
        if raster.colours:
            file.colorinterp = RGBA
        for number, layer in enumerate(raster.layers, 1):
            if layer.tags:
                file.update_tags(number, **layer.tags)
        software = raster.tags.get("software", "")
        file.update_tags(**raster.tags, TIFFTAG_DATETIME=_tiff_time(raster.times[0]), TIFFTAG_SOFTWARE=software)


def _held_against(raster: Raster, path: Path) -> None:
    """Raise unless the file holds what was given: GDAL may report a full disk on its log alone."""
    with rasterio.open(path, driver="GTiff") as file:
        first = 1
        for block in raster.blocks():
            written = file.read(list(range(first, first + len(block))))
            if not np.array_equal(written, block, equal_nan=block.dtype.kind == "f"):
                raise StorageError(
                    f"{path.name} was not written as it was given.",
                    "Check that the disk is not full, or name another place.",
                    code="io",
                    retryable=True,
                )
            first += len(block)


def _tiff_time(time: np.datetime64) -> str:
    moment: datetime = time.astype("datetime64[s]").item()
    return moment.strftime("%Y:%m:%d %H:%M:%S")


def _compact(time: np.datetime64) -> str:
    moment: datetime = time.astype("datetime64[s]").item()
    return moment.strftime("%Y%m%dT%H%M%S")
