"""One image as NetCDF or Zarr: a variable for each band of a raster, on its grid, with all that is known about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import xarray as xr
from odc.geo.xr import xr_coords

from eodash.export.patient_file import PatientFile
from eodash.export.raster import Raster, stored_units, wkt_of

COLOURS = ("red", "green", "blue", "observed")


def plane_netcdf(raster: Raster, path: Path) -> None:
    with PatientFile(path) as disk:
        plane(raster).to_netcdf(disk, engine="h5netcdf", encoding=_encoding(raster, compression="gzip"))


def plane_zarr(raster: Raster, folder: Path) -> None:
    """Version 2, which GDAL reads, too."""
    made = plane(raster)
    for variable in made.data_vars.values():
        variable.attrs["_CRS"] = {"wkt": wkt_of(raster.geobox)}  # where GDAL looks for it
    made.to_zarr(folder, mode="w", zarr_format=2, encoding=_encoding(raster, compressors=(numcodecs.Zlib(6),)))


def plane(raster: Raster) -> xr.Dataset:
    """The bands as variables: the colours of a composite, or the values of one layer, NaN where there are none."""
    values = np.concatenate(list(raster.blocks()))
    coords = xr_coords(raster.geobox, always_yx=True)
    made: dict[str, xr.DataArray] = {}
    for name, layer, part in zip(_names(raster), raster.layers, values, strict=True):
        known = np.where(part == raster.nodata, np.nan, part).astype(np.float32) if raster.nodata is not None else part
        attrs = {"long_name": layer.name, "units": layer.unit or "1", "grid_mapping": "spatial_ref", **layer.tags}
        made[name] = xr.DataArray(known, coords, ("y", "x"), attrs=attrs)
    said = {"Conventions": "CF-1.11", **stored_units(raster.tags)}
    return xr.Dataset(made, attrs=said)


def _names(raster: Raster) -> tuple[str, ...]:
    return COLOURS if raster.colours else ("layer",)


def _encoding(raster: Raster, **packed: Any) -> dict[str, dict[str, Any]]:
    fill = {} if raster.colours else {"_FillValue": np.float32(np.nan)}
    return dict.fromkeys(_names(raster), packed | fill) | {axis: {"_FillValue": None} for axis in ("y", "x")}
