"""Every page in every width and both themes, with the screenshots kept."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import map_frame, scene, settled, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SIZES = [(1440, 1000, "light"), (1152, 800, "light"), (390, 844, "light"), (1440, 1000, "dark")]
OFTEN = [pytest.param(*size, marks=[] if size == SIZES[2] else pytest.mark.slow) for size in SIZES]


@pytest.mark.parametrize(("width", "height", "scheme"), OFTEN)
def test_start_area_and_look_stand_in_every_width(
    app: Served, visit: Any, width: int, height: int, scheme: str
) -> None:
    name = f"{width}-{scheme}"
    page = visit(app.url, width, height, scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("See the season as the satellite saw it")
    settled(page)
    pictures = page.locator(".eo-card img")
    assert pictures.evaluate_all("all => all.every(image => image.complete && image.naturalWidth > 0 && image.alt)")
    nothing_sticks_out(page, width)
    shoot(page, f"start-{name}")

    page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=60_000)
    page.get_by_role("button", name="Take a green pixel").click()
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    page.get_by_text("False colour").click()
    page.get_by_text("Cloud mask").click()
    page.get_by_text("NDVI", exact=True).first.click()
    page.get_by_text("True colour").first.click()
    expect(page.get_by_text("Pixel 1:")).to_be_visible()
    settled(page)  # a page that still scrolls moves between two looks
    tops = [page.get_by_role("button", name=name).bounding_box()["y"] for name in ("‹", "play_arrow", "›")]
    assert max(tops) - min(tops) < 2  # one row of controls
    settled(page)
    nothing_sticks_out(page, width)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    shoot(page, f"look-demo-{name}")

    if width < 500:  # the sidebar is folded away
        page.goto(f"{app.url}/area")
    else:
        page.get_by_role("link", name="Area and dates").click()
    expect(page.get_by_text("Which images are there?")).to_be_visible()
    scene(page).wait_for()
    settled(page)
    nothing_sticks_out(page, width)
    shoot(page, f"area-demo-{name}")


@pytest.mark.parametrize(("width", "height", "scheme"), OFTEN)
def test_series_and_sensors_stand_in_every_width(app: Served, visit: Any, width: int, height: int, scheme: str) -> None:
    name = f"{width}-{scheme}"
    page = visit(app.url, width, height, scheme)
    page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=60_000)
    run = page.url.partition("?")[2]
    page.goto(f"{app.url}/series?{run}")
    expect(page.get_by_text("Nothing was found on 34 dates")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Take a green pixel").or_(page.get_by_text("Pixel 1:")).first.wait_for()
    if page.get_by_role("button", name="Take a green pixel").count():
        page.get_by_role("button", name="Take a green pixel").click()
    expect(page.get_by_text("Pixel 1: 34 images")).to_be_visible()
    settled(page)
    nothing_sticks_out(page, width)
    shoot(page, f"series-{name}")

    page.goto(f"{app.url}/sensors?{run}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator(".js-plotly-plot").first.wait_for()
    settled(page)
    nothing_sticks_out(page, width)
    shoot(page, f"sensors-{name}")


def nothing_sticks_out(page: Any, width: int) -> None:
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def test_the_season_plays_and_stops(app: Served, visit: Any) -> None:
    page = visit(app.url)
    page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=60_000)
    page.get_by_role("button", name="play_arrow").click()
    first = scene(page).get_attribute("src")
    expect(scene(page)).not_to_have_attribute("src", first, timeout=10_000)
    second = scene(page).get_attribute("src")
    expect(scene(page)).not_to_have_attribute("src", second, timeout=10_000)
    page.get_by_role("button", name="pause").click()
    expect(page.get_by_role("button", name="play_arrow")).to_be_visible()
    settled(page)


def test_limits_and_versions_are_named(app: Served, visit: Any) -> None:
    page = visit(app.url)
    page.get_by_role("button", name="Limits and versions").click()
    dialog = page.get_by_role("dialog")
    for word in ("EODASH_CUBE_MIB", "EODASH_DATES", "streamlit", "torch"):
        expect(dialog.get_by_text(word, exact=True).first).to_be_visible()
    settled(page)
    shoot(page, "limits-1440-light")


def test_no_page_process_imports_torch(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    expect(page.get_by_text("Which images are there?")).to_be_visible()
    assert not app.loaded("libtorch")
