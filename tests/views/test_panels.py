"""Panels stacked on one calendar: axes, clouds, date line, stopping, differences; and numbers as pictures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from eodash.sources.contract import NODATA
from eodash.views.calendar_chart import move_date, span
from eodash.views.panel import Panel, Sketch
from eodash.views.panel_difference import Difference
from eodash.views.panels import (
    column,
    dates_of,
    difference_panel,
    height_of,
    images_panel,
    index_panel,
    measured_panel,
    stopping_panels,
)
from eodash.views.theme import LEFT, PIXELS, RIGHT
from eodash.views.value_map import SHADES, UNKNOWN, limits_for, shades, toned, toned_dates
from tests.toys import small_cube

CUBE = small_cube()
TIMES = CUBE["time"].values.astype("datetime64[s]")
SERIES = CUBE[:, :, 2, 3].load()
DATES = dates_of(SERIES)


def flat(title: str, height: int = 100, **more: object) -> Panel:
    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        sketch.add_scatter(x=TIMES, y=np.ones(5), yaxis=axis, name=title)
        sketch.ends(drawn, axis, [(1.0, title, "#000000")])
        sketch.onto(drawn)

    return Panel(title, "unit", height, draw, {"range": [0, 2]}, **more)  # type: ignore[arg-type]


def drawn(*panels: Panel, chosen: np.datetime64 | None = TIMES[1], **more: object) -> go.Figure:
    return column(panels, DATES, span(CUBE), chosen, "light", **more)  # type: ignore[arg-type]


def lines_of(found: go.Figure) -> list[go.Scatter]:
    return [each for each in found.data if each.type == "scatter" and each.mode == "lines+markers"]


def px(found: go.Figure, axis: str) -> float:
    low, high = found.layout[f"yaxis{axis[1:]}"].domain
    return float((high - low) * (found.layout.height - found.layout.margin.t - found.layout.margin.b))


def test_heights_add_up_and_every_panel_has_its_own() -> None:
    found = drawn(flat("a", 80), flat("b", 160))
    assert found.layout.height == height_of([images_panel(DATES, "light"), flat("a", 80), flat("b", 160)])
    assert [round(px(found, axis)) for axis in ("y", "y2", "y3")] == [23, 80, 160]
    assert found.layout.yaxis3.domain[0] == 0
    assert (found.layout.margin.l, found.layout.margin.r) == (LEFT, RIGHT)


def test_the_images_stand_on_top_once_and_the_months_under_the_lowest_panel() -> None:
    for found in (drawn(flat("a")), drawn(images_panel(DATES, "light"), flat("a"))):
        titles = [note.text for note in found.layout.annotations if "<b>" in note.text]
        assert titles[0] == "<b>Images</b>"
        assert len(titles) == 2
        assert found.layout.xaxis.anchor == "y2"
        assert found.layout.xaxis.range == tuple(str(day) for day in span(CUBE))


def test_a_column_without_panels_is_the_images() -> None:
    assert round(px(drawn(), "y")) == 23


def test_cloudy_dates_are_hatched_over_the_range_of_each_panel_that_wants_it() -> None:
    other = dates_of(SERIES.assign_coords(clear=("time", [True, True, False, True, True])))
    found = drawn(flat("a"), flat("b", hatched=False), flat("c", dates=other))
    hatched = {each.yaxis: each for each in found.data if each.type == "bar" and each.name == "cloudy"}
    assert set(hatched) == {"y2", "y4"}
    assert (list(hatched["y2"].y), hatched["y2"].base) == ([2], 0)
    assert [list(hatched[axis].x.astype("datetime64[s]")) for axis in ("y2", "y4")] == [[TIMES[1]], [TIMES[2]]]


def test_the_date_line_comes_last_and_moves_and_its_tag_may_say_more() -> None:
    found = drawn(flat("a"))
    move_date(found, TIMES[3])
    assert found == drawn(flat("a"), chosen=TIMES[3])
    assert drawn(flat("a"), tag="stops").layout.annotations[-1].text == "stops 12 Apr"
    assert not drawn(flat("a"), chosen=None).layout.shapes
    line, veil = drawn(flat("a"), veil=True).layout.shapes
    assert (line.type, veil.type, veil.x0, veil.x1) == ("line", "rect", str(TIMES[1]), str(span(CUBE)[1]))


def test_names_at_the_ends_stand_beside_their_own_panel() -> None:
    found = drawn(flat("a"), flat("b"))
    ends = {note.text.split("● ")[-1].split("</span> ")[-1]: note.y for note in found.layout.annotations[3:-1]}
    assert ends["a"] == pytest.approx(sum(found.layout.yaxis2.domain) / 2)
    assert ends["b"] == pytest.approx(sum(found.layout.yaxis3.domain) / 2)


def test_bands_can_be_chosen() -> None:
    panel = measured_panel(SERIES, DATES, "light", bands=["B04"])
    assert [each.name for each in lines_of(drawn(panel))] == ["red"]


def test_an_index_is_a_line_and_that_of_a_second_pixel_lies_beside_it() -> None:
    cube = small_cube()
    cube.loc[{"band": "B08"}], cube.loc[{"band": "B04"}] = 3000, 1000
    mine, theirs = cube[:, :, 2, 3].load(), cube[:, :, 2, 4].load()
    theirs.loc[{"band": "B04"}] = 3000
    (line,) = lines_of(drawn(index_panel(mine, "ndvi", DATES, "light")))
    assert line.y.tolist() == [0.5] * int(DATES.clear.sum())
    both = drawn(index_panel(mine, "ndvi", DATES, "light", beside=theirs))
    first, second = lines_of(both)
    assert (set(first.y), set(second.y)) == ({0.5}, {0.0})
    assert second.line.color == PIXELS[0]


def stops(stop: int = 2) -> xr.Dataset:
    values = {"hazard": [0, 0.2, 0.6, 0.1, 1], "chance": [0, 0.2, 0.48, 0.03, 0.29], "budget": [1, 0.8, 0.3, 0.29, 0]}
    return xr.Dataset({name: ("time", each) for name, each in values.items()}, {"time": TIMES}, {"stop": stop})


def test_the_chance_of_each_date_is_a_bar_and_the_budget_has_its_stop_line() -> None:
    found = drawn(*stopping_panels(stops(), DATES, "light"))
    (bars,) = [each for each in found.data if each.name == "stops here"]
    assert bars.y.tolist() == [0, 0.2, 0.48, 0.03, 0.29]
    assert found.layout.yaxis2.range == (0, 0.5)
    assert len(set(bars.marker.color[:3])) == 1 != len(set(bars.marker.color))  # pale once it has stopped
    assert [each.name for each in found.data if each.yaxis == "y3" and each.type == "scatter"] == [
        "budget left", "stop now, δ",
    ]  # fmt: skip
    assert (found.layout.shapes[0].y0, found.layout.shapes[0].yref) == (0.5, "y3")
    assert any(note.text == "stops" and note.x == str(TIMES[2]) for note in found.layout.annotations)
    assert not [
        note for note in drawn(*stopping_panels(stops(-1), DATES, "light")).layout.annotations if note.text == "stops"
    ]


def test_a_model_that_does_not_stop_has_no_such_panels() -> None:
    assert stopping_panels(stops().drop_vars("chance"), DATES, "light") == []


def test_a_difference_runs_around_zero_and_leaves_small_ones_out() -> None:
    lines = [Difference(name, "#000000", np.array(each)) for name, each in (
        ("big", [0, 0.3, -0.7, 0, 0]), ("small", [0, 0.05, 0, 0, 0]), ("none", [np.nan] * 5))]  # fmt: skip
    panel = difference_panel("points", DATES, lines, "light", steps=True, least=0.1)
    assert panel.axis["range"] == [-1, 1]
    assert [each.name for each in drawn(panel).data if each.type == "scatter"] == ["big"]
    nothing = difference_panel("points", DATES, lines[2:], "light")
    assert not [each for each in drawn(nothing).data if each.type == "scatter"]


@pytest.mark.parametrize("count", [1, 365])
def test_one_date_and_a_whole_year_of_them_can_be_drawn(count: int) -> None:
    cube = small_cube(count)
    series = cube[:, :, 0, 0].load()
    dates = dates_of(series)
    found = column([measured_panel(series, dates, "dark")], dates, span(cube), dates.times[0], "dark")
    assert len(found.data) >= 10


def test_a_pixel_without_any_observation_has_empty_panels() -> None:
    series = SERIES.copy()
    series[:] = NODATA
    dates = dates_of(series)
    panels = [measured_panel(series, dates, "light"), index_panel(series, "ndvi", dates, "light")]
    assert not [each for each in column(panels, dates, span(CUBE), TIMES[0], "light").data if len(each.x)]


def test_numbers_become_shades_and_what_is_not_known_has_none() -> None:
    values = np.array([[0.0, 1.0, np.nan, 9.0]])
    assert toned(values, "sequential", (0, 1)).tolist() == [[0, SHADES - 1, UNKNOWN, SHADES - 1]]
    assert toned(np.array([[-2.0, 0.0, 2.0]]), "diverging", (-2, 2)).tolist() == [[0, 16, SHADES - 1]]
    assert limits_for(np.array([-4.0, 1, np.nan]), "diverging")[0] == pytest.approx(-4, rel=0.02)
    assert limits_for(np.full(3, np.nan), "sequential") == (0, 1)
    assert len(shades("diverging", "light")) == SHADES


def test_dates_become_shades_of_the_calendar_wherever_they_stand_in_the_series() -> None:
    times = np.array(["2024-01-01", "2024-02-01", "2024-12-31"], "datetime64[s]")
    year = times[0], times[2]
    found = toned_dates(np.array([0, 1, 2, 65535], np.uint16), times, year)
    assert found.tolist() == [0, round(31 / 365 * (SHADES - 1)), SHADES - 1, UNKNOWN]
    assert toned_dates(np.array([0], np.uint16), times[1:2], year) == found[1]  # whatever else was found in the season
    assert shades("calendar", "dark") == shades("calendar", "light")  # one date, one colour
