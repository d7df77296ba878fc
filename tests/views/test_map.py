"""The maps: a base that stays the same, and one call that says what is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eodash.views.calendar_chart import Pixel
from eodash.views.map import Assets, Picture, base_map, pin, pixel_at, shown
from eodash.views.picture import warp_of
from tests.toys import area, geobox

ASSETS = Assets(("/l.js",), ("/l.css",), ("/d.js",), ("/d.css",), "/atlas.json", True)
BOUNDS = ((48.0, -3.0), (48.1, -2.9))
ONE = Picture("/a.webp", BOUNDS, "True colour on 1 May", ("A 1 May 2024", "True colour"))
TWO = Picture("/b.webp", BOUNDS, "NDVI on 1 July", ("B 1 Jul 2024", "NDVI"))


def state(**said: Any) -> dict[str, Any]:
    """What travels to the browser."""
    (element,) = shown(**said)._children.values()
    found: dict[str, Any] = element.state
    assert json.loads(json.dumps(found)) is not None
    return found


def test_the_base_map_depends_on_nothing_that_changes_while_one_looks() -> None:
    from streamlit_folium import generate_js_hash, generate_leaflet_string

    def code() -> str:
        made = base_map("light", ASSETS, [], BOUNDS)
        made.get_root().render()
        return str(generate_js_hash(generate_leaflet_string(made)))

    assert code() == code()
    dark = base_map("dark", ASSETS, [], BOUNDS)
    dark.get_root().render()
    assert generate_js_hash(generate_leaflet_string(dark)) != code()


@pytest.mark.parametrize("way", ["swipe", "side"])
def test_two_pictures_are_compared_with_their_tags(way: Any) -> None:
    said = state(picture=ONE, other=TWO, compare=way)
    assert said["compare"] == way
    assert [said["scene"]["url"], said["other"]["url"]] == ["/a.webp", "/b.webp"]
    assert said["tags"] == [("A 1 May 2024", "True colour"), ("B 1 Jul 2024", "NDVI")]


def test_with_one_picture_there_is_nothing_to_compare() -> None:
    said = state(picture=ONE, compare="swipe")
    assert said["compare"] == "one"
    assert said["tags"] == []
    assert said["other"] is None
    assert state()["scene"] is None
    assert state(picture=("/a.webp", BOUNDS, "said"))["scene"] == {"url": "/a.webp", "bounds": BOUNDS, "alt": "said"}


def test_hostile_words_cannot_leave_the_script() -> None:
    hostile = Picture("/a.webp", BOUNDS, "</script><script>alert(1)</script>", ("A", "<img src=x onerror=alert(1)>"))
    (element,) = shown(picture=hostile, other=TWO, compare="swipe")._children.values()
    code = element._template.module.script(element, {})
    assert "<" not in code
    assert "onerror" in code


def test_a_click_on_a_pin_finds_its_pixel() -> None:
    warp = warp_of(geobox())
    for row, column in ((0, 0), (5, 9), (11, 15)):
        place = pin(Pixel(1, row, column), warp)
        assert pixel_at(place["lat"], place["lng"], warp) == (row, column)
    assert pixel_at(0.0, 0.0, warp) is None


def test_the_area_travels_as_geometry() -> None:
    assert state(area=area())["area"]["type"] in ("Polygon", "MultiPolygon")
