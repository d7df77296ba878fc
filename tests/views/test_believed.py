"""What a model believed of a pixel, drawn: looked at through the figure's data."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from eodash.sources.contract import NODATA
from eodash.views.believed_names import ROOM, names_inside, written_on
from eodash.views.calendar_chart import move_date, span
from eodash.views.panels import beliefs_panel, column, dates_of, measured_panel
from eodash.views.theme import PALETTES, Mode
from tests.toys import small_cube

NAMES, COLOURS = ["maize", "grassland", "<b>water"], ["#FF8415", "#80C77B", "#2883EA"]
CHANCES = np.array([[np.nan] * 3, [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.8, 0.2, 0], [1, 0, 0]], np.float32)
"""Five dates; nothing was known after the first."""
CUBE = small_cube()
TIMES = CUBE["time"].values.astype("datetime64[s]")


def said(chances: np.ndarray = CHANCES) -> xr.Dataset:
    coords = {"time": TIMES[: len(chances)], "class": NAMES}
    return xr.Dataset({"probabilities": (("time", "class"), chances)}, coords, {"colours": json.dumps(COLOURS)})


def figure(chances: np.ndarray = CHANCES, chosen: int = 1, mode: Mode = "light") -> go.Figure:
    return believed(CUBE, chances, chosen, mode)


def believed(cube: xr.DataArray, chances: np.ndarray, chosen: int = 0, mode: Mode = "light") -> go.Figure:
    series = cube[:, :, 0, 0].load()
    dates = dates_of(series)
    shown = [measured_panel(series, dates, mode), beliefs_panel(said(chances), dates, mode)]
    return column(shown, dates, span(cube), TIMES[chosen], mode)


def areas(drawn: go.Figure) -> list[go.Scatter]:
    return [trace for trace in drawn.data if trace.type == "scatter" and trace.stackgroup]


def test_probabilities_are_steps_that_add_up_with_the_first_class_on_top() -> None:
    found = areas(figure())
    assert [trace.line.shape for trace in found] == ["hv"] * 3
    assert [trace.name for trace in found] == ["&lt;b&gt;water", "grassland", "maize"]
    assert [trace.fillcolor for trace in found] == COLOURS[::-1]
    assert np.allclose(np.sum([trace.y for trace in found], axis=0), 1)


def test_nothing_is_drawn_before_the_first_observation_and_the_last_step_has_a_width() -> None:
    times = areas(figure())[0].x.astype("datetime64[s]")
    assert times[0] == TIMES[1]
    assert list(times[:4]) == list(TIMES[1:])
    assert TIMES[-1] < times[-1] <= span(CUBE)[1]
    assert areas(figure())[-1].y[-1] == areas(figure())[-1].y[-2] == 1


def test_the_answer_of_each_date_stands_above_its_probabilities() -> None:
    (strip,) = [trace for trace in figure().data if trace.name == "answer"]
    assert list(strip.x.astype("datetime64[s]")) == list(TIMES[1:])
    assert list(strip.customdata) == ["grassland", "maize", "maize", "maize"]
    assert list(strip.marker.color) == [COLOURS[1], *[COLOURS[0]] * 3]
    drawn = figure()
    assert drawn.layout[f"yaxis{strip.yaxis[1:]}"].domain[0] > drawn.layout.yaxis3.domain[1]


def test_cloudy_dates_are_hatched_behind_the_bands_and_over_the_areas() -> None:
    drawn = figure()
    hatched = {trace.yaxis: trace for trace in drawn.data if trace.type == "bar" and trace.marker.pattern.shape == "/"}
    assert set(hatched) == {"y", "y2", "y302"}
    assert all(list(trace.x.astype("datetime64[s]")) == [TIMES[1]] for trace in hatched.values())
    assert hatched["y302"].marker.pattern.fgcolor == PALETTES["light"].page
    assert drawn.layout.yaxis302.overlaying == "y3"
    assert drawn.layout.yaxis302.domain == drawn.layout.yaxis3.domain


def test_measured_lines_run_through_clear_dates_with_open_dots_between() -> None:
    drawn = figure()
    lines = [trace for trace in drawn.data if trace.type == "scatter" and trace.mode == "lines+markers"]
    dots = [trace for trace in drawn.data if trace.name and trace.name.endswith(", cloudy")]
    assert [trace.name for trace in lines] == ["blue", "green", "red", "near-IR", "SWIR 1"]
    assert all(TIMES[1] not in trace.x.astype("datetime64[s]") for trace in lines)
    assert all(list(trace.x.astype("datetime64[s]")) == [TIMES[1]] for trace in dots)


def test_all_panels_share_the_calendar_and_moving_the_date_is_drawing_it_there() -> None:
    drawn = figure()
    assert drawn.layout.xaxis.range == tuple(str(day) for day in span(CUBE))
    assert drawn.layout != figure(chosen=3).layout
    move_date(drawn, TIMES[3])
    assert drawn.layout == figure(chosen=3).layout


def test_the_hover_names_the_likeliest_classes_first_and_markup_is_text() -> None:
    (hover,) = [trace for trace in figure().data if trace.name == "believed"]
    assert hover.customdata[0] == "grassland 70 %<br>maize 20 %<br>&lt;b&gt;water 10 %"
    assert "<b>water" not in figure().to_json()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_pixel_of_which_nothing_is_known_has_no_areas_and_no_answers(mode: Mode) -> None:
    drawn = figure(np.full((5, 3), np.nan, np.float32), mode=mode)
    assert areas(drawn) == []
    (strip,) = [trace for trace in drawn.data if trace.name == "answer"]
    assert len(strip.x) == 0


def test_dates_without_an_observation_are_neither_clear_nor_cloudy() -> None:
    series = CUBE[:, :, 2, 3].copy()
    series[3] = NODATA
    found = dates_of(series)
    assert found.seen.tolist() == [True, True, True, False, True]
    assert found.clear.tolist() == [True, False, True, False, True]
    assert found.cloudy.tolist() == [False, True, False, False, False]


def test_one_date_is_enough() -> None:
    one = small_cube(1)
    drawn = believed(one, CHANCES[2:3])
    assert len(areas(drawn)) == 3


def test_names_lie_wholly_in_their_areas_and_small_classes_have_none() -> None:
    days = np.datetime64("2024-01-01", "s") + np.arange(61) * np.timedelta64(5, "D")
    rising = np.linspace(0.02, 0.95, 61)
    chances = np.stack([rising, 0.98 - rising, np.full(61, 0.02)], axis=1)
    found = {each.name: each for each in names_inside(days, chances, NAMES)}
    assert set(found) == {"maize", "grassland"}
    assert found["grassland"].time == days[0]
    at = int(np.searchsorted(days, found["maize"].time))
    assert at > 10  # where it has become wide enough, not where it begins
    for name in found.values():
        below = chances[:, name.place + 1 :].sum(1)
        for step in range(at, at + 6) if name.name == "maize" else range(6):
            assert below[step] + ROOM / 2 <= name.height <= below[step] + chances[step, name.place] - ROOM / 2


def test_names_that_would_meet_on_a_phone_stand_at_different_heights() -> None:
    days = np.datetime64("2024-01-01", "s") + np.arange(61) * np.timedelta64(5, "D")
    first = np.where(np.arange(61) < 10, 0.98, 0.01)
    chances = np.stack([first, 0.99 - first, np.full(61, 0.01)], axis=1)
    one, two = names_inside(days, chances, NAMES)
    assert two.time > one.time
    assert ROOM <= abs(one.height - two.height) < 2 * ROOM


def test_ink_is_read_on_bright_colours_and_white_on_dark_ones() -> None:
    assert written_on("#F5F3AE") == PALETTES["light"].ink
    assert written_on("#003735") == "#FFFFFF"
