"""What was asked, as a value and as a key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from eodash.errors import AoiError, DateError
from eodash.request import Area, Box, Period, Request
from tests import toys


def test_a_request_survives_json() -> None:
    request = toys.request()
    again = Request.from_json(json.loads(json.dumps(request.to_json())))
    assert again == request
    assert hash(again) == hash(request)
    assert again.key == request.key


@pytest.mark.parametrize(
    "change",
    [{"resolution": 20}, {"bands": ("B04",)}, {"max_cloud": 10}, {"source": "x"}, {"area": toys.area(east=-2.8)}],
)
def test_every_other_question_has_another_key(change: dict[str, object]) -> None:
    assert toys.request(**change).key != toys.request().key


def test_a_name_does_not_change_the_key() -> None:
    request = toys.request()
    assert replace(request, area=replace(request.area, name="x")).key == request.key


def test_the_same_polygon_written_differently_is_the_same_area() -> None:
    square = shapely.box(2, 48, 2.1, 48.1)
    assert Area.of(square) == Area.of(square.reverse())


def test_hectares_of_a_square_on_the_equator() -> None:
    assert Area.of(shapely.box(0, -0.05, 0.1, 0.05)).hectares == pytest.approx((0.1 * 111.195) ** 2 * 100, rel=1e-3)


@pytest.mark.parametrize(
    ("code", "box"),
    [
        ("not_finite", (float("nan"), 0, 1, 1)),
        ("out_of_range", (0, 100, 1, 101)),
        ("antimeridian", (179, 0, -179, 1)),
        ("not_polygon", (1, 1, 1, 2)),
    ],
)
def test_a_bad_box_is_refused_by_name(code: str, box: tuple[float, float, float, float]) -> None:
    with pytest.raises(AoiError) as caught:
        Box(*box)
    assert caught.value.code == code


def test_a_period_holds_its_first_and_last_day() -> None:
    period = Period(date(2024, 3, 1), date(2024, 3, 2))
    assert period.days == 2
    assert np.datetime64("2024-03-02T23:59") in period
    assert np.datetime64("2024-03-03") not in period


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "", "yesterday"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DateError) as caught:
        Period.parse(text, "2024-12-31")
    assert caught.value.code == "parse"


def test_a_time_with_a_zone_is_the_utc_day() -> None:
    assert Period.parse("2024-03-01T01:00+02:00", "2024-03-02").start == date(2024, 2, 29)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(DateError) as caught:
        Period.parse("2024-03-02", "2024-03-01")
    assert caught.value.code == "order"


@pytest.mark.parametrize(
    "change",
    [
        {"area": None},
        {"area": {"wkt": "POINT (1 2)", "name": ""}},
        {"area": {"wkt": "POLYGON EMPTY", "name": ""}},
        {"area": {"wkt": "rubbish", "name": ""}},
        {"area": {"wkt": "POLYGON ((0 0, 1 0, 1 1, 0 0))", "name": 5}},
        {"period": ["2024-01-01"]},
        {"bands": [1, 2]},
        {"bands": None},
        {"resolution": "much"},
        {"resolution": float("inf")},
        {"max_cloud": None},
    ],
)
def test_a_foreign_request_is_refused_in_words(change: dict[str, object]) -> None:
    with pytest.raises(AoiError) as caught:
        Request.from_json(toys.request().to_json() | change)
    assert caught.value.code == "request"
    with pytest.raises(AoiError):
        Request.from_json({})
