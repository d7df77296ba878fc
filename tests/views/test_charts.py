"""Figures are looked at through their data."""

import json
from itertools import pairwise

import numpy as np
import pytest

from eodash.choice import Decision, Seen
from eodash.sources.contract import DateStatus
from eodash.views.calendar_chart import HEIGHT, Pixel, bar_widths, move_date, series, span
from eodash.views.frames import FRAMES, thinned
from eodash.views.observations import Observation, observations
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
    figure = observations([Observation.of(status) for status in [*statuses(3), failed]], 20, "light")
    cross = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers")
    assert list(cross.x) == [failed.time]
    assert all(failed.time not in trace.x for trace in figure.data if trace.type == "bar")


def test_frames_are_at_most_so_many_and_keep_the_ends():
    many = [status.time for status in statuses(100)]
    kept = thinned(many)
    assert len(kept) == FRAMES
    assert (kept[0], kept[-1]) == (many[0], many[-1])
    dates = [Observation.of(status) for status in statuses(100)]
    figure = observations(dates, 0, "light", {status.time: "/x.webp" for status in statuses(100)})
    assert len(figure.layout.images) == FRAMES


def test_a_date_left_out_is_hatched_says_why_and_has_no_frame():
    first, second = statuses(2)
    out = Decision(Seen(first.time, 0.8, 0.3), used=False, reason="left out by hand", by_hand=True)
    dates = [Observation.of(first, out), Observation.of(second, Decision(Seen(second.time, 1.0, 0.9), used=True))]
    figure = observations(dates, 0, "light", {first.time: "/a.webp", second.time: "/b.webp"})
    hatched = next(trace for trace in figure.data if trace.type == "bar" and trace.marker.pattern.shape == "/")
    assert list(hatched.x) == [first.time]
    assert hatched.customdata[0][0] == "30 % clear, 80 % observed, left out: left out by hand"
    assert [image.source for image in figure.layout.images] == ["/b.webp"]


def test_coverage_stands_behind_the_clear_share():
    date = statuses(1)[0]
    figure = observations([Observation.of(date, Decision(Seen(date.time, 0.8, 0.3), used=True))], 0, "light")
    assert [list(trace.y) for trace in figure.data[:2]] == [[80.0], [30.0]]


def test_both_modes_say_the_same_colours():
    assert PALETTES["light"].accent == "#0E5E6F"
    assert PALETTES["dark"].accent == "#62C6D3"


def test_a_sensor_without_an_index_is_drawn_by_its_first_band():
    cube = small_cube().isel(band=[0, 1])
    figure = series(cube, [Pixel(1, 2, 3)], "ndvi", np.datetime64("2024-04-12T10:30"), "light")
    headings = [note.text for note in figure.layout.annotations if "<b>" in (note.text or "")]
    assert any("<b>B02</b>" in text for text in headings)
    line = next(trace for trace in figure.data if trace.name == "pixel 1")
    assert list(line.y) == [0.01, 0.0102, 0.0103, 0.0104]
    low, high = figure.layout.yaxis2.range
    assert low < min(line.y) < max(line.y) < high


def test_digital_numbers_keep_their_own_scale():
    cube = small_cube().assign_attrs(units="digital numbers")
    figure = series(cube, [Pixel(1, 2, 3)], "spyndex:EVI", np.datetime64("2024-04-12T10:30"), "light")
    assert figure.layout.yaxis3.range[1] > 4000
    headings = [note.text for note in figure.layout.annotations if "<b>" in (note.text or "")]
    assert any("digital numbers" in text for text in headings)
    assert any("<b>NDVI</b>" in text for text in headings)  # what needs a scale is not drawn


def test_any_index_can_be_drawn():
    figure = series(small_cube(), [Pixel(1, 2, 3)], "spyndex:S2REP", np.datetime64("2024-04-12T10:30"), "light")
    line = next(trace for trace in figure.data if trace.name == "pixel 1")
    low, high = figure.layout.yaxis2.range
    assert 600 < low < line.y[0] < high < 900
    assert any("<b>S2REP</b>" in (note.text or "") for note in figure.layout.annotations)


def test_names_of_bands_from_a_file_are_no_markup():
    from eodash.sensors import Band, Sensor

    bands = [Band("<img src=x>", "<b>", 0, 0, 3), Band("two", "two", 0, 0, 3)]
    own = Sensor.of_bands("own", "Own", bands)
    attrs = {"sensor": "own", "sensor_bands": json.dumps(own.to_json())}
    cube = small_cube().isel(band=[0, 1]).assign_coords(band=["<img src=x>", "two"]).assign_attrs(attrs)
    figure = series(cube, [Pixel(1, 2, 3)], "", np.datetime64("2024-04-12T10:30"), "light")
    assert "<img" not in figure.to_json()
