"""Stops on the calendar: maps and bars in its colours, ridges, boxes, the dial, the shift, steps."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from eodash.truth.stopped import NEVER
from eodash.views.agreement_map import CALENDAR
from eodash.views.class_map import over
from eodash.views.early_classes import Stops, boxes, ordered, ridges, told
from eodash.views.early_dial import Dot, dial_chart
from eodash.views.early_sets import Against, sets_chart
from eodash.views.early_shift import Shift, shift_chart
from eodash.views.early_steps import steps_panel
from eodash.views.panels import column, dates_of
from eodash.views.picture import warp_of
from eodash.views.stop_map import SHADES, of_stops, shades, stop_histogram
from tests.toys import geobox, small_cube

TIMES = np.array(["2024-04-02", "2024-06-02", "2024-09-30"], "datetime64[s]")
SEASON = np.datetime64("2024-04-01", "s"), np.datetime64("2024-10-01", "s")
SPAN = np.datetime64("2024-03-26"), np.datetime64("2024-10-07")
STOPS = (
    Stops("maize", "#FF8415", np.array([0.0, 2.0, 6.0]), 2.0, (1, 2, 2, None, None)),
    Stops("water", "#2883EA", np.array([9.0, 1.0, 0.0]), 0.0, (0, 0, 0, 0, 1)),
    Stops("a<b", "#000000", np.array([0.0, 0.0, 1.0]), 9.0, (2, None, None, None, None)),
)


def test_one_date_has_one_colour_whatever_else_is_decided() -> None:
    every = shades(TIMES, SEASON)
    assert (shades(TIMES[1:2], SEASON) == every[1:2]).all()  # not stretched to what is there
    assert every[0] == 0
    assert every[2] == SHADES - 1
    drawn = stop_histogram(TIMES, np.array([1.0, 2.0, 0.0]), SPAN, SEASON, "light")
    first = drawn.data[0].marker.color[0]
    assert np.abs(np.array(_rgb(first)) - _rgb(CALENDAR[0])).max() <= 6


def test_undecided_is_hatched_and_what_is_later_than_a_date_too() -> None:
    stop = np.array([[0, 1, 2, NEVER]], np.uint16)
    whole = of_stops(stop, TIMES, SEASON)
    assert (whole.tones[0, :3] == shades(TIMES, SEASON)).all()
    assert whole.tones[0, 3] >= SHADES
    assert (of_stops(stop, TIMES, SEASON, until=0).tones[0, 1:] >= SHADES).all()


def test_a_year_of_daily_images_fits_a_palette() -> None:
    days = np.datetime64("2024-01-01", "s") + np.arange(365) * np.timedelta64(1, "D")
    stop = (np.arange(12 * 16) * 2 % 365).reshape(12, 16).astype(np.uint16)
    toned = of_stops(stop, days, (days[0], days[-1]))
    grey = np.full(stop.shape, 128, np.uint8)
    assert over(toned, grey, np.ones(stop.shape, bool), 1.0, warp_of(geobox()))[:4] == b"\x89PNG"


def test_classes_stand_in_the_order_of_their_medians_and_the_undecided_last() -> None:
    assert [one.name for one in ordered(STOPS)] == ["water", "maize", "a<b"]
    for draw in (ridges, boxes):
        notes = [note.text for note in draw(TIMES, STOPS, SPAN, "light").layout.annotations]
        assert notes == ["water", "2 Apr", "maize", "30 Sep", "a&lt;b", "undecided"]


def test_a_ridge_is_as_large_as_what_is_decided() -> None:
    drawn = ridges(TIMES, STOPS, SPAN, "light")
    risen = {trace.name: np.max(trace.y) - np.min(trace.y) for trace in drawn.data if trace.fill == "tonexty"}
    assert risen["water"] > risen["maize"] > risen["a&lt;b"] > 0


def test_boxes_are_open_where_the_class_is_never_decided() -> None:
    filled = [trace for trace in boxes(TIMES, STOPS, SPAN, "dark").data if trace.fill == "toself"]
    assert [trace.fillcolor for trace in filled] == ["#2883EA", "#FF8415"]
    assert max(filled[1].x) == TIMES[-1]


def test_a_class_in_words() -> None:
    assert told(TIMES, STOPS[0]) == "maize: half decided by 30 Sep, 20 % never (10 ha)"
    assert told(TIMES, STOPS[2]).startswith("a<b: not half of it is ever decided, 90 % never")


@pytest.mark.parametrize("draw", [ridges, boxes])
def test_no_class_is_an_empty_calendar(draw: object) -> None:
    assert draw(TIMES, (), SPAN, "light").layout.height > 0  # type: ignore[operator]


def test_the_dial_rings_the_chosen_place_and_published_points_are_open_diamonds() -> None:
    curve = [Dot(0.2, 0.9, "5 %"), Dot(0.6, 0.7, "50 %")]
    drawn = dial_chart(curve, curve[1], [Dot(0.3, 0.5, "α")], [Dot(0.69, 0.8, "BreizhCrops")], "light")
    assert drawn.data[2].marker.symbol == "diamond-open"
    assert (drawn.data[3].x[0], drawn.data[3].y[0]) == (0.6, 0.7)
    assert drawn.data[3].marker.color == "rgba(0,0,0,0)"
    unknown = dial_chart([Dot(0.2, float("nan"), "")], Dot(0.2, float("nan"), ""), [], [], "light")
    assert not [trace for trace in unknown.data if trace.name == "chosen"]


def test_shifts_stand_in_order_with_their_days() -> None:
    drawn = shift_chart([Shift("b", "#000000", 7, ""), Shift("a", "#FFFFFF", -12, "")], "light")
    assert list(drawn.layout.yaxis.ticktext) == ["a", "b"]
    assert [note.text for note in drawn.layout.annotations][:2] == ["−12 d", "+7 d"]


def test_sets_lead_from_waiting_to_stopping() -> None:
    drawn = sets_chart([Against("GunPoint", 0.97, 0.93, 0.64, True), Against("fields", 0.9, 0.9, 0.2, False)], "light")
    assert list(drawn.data[0].x) == [0, 0.64]
    assert list(drawn.data[0].y) == [0.97, 0.93]
    assert "GunPoint" in [note.text for note in drawn.layout.annotations]


def test_probabilities_are_steps_and_the_leaders_are_named() -> None:
    series = small_cube(3)[:, :, 0, 0]
    chances = np.array([[np.nan] * 3, [0.7, 0.3, 0.0], [0.1, 0.85, 0.05]])
    inspected = xr.Dataset(
        {"probabilities": (("time", "class"), chances)}, {"time": series["time"].values, "class": ["a", "b", "c"]},
        {"colours": json.dumps(["#111111", "#222222", "#333333"])},
    )  # fmt: skip
    dates = dates_of(series)
    limits = dates.times[0], dates.times[-1]
    drawn = column([steps_panel(inspected, dates, "light")], dates, limits, None, "light")
    lines = {trace.name: trace for trace in drawn.data if trace.name in ("a", "b", "others")}
    assert {trace.line.shape for trace in lines.values()} == {"hv"}
    assert list(lines["b"].y) == [0.3, 0.85]
    assert {"a", "b"} <= {note.text for note in drawn.layout.annotations}
    nothing = inspected.assign(probabilities=inspected["probabilities"] * np.nan)
    column([steps_panel(nothing, dates, "light")], dates, limits, None, "light")


def _rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
