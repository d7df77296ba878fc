"""Gates and states, drawn: the step by hand, the thin lines, the heat, and what a unit is called."""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from eodash.views.panels import Dates, column
from eodash.views.states import QUANTITIES, Unit, layer_values, step_of, unit_of, values_of
from eodash.views.states_difference import states_difference
from eodash.views.states_lines import HIGH, MOST, WIDE, drawn_lines
from eodash.views.states_panel import limits_of, peaks, states_panel
from eodash.views.theme import PALETTES

TIMES = np.datetime64("2024-04-02T10:30", "s") + np.array([0, 10, 20, 40, 50]) * np.timedelta64(1, "D")
SEEN = np.array([True, True, False, True, True])
LAYERS, UNITS = ("1 →", "1 ←"), 3
FORWARD = Unit("c", "1 →", 0)


def explained(seen: np.ndarray = SEEN, times: np.ndarray = TIMES) -> xr.Dataset:
    """Unit 0 forward lets everything in at first (c = 0.5), then keeps half: 0.25, unread, 0.125, 0.0625.

    Backward it reads the other way round. The other units stand at their number over ten.
    """
    values = np.zeros((6, 2, UNITS, len(times)))
    values += np.arange(UNITS)[:, None] / 10
    letters = list(QUANTITIES)
    for layer, order in ((0, range(len(times))), (1, range(len(times) - 1, -1, -1))):
        c = 0.0
        for count, t in enumerate(t for t in order if seen[t]):
            i, f, g, o = (1.0, 0.0, 0.5, 1.0) if count == 0 else (0.0, 0.5, 0.9, 0.5)
            c = f * c + i * g
            now = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * math.tanh(c)}
            for letter, value in now.items():
                values[letters.index(letter), layer, 0, t] = value
    coords = {"quantity": letters, "layer": list(LAYERS), "unit": np.arange(UNITS), "time": times}
    made = xr.Dataset({"states": (("quantity", "layer", "unit", "time"), values.astype(np.float32))}, coords)
    return made.assign(seen=("time", seen.copy()))


def dates(cloudy: int = 1) -> Dates:
    clear = SEEN.copy()
    clear[cloudy] = False
    return Dates(TIMES, SEEN, clear)


def drawn(unit: Unit = FORWARD, **more: object) -> go.Figure:
    span = TIMES[0] - np.timedelta64(7, "D"), TIMES[-1] + np.timedelta64(7, "D")
    panel = states_panel(explained(), unit, "light", dates=dates(), **more)  # type: ignore[arg-type]
    return column([panel], dates(), span, TIMES[1], "light")


@pytest.mark.parametrize("unit", [FORWARD, Unit("i", "1 ←", 0)])
@pytest.mark.parametrize("index", np.flatnonzero(SEEN).tolist())
def test_every_step_adds_up_whichever_way_the_layer_reads(unit: Unit, index: int) -> None:
    step = step_of(explained(), unit, index)
    assert step.read
    assert step.c == pytest.approx(step.kept + step.added, abs=1e-6)
    assert step.h == pytest.approx(step.o * math.tanh(step.c), abs=1e-6)


def test_a_step_follows_the_date_read_just_before_not_the_neighbour() -> None:
    assert step_of(explained(), FORWARD, 3).before == 0.25
    assert step_of(explained(), Unit("c", "1 ←", 0), 1).before == 0.25
    first = step_of(explained(), Unit("c", "1 ←", 0), 4)
    assert first.first
    assert first.before == 0


def test_a_date_that_was_not_read_is_slept_through() -> None:
    step = step_of(explained(), FORWARD, 2)
    assert not step.read
    assert step.deed == "slept"


def test_deeds_are_told_by_the_two_gates() -> None:
    step = step_of(explained(), FORWARD, 1)
    deeds = {(0.9, 0.1): "held", (0.9, 0.9): "added", (0.1, 0.9): "replaced", (0.1, 0.1): "faded"}
    for (f, i), deed in deeds.items():
        assert type(step)(i, f, step.g, step.o, step.before, step.c, step.h).deed == deed


@pytest.mark.parametrize(
    "said", [None, "i", ["i", "9", 0], ["i", "1 →", 3], ["i", "1 →", -1], ["x", "1 →", 0], ["i", "1 →", "0"], [1, 2, 3]]
)
def test_a_choice_that_names_no_unit_is_none(said: object) -> None:
    assert unit_of(said, LAYERS, UNITS) is None


def test_a_choice_names_a_unit() -> None:
    assert unit_of(["f", "1 ←", 2], LAYERS, UNITS) == Unit("f", "1 ←", 2)
    assert Unit("f", "1 ←", 2).backward
    assert not Unit("f", "2", 2).backward


def test_values_are_those_of_the_unit_and_of_the_layer() -> None:
    found = explained()
    assert values_of(found, Unit("o", "1 ←", 2)).tolist() == pytest.approx([0.2] * 5)
    assert layer_values(found, "o", "1 ←").shape == (UNITS, 5)


def test_the_chosen_unit_is_a_strong_line_through_the_dates_that_were_read() -> None:
    (line,) = [trace for trace in drawn().data if trace.type == "scatter"]
    assert list(line.x.astype("datetime64[s]")) == list(TIMES[SEEN])
    assert line.y.tolist() == [0.5, 0.25, 0.125, 0.062]
    light = PALETTES["light"]
    assert list(line.marker.color) == [light.accent, light.page, light.accent, light.accent]


def test_the_other_units_are_one_drawing_stretched_over_the_dates() -> None:
    (image,) = drawn().layout.images
    assert str(image.x)[:10] == "2024-04-02"
    assert image.sizex == 50 * 864e5
    assert image.sizing == "stretch"
    assert unquote(image.source).count("<path") == UNITS - 1


def steps_of(source: str) -> list[tuple[int, int]]:
    """Right and down of each step of the first line of a drawing."""
    path = re.findall(r"d='M\d+ \d+l([^']*)'", unquote(source))[0]
    numbers = [int(each) for each in re.findall(r"-?\d+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_thin_lines_run_from_corner_to_corner_on_true_dates() -> None:
    source = drawn_lines(TIMES, np.array([[0, 1, 0.5, 0, 1.0]]), (0, 1), "#5A666C", 0.2)
    assert f"d='M0 {HIGH}l" in unquote(source)  # the first value is the lowest
    right, down = zip(*steps_of(source), strict=True)
    assert right == (WIDE // 5, WIDE // 5, 2 * WIDE // 5, WIDE // 5)
    assert np.cumsum(down).tolist() == [-HIGH, -HIGH // 2, 0, -HIGH]


def test_one_date_or_nothing_known_draws_no_lines() -> None:
    assert drawn_lines(TIMES[:1], np.ones((3, 1)), (0, 1), "#000", 0.2) == ""
    assert drawn_lines(TIMES, np.full((3, 5), np.nan), (0, 1), "#000", 0.2) == ""


def test_a_year_of_days_is_thinned_and_keeps_its_ends() -> None:
    times = np.datetime64("2024-01-01", "s") + np.arange(365) * np.timedelta64(1, "D")
    source = drawn_lines(times, np.zeros((64, 365)), (0, 1), "#5A666C", 0.2)
    assert len(source) < 64 * MOST * 8
    steps = steps_of(source)
    assert len(steps) <= MOST
    assert sum(right for right, _ in steps) == WIDE


def test_a_heat_has_a_row_per_unit_in_the_order_of_their_peaks() -> None:
    values = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0.0]])
    assert peaks(values).tolist() == [1, 2, 0]
    figure = drawn(heat=True, order=np.array([2, 0, 1]))
    (heat,) = [trace for trace in figure.data if trace.type == "heatmap"]
    cells = np.asarray(heat.z)
    assert cells.shape == (UNITS, 2 * len(TIMES) - 1)
    assert cells[1, ::2].tolist() == [50, 25, 0, 12, 6]
    assert (cells[:, 1::2] < -50).all()  # no date, no colour
    assert [note.text for note in figure.layout.annotations if "unit 0" in note.text] == ["◂ unit 0"]


def test_small_numbers_travel_as_small_numbers() -> None:
    (heat,) = [trace for trace in drawn(Unit("i", "1 →", 0), heat=True).data if trace.type == "heatmap"]
    assert np.asarray(heat.z).dtype == np.int8


@pytest.mark.parametrize(("most", "top"), [(0.3, 0.5), (1.2, 2), (12, 15), (640, 640)])
def test_the_axis_of_a_memory_is_round_and_symmetric(most: float, top: float) -> None:
    assert limits_of(QUANTITIES["c"], np.array([[0.1, -most]])) == (-top, top)
    assert limits_of(QUANTITIES["i"], np.array([[0.1, 0.2]])) == (0, 1)


def test_nothing_read_draws_empty_panels() -> None:
    found = explained()
    found["states"][:] = np.nan
    found["seen"][:] = False
    span = TIMES[0], TIMES[-1]
    for heat in (False, True):
        panels = [states_panel(found, Unit(letter, "1 →", 0), "dark", heat=heat) for letter in QUANTITIES]
        figure = column(panels, dates(), span, None, "dark")
        assert not figure.layout.images
        assert all(len(trace.x) == 0 for trace in figure.data if trace.type == "scatter")


def test_two_pixels_are_told_apart_by_the_gates_of_the_unit_where_both_were_read() -> None:
    other = explained(SEEN & (np.arange(5) != 3))
    panel = states_difference(explained(), other, FORWARD, dates(), "light")
    chart = column([panel], dates(), (TIMES[0], TIMES[-1]), None, "light")
    lines = {trace.name: trace for trace in chart.data if trace.name}
    hidden = lines["hidden state"]
    assert len(hidden.x) == 3  # neither the date unread at both nor the one unread at the other
    before, after = 0.5 * math.tanh(0.0625), 0.5 * math.tanh(0.125)  # one reading more has faded it once more
    assert hidden.y[-1] == pytest.approx(before - after, abs=1e-3)
