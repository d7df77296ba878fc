"""What a browser has chosen, whatever was left behind in its place; and the words for places and dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eodash.request import Box
from eodash.sources.demo import demo_request
from eodash.ui.choices import Draft
from eodash.ui.look import nearest
from eodash.ui.regions import degrees, extent

DEMO = Draft.of(demo_request())
GOOD = DEMO.to_json()


def test_a_draft_comes_back_as_it_was() -> None:
    assert Draft.from_json(GOOD) == DEMO
    assert Draft.from_json(GOOD | {"area": None}).area is None


HOSTILE: list[Any] = [
    {}, {"area": None}, {name: value for name, value in GOOD.items() if name != "start"},
    GOOD | {"start": "2024-02-30"}, GOOD | {"end": 7}, GOOD | {"start": None}, GOOD | {"extra": 1},
    GOOD | {"area": "POLYGON"}, GOOD | {"area": {"wkt": 1, "name": "x", "more": 2}}, GOOD | {"area": [1, 2]},
    GOOD | {"source": "http://127.0.0.1:1/"}, GOOD | {"source": None}, GOOD | {"product": "../../x"},
]  # fmt: skip


@pytest.mark.parametrize("said", HOSTILE)
def test_a_draft_that_makes_no_sense_is_the_demo(said: dict[str, Any]) -> None:
    assert Draft.from_json(said) in (DEMO, Draft(**(vars(DEMO) | {"area": None})))


def test_an_area_outlives_a_source_that_is_gone() -> None:
    kept = Draft.from_json(GOOD | {"source": "gone", "area": {"wkt": "POLYGON ((0 0, 1 0, 1 1, 0 0))", "name": "mine"}})
    assert kept.area is not None
    assert (kept.area.name, kept.source) == ("mine", "demo")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*GOOD, "other"]), json_values, max_size=3))
def test_no_draft_raises(changes: dict[str, Any]) -> None:
    assert isinstance(Draft.from_json(GOOD | changes), Draft)
    assert isinstance(Draft.from_json(changes), Draft)


TIMES = np.array(["2024-05-01T10:40", "2024-05-06T10:40", "2024-05-07T10:40", "2024-06-30T10:40"], "datetime64[s]")


@pytest.mark.parametrize(
    ("current", "wanted", "found"),
    [
        (0, date(2024, 5, 1), 0),  # the same day stays
        (0, date(2024, 5, 2), 1),  # an arrow key moves, though the day is nearer to where one was
        (1, date(2024, 5, 5), 0),
        (0, date(2024, 5, 5), 1),
        (0, date(2024, 6, 29), 3),
        (3, date(2024, 5, 1), 0),
        (3, date(2030, 1, 1), 3),  # beyond the ends: the ends
        (0, date(1990, 1, 1), 0),
        (2, date(2024, 5, 8), 3),
    ],
)
def test_the_slider_finds_the_image(current: int, wanted: date, found: int) -> None:
    assert nearest(TIMES, current, wanted) == found


@settings(deadline=None)
@given(st.integers(0, 3), st.dates())
def test_the_slider_always_finds_an_image(current: int, wanted: date) -> None:
    assert 0 <= nearest(TIMES, current, wanted) < len(TIMES)


def test_one_image_is_always_the_one() -> None:
    assert nearest(TIMES[:1], 0, date(2024, 9, 1)) == 0
    assert nearest(TIMES[:1], 0, date(2023, 9, 1)) == 0


@pytest.mark.parametrize(
    ("latitude", "longitude", "digits", "text"),
    [
        (48.1, -2.9, 2, "48.10° N, 2.90° W"),
        (-37.25, 143.125, 2, "37.25° S, 143.12° E"),
        (0, 0, 1, "0.0° N, 0.0° E"),
        (-90, 180, 4, "90.0000° S, 180.0000° E"),
    ],
)
def test_degrees_have_their_side(latitude: float, longitude: float, digits: int, text: str) -> None:
    assert degrees(latitude, longitude, digits) == text


@pytest.mark.parametrize(
    ("box", "text"),
    [
        (Box(-2.9173, 48.0886, -2.8828, 48.1117), "48.0886–48.1117° N, 2.9173–2.8828° W"),
        (Box(143.1, -37.3, 143.2, -37.2), "37.3000–37.2000° S, 143.1000–143.2000° E"),
        (Box(-0.5, -0.25, 0.5, 0.25), "-0.2500–0.2500° N, -0.5000–0.5000° E"),
        (Box(0, 0, 1, 1), "0.0000–1.0000° N, 0.0000–1.0000° E"),
        (Box(-1, -1, 0, 0), "1.0000–0.0000° S, 1.0000–0.0000° W"),
    ],
)
def test_an_extent_reads_from_south_and_west(box: Box, text: str) -> None:
    assert extent(box) == text
