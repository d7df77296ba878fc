"""Files come in, the doctor finds what is wrong with them, one click corrects it, the chain shows what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from playwright.sync_api import expect

from eodash.bench.serve import Served, served
from eodash.fetch import fetch
from eodash.sources.demo import demo_request
from tests.browser.conftest import map_frame, scene, settled, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of GeoTIFFs, a date each, whose processor forgot to take the offset of 1000 away."""
    root = tmp_path_factory.mktemp("data")
    folder = root / "forgotten offset"
    folder.mkdir()
    cube = fetch(demo_request()).cube[4:24, :, 60:140, 80:170]
    rows, columns = cube.shape[2:]
    for index, time in enumerate(cube["time"].values.astype("datetime64[D]")):
        values = cube.values[index]
        profile = {
            "driver": "GTiff", "width": columns, "height": rows, "count": len(values), "dtype": "uint16", "nodata": 0,
            "crs": str(cube.odc.crs), "transform": cube.odc.geobox.affine,
        }  # fmt: skip
        with rasterio.open(folder / f"S2_{time}.tif", "w", **profile) as file:
            file.write(np.where(values == -32768, 0, np.clip(values.astype(int) + 1000, 1, 65535)).astype("uint16"))
            file.descriptions = cube["band"].values.tolist()
            file.scales = [1e-4] * len(values)
    return root


@pytest.fixture(scope="module")
def app(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home"), EODASH_DATA_ROOT=str(season)) as running:
        yield running


_STILL = """async () => {
  const moving = () => [...document.querySelectorAll("details")].flatMap((box) => box.getAnimations());
  while (moving().length) await Promise.allSettled(moving().map((each) => each.finished));
}"""


def unfold(page: Any, label: str) -> None:
    """Open an expander until it stands still: what it moves from under a pressed button is not clicked."""
    page.get_by_text(label).click()
    page.evaluate(_STILL)


def test_files_are_understood_corrected_fetched_examined_and_mended(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area", 1440, 1300)
    page.get_by_text("Files", exact=True).click()
    page.get_by_role("combobox", name="Folder or file").click()
    page.get_by_role("option", name="forgotten offset", exact=True).click()
    expect(page.get_by_text("What was understood of forgotten offset")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Fetch 20 dates")).to_be_visible()
    settled(page)
    shoot(page, "import-understood")

    unfold(page, "Correct it")
    page.get_by_role("textbox", name="No data").fill("12")
    page.get_by_role("button", name="Read it like this").click()
    expect(page.locator(".eo-points tr").nth(4)).to_contain_text("12")
    expect(page.get_by_role("button", name="Without my corrections")).to_be_visible()
    settled(page)
    shoot(page, "import-corrected")
    page.get_by_role("button", name="Without my corrections").click()
    expect(page.locator(".eo-points tr").nth(4)).to_contain_text("0the files")  # the price is drawn before it

    page.get_by_role("button", name="Fetch 20 dates").click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Can I trust it?").click()
    correct = page.get_by_role("button", name="Correct it").first
    correct.wait_for(timeout=60_000)
    settled(page)
    shoot(page, "series-finding")
    correct.click()
    expect(page.get_by_text("Nothing was found on 20 dates")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Corrected, and noted in every export")).to_be_visible()
    expect(page.locator(".eo-list")).to_contain_text("1000")

    page.get_by_role("button", name="Take a green pixel").click()
    expect(page.get_by_text("Pixel 1: 20 images")).to_be_visible()
    page.get_by_role("button", name="Standard").click()
    expect(page.get_by_role("switch", name="Equal steps", checked=True)).to_have_count(1)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    settled(page)
    shoot(page, "series-chain")
    page.get_by_text("Gap filling").click()
    expect(page.get_by_role("switch", name="Gap filling", checked=True)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("switch", name="Gap filling", checked=True)).to_have_count(1, timeout=60_000)
    expect(page.locator(".eo-list")).to_contain_text("1000")

    page.get_by_role("link", name="Image by image").click()
    scene(page).wait_for(timeout=60_000)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    expect(page.get_by_text(re.compile(r"Image \d+ of 20"))).to_be_visible()
    page.get_by_text("After the chain").click()
    expect(page.get_by_text(re.compile(r"Image \d+ of 15"))).to_be_visible(timeout=60_000)  # equal steps of ten days
    settled(page)
    assert scene(page).evaluate("image => image.naturalWidth > 0")
    shoot(page, "look-files")

    page.get_by_role("link", name="Can I trust it?").click()
    page.get_by_role("button", name="Raw").click()
    expect(page.get_by_role("switch", name="Equal steps", checked=False)).to_have_count(1)
