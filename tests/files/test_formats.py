"""Each arrangement of files is understood, and read to the number."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from PIL import Image

from eodash.files import understand
from tests.files.written import CORNER, envi, image, own_cube, read, tif, write


def times(cube: xr.DataArray) -> list[str]:
    return [str(time)[:10] for time in cube.time.values]


def test_a_folder_of_geotiffs_with_dates_in_their_names(root) -> None:
    for day, start in (("2020-01-31", 100), ("20200301", 200), ("2020_092", 300)):
        tif(root / "season" / f"field_{day}.tif", image(start=start), descriptions=("blue", "red", "nir"))
    found, cube = read("season")
    assert found.kind == "a folder of GeoTIFFs by date"
    assert times(cube) == ["2020-01-31", "2020-03-01", "2020-04-01"]
    assert [(band.name, band.code) for band in found.bands] == [("blue", "B"), ("red", "R"), ("nir", "N")]
    assert found.units == "digital numbers"
    assert np.array_equal(cube.values, np.stack([image(start=start) for start in (100, 200, 300)]))
    assert cube.odc.geobox.affine == CORNER
    assert cube.clear.values.all()


@pytest.mark.parametrize("tag", ["ACQUISITION_DATE", "time", "TIFFTAG_DATETIME", "SENSING_TIME"])
def test_dates_in_tags(root, tag: str) -> None:
    written = {"TIFFTAG_DATETIME": "2021:06:{} 10:30:00"}.get(tag, "2021-06-{}T10:30:00")
    for name, day in (("a", "20"), ("b", "10")):
        tif(root / f"{name}.tif", image(start=int(day)), {tag: written.format(day)})
    found, cube = read(".")
    assert times(cube) == ["2021-06-10", "2021-06-20"]
    assert cube.values[0, 0, 0, 0] == 10
    assert found.dates[0].how == f"the tag {tag.upper()}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dates.csv", "file,date\nfirst.tif,2022-05-02\nsecond.tif,2022-05-12\n"),
        ("dates.csv", "date;file\n2022-05-02;first\n2022-05-12;second\n"),
        ("timeline", "2022-05-02\n2022-05-12\n"),
        ("dates.txt", "# when\n2022-05-02\n2022-05-12"),
        ("dates.csv", "date\n2022-05-02\n2022-05-12\n"),
    ],
)
def test_dates_in_a_table(root, name: str, text: str) -> None:
    tif(root / "first.tif")
    tif(root / "second.tif", image(start=7))
    (root / name).write_text(text)
    found, cube = read(".")
    assert times(cube) == ["2022-05-02", "2022-05-12"]
    assert name in found.dates[0].how
    assert cube.values[1, 0, 0, 0] == 7


def test_one_band_per_file_by_suffix_and_by_folder(root) -> None:
    for day in ("20230105", "20230110"):
        for band, start in (("B02", 100), ("B04", 200), ("B08", 300), ("B8A", 400)):
            value = image(1, dtype="uint16", start=start + int(day[-2:]))
            tif(root / "suffix" / f"T30UWU_{day}T110431_{band}.tif", value)
            tif(root / "folder" / day / f"{band}.tif", value)
            tif(root / "bands" / band / f"{day}.tif", value)
    cubes = [read(name) for name in ("suffix", "folder", "bands")]
    for found, cube in cubes:
        assert found.sensor.names == ("B02", "B04", "B08", "B8A")
        assert found.sensor.name.startswith("sentinel-2")
        assert (found.units, found.scale, found.nodata) == ("reflectance × 10⁴", 1e-4, 0)
        assert times(cube) == ["2023-01-05", "2023-01-10"]
        assert cube.values[:, :, 0, 0].tolist() == [[105, 205, 305, 405], [110, 210, 310, 410]]


def test_landsat_product_files_with_their_mask(root) -> None:
    stem = "LC08_L2SP_203025_20200615_20200622_02_T1"
    for band in range(2, 8):
        tif(root / f"{stem}_SR_B{band}.TIF", image(1, dtype="uint16", start=10_000))
    mask = np.full((1, 8, 10), 21_824, np.uint16)
    mask[0, 0, 0] = 22_280  # cloud
    tif(root / f"{stem}_QA_PIXEL.TIF", mask)
    found, cube = read(".")
    assert (found.sensor.name, found.sensor.names[0], found.sensor.names[-1]) == ("landsat-c2-l2", "blue", "swir22")
    assert (found.scale, found.offset, found.nodata) == (2.75e-5, -0.2, 0)
    assert times(cube) == ["2020-06-15"]
    assert cube.values[0, 0, 0, 1] == round((10_001 * 2.75e-5 - 0.2) * 10_000)
    assert not cube.clear.values[0, 0, 0]
    assert cube.clear.values.sum() == 79


def test_one_file_per_variable_and_a_list_of_dates(root) -> None:
    days = ["2010-01-01", "2010-01-17", "2010-02-02"]
    tif(root / "red.tif", image(3) / 10_000.0)
    tif(root / "nir.tif", image(3, start=500) / 10_000.0)
    tif(root / "doy.tif", image(3, start=1))
    (root / "timeline").write_text("\n".join(days))
    found, cube = read(".")
    assert found.kind == "one multi-band file per variable and a list of dates"
    assert times(cube) == days
    assert found.sensor.names == ("nir", "red")
    assert any("doy" in notice for notice in found.notices)
    assert cube.sel(band="nir").values[2, 0, 0] == 1500


def test_one_file_whose_bands_are_dates(root) -> None:
    tif(root / "ndvi.tif", image(3) / 1000.0, descriptions=("2020-01-01", "2020-02-01", "2020-03-01"))
    found, cube = read("ndvi.tif")
    assert found.kind == "one file with time"
    assert times(cube) == ["2020-01-01", "2020-02-01", "2020-03-01"]
    assert cube.band.values.tolist() == ["ndvi"]


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
def test_envi_with_wavelengths(root, interleave: str) -> None:
    more = (
        "wavelength units = Micrometers\nwavelength = {0.4825, 0.66, 0.825}\nacquisition time = 2004-05-06T07:08:09Z\n"
    )
    values = image(dtype="uint16")
    envi(root / "scene", values, more, interleave)
    for name in ("scene", "scene.HDR", "."):
        found, cube = read(name)
        assert found.kind.startswith("ENVI")
        assert [(band.name, band.code, band.centre) for band in found.bands] == [
            ("blue", "B", 482.5),
            ("red", "R", 660.0),
            ("nir", "N", 825.0),
        ]
        assert np.array_equal(cube.values[0], values)
        assert cube.odc.crs.to_epsg() == 32630
    assert times(cube) == ["2004-05-06"]


@pytest.mark.parametrize("ending", ["zarr", "nc"])
def test_own_export_opens_exactly_as_it_was_written(root, ending: str) -> None:
    cube = own_cube()
    write(cube, root / f"cube.{ending}")
    found, again = read(f"cube.{ending}")
    assert found.kind == {"zarr": "Zarr", "nc": "NetCDF"}[ending]
    xr.testing.assert_equal(again.drop_vars("spatial_ref"), cube.drop_vars("spatial_ref"))
    assert again.odc.geobox == cube.odc.geobox
    assert again.attrs["sensor"] == "sentinel-2-l2a"
    assert again.attrs["corrections"] == cube.attrs["corrections"]
    assert '"seed": 7' in again.attrs["provenance"]


@pytest.mark.parametrize("ending", ["zarr", "nc"])
@pytest.mark.parametrize("turned", [False, True])
def test_cf_variables_with_scale_and_fill(root, ending: str, turned: bool) -> None:
    cube = own_cube()
    data = (cube.where(cube != -32_768) / 10_000).drop_vars("clear").drop_attrs(deep=False).to_dataset("band")
    if turned:
        data = data.isel(y=slice(None, None, -1))
    packed = {name: {"dtype": "int16", "scale_factor": 1e-4, "_FillValue": -9999} for name in data.data_vars}
    write(data, root / f"season.{ending}", encoding=packed)
    found, again = read(f"season.{ending}")
    assert (found.scale, found.nodata, found.units) == (1e-4, -9999, "reflectance × 10⁴")
    assert found.sensor.names == tuple(cube.band.values.tolist())
    assert np.array_equal(again.values, cube.values)
    assert np.array_equal(again.y.values, cube.y.values)
    assert not any("Aligned" in notice for notice in found.notices)


def test_netcdf_in_degrees_has_a_place_of_its_own(root) -> None:
    lat, lon = 48.0 - 0.01 * np.arange(6), 2.0 + 0.01 * np.arange(7)
    values = np.arange(2 * 6 * 7, dtype="float32").reshape(2, 6, 7) / 100
    data = xr.Dataset(
        {"red": (("time", "lat", "lon"), values)},
        {"time": np.array(["2019-01-01", "2019-02-01"], "datetime64[ns]"), "lat": lat, "lon": lon},
    )
    for path, options in (("four.nc", {}), ("three.nc", {"engine": "scipy"})):
        write(data, root / path, **options)
        _, cube = read(path)
        assert cube.odc.crs.to_epsg() == 4326
        assert cube.dims == ("time", "band", "y", "x")
        assert np.allclose(cube.y, lat)
        assert np.array_equal(cube.values[:, 0], np.rint(values * 10_000).astype(int))


@pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("bmp", "BMP"), ("jpg", "JPEG")])
def test_two_pictures_for_change_on_a_blank_grid(root, ending: str, kind: str) -> None:
    for name, level in (("before", 40), ("after", 90)):
        Image.fromarray(np.full((16, 24, 3), level, np.uint8)).save(root / f"{name}.{ending}", kind)
    found = understand(".")
    assert (found.kind, found.refused_code) == ("single images", "no_crs")
    said = {"place": "blank", "dates": {"before": "2001-01-01", "after": "2003-01-01"}}
    found, cube = read(".", said)
    assert found.blank
    assert found.pixel == 10
    assert cube.shape == (2, 3, 16, 24)
    assert cube.values[:, 0, 0, 0].tolist() == [40, 90]
    assert cube.attrs["units"] == "digital numbers"
    assert cube.attrs["placement"] == "blank"


def test_one_picture_without_a_date_says_so(root) -> None:
    tif(root / "single.tif")
    found, cube = read("single.tif")
    assert found.dates[0].how == "none"
    assert any("No date is known" in notice for notice in found.notices)
    assert cube.sizes["time"] == 1


def test_south_up_and_turned_files_are_set_upright(root) -> None:
    values = image(1)
    tif(root / "2020-01-01.tif", values[:, ::-1], transform=Affine(10, 0, 506_000, 0, 10, 5_328_000 - 80))
    _, cube = read("2020-01-01.tif")
    assert np.array_equal(cube.values[0], values)
    assert cube.y.values[0] > cube.y.values[-1]
    turned = Affine.translation(506_000, 5_328_000) * Affine.rotation(30) * Affine.scale(10, -10)
    tif(root / "2020-01-02.tif", values + 1, transform=turned)
    _, cube = read("2020-01-02.tif")
    seen = cube.values[0, 0][cube.values[0, 0] != -32_768]
    assert 0 < seen.size < cube.values.size
    assert seen.min() >= 101
    assert seen.max() <= 180


def test_a_multi_band_file_opens_whatever_its_blocks(root) -> None:
    values = image(3, 70, 90)
    tif(
        root / "2020-01-01.tif",
        values,
        tiled=True,
        blockxsize=16,
        blockysize=16,
        compress="deflate",
        interleave="pixel",
    )
    _, cube = read("2020-01-01.tif")
    with rasterio.open(root / "2020-01-01.tif") as plain:
        assert np.array_equal(cube.values[0], plain.read())
