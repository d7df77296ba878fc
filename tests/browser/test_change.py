"""Change in Chromium: the valley that changes, from both dates to the clicked pixel; and a real folder of images."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash import runs
from eodash.bench.serve import Served, served
from eodash.jobs import Jobs
from eodash.sources.demo import demo_request
from eodash.store import Store
from tests.browser.conftest import BROWSER, owned, settled, shoot
from tests.browser.test_explanations import figure, nothing_failed
from tests.browser.test_pages import nothing_sticks_out

REAL = os.environ.get("EODASH_REAL_DATA")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SIZES = [(1440, 1000, "dark"), (1152, 800, "light"), (390, 844, "light")]


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server that keeps the clear dates of the valley that changes, and the link to what changed there."""
    home = tmp_path_factory.mktemp("home")
    store, jobs = Store(home), Jobs(1, 1)
    owner = hashlib.sha256(BROWSER.encode()).hexdigest()
    asked = replace(demo_request("changing-valley"), max_cloud=2)
    run = runs.start(store, jobs, owner, asked, "A valley that changes")
    job = jobs.job(run.key)
    assert job is not None
    assert job.wait(120)
    store.close()
    more = {"EODASH_DATA_ROOT": REAL} if REAL else {}
    with served(home, OMP_NUM_THREADS="1", **more) as running:
        yield running, f"{running.url}/change?run={run.id}"


def maps(page: Any) -> Any:
    return page.locator("iframe[title^='streamlit_folium']")


def ready(page: Any) -> Any:
    """Once both maps and the figures stand."""
    expect(figure(page, "change-histogram").locator(".main-svg").first).to_be_visible(timeout=60_000)
    expect(maps(page).nth(1)).to_be_visible(timeout=60_000)
    for number in (0, 1):
        page.frame_locator("iframe[title^='streamlit_folium']").nth(number).locator("img.eodash-scene").first.wait_for()
    settled(page)
    return page


def hectares(page: Any) -> str:
    return str(page.locator("[data-eo=change-key]").first.inner_text())


def test_what_changed_in_the_valley(valley: tuple[Served, str], visit: Any) -> None:
    running, link = valley
    page = ready(owned(visit, running, link, height=2600))
    scores = page.locator("[data-eo=change-scores]")
    for words in ("kappa", "Dice", "accuracy", "“no change” alone has accuracy 0.9"):  # never one without the others
        expect(scores).to_contain_text(words)
    for words in ("hit", "false alarm", "unchanged", "miss"):
        expect(page.locator("[data-eo=change-key]").first).to_contain_text(re.compile(rf"{words} [\d.,]+ ha"))
    nothing_failed(page)
    nothing_sticks_out(page, 1440)
    shoot(page, "change-1440-light")

    page.get_by_text("by hand", exact=True).click()
    slider = page.get_by_role("slider", name="Threshold")
    before = hectares(page)
    slider.focus()
    for _ in range(6):
        page.keyboard.press("PageUp")
    expect(page.locator("[data-eo=change-key]").first).not_to_have_text(before)
    page.get_by_role("combobox", name="How both are shown").click()
    page.get_by_role("option", name="Swipe").click()
    divider = page.frame_locator("iframe[title^='streamlit_folium']").first.get_by_role("slider")
    divider.focus()
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "52")

    before = hectares(page)
    page.locator(".st-key-change-sectors").get_by_role("combobox").click()
    page.get_by_role("option", name="← red down").click()
    expect(page.locator("[data-eo=change-key]").first).not_to_have_text(before)
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Find the dates of change").click()
    expect(page.locator("[data-eo=change-when]")).to_contain_text("changed for good", timeout=60_000)
    box = maps(page).nth(1).bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(figure(page, "change-series").locator(".main-svg").first).to_be_visible()
    expect(page.locator("[data-eo=change-chips] img")).to_have_count(2)
    settled(page)
    nothing_failed(page)
    shoot(page, "change-driven-1440-light")


@pytest.mark.slow
def test_land_cover_at_both_dates(valley: tuple[Served, str], visit: Any) -> None:
    running, link = valley
    page = ready(owned(visit, running, link, height=2600))
    page.get_by_role("button", name="Compare land cover").click()
    expect(figure(page, "change-sankey").locator(".main-svg").first).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Every transition")).to_be_visible()
    settled(page)
    nothing_failed(page)
    shoot(page, "change-cover-1440-light")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_it_stands_by_night_and_on_smaller_screens(
    valley: tuple[Served, str], visit: Any, width: int, height: int, scheme: str
) -> None:
    running, link = valley
    page = ready(owned(visit, running, link, width=width, height=height, scheme=scheme))
    nothing_sticks_out(page, width)
    shoot(page, f"change-{width}-{scheme}")


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="EODASH_REAL_DATA names no folder of real data")
def test_a_real_folder_of_landsat(valley: tuple[Served, str], visit: Any) -> None:
    running, _ = valley
    page = visit(f"{running.url}/area", 1440, 1200)
    page.get_by_text("Files", exact=True).click()
    page.get_by_role("combobox", name="Folder or file").click()
    page.get_by_role("option", name="landsat_pucallpa", exact=True).click()
    fetch = page.get_by_role("button", name="Fetch 8 dates")
    fetch.wait_for(timeout=60_000)
    settled(page)
    fetch.click()
    page.get_by_role("button", name="Look at it").wait_for(timeout=120_000)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Two dates").click()
    ready(page)
    expect(page.locator("[data-eo=change-scores]")).to_contain_text("Nobody knows the truth")
    nothing_failed(page)
    shoot(page, "change-landsat_pucallpa")
