"""The export page: empty, in every width, and every file that it hands over opened again."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rasterio
import xarray as xr
from PIL import Image
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import map_frame, scene, settled, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SIZES = [
    (1440, 1000, "light"),
    pytest.param(390, 844, "light", marks=pytest.mark.slow),
    pytest.param(1152, 800, "light", marks=pytest.mark.slow),
    pytest.param(1440, 1000, "dark", marks=pytest.mark.slow),
]


def to_export(app: Served, page: Any, pinned: bool = True) -> None:
    """The demo season with a pixel pinned and NDVI on the map, then the export page of that run."""
    if "run=" not in page.url:
        page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=120_000)
    if pinned:
        page.get_by_role("button", name="Take a green pixel").click()
        expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    page.get_by_text("NDVI", exact=True).first.click()
    settled(page)
    page.goto(f"{app.url}/export?run={page.url.split('run=')[1]}")
    expect(page.get_by_text("The same in Python")).to_be_visible()
    settled(page)


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_the_page_stands_in_every_width(app: Served, visit: Any, width: int, height: int, scheme: str) -> None:
    page = visit(f"{app.url}/export", width, height, scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("How do I take it with me?")
    expect(page.get_by_text("Nothing to take yet")).to_be_visible()
    page.get_by_role("button", name="Open the demo season").click()
    expect(page.get_by_text("The same in Python")).to_be_visible(timeout=120_000)  # it stays where it was asked
    page.goto(f"{app.url}/look?run={page.url.split('run=')[1]}")
    to_export(app, page)
    expect(page.get_by_role("button", name="Download")).to_have_count(11)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    shoot(page, f"export-{width}-{scheme}")


def taken(page: Any, name: str, folder: Path) -> Path:
    """A file as the browser keeps it."""
    with page.expect_download(timeout=60_000) as download:
        page.locator(f".st-key-take-{name} button").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_what_is_downloaded_opens_and_is_what_was_shown(app: Served, visit: Any, tmp_path: Path) -> None:
    page = visit(app.url)
    to_export(app, page)
    with xr.open_dataset(taken(page, "cube-netcdf", tmp_path)) as opened:
        count = opened.sizes["time"]
        assert json.loads(opened.attrs["request"])["source"] == "demo"
    with zipfile.ZipFile(taken(page, "cube-cog", tmp_path)) as archive:
        assert len(archive.namelist()) == count
    with rasterio.open(taken(page, "layer-cog", tmp_path)) as layer:
        assert (layer.count, layer.descriptions) == (1, ("NDVI",))
    with Image.open(taken(page, "layer-png", tmp_path)) as picture:
        assert picture.text["Title"].startswith("NDVI")  # type: ignore[attr-defined]
    frame = pd.read_csv(io.BytesIO(taken(page, "series-csv", tmp_path).read_bytes()), comment="#")
    assert (len(frame), frame["NDVI"].max() > 0.5) == (count, True)
    area = json.loads(taken(page, "area-geojson", tmp_path).read_text())
    assert area["features"][0]["geometry"]["type"] == "Polygon"
    page.get_by_text("fast", exact=True).click()
    expect(page.get_by_text("0.3 s a date")).to_have_count(2)
    settled(page)
    with Image.open(taken(page, "season-gif", tmp_path)) as film:
        assert (film.n_frames, film.info["duration"]) == (count, 300)  # type: ignore[attr-defined]
    assert page.locator("code").filter(has_text="from eodash.fetch import fetch").count() == 1


def test_a_series_without_a_pixel_cannot_be_taken(app: Served, visit: Any) -> None:
    page = visit(app.url)
    to_export(app, page, pinned=False)
    expect(page.locator(".st-key-take-series-csv button").first).to_be_disabled()
    expect(page.get_by_text("No pixel is pinned")).to_be_visible()
