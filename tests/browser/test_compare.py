"""Two dates at once: swipe, side by side, full screen, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import map_frame, scene, settled, shoot
from tests.browser.test_pages import nothing_sticks_out
from tests.browser.test_region import click_map

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PANES = (
    """frame => ["a", "b"].map(slot => getComputedStyle(frame.contentWindow.map.getPane("scene-" + slot)).clipPath)"""
)
CUTS = """frame => {
    const map = frame.contentWindow.map, origin = map.containerPointToLayerPoint([0, 0]).x;
    return ["a", "b"].map(slot => {
        const shape = getComputedStyle(map.getPane("scene-" + slot)).clipPath;
        const across = [...shape.matchAll(/(-?[\\d.]+)px (-?[\\d.]+)px/g)].map(pair => Number(pair[1]) - origin);
        return across.length ? [Math.min(...across), Math.max(...across)].map(x => 100 * x / map.getSize().x) : null;
    });
}"""
"""From where to where each picture is seen, in per cent of the width of the map."""
LEFT = "frame => { const m = frame.contentWindow.map; return [m.getCenter().lat, m.getCenter().lng, m.getZoom()]; }"
APART = """frame => {
    const left = frame.contentWindow.map, right = frame.contentWindow.eodash.compare.right();
    const [one, two] = [left, right].map(map => left.project(map.getCenter()));
    return [one.distanceTo(two), left.getZoom() - right.getZoom()];
}"""
"""How many pixels the centres of the two maps lie apart, and their zooms."""


def opened(app: Served, visit: Any, **size: Any) -> Any:
    """The look page of the demo season."""
    page = visit(app.url, **size)
    page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=60_000)
    settled(page)
    return page


def compared(page: Any, way: str) -> Any:
    page.get_by_text(way, exact=True).click()
    map_frame(page).locator("img.eodash-scene-b").wait_for()
    settled(page)
    return map_frame(page).get_by_role("slider")


def frame(page: Any) -> Any:
    return page.locator("iframe[title^='streamlit_folium']")


def cuts(page: Any) -> Any:
    return frame(page).evaluate(CUTS)


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_divider_decides_what_is_left_and_right(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    assert frame(page).evaluate(PANES) == ["none", "none"]
    divider = compared(page, "Swipe")
    assert scene(page).get_attribute("src") != map_frame(page).locator("img.eodash-scene-b").get_attribute("src")
    assert cuts(page) == [pytest.approx([0, 50], abs=0.5), pytest.approx([50, 100], abs=0.5)]

    grip, box = middle(map_frame(page).locator(".eodash-grip").bounding_box()), frame(page).bounding_box()
    drag(page, grip, (box["x"] + 0.25 * box["width"], grip[1]))
    expect(divider).to_have_attribute("aria-valuenow", re.compile("^2[456]$"))
    assert cuts(page) == [pytest.approx([0, 25], abs=1), pytest.approx([25, 100], abs=1)]
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(0)  # moving the divider pins nothing
    settled(page)
    shoot(page, "swipe-1440-light")

    centre = frame(page).evaluate(LEFT)
    start = (box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"])
    drag(page, start, (start[0] - 90, start[1] - 40))
    assert frame(page).evaluate(LEFT) != centre
    page.wait_for_timeout(700)  # the map glides on after the mouse has let go
    assert cuts(page) == [pytest.approx([0, 25], abs=1), pytest.approx([25, 100], abs=1)]


def test_the_divider_listens_to_the_keyboard(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    divider = compared(page, "Swipe")
    expect(divider).to_have_attribute("aria-label", re.compile("A .*2024.* B .*2024"))
    before = frame(page).evaluate(LEFT)
    divider.focus()
    for key, value in (("ArrowRight", "52"), ("Shift+ArrowRight", "62"), ("PageDown", "52"), ("Home", "0")):
        page.keyboard.press(key)
        expect(divider).to_have_attribute("aria-valuenow", value)
    assert cuts(page)[1] == pytest.approx([0, 100], abs=0.5)
    page.keyboard.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    assert cuts(page)[0] == pytest.approx([0, 100], abs=0.5)
    assert frame(page).evaluate(LEFT) == before  # the arrows moved the divider, not the map


def test_each_side_has_its_own_date_and_layer_and_all_of_it_comes_back(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    compared(page, "Swipe")
    second = map_frame(page).locator("img.eodash-scene-b")
    first_src, second_src = scene(page).get_attribute("src"), second.get_attribute("src")
    page.get_by_role("slider", name="Date B").focus()
    page.keyboard.press("ArrowLeft")
    expect(second).not_to_have_attribute("src", second_src)
    assert scene(page).get_attribute("src") == first_src
    moved = second.get_attribute("src")
    page.get_by_role("combobox", name="Layer of B").click()
    page.get_by_role("option", name="NDVI", exact=True).click()
    expect(second).not_to_have_attribute("src", moved)
    expect(second).to_have_attribute("alt", re.compile("^NDVI on "))
    expect(scene(page)).to_have_attribute("alt", re.compile("^True colour on "))
    legends = page.locator(".eo-legend")
    expect(legends).to_have_count(2)
    expect(legends.nth(1)).to_contain_text("(B08 − B04) / (B08 + B04)")
    click_map(page, 0.3, 0.4)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(1)
    tags = page.locator(".js-plotly-plot").first.locator(".annotation-text")
    expect(tags.filter(has_text=re.compile("^A "))).to_have_count(1)
    expect(tags.filter(has_text=re.compile("^B "))).to_have_count(1)
    settled(page)
    shoot(page, "swipe-layers-1440-light")
    kept = scene(page).get_attribute("src"), second.get_attribute("src")
    link = page.url
    page.reload()
    expect(second).to_have_attribute("src", kept[1])
    expect(scene(page)).to_have_attribute("src", kept[0])
    expect(map_frame(page).get_by_role("slider")).to_be_visible()
    other = visit(link)
    expect(map_frame(other).locator("img.eodash-scene-b")).to_have_attribute("src", kept[1])
    expect(scene(other)).to_have_attribute("src", kept[0])


def together(page: Any) -> None:
    """Both maps show the same place, to the pixel."""
    page.wait_for_function(
        f"""() => {{ const [far, deep] = ({APART})(document.querySelector("iframe[title^='streamlit_folium']"));
        return far < 1.5 && deep === 0; }}""",
        timeout=5000,
    )


def test_two_maps_move_together_and_both_pin_pixels(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    compared(page, "Side by side")
    together(page)
    before, box = frame(page).evaluate(LEFT), frame(page).bounding_box()
    assert box["width"] > 1000  # two maps want the width of the page
    right = map_frame(page).locator(".eodash-right")

    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.4 * box["height"])
    expect(right.locator(".eodash-ghost")).to_be_visible()
    shoot(page, "side-by-side-1440-light")
    place, seen = right.locator(".eodash-ghost").bounding_box(), right.bounding_box()
    assert middle(place)[0] - seen["x"] == pytest.approx(0.2 * box["width"], abs=6)

    drag(page, (box["x"] + 0.7 * box["width"], box["y"] + 200), (box["x"] + 0.6 * box["width"], box["y"] + 240))
    together(page)
    panned = frame(page).evaluate(LEFT)
    assert panned[:2] != before[:2]
    map_frame(page).locator(".leaflet-control-zoom-in").click()
    page.wait_for_function(
        f"zoom => ({LEFT})(document.querySelector(\"iframe[title^='streamlit_folium']\"))[2] > zoom", arg=panned[2]
    )
    together(page)

    click_map(page, 0.2, 0.5)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(2)  # one pixel, on both maps
    click_map(page, 0.8, 0.45)
    expect(page.get_by_text("✕ pixel 2")).to_be_visible()
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(4)
    page.reload()
    expect(map_frame(page).locator(".eodash-right img.eodash-scene-b")).to_be_visible()
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(4)

    page.get_by_text("One date", exact=True).click()
    expect(right).to_have_count(0)
    expect(map_frame(page).locator(".eodash-pin")).to_have_count(2)
    expect(map_frame(page).locator("img.eodash-scene-b")).to_have_count(0)


def test_the_map_takes_the_whole_screen_and_gives_it_back(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    small = frame(page).bounding_box()
    for leave in ("Escape", "button"):
        map_frame(page).get_by_role("button", name="Full screen", exact=True).click()
        page.wait_for_function("document.fullscreenElement !== null")
        settled(page)
        large = frame(page).bounding_box()
        assert large["width"] > 0.95 * 1440
        assert large["height"] > 600
        inside = map_frame(page).locator("#map_div").bounding_box()
        assert inside["height"] == pytest.approx(large["height"], abs=3)
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()
        shown = scene(page).get_attribute("src")
        page.get_by_role("button", name="›").click()  # the dates are there, too
        expect(scene(page)).not_to_have_attribute("src", shown)
        shoot(page, f"full-{leave}-1440-light")
        if leave == "Escape":
            page.keyboard.press("Escape")
        else:
            map_frame(page).get_by_role("button", name="Leave full screen").click()
        page.wait_for_function("document.fullscreenElement === null")
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        settled(page)
        assert frame(page).bounding_box() == pytest.approx(small, abs=2)


def test_where_full_screen_is_denied_the_map_takes_the_page(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('denied')); }")
    map_frame(page).get_by_role("button", name="Full screen", exact=True).click()
    settled(page)
    assert frame(page).bounding_box()["width"] > 0.95 * 1440
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    assert frame(page).bounding_box()["width"] < 700


@pytest.mark.parametrize(("width", "height"), [(1152, 800), (390, 844)])
@pytest.mark.slow
def test_comparing_fits_narrow_windows(app: Served, visit: Any, width: int, height: int) -> None:
    page = opened(app, visit, width=width, height=height)
    for name in ("True colour", "Moisture"):  # no layer has scrolled out of sight
        box = page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.bounding_box()
        assert 0 <= box["x"] <= width - box["width"]
    for way in ("Swipe", "Side by side"):
        compared(page, way)
        nothing_sticks_out(page, width)
        dates = [page.get_by_role("slider", name=f"Date {side}").bounding_box() for side in "AB"]
        assert all(0 <= box["x"] <= width for box in dates)
        for tag in map_frame(page).locator(".eodash-tag").all():
            box, whole = tag.bounding_box(), frame(page).bounding_box()
            assert whole["x"] <= box["x"]
            assert box["x"] + box["width"] <= whole["x"] + whole["width"]
        shoot(page, f"{way.lower().replace(' ', '-')}-{width}-light")
    together(page)


def test_every_index_can_be_searched_and_says_what_it_is(app: Served, visit: Any) -> None:
    page = opened(app, visit)
    shown = scene(page).get_attribute("src")
    page.get_by_role("combobox", name="More indices").click()
    page.keyboard.type("Enhanced Vegetation Index")
    page.get_by_role("option", name="EVI: Enhanced Vegetation Index", exact=True).click()
    expect(scene(page)).not_to_have_attribute("src", shown)
    expect(scene(page)).to_have_attribute("alt", re.compile("^EVI: Enhanced Vegetation Index on "))
    legend = page.locator(".eo-legend")
    expect(legend).to_contain_text("B08 − B04")
    assert legend.get_by_role("link", name="source").get_attribute("href").startswith("http")
    click_map(page, 0.5, 0.5)
    expect(page.locator(".js-plotly-plot").first.locator(".annotation-text").filter(has_text="EVI")).to_have_count(1)
    settled(page)
    shoot(page, "index-1440-light")
    page.reload()
    expect(scene(page)).to_have_attribute("alt", re.compile("^EVI"))
    page.get_by_text("NDVI", exact=True).first.click()
    expect(scene(page)).to_have_attribute("alt", re.compile("^NDVI on "))
    expect(page.get_by_role("combobox", name="More indices")).to_have_value("")


def test_a_finger_moves_the_divider(app: Served, browser: Any, watch: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        page = watch.on(context.new_page())
        page.goto(app.url)
        page.get_by_role("button", name="Open the demo season").first.click()
        scene(page).wait_for(timeout=60_000)
        settled(page)
        divider = compared(page, "Swipe")
        frame(page).scroll_into_view_if_needed()
        x, y = middle(map_frame(page).locator(".eodash-grip").bounding_box())
        session = context.new_cdp_session(page)
        touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
        touch("touchStart", [{"x": x, "y": y}])
        for step in range(1, 6):
            touch("touchMove", [{"x": x + 16 * step, "y": y}])
        touch("touchEnd", [])
        assert int(divider.get_attribute("aria-valuenow")) == pytest.approx(50 + 8000 / 358, abs=3)
        assert cuts(page)[0][1] == pytest.approx(50 + 8000 / 358, abs=3)
    finally:
        context.close()
