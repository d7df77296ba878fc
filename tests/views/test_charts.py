"""Figures are looked at through their data."""

from itertools import pairwise

import numpy as np
import pytest

from eodash.sources.contract import DateStatus
from eodash.views.calendar_chart import HEIGHT, Pixel, bar_widths, move_date, series, span
from eodash.views.observations import FRAMES, observations, thinned
from eodash.views.theme import PALETTES, PIXELS
from tests.toys import small_cube


@pytest.fixture
def drawn():
    return series(small_cube(), [Pixel(1, 2, 3), Pixel(2, 5, 6)], "ndvi", np.datetime64("2024-04-12T10:30"), "light")


def test_lines_run_through_clear_dates_only(drawn):
    lines = [trace for trace in drawn.data if trace.type == "scatter" and trace.mode == "lines+markers"]
    assert len(lines) == 2 + 5
    assert all(np.datetime64("2024-04-12T10:30") not in trace.x for trace in lines)


def test_cloudy_dates_are_open_dots_and_hatched(drawn):
    dots = [trace for trace in drawn.data if trace.type == "scatter" and trace.mode == "markers"]
    assert all(list(trace.x) == [np.datetime64("2024-04-12T10:30")] for trace in dots)
    hatched = [trace for trace in drawn.data if trace.type == "bar" and trace.marker.pattern.shape == "/"]
    assert {trace.yaxis for trace in hatched} == {"y", "y2", "y3"}


def test_dates_stand_at_their_true_place(drawn):
    assert drawn.layout.xaxis.type == "date"
    assert drawn.layout.xaxis.range == tuple(str(day) for day in span(small_cube()))


def test_a_pixel_has_one_colour_on_map_and_chart(drawn):
    colours = [trace.line.color for trace in drawn.data if trace.name in ("pixel 1", "pixel 2")]
    assert colours == [Pixel(1, 0, 0).colour, Pixel(2, 0, 0).colour] == list(PIXELS[:2])


def test_moving_the_date_line_is_the_same_as_drawing_it_there(drawn):
    elsewhere = np.datetime64("2024-04-22T10:30")
    pixels = [Pixel(1, 2, 3), Pixel(2, 5, 6)]
    assert drawn != series(small_cube(), pixels, "ndvi", elsewhere, "light")
    move_date(drawn, elsewhere)
    assert drawn == series(small_cube(), pixels, "ndvi", elsewhere, "light")


def test_one_date_is_enough():
    figure = series(small_cube(1), [Pixel(1, 0, 0)], "ndvi", np.datetime64("2024-04-02T10:30"), "dark")
    assert figure.data
    assert (bar_widths(np.array(["2024-04-02"], "datetime64[s]")) > 0).all()


def test_labels_at_line_ends_do_not_hide_one_another(drawn):
    names = [note for note in drawn.layout.annotations if "●" in (note.text or "")]
    for panel in (names[:2], names[2:]):
        places = [note.y for note in panel]
        assert all(later - former > 16 / HEIGHT for former, later in pairwise(places))


def statuses(count: int, state: str = "used") -> list[DateStatus]:
    start = np.datetime64("2024-03-01T10:30", "s")
    return [DateStatus(start + np.timedelta64(5 * i, "D"), state, clear=0.5) for i in range(count)]


def test_a_failed_date_is_a_cross_not_a_bar():
    failed = DateStatus(np.datetime64("2024-06-01T10:30", "s"), "failed", "404 <b>not found</b>")
    figure = observations([*statuses(3), failed], 80, "light")
    cross = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers")
    assert list(cross.x) == [failed.time]
    assert all(failed.time not in trace.x for trace in figure.data if trace.type == "bar")


def test_frames_are_at_most_so_many_and_keep_the_ends():
    many = statuses(100)
    kept = thinned(many)
    assert len(kept) == FRAMES
    assert (kept[0], kept[-1]) == (many[0], many[-1])
    figure = observations(many, 100, "light", {status.time: "/x.webp" for status in many})
    assert len(figure.layout.images) == FRAMES


def test_both_modes_say_the_same_colours():
    assert PALETTES["light"].accent == "#0E5E6F"
    assert PALETTES["dark"].accent == "#62C6D3"
