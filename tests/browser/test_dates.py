"""The predictions page in Chromium: model, replay, click, compare, confusion cell, teach, export."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import owned, scene, settled, shoot
from tests.browser.test_pages import nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CELL = """(chart, place) => {
    const box = chart.getBoundingClientRect(), {xaxis, yaxis} = chart._fullLayout;
    return [box.x + xaxis._offset + xaxis.l2p(place[1]), box.y + yaxis._offset + yaxis.l2p(place[0])];
}"""


def hectares(page: Any) -> Any:
    return page.get_by_text("Hectares per class, ")


def picture(page: Any) -> str:
    return str(scene(page).first.get_attribute("src"))


def test_from_the_model_to_the_export(season: tuple[Served, str], visit: Any) -> None:
    running, link = season
    page = owned(visit, running, link)
    expect(page.get_by_role("heading", level=1)).to_have_text("What does the model say, date by date?")
    _a_model_is_chosen(page)
    _the_season_is_replayed(page)
    _a_click_asks_about_its_pixel(page)
    _two_answers_are_compared(page)
    _a_cell_picks_its_pixels(page)
    _three_classes_are_taught(page)
    _the_map_is_taken_along(page)
    again = owned(visit, running, link, width=390, height=844)
    scene(again).first.wait_for(timeout=60_000)
    expect(again.get_by_text("What the model believed after each date")).to_be_visible()  # the pixel is in the link
    nothing_sticks_out(again, 390)


def _a_model_is_chosen(page: Any) -> None:
    expect(hectares(page)).to_be_visible(timeout=90_000)
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("combobox").scroll_into_view_if_needed()  # scrolling closes a list
    page.get_by_test_id("stSidebar").get_by_role("combobox").click()
    page.get_by_role("option", name="TempCNN").click()
    expect(page.get_by_text("it is asked at the chosen date alone")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("TempCNN says")).to_be_visible(timeout=60_000)
    page.get_by_test_id("stSidebar").get_by_role("combobox").click()
    page.get_by_role("option", name="Early LSTM").click()
    expect(page.get_by_text("Early LSTM says")).to_be_visible()


def _the_season_is_replayed(page: Any) -> None:
    settled(page)
    before, shown = hectares(page).inner_text(), picture(page)
    assert "/eodash/map/" in shown
    page.get_by_role("button", name="play_arrow").click()
    expect(hectares(page)).not_to_have_text(before)
    page.get_by_role("button", name="pause").click()
    expect(page.get_by_role("button", name="play_arrow")).to_be_visible()
    settled(page)
    assert picture(page) != shown
    for title in ("Confidence", "Class of each field"):
        page.locator(".st-key-said-layer").get_by_role("combobox").click()
        page.get_by_role("option", name=title).click()
        expect(scene(page).first).to_have_attribute("alt", re.compile(title))


def _a_click_asks_about_its_pixel(page: Any) -> None:
    expect(page.get_by_text("No pixel chosen")).to_be_visible()
    box = page.locator("iframe[title^='streamlit_folium']").first.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.45 * box["height"])
    expect(page.get_by_text("What the model believed after each date")).to_be_visible()
    settled(page)
    shoot(page, "dates-1440-light")


def _part(page: Any, name: str) -> None:
    page.locator(".st-key-said-part").get_by_text(name, exact=True).click()


def _two_answers_are_compared(page: Any) -> None:
    _part(page, "Compare")
    page.get_by_role("button", name="Compare them").click()  # nothing is computed before
    expect(page.get_by_text("Where they differ")).to_be_visible(timeout=90_000)
    page.get_by_text("Where they differ").scroll_into_view_if_needed()
    settled(page)
    shoot(page, "dates-compare-1440-light")


def _a_cell_picks_its_pixels(page: Any) -> None:
    _part(page, "Against truth")
    chart = page.locator(".st-key-truth-matrix .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    settled(page)
    page.mouse.click(*chart.evaluate(CELL, [0, 0]))
    expect(page.get_by_role("heading", name="Cereals, called so")).to_be_visible()
    settled(page)
    shoot(page, "dates-truth-1440-light")


def _three_classes_are_taught(page: Any) -> None:
    _part(page, "Teach it")
    page.get_by_role("button", name="Take three classes for me").click()
    expect(page.get_by_text("Accuracy on fields that taught nothing")).to_be_visible(timeout=60_000)
    page.locator(".st-key-teach-class").scroll_into_view_if_needed()
    settled(page)
    shoot(page, "dates-teach-1440-light")


def _the_map_is_taken_along(page: Any) -> None:
    _part(page, "Take it along")
    row = page.locator(".st-key-way-said-hectares")
    with page.expect_download() as fetched:
        row.get_by_role("button").click()
    text = fetched.value.path().read_text()
    assert "cereals" in text
    assert len([line for line in text.splitlines() if line.startswith('"2024-')]) > 5
    settled(page)
    shoot(page, "dates-export-1440-light")


@pytest.mark.slow
def test_it_stands_by_night_and_on_a_smaller_screen(season: tuple[Served, str], visit: Any) -> None:
    running, link = season
    for width, height, scheme in ((1440, 1000, "dark"), (1152, 800, "light"), (390, 844, "light")):
        page = owned(visit, running, link, width=width, height=height, scheme=scheme)
        hectares(page).wait_for(timeout=60_000)
        scene(page).first.wait_for()
        take = page.get_by_role("button", name=re.compile("Take an? .* pixel"))
        inspected = page.locator(".st-key-inspector .js-plotly-plot")
        expect(take.or_(inspected)).to_be_visible()
        if take.is_visible():  # nobody has chosen one before
            take.click()
        expect(inspected).to_be_visible()
        settled(page)
        nothing_sticks_out(page, width)
        shoot(page, f"dates-{width}-{scheme}")
