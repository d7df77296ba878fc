"""One story with a real browser, a real catalogue and a real mouse: draw, fetch, look, come back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served, free_port, served
from tests.browser.conftest import map_frame, scene, settled, shoot
from tests.servers import season
from tests.servers.catalogue import Catalogue, serve, write_toml

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalogue, season.Season]]:
    written = season.write(tmp_path_factory.mktemp("season"))
    with serve(written.folder) as here:
        yield here, written


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, catalogue: tuple[Catalogue, season.Season]) -> Iterator[Served]:
    here, _ = catalogue
    home = tmp_path_factory.mktemp("home")
    toml = write_toml(home / "catalogues.toml", here)
    with served(home, EODASH_CATALOGUES=str(toml), EODASH_ALLOW_LOOPBACK="true") as running:
        yield running


def choose_catalogue(page: Any, written: season.Season) -> None:
    """The loopback catalogue, its area typed, its season chosen."""
    page.get_by_text("Loopback catalogue", exact=True).click()
    settled(page)
    page.get_by_text("Type or upload an area").click()
    box = ", ".join(f"{value:.5f}" for value in written.area.bounds)
    field = page.get_by_label("West, south, east, north in degrees", exact=False)
    field.fill(box)
    field.press("Enter")
    for label, day in (("From", written.start), ("To", written.end)):
        page.get_by_role("spinbutton", name=f"year, {label}").click()
        page.keyboard.type(day.replace("-", ""))
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.get_by_role("heading", level=1).click()  # leaving the field makes the date count
        settled(page)


def draw_rectangle(page: Any, inset: float = 0.25) -> None:
    """With the mouse, in the middle of the map."""
    frame = page.locator("iframe[title^='streamlit_folium']")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    map_frame(page).locator(".leaflet-draw-draw-rectangle").click()
    page.mouse.move(box["x"] + box["width"] * inset, box["y"] + box["height"] * inset)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.move(box["x"] + box["width"] * (1 - inset), box["y"] + box["height"] * (1 - inset), steps=5)
    page.mouse.up()


def extent_said(page: Any) -> str:
    """The corners of the stored area, as the page says them."""
    return str(page.locator("p.eo-caption", has_text=re.compile("° [NS], ")).last.inner_text())


def click_map(page: Any, across: float, down: float) -> None:
    frame = page.locator("iframe[title^='streamlit_folium']")
    box = frame.bounding_box()
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def test_a_deep_link_as_the_very_first_visit_shows_the_frame(tmp_path: Any, visit: Any) -> None:
    with served(tmp_path / "fresh") as fresh:
        page = visit(f"{fresh.url}/look")
        expect(page.get_by_role("heading", level=1)).to_have_text("What did the satellite see, image by image?")
        expect(page.get_by_role("link", name="Area and dates")).to_be_visible()
        expect(page.get_by_text("No region is open")).to_be_visible()
        shoot(page, "look-empty-1440-light")


def test_draw_fetch_look_and_come_back(app: Served, catalogue: Any, visit: Any) -> None:
    _, written = catalogue
    page = visit(f"{app.url}/area")
    expect(page.get_by_role("button", name=re.compile("^(Fetch|Open) "))).to_be_visible()
    choose_catalogue(page, written)
    typed = extent_said(page)
    expect(page.get_by_role("button", name=re.compile("^Fetch "))).to_be_visible()

    draw_rectangle(page)
    expect(page.locator("p.eo-caption", has_text=re.compile("° [NS], ")).last).not_to_have_text(typed)
    drawn = extent_said(page)
    page.reload()
    expect(page.get_by_text(drawn)).to_be_visible()  # F5 loses nothing, before there is any run
    fetch = page.get_by_role("button", name=re.compile("^Fetch "))
    expect(fetch).to_be_visible()
    settled(page)
    shoot(page, "area-before-1440-light")
    fetch.click(click_count=5)  # an impatient finger
    page.get_by_role("button", name="Look at it").click(timeout=90_000)

    expect(page.get_by_role("heading", level=1)).to_have_text("What did the satellite see, image by image?")
    scene(page).wait_for()
    run = re.search(r"run=([a-z2-7]{26})", page.url)
    assert run, page.url
    before = scene(page).get_attribute("src")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    expect(scene(page)).not_to_have_attribute("src", before)
    click_map(page, 0.45, 0.45)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    click_map(page, 0.58, 0.6)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(2)
    expect(page.get_by_text("✕ pixel 2")).to_be_visible()
    colours = (
        map_frame(page)
        .locator("path.leaflet-interactive, path")
        .evaluate_all("paths => paths.map(path => path.getAttribute('stroke'))")
    )
    assert {"#D55E00", "#0072B2"} <= set(colours)
    shown = scene(page).get_attribute("src")
    settled(page)
    shoot(page, "look-1440-light")

    page.get_by_role("link", name="Area and dates").click()
    expect(page.get_by_text(drawn)).to_be_visible()
    settled(page)
    shoot(page, "area-after-1440-light")
    page.get_by_role("link", name="Image by image").click()
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(2)
    expect(scene(page)).to_have_attribute("src", shown)
    page.reload()
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(2)
    expect(scene(page)).to_have_attribute("src", shown)

    other = visit(f"{app.url}/look?run={run[1]}")
    expect(map_frame(other).locator(".eodash-pin")).to_have_count(2)
    expect(scene(other)).to_have_attribute("src", shown)
    other.get_by_role("link", name="Area and dates").click()
    expect(other.get_by_text(drawn)).to_be_visible()


def test_an_area_is_edited_and_deleted_with_the_mouse(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    expect(page.get_by_role("button", name=re.compile("^(Fetch|Open) "))).to_be_visible()
    whole = extent_said(page)
    map_frame(page).locator(".leaflet-draw-edit-edit").click()
    corner = map_frame(page).locator(".leaflet-edit-resize, .leaflet-editing-icon").first
    box = corner.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 50, steps=6)
    page.mouse.up()
    map_frame(page).get_by_text("Save", exact=True).click()
    expect(page.get_by_text(whole)).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^(Fetch|Open) "))).to_be_visible()
    settled(page)

    map_frame(page).locator(".leaflet-draw-edit-remove").click()
    click_map(page, 0.5, 0.5)
    map_frame(page).get_by_text("Save", exact=True).click()
    expect(page.get_by_text("Draw an area on the map, type one, or take a demo region")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Draw an area on the map, type one, or take a demo region")).to_be_visible()
    draw_rectangle(page)
    expect(page.get_by_role("button", name=re.compile("^(Fetch|Open) "))).to_be_visible()


def test_a_failed_date_is_said_and_fetched_again(app: Served, catalogue: Any, visit: Any) -> None:
    here, written = catalogue
    page = visit(f"{app.url}/area")
    choose_catalogue(page, written)
    here.fault(failing_file(written), "status", status=404)
    try:
        page.get_by_role("button", name=re.compile("^Fetch ")).click()
        page.get_by_role("button", name="Fetch what is missing").wait_for(timeout=90_000)
        expect(page.get_by_text("✕ failed 1")).to_be_visible()
        page.get_by_text("Why 1 failed").click()
        expect(page.get_by_text("404").first).to_be_visible()
        settled(page)
        shoot(page, "area-failed-1440-light")
    finally:
        here.heal()
    page.get_by_role("button", name="Fetch what is missing").click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("✕ failed 1")).to_have_count(0)


def test_a_cancelled_fetch_keeps_what_it_has(app: Served, catalogue: Any, visit: Any) -> None:
    here, written = catalogue
    page = visit(f"{app.url}/area")
    choose_catalogue(page, written)
    page.get_by_text("Type or upload an area").scroll_into_view_if_needed()
    price = page.locator(".eo-price")
    expect(price).to_contain_text("300 ×")
    draw_rectangle(page, 0.35)
    expect(price).not_to_contain_text("300 ×")
    settled(page)
    fetch = page.get_by_role("button", name=re.compile("^Fetch "))
    expect(fetch).to_be_visible()
    here.fault("/", "slow", seconds=0.3)
    try:
        fetch.click()
        page.get_by_text(re.compile("date [2-9] of")).wait_for()
        shoot(page, "area-working-1440-light")
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The fetch was cancelled.").first).to_be_visible()
        expect(page.get_by_text(re.compile("Dates kept: [1-9]")).first).to_be_visible()
    finally:
        here.heal()
    page.get_by_role("button", name="Fetch what is missing").click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=60_000)


def failing_file(written: season.Season) -> str:
    """The red band of one clear date, as a path on the file server."""
    names = sorted(path.relative_to(written.folder) for path in written.folder.rglob("*.tif"))
    reds = [name for name in names if "red." in name.name or "B04" in name.name]
    return f"/{reds[len(reds) // 2]}"


def test_nobody_sees_anothers_area(app: Served, visit: Any) -> None:
    one = visit(f"{app.url}/area")
    one.get_by_text("Type or upload an area").click()
    field = one.get_by_label("West, south, east, north in degrees", exact=False)
    field.fill("-2.9100, 48.0950, -2.9000, 48.1010")
    field.press("Enter")
    expect(one.get_by_text("48.0950–48.1010° N")).to_be_visible()
    other = visit(f"{app.url}/area")
    expect(other.get_by_role("button", name=re.compile("^(Fetch|Open) "))).to_be_visible()
    expect(other.get_by_text("48.0950–48.1010° N")).to_have_count(0)


@pytest.mark.parametrize(
    "query", ["run=../../x", "run=" + "a" * 26, "run=<script>alert(1)</script>", "aoi=<script>", "model=http://x"]
)
def test_a_hostile_link_gets_a_notice_or_nothing(app: Served, visit: Any, query: str) -> None:
    page = visit(f"{app.url}/look?{query}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if query.startswith("run="):
        expect(page.get_by_text("This link names no run that is kept here.")).to_be_visible()
    assert "Traceback" not in page.content()


def test_hostile_words_in_an_area_file_are_shown_as_words(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    page.get_by_text("Type or upload an area").click()
    hostile = "<img src=x onerror=alert(1)>"
    ring = [[-2.905, 48.095], [-2.895, 48.095], [-2.895, 48.101], [-2.905, 48.095]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    body = json.dumps({"type": "Feature", "properties": {"name": hostile}, "geometry": geometry})
    page.locator("input[type=file]").set_input_files(
        {"name": "../../app.py.geojson", "mimeType": "application/json", "buffer": body.encode()}
    )
    expect(page.get_by_text("48.0950–48.1010° N")).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Fetch|Open) ")).click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stSidebar").get_by_text(hostile)).to_be_visible()


def test_a_bow_tie_offers_the_repaired_shape(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    page.get_by_text("Type or upload an area").click()
    body = '{"type":"Polygon","coordinates":[[[-2.91,48.09],[-2.89,48.10],[-2.89,48.09],[-2.91,48.10],[-2.91,48.09]]]}'
    page.locator("input[type=file]").set_input_files(
        {"name": "bow.geojson", "mimeType": "application/json", "buffer": body.encode()}
    )
    page.get_by_role("button", name="Use the repaired shape").click()
    expect(page.get_by_text("48.0900–48.1000° N")).to_be_visible()


def test_a_killed_server_says_interrupted_and_goes_on(tmp_path: Any, catalogue: Any, visit: Any) -> None:
    here, written = catalogue
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    env = {"EODASH_CATALOGUES": str(write_toml(home / "c.toml", here)), "EODASH_ALLOW_LOOPBACK": "true"}
    try:
        with served(home, port, **env) as first:
            page = visit(f"{first.url}/area")
            choose_catalogue(page, written)
            fetch = page.get_by_role("button", name=re.compile("^Fetch "))
            expect(fetch).to_be_visible()
            here.fault("/", "slow", seconds=0.3)
            fetch.click()
            page.get_by_text(re.compile("date [2-9] of")).wait_for(timeout=60_000)
            first.process.kill()
            first.process.wait()
    finally:
        here.heal()
    with served(home, port, **env) as second:
        page = visit(page.url)
        expect(page.get_by_text("The server stopped while this was running.")).to_be_visible()
        shoot(page, "area-interrupted-1440-light")
        assert second.url in page.url
        page.get_by_role("button", name="Fetch what is missing").click()
        expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=60_000)
