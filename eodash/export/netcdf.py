"""NetCDF by the CF conventions: packed reflectance with its scale, a grid mapping, time, and `clear` as a flag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5netcdf  # type: ignore[import-untyped]
import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from pyproj import CRS

from eodash.cube import geobox_of
from eodash.export.patient_file import PatientFile
from eodash.export.raster import bands_of, facts, scale_of, stored_units, wkt_of
from eodash.sources.contract import NODATA

TILE = 256
PACKED = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def netcdf(cube: xr.DataArray, path: Path) -> None:
    """A cube in one file, written date by date."""
    scale, unit = scale_of(cube)
    count, bands, rows, columns = cube.shape
    tile = (min(TILE, rows), min(TILE, columns))
    with PatientFile(path) as disk, h5netcdf.File(disk, "w") as file:
        file.dimensions = {"time": count, "band": bands, "y": rows, "x": columns}
        describe_file(file, facts(cube))
        describe_grid(file, geobox_of(cube))
        _describe_time(file, cube["time"].values)
        _describe_bands(file, cube)
        values = file.create_variable(
            "reflectance", ("time", "band", "y", "x"), np.int16, fillvalue=np.int16(NODATA),
            chunks=(1, 1, *tile), **PACKED,
        )  # fmt: skip
        values.attrs.update(
            {"long_name": unit}
            | {"units": "1", "grid_mapping": "spatial_ref", "ancillary_variables": "clear"}
            | ({"scale_factor": np.float64(scale), "add_offset": np.float64(0)} if scale != 1 else {})
        )
        clear = file.create_variable("clear", ("time", "y", "x"), np.int8, chunks=(1, *tile), **PACKED)
        clear.attrs.update(
            {"long_name": "usable: observed, no cloud, no shadow", "grid_mapping": "spatial_ref"}
            | {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "not_clear clear"}
        )
        for index in range(count):
            values[index] = cube[index].values
            clear[index] = cube["clear"][index].values.astype(np.int8)
            file.flush()
            disk.check()


def describe_file(file: Any, said: dict[str, str]) -> None:
    """The conventions and all that is known, as attributes of the file."""
    file.attrs.update({"Conventions": "CF-1.11", "title": "Series of satellite images"} | stored_units(said))


def describe_grid(file: Any, geobox: GeoBox) -> None:
    """Coordinates of pixel middles, and the grid mapping that CF readers and GDAL both understand."""
    crs = CRS.from_wkt(wkt_of(geobox))
    degrees = crs.is_geographic
    names = (
        {"y": "latitude", "x": "longitude"}
        if degrees
        else {"y": "projection_y_coordinate", "x": "projection_x_coordinate"}
    )
    for axis, unit in (("y", "degrees_north"), ("x", "degrees_east")):
        variable = file.create_variable(axis, (axis,), np.float64)
        variable.attrs.update(
            {"standard_name": names[axis], "axis": axis.upper(), "units": unit if degrees else _unit_of(crs)}
        )
        variable[...] = geobox.coordinates[geobox.dimensions[axis == "x"]].values
    mapping = file.create_variable("spatial_ref", (), np.int32)
    mapping[...] = np.int32(crs.to_epsg() or 0)
    affine = " ".join(f"{value!r}" for value in map(float, geobox.affine.to_gdal()))
    said = {name: value for name, value in crs.to_cf().items() if value is not None}
    mapping.attrs.update(said | {"crs_wkt": crs.to_wkt(), "spatial_ref": crs.to_wkt(), "GeoTransform": affine})


def _unit_of(crs: CRS) -> str:
    unit = crs.axis_info[0].unit_name if crs.axis_info else "metre"
    return {"metre": "m"}.get(unit, unit)


def _describe_time(file: Any, times: np.ndarray) -> None:
    time = file.create_variable("time", ("time",), np.int64)
    time.attrs.update(
        {"standard_name": "time", "axis": "T", "units": "seconds since 1970-01-01 00:00:00"} | {"calendar": "standard"}
    )
    time[...] = times.astype("datetime64[s]").astype(np.int64)


def _describe_bands(file: Any, cube: xr.DataArray) -> None:
    names = [str(name) for name in cube["band"].values.tolist()]
    band = file.create_variable("band", ("band",), dtype=h5netcdf.core.h5py.string_dtype())
    band.attrs["long_name"] = "band"
    for place, name in enumerate(names):
        band[place] = name
    known = bands_of(cube)
    if len(known) == len(names):
        wave = file.create_variable("wavelength", ("band",), np.float64)
        wave.attrs.update({"standard_name": "radiation_wavelength", "units": "nm"})
        wave[...] = np.array([known[name].centre for name in names])
