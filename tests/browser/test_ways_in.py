"""Every way in by the page: each kind of area file, and each real folder of images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from playwright.sync_api import expect

from eodash.bench.serve import Served, served
from tests.areas.written import geopackage, kml, kml_polygon, placemark, shapefile, zipped
from tests.browser.conftest import scene, settled, shoot

REAL = os.environ.get("EODASH_REAL_DATA")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PLOT = shapely.Polygon([(-2.905, 48.095), (-2.893, 48.095), (-2.896, 48.104), (-2.903, 48.102)])


def files() -> dict[str, bytes]:
    document = kml(placemark(kml_polygon(PLOT))).encode()
    return {
        "plot.kml": document,
        "plot.kmz": zipped({"doc.kml": document}),
        "plot.zip": zipped(shapefile([PLOT], 32630)),
        "plot.gpkg": geopackage([PLOT], 2154),
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home"), **({"EODASH_DATA_ROOT": REAL} if REAL else {})) as running:
        yield running


def test_every_kind_of_area_file_is_taken_and_a_wrong_one_keeps_the_area(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area", 1440, 1200)
    page.get_by_text("Type or upload an area").click()
    for name, data in files().items():
        page.get_by_text("Temperate farmland, 44° S").click()
        expect(page.get_by_text("48.0950–48.1040° N")).to_have_count(0)
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": data})
        expect(page.get_by_text("48.0950–48.1040° N")).to_be_visible()
    bomb = b'<!DOCTYPE kml [<!ENTITY a "aaaa">]>' + files()["plot.kml"].partition(b"?>")[2]
    page.locator("input[type=file]").set_input_files({"name": "x.kml", "mimeType": "", "buffer": bomb})
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_text("48.0950–48.1040° N")).to_be_visible()
    settled(page)
    shoot(page, "area-refused")


@pytest.mark.skipif(not REAL, reason="EODASH_REAL_DATA names no folder of real data")
@pytest.mark.parametrize(
    ("folder", "dates"),
    [
        ("modis_mato_grosso", 137),
        pytest.param("landsat_pucallpa", 8, marks=pytest.mark.slow),
        pytest.param("landsat_taizhou", 2, marks=pytest.mark.slow),
    ],
)
def test_a_real_folder_becomes_a_season_on_the_map(app: Served, visit: Any, folder: str, dates: int) -> None:
    page = visit(f"{app.url}/area", 1440, 1200)
    page.get_by_text("Files", exact=True).click()
    page.get_by_role("combobox", name="Folder or file").click()
    page.get_by_role("option", name=folder, exact=True).click()
    fetch = page.get_by_role("button", name=f"Fetch {dates} dates")
    fetch.wait_for(timeout=60_000)
    settled(page)
    fetch.click()
    page.get_by_role("button", name="Look at it").wait_for(timeout=120_000)
    settled(page)
    shoot(page, f"import-{folder}")
    page.get_by_role("button", name="Look at it").click()
    scene(page).wait_for(timeout=60_000)
    expect(page.get_by_text(f"of {dates},")).to_be_visible()
    settled(page)
    assert scene(page).evaluate("image => image.naturalWidth > 0")
    shoot(page, f"look-{folder}")
