"""What the user says wins over what was understood; what cannot be meant is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eodash.errors import EodashError, RasterError
from eodash.files import understand
from tests.files.written import CORNER, envi, image, read, tif


def season(root) -> None:
    for name in ("a", "b", "c"):
        tif(root / f"{name}.tif", image(4))


def days(found: Any) -> list[str]:
    return [date.time[:10] for date in found.dates]


@pytest.mark.parametrize(
    ("dates", "wanted"),
    [
        (["2020-03-01", "2020-02-01", "2020-01-01"], ["2020-01-01", "2020-02-01", "2020-03-01"]),
        ({"start": "2020-01-30", "step": 16}, ["2020-01-30", "2020-02-15", "2020-03-02"]),
        ({"start": "2020-01-31", "step": "month"}, ["2020-01-31", "2020-02-28", "2020-03-28"]),
        ({"start": "2018-06-01", "step": "year"}, ["2018-06-01", "2019-06-01", "2020-06-01"]),
        ({"a": "2020-01-01", "c.tif": "2021-01-01"}, ["2020-01-01", "2021-01-01"]),
    ],
)
def test_dates_as_a_list_as_steps_and_by_name(root, dates: Any, wanted: list[str]) -> None:
    season(root)
    assert understand(".").refused_code == "dates"
    found = understand(".", {"dates": dates})
    assert days(found) == wanted
    assert {date.how for date in found.dates} == {"typed"}


def test_dates_by_a_pattern(root) -> None:
    tif(root / "img_31012020.tif")
    tif(root / "img_01022020.tif")
    assert days(understand(".", {"dates": {"pattern": "img_%d%m%Y"}})) == ["2020-01-31", "2020-02-01"]


def test_a_list_of_dates_for_the_bands_of_a_file(root) -> None:
    tif(root / "red.tif", image(4))
    typed = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]
    found, cube = read("red.tif", {"dates": typed})
    assert days(found) == typed
    assert cube.shape[:2] == (4, 1)


def test_bands_by_code_name_and_in_full(root) -> None:
    tif(root / "2020-01-01.tif", image(4))
    found, cube = read(".", {"bands": ["R", None, {"name": "infrared", "code": "N", "centre": 850}, "green"]})
    assert [(band.name, band.code) for band in found.sensor.bands] == [("red", "R"), ("infrared", "N"), ("green", "G")]
    assert cube.values[0, :, 0, 0].tolist() == [100, 300, 400]
    assert found.bands[1].name == ""


def test_a_known_sensor_in_the_order_of_the_files(root) -> None:
    tif(root / "2020-01-01.tif", image(3, dtype="uint16"))
    found, cube = read(".", {"sensor": "landsat-c2-l2", "bands": ["nir08", "R", "blue"]})
    assert found.sensor.names == ("blue", "red", "nir08")
    assert found.scale == 2.75e-5
    assert cube.attrs["sensor"] == "landsat-c2-l2"
    assert cube.values[0, :, 0, 0].tolist() == [round((dn * 2.75e-5 - 0.2) * 1e4) for dn in (300, 200, 100)]


def test_a_place_for_a_raster_without_one(root) -> None:
    envi(root / "2020-01-01", image(), placed=False)
    assert understand(".").refused_code == "no_crs"
    found, cube = read(".", {"place": {"crs": "EPSG:32630", "left": 506_000, "top": 5_328_000, "pixel": 10}})
    assert cube.odc.geobox.affine == CORNER
    assert not found.blank
    assert np.array_equal(cube.values[0], image())


def test_a_grid_without_a_crs_keeps_its_own_pixels(root) -> None:
    tif(root / "2020-01-01.tif", crs=None)
    assert understand(".").refused_code == "no_crs"
    _, cube = read(".", {"place": {"crs": "EPSG:32630"}})
    assert cube.odc.geobox.affine == CORNER


def test_the_grid_of_most_files_may_be_asked(root) -> None:
    tif(root / "2020-01-01.tif", image(1, 4, 5))
    for day in (2, 3):
        tif(root / f"2020-01-0{day}.tif", image(1))
    assert understand(".").grid.shape == (4, 5)
    assert understand(".", {"align": "common"}).grid.shape == (8, 10)


def test_a_bad_file_may_be_left_out(root) -> None:
    tif(root / "2020-01-01.tif")
    (root / "2020-01-02.tif").write_bytes(b"II*\0 and nothing else")
    with pytest.raises(RasterError, match=r"2020-01-02"):
        understand(".")
    assert days(understand(".", {"leave_out": ["2020-01-02.tif"]})) == ["2020-01-01"]


WRONG: list[tuple[Any, str]] = [
    ([], "corrections"),
    ("x", "corrections"),
    ({"unknown": 1}, "corrections"),
    ({"sensor": "hubble"}, "corrections"),
    ({"scale": 0}, "corrections"),
    ({"scale": float("nan")}, "corrections"),
    ({"scale": "much"}, "corrections"),
    ({"offset": float("inf")}, "corrections"),
    ({"nodata": "all"}, "corrections"),
    ({"bands": ["R"]}, "corrections"),
    ({"bands": []}, "corrections"),
    ({"bands": [None, None, None]}, "bands"),
    ({"bands": [{"name": "red", "code": "<b>"}, "G", "B"]}, "corrections"),
    ({"sensor": "landsat-c2-l2", "bands": ["R", "R", "R"]}, "bands"),
    ({"dates": ["2020-01-01", "2020-01-02"]}, "corrections"),
    ({"dates": ["2020-02-30"]}, "parse"),
    ({"dates": {"pattern": "%Q"}}, "corrections"),
    ({"dates": {"pattern": "%d%m%Y"}}, "parse"),
    ({"dates": {"start": "now", "step": 1}}, "parse"),
    ({"dates": {"start": "2020-01-01", "step": -1}}, "corrections"),
    ({"dates": {"nowhere": "2020-01-01"}}, "parse"),
    ({"place": "mars"}, "corrections"),
    ({"align": "best"}, "corrections"),
]


@pytest.mark.parametrize(("said", "code"), WRONG, ids=[str(row[0])[:50] for row in WRONG])
def test_corrections_that_cannot_be_meant(root, said: Any, code: str) -> None:
    tif(root / "2020-01-01.tif")
    with pytest.raises(EodashError) as raised:
        understand(".", said)
    assert raised.value.code == code
    assert raised.value.advice


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"crs": "EPSG:32630"}, "corrections"),
        ({"crs": "nonsense", "left": 0, "top": 0, "pixel": 10}, "crs"),
        ({"crs": "EPSG:32630", "left": 0, "top": 0, "pixel": 0}, "corrections"),
        ({"crs": "EPSG:32630", "left": float("inf"), "top": 0, "pixel": 10}, "corrections"),
        ({"crs": "EPSG:4326", "left": 500, "top": 0, "pixel": 1}, "crs"),
    ],
)
def test_places_that_are_none(root, place: dict[str, Any], code: str) -> None:
    envi(root / "2020-01-01", image(), placed=False)
    with pytest.raises(EodashError) as raised:
        understand(".", {"place": place}).request()
    assert raised.value.code == code
