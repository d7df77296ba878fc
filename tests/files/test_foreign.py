"""What a foreign file may say of itself, and what comes of it: right numbers or one error, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr

from eodash.errors import EodashError, RasterError
from eodash.files import understand
from eodash.files.recipe_text import parsed
from eodash.files.times import read as times
from tests.files.written import CORNER, UTM, envi, image, own_cube, read, tif, write


def stack(values: list[Any], units: str, calendar: str = "") -> xr.Dataset:
    """Images on an axis of time; image n holds n more than the first."""
    red = np.stack([image(1)[0] + at for at in range(len(values))])
    axes = {"y": 5_328_000 - 5 - 10 * np.arange(8.0), "x": 506_005 + 10 * np.arange(10.0)}
    attrs = {"units": units} | ({"calendar": calendar} if calendar else {})
    crs = {"crs_wkt": rasterio.CRS.from_string(UTM).to_wkt()}
    made = xr.Dataset({"red": (("time", "y", "x"), red, {"grid_mapping": "spatial_ref"})}, axes)
    return made.assign_coords(spatial_ref=((), 0, crs), time=("time", np.array(values), attrs))


@pytest.mark.parametrize(
    ("values", "units", "calendar", "wanted"),
    [
        ([0, 59, 89], "days since 2020-01-01", "360_day", ["2020-01-01", "2020-03-01", "2020-03-30"]),
        ([58, 59], "days since 2020-01-01", "noleap", ["2020-02-28", "2020-03-01"]),
        ([59, 60], "days since 2021-01-01", "all_leap", ["2021-03-01", "2021-03-01"]),
        ([0, 13], "months since 2020-01-31", "", ["2020-01-31", "2021-03-03"]),
        ([737_790], "days since 0000-01-01", "proleptic_gregorian", ["2020-01-01"]),
        ([737_790], "days since 0000-01-01", "standard", ["2019-12-30"]),
        ([0], "days since 2020-01-01", "julian", ["2020-01-14"]),
        ([24.0, float("nan")], "hours since 2020-01-01 12:00:00", "", ["2020-01-02", ""]),
        ([20_200_131, 20_209_999], "day as %Y%m%d.%f", "", ["2020-01-31", ""]),
        (["2020-01-31", "soon"], "", "", ["2020-01-31", ""]),
        ([1e300, -1e300], "days since 2020-01-01", "360_day", ["", ""]),
        ([1, 2], "fortnights after lunch", "", ["", ""]),
    ],
)
def test_time_axes_of_other_calendars(values: list[Any], units: str, calendar: str, wanted: list[str]) -> None:
    assert [time[:10] for time in times(np.array(values), units, calendar)] == wanted


def test_each_moment_of_a_strange_axis_stays_an_image(root) -> None:
    write(stack([0, 30, 60], "days since 2020-01-01", "360_day"), root / "x.nc")
    _, cube = read(".")
    assert [str(time)[:10] for time in cube.time.values] == ["2020-01-01", "2020-02-01", "2020-03-01"]
    assert cube.values[:, 0, 0, 0].tolist() == [100, 101, 102]


def test_images_whose_time_nobody_understands_may_be_typed(root) -> None:
    write(stack([1, 2, 3], "fortnights after lunch"), root / "x.nc")
    assert understand(".").refused_code == "dates"
    _, cube = read(".", {"dates": ["2020-03-01", "2020-02-01", "2020-01-01"]})
    assert cube.values[:, 0, 0, 0].tolist() == [102, 101, 100]


def test_the_same_moment_twice_on_an_axis_is_kept_and_said(root) -> None:
    write(stack([0, 0, 5], "days since 2020-01-01"), root / "x.nc")
    found, cube = read(".")
    assert cube.values[:, 0, 0, 0].tolist() == [100, 101, 102]
    assert any("duplicate" in notice for notice in found.notices)


def test_longitudes_beyond_180_are_west(root) -> None:
    axes = {"lat": [40.0, 39.0], "lon": [250.0, 251.0, 252.0]}
    write(xr.Dataset({"red": (("lat", "lon"), np.full((2, 3), 0.3, "f4"))}, axes), root / "2020-01-01.nc")
    assert understand(".").area.bounds.west == pytest.approx(-110.5)


def test_a_mask_within_the_file_hides_its_pixels(root) -> None:
    path = tif(root / "2020-01-01.tif")
    shown = np.full((8, 10), 255, "uint8")
    shown[:2] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        file.write_mask(shown)
    found, cube = read(".")
    assert np.array_equal(cube.values[0], np.where(shown == 0, -32_768, image()))
    assert found.bands[0].low >= 120


def test_alpha_is_no_band_and_hides_its_pixels(root) -> None:
    values = image(4, start=10, dtype="uint8")
    values[3] = 255
    values[3, :, :5] = 0
    tif(root / "2020-01-01.tif", values, photometric="rgb", alpha="yes")
    found, cube = read(".")
    assert [band.held for band in found.bands] == ["band1", "band2", "band3"]
    assert (cube.values[0, :, :, :5] == -32_768).all()
    assert np.array_equal(cube.values[0, :, :, 5:], values[:3, :, 5:])


def test_names_of_bands_steer_nothing(root) -> None:
    tif(root / "2020-01-01.tif", descriptions=("a\nb\tc", "\u202ered", "\x1b[31m\x07blue"))
    names = read(".")[1].band.values.tolist()
    assert names == ["a b c", "red", "[31mblue"]
    assert all(name.isprintable() for name in names)


def test_a_header_stands_for_one_file_of_its_name(root) -> None:
    envi(root / "2020-01-01", image())
    (root / "2020-01-01.sta").write_bytes(b"\x10" * 100)
    assert np.array_equal(read(".")[1].values[0], image())


def test_a_table_without_an_end_is_none(root) -> None:
    tif(root / "2020-01-01.tif")
    (root / "dates.csv").write_text('"' + "x" * 200_000)
    assert len(understand(".").dates) == 1


def test_reflectance_beside_plain_numbers_is_refused_not_rounded(root) -> None:
    tif(root / "2020-01-01.tif", (image() / 1e4).astype("float32"))
    tif(root / "2020-01-02.tif", image())
    found = understand(".")
    assert found.refused_code == "scale"
    with pytest.raises(RasterError) as raised:
        found.request()
    assert raised.value.code == "scale"
    assert "scale" in str(raised.value)
    assert not understand(".", {"leave_out": ["2020-01-02.tif"]}).refused


def test_a_scale_that_leaves_nothing_is_refused(root) -> None:
    tif(root / "2020-01-01.tif", scales=(1e-300,) * 3)
    assert understand(".").refused_code == "scale"


def test_many_bands_take_seconds(root) -> None:
    tif(root / "2020-01-01.tif", np.zeros((1500, 4, 4), "uint8"))
    assert len(understand(".").bands) == 1500


@pytest.mark.parametrize(
    "more",
    [
        {"provenance": "{not json"},
        {"provenance": "[1]"},
        {"sensor": "x", "sensor_bands": "{}"},
        {"sensor": "x", "sensor_bands": '{"title": 5, "bands": [{"name": 1}]}'},
        {"sensor": "x", "sensor_bands": "[" * 100_000},
        {"chain": "[", "corrections": "5"},
        {"white": "nan"},
    ],
    ids=lambda more: str(more)[:40],
)
def test_a_file_that_pretends_to_be_a_cube_is_a_foreign_one(root, more: dict[str, str]) -> None:
    cube = own_cube()
    cube.attrs |= more
    write(cube, root / "x.nc")
    found, made = read(".")
    assert any("foreign" in notice for notice in found.notices)
    assert made.shape == cube.shape


GRID = {"crs": UTM, "affine": list(CORNER)[:6], "shape": [8, 10]}
TAMPERED: list[tuple[list[Any], Any]] = [
    (["images", 0, "time"], "nonsense of 19 char"),
    (["images", 0, "planes"], []),
    (["images", 0, "planes", 0, 0], "0"),
    (["images", 0, "planes"], [[0, 1, 0, 0]] * 20_000),
    (["calibrations", 0, 2], {}),
    (["calibrations", 0, 0], float("inf")),
    (["grid"], GRID | {"shape": [-8, 10]}),
    (["grid"], GRID | {"shape": [8.5, 10]}),
    (["grid"], GRID | {"shape": [10**9, 10**9]}),
    (["grid"], GRID | {"affine": [0] * 6}),
    (["grid"], GRID | {"crs": "+proj=hgridshift +grids=/etc/passwd"}),
    (["files", 0, "driver"], "VRT"),
    (["files", 0, "place"], "0"),
    (["bands", 0, "centre"], float("nan")),
    (["bands", 0, "name"], "x" * 10_000),
    (["bands", 0, "evil"], 1),
    (["sensor"], {}),
    (["white"], "<b>"),
    (["was"], {"provenance": "{"}),
    (["notices"], [1]),
]


@pytest.mark.parametrize(("place", "value"), TAMPERED, ids=[f"{row[0]} {row[1]}"[:50] for row in TAMPERED])
def test_a_recipe_is_believed_no_further_than_it_must_be(root, place: list[Any], value: Any) -> None:
    tif(root / "2020-01-01.tif")
    said = json.loads(understand(".").recipe)
    parsed(json.dumps(said))
    at = said
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    with pytest.raises(EodashError) as raised:
        parsed(json.dumps(said))
    assert raised.value.code == "recipe"
