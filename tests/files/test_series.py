"""Long series, mixed grids, doubles, parts: what a folder of many files becomes."""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import Transformer

from eodash.errors import AoiError, DateError, RasterError
from eodash.fetch import plan
from eodash.files import understand
from eodash.request import Area, Period
from eodash.settings import settings
from tests.files.written import CORNER, UTM, image, read, tif


def day(at: int) -> date:
    return date(1985, 1, 1) + timedelta(days=32 * at)


def test_400_dates_over_35_years_and_not_one_more(root) -> None:
    for at in range(400):
        tif(root / f"{day(at).isoformat()}.tif", image(1, 4, 5, start=at))
    began = time.monotonic()
    found, cube = read(".")
    assert cube.sizes["time"] == 400
    assert cube.values[:, 0, 0, 0].tolist() == list(range(400))
    assert len(found.recipe) < 200_000
    assert time.monotonic() - began < 60
    tif(root / f"{day(400).isoformat()}.tif", image(1, 4, 5))
    with pytest.raises(DateError) as raised:
        understand(".")
    assert (raised.value.code, raised.value.details["count"]) == ("too_many", 401)


def test_another_resolution_is_aligned_with_a_notice(root) -> None:
    tif(root / "2020-01-01.tif", image(1))
    coarse = Affine(20, 0, 506_000, 0, -20, 5_328_000)
    values = np.full((1, 4, 5), 0.5, "float32")
    values[0, :, 0] = np.nan
    tif(root / "2020-01-02.tif", values * 1000, transform=coarse, nodata=np.nan)
    tif(root / "2020-01-03.tif", (values[:, :, ::-1].copy() * 1000), transform=coarse, nodata=np.nan, crs=UTM)
    found, cube = read(".", {"units": "digital numbers"})
    assert cube.shape == (3, 1, 8, 10)
    assert any("Aligned" in note and "2020-01-02.tif, 2020-01-03.tif" in note for note in found.notices)
    assert set(np.unique(cube.values[1])) == {-32_768, 500}  # no-data never mixes with its neighbours
    assert (cube.values[1, 0, :, 0] == -32_768).all()


def test_classes_are_never_blended(root) -> None:
    tif(root / "2020-01-01.tif", image(1, 16, 20, "uint8", 1))
    chance = np.random.default_rng(0).choice([3, 9], (1, 8, 10)).astype("uint8")
    tif(root / "2020-01-02.tif", chance, transform=Affine(21, 0, 505_995, 0, -21, 5_328_005))
    _, cube = read(".")
    assert set(np.unique(cube.values[1])) <= {3, 9, -32_768}


def test_another_projection_lands_on_the_same_ground(root) -> None:
    """A ramp of longitude, once in UTM zone 30 and once in zone 31: the same places bear the same numbers."""
    for name, zone in (("2020-01-01", 32630), ("2020-01-02", 32631)):
        x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{zone}", always_xy=True).transform(0.0, 48.0)
        left, top = round(x, -1) - 300, round(y, -1) + 300
        columns, rows = np.meshgrid(left + 5 + 10 * np.arange(60), top - 5 - 10 * np.arange(60))
        east, _ = Transformer.from_crs(f"EPSG:{zone}", "EPSG:4326", always_xy=True).transform(columns, rows)
        values = ((east + 0.01) * 100_000).astype("float32")[None]
        tif(root / f"{name}.tif", values, crs=f"EPSG:{zone}", transform=Affine(10, 0, left, 0, -10, top))
    _, cube = read(".", {"units": "digital numbers"})
    both = (cube.values != -32_768).all(axis=(0, 1))
    assert both.mean() > 0.8
    apart = np.abs(cube.values[0, 0][both] - cube.values[1, 0][both])
    assert apart.max() <= 7  # half a pixel, along the edge
    assert (apart <= 2).mean() > 0.95


def test_two_files_of_one_day_side_by_side_are_joined(root) -> None:
    tif(root / "west_2020-01-01.tif", image(1))
    tif(root / "east_2020-01-01.tif", image(1), transform=CORNER * Affine.translation(5, 0))
    found, cube = read(".")
    assert cube.sizes["time"] == 1
    assert any("joined" in notice for notice in found.notices)
    assert (cube.values != -32_768).all()


def test_the_same_date_twice_is_kept_and_said(root) -> None:
    tif(root / "a_2020-01-01.tif", image(1))
    tif(root / "b_2020-01-01.tif", image(1, start=7))
    found, cube = read(".")
    assert [date.time for date in found.dates] == ["2020-01-01T00:00:00", "2020-01-01T00:00:01"]
    assert any("duplicate date" in notice for notice in found.notices)
    assert cube.values[:, 0, 0, 0].tolist() == [100, 7]
    _, joined = read(".", {"same_day": "mosaic"})
    assert joined.values[:, 0, 0, 0].tolist() == [100]


def test_files_without_a_date_beside_dated_ones_are_left_out(root) -> None:
    tif(root / "2020-01-01.tif")
    tif(root / "legend.tif")
    found = understand(".")
    assert len(found.dates) == 1
    assert any("legend.tif" in notice for notice in found.notices)


def test_only_the_drawn_area_is_read(root) -> None:
    tif(root / "2020-01-01.tif", image(2, 100, 120, start=1))
    found = understand(".")
    back = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    west, south = back.transform(506_205, 5_327_505)
    east, north = back.transform(506_395, 5_327_695)
    _, cube = read(".", area=Area.of(shapely.box(west, south, east, north)))
    assert 19 <= cube.sizes["x"] <= 22
    assert 19 <= cube.sizes["y"] <= 22
    column, row = ~CORNER * (float(cube.x[0]), float(cube.y[0]))
    assert cube.values[0, 0, 0, 0] == image(2, 100, 120, start=1)[0, int(row), int(column)]
    with pytest.raises(AoiError) as raised:
        plan(found.request(area=Area.of(shapely.box(10, 10, 10.1, 10.1))))
    assert raised.value.code == "outside"


def test_period_bands_and_resolution_may_be_less(root) -> None:
    for month in range(1, 7):
        tif(root / f"2020-{month:02d}-01.tif", image(2, 40, 40, start=month), descriptions=("red", "nir"))
    period = Period(date(2020, 2, 1), date(2020, 4, 30))
    _, cube = read(".", period=period, bands=("nir",), resolution=20)
    assert cube.shape[:2] == (3, 1)
    assert cube.odc.geobox.resolution.x == 20
    found = understand(".")
    with pytest.raises(DateError):
        found.request(period=Period(date(2021, 1, 1), date(2021, 2, 1)))
    with pytest.raises(RasterError):
        found.request(bands=("blue",))


def test_degrees_may_be_asked_in_metres(root) -> None:
    tif(root / "2020-01-01.tif", image(1, 50, 50), crs="EPSG:4326", transform=Affine(0.001, 0, 2, 0, -0.001, 48))
    _, cube = read(".", resolution=100)
    assert cube.odc.crs.to_epsg() == 32631
    assert cube.odc.geobox.resolution.x == 100
    assert (cube.values != -32_768).mean() > 0.9


def test_the_recipe_is_the_same_for_the_same_files(root) -> None:
    tif(root / "2020-01-01.tif")
    one, other = understand("."), understand(root)
    assert one.recipe == other.recipe
    assert one.request().key == other.request().key
    assert str(root) not in one.recipe
    assert understand(".", {"scale": 1e-4}).request().key != one.request().key


def test_a_series_needs_no_memory_for_all_its_dates(root, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held against the limit is the cube, not the files."""
    tif(root / "2020-01-01.tif", image(1, 300, 300))
    found = understand(".")
    monkeypatch.setenv("EODASH_CUBE_MIB", "1")
    settings.cache_clear()
    assert plan(found.request()).bytes == 300 * 300 * 2
