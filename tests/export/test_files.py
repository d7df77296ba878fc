"""What is written opens in GDAL, xarray and a third tool with the same values, place and provenance."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
import tifffile
import xarray as xr
import zarr as raw_zarr
from pyproj import CRS
from rio_cogeo import cog_validate

from eodash.export import cog, cog_folder, cube_raster, netcdf, open_cube, zarr, zipped
from eodash.sources.contract import NODATA
from tests.export.cubes import KINDS, TOLD, plain

Make = Callable[[], xr.DataArray]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:zarr")
each_kind = pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
needs_gdalinfo = pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo is not installed")


def scale(cube: xr.DataArray) -> float:
    return 1.0 if cube.attrs["units"] == "digital numbers" else 1e-4


def same_place(crs: object, transform: object, cube: xr.DataArray) -> None:
    geobox = cube.odc.geobox
    assert CRS.from_user_input(crs).equals(CRS.from_wkt(geobox.crs.to_wkt()), ignore_axis_order=True)
    np.testing.assert_allclose(tuple(transform)[:6], tuple(geobox.affine)[:6], rtol=1e-9)


@each_kind
def test_a_date_is_a_valid_cog_that_gdal_and_tifffile_read_alike(tmp_path: Path, make: Make) -> None:
    cube, path = make(), tmp_path / "date.tif"
    cog(cube_raster(cube, [0]), path)
    valid, errors, warnings = cog_validate(path)
    assert (valid, errors, warnings) == (True, [], [])
    expected = np.concatenate([cube[0].values, cube["clear"][0].values[None]])
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(), expected)
        same_place(file.crs, file.transform, cube)
        assert file.nodata == NODATA
        assert file.descriptions == (*cube["band"].values.tolist(), "clear")
        np.testing.assert_allclose(file.scales, [scale(cube)] * cube.sizes["band"] + [1.0])
        assert set(file.offsets) == {0.0}
        for name in TOLD:
            assert file.tags()[name] == cube.attrs[name]
        assert file.tags(1)["time"] == f"{cube['time'].values[0].astype('datetime64[s]')}Z"
    with tifffile.TiffFile(path) as second:
        stored = second.series[0].levels[0].asarray()
        np.testing.assert_array_equal(np.moveaxis(stored, -1, 0), expected)
        written = str(second.pages[0].tags["DateTime"].value)
        assert written == str(cube["time"].values[0].astype("datetime64[s]")).replace("-", ":").replace("T", " ")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["date.tif"]


def test_overviews_of_a_large_date_invent_no_value(tmp_path: Path) -> None:
    cube, path = plain(1, 600, 700), tmp_path / "large.tif"
    cog(cube_raster(cube), path)
    assert cog_validate(path)[0]
    with rasterio.open(path) as file:
        assert file.overviews(1) == [2]
    with rasterio.open(path, overview_level=0) as small:
        assert set(np.unique(small.read(2))) <= set(np.unique(cube.values[0, 1]))


def test_all_dates_in_one_file_and_one_file_for_each_date(tmp_path: Path) -> None:
    cube = plain()
    cog(cube_raster(cube), tmp_path / "all.tif")
    with rasterio.open(tmp_path / "all.tif") as file:
        assert file.count == 3 * 11
        assert file.descriptions[11:13] == ("2024-04-12 B02", "2024-04-12 B03")
        np.testing.assert_array_equal(file.read(13), cube.values[1, 1])
    assert cog_validate(tmp_path / "all.tif")[0]
    cog_folder(cube, tmp_path / "dates")
    names = [path.name for path in sorted((tmp_path / "dates").iterdir())]
    assert names == ["20240402T103000.tif", "20240412T103000.tif", "20240422T103000.tif"]


@each_kind
@pytest.mark.filterwarnings("ignore:.*:rasterio.errors.NotGeoreferencedWarning")
def test_netcdf_is_the_same_in_xarray_gdal_and_h5py(tmp_path: Path, make: Make) -> None:
    cube, path = make(), tmp_path / "cube.nc"
    netcdf(cube, path)
    with xr.open_dataset(path, decode_coords="all") as opened:
        values, expected = opened["reflectance"].values, np.where(cube == NODATA, np.nan, cube * scale(cube))
        np.testing.assert_allclose(values, expected, rtol=1e-6)
        np.testing.assert_array_equal(opened["time"].values, cube["time"].values)
        np.testing.assert_array_equal(opened["x"].values, cube["x"].values)
        assert opened["band"].values.tolist() == cube["band"].values.tolist()
        assert opened["clear"].attrs["flag_meanings"] == "not_clear clear"
        np.testing.assert_array_equal(opened["clear"].values, cube["clear"].values)
        assert opened["reflectance"].encoding["grid_mapping"] == "spatial_ref"
        for name in TOLD:
            assert opened.attrs[name] == cube.attrs[name]
        same_place(opened["spatial_ref"].attrs["crs_wkt"], opened.odc.geobox.affine, cube)
    with rasterio.open(f"NETCDF:{path}:reflectance") as file:
        same_place(file.crs, file.transform, cube)
        assert file.nodata == NODATA
        assert file.scales[0] == pytest.approx(scale(cube))
        count = cube.sizes["band"]
        np.testing.assert_array_equal(file.read(), cube.values.reshape(-1, *cube.shape[2:]))
        assert file.count == count * cube.sizes["time"]
    with h5py.File(path) as third:
        np.testing.assert_array_equal(third["reflectance"][...], cube.values)
        assert third["reflectance"].attrs["_FillValue"] == NODATA
        assert third.attrs["Conventions"] == "CF-1.11"


@each_kind
def test_zarr_comes_back_as_it_was_and_is_the_same_elsewhere(tmp_path: Path, make: Make) -> None:
    cube, path = make(), tmp_path / "cube.zarr"
    zarr(cube, path)
    xr.testing.assert_identical(open_cube(path).compute(), cube)
    with xr.open_zarr(path) as opened:
        values = opened["reflectance"].values
        np.testing.assert_allclose(values, np.where(cube == NODATA, np.nan, cube * scale(cube)), rtol=1e-6)
    stored = raw_zarr.open_group(path, mode="r")["reflectance"]
    np.testing.assert_array_equal(stored[...], cube.values)
    assert stored.attrs["provenance"] == cube.attrs["provenance"]
    with rasterio.open(f'ZARR:"{path}":/reflectance:0:1') as file:
        np.testing.assert_array_equal(file.read(1), cube.values[0, 1])
        same_place(file.crs, file.transform, cube)
        assert file.nodata == NODATA
        assert file.tags()["provenance"] == cube.attrs["provenance"]


def test_a_zip_holds_the_folder(tmp_path: Path) -> None:
    zarr(plain(), tmp_path / "cube.zarr")
    zipped(tmp_path / "cube.zarr", tmp_path / "cube.zarr.zip")
    with zipfile.ZipFile(tmp_path / "cube.zarr.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "again")
    xr.testing.assert_identical(open_cube(tmp_path / "again/cube.zarr").compute(), plain())


@needs_gdalinfo
@pytest.mark.parametrize("name", ["cube.tif", "cube.nc", "cube.zarr"])
def test_gdalinfo_of_another_version_says_the_same(tmp_path: Path, name: str) -> None:
    cube, path = plain(), tmp_path / name
    if name.endswith(".tif"):
        cog(cube_raster(cube, [1]), path)
    else:
        (netcdf if name.endswith(".nc") else zarr)(cube, path)
    asked = {"cube.tif": str(path), "cube.nc": f"NETCDF:{path}:reflectance"}
    said = subprocess.run(
        ["gdalinfo", "-json", "-stats", asked.get(name, f'ZARR:"{path}":/reflectance:1:2')],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(said.stdout)
    assert found["size"] == [40, 30]
    assert re.search(r'ID\["EPSG",32630\]\]$', found["coordinateSystem"]["wkt"])
    np.testing.assert_allclose(found["geoTransform"], cube.odc.geobox.affine.to_gdal())
    band = found["bands"][2 if name.endswith(".tif") else 0]
    assert band["noDataValue"] == NODATA
    assert band["scale"] == pytest.approx(1e-4)
    if name != "cube.nc":
        assert (band["minimum"], band["maximum"]) == (-57, float(cube.values[1, 2].max()))
