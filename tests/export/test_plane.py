"""The visible layer as NetCDF and Zarr: the numbers that are on the map, in their place, with what is known of them."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
import xarray as xr
import zarr as raw_zarr
from pyproj import CRS

from eodash.views.layer_raster import layer_raster
from eodash.views.outgoing import WAYS, Wanted, write
from eodash.views.picture import Look, index_values, rgba
from tests.export.cubes import KINDS, TOLD, plain

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:zarr")


def opened(form: str, path: Path) -> xr.Dataset:
    if form == "zarr":
        return xr.open_zarr(path, chunks=None, decode_coords="all", consolidated=None)
    return xr.open_dataset(path, engine="h5netcdf", decode_coords="all")


@pytest.mark.parametrize("form", ["netcdf", "zarr"])
def test_an_index_leaves_as_the_numbers_on_the_map(tmp_path: Path, form: str) -> None:
    cube, path = plain(), tmp_path / f"layer.{form}"
    write(WAYS["layer", form], cube, Wanted(1, Look("ndvi")), path)
    values, seen = index_values(cube[1], "ndvi")
    with opened(form, path) as made:
        np.testing.assert_array_equal(made["layer"].values, np.where(seen, values, np.nan))
        assert CRS.from_wkt(made["spatial_ref"].attrs["crs_wkt"]) == CRS.from_user_input(str(cube.odc.crs))
        np.testing.assert_allclose(made["x"].values, cube["x"].values)
        assert json.loads(made.attrs["shown"])["layer"] == "ndvi"
        for name in TOLD:
            assert made.attrs["stored_units" if name == "units" else name] == cube.attrs[name]
        assert made["layer"].attrs["formula"]
    if form == "zarr":
        again = raw_zarr.open_group(path, mode="r")["layer"][:]
    else:
        with h5py.File(path) as file:
            again = file["layer"][:]
    np.testing.assert_array_equal(again, np.where(seen, values, np.nan))


def test_a_composite_leaves_as_its_colours(tmp_path: Path) -> None:
    cube, path = plain(), tmp_path / "layer.nc"
    write(WAYS["layer", "netcdf"], cube, Wanted(0, Look("true")), path)
    expected = rgba(cube, 0, Look("true"))
    with opened("netcdf", path) as made:
        for place, name in enumerate(("red", "green", "blue", "observed")):
            np.testing.assert_array_equal(made[name].values, expected[..., place])


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_gdal_sees_the_layer_where_it_is(tmp_path: Path, make: object) -> None:
    cube = make()  # type: ignore[operator]
    look = Look(f"band:{cube['band'].values[0]}")
    path = tmp_path / "layer.nc"
    write(WAYS["layer", "netcdf"], cube, Wanted(0, look), path)
    expected = np.concatenate(list(layer_raster(cube, 0, look).blocks()))[0]
    if "netCDF" not in rasterio.drivers.raster_driver_extensions().values():
        pytest.skip("this GDAL reads no NetCDF")
    with rasterio.open(f"netcdf:{path}:layer") as file:
        np.testing.assert_allclose(tuple(file.transform)[:6], tuple(cube.odc.geobox.affine)[:6], rtol=1e-9)
        got = file.read(1)
    np.testing.assert_array_equal(np.isnan(got), expected == -32768)
    np.testing.assert_allclose(got[~np.isnan(got)], expected[expected != -32768])
