"""The figure of a chain, looked at through its data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash.preprocess import Chain, run, steps
from eodash.sensors import Band, Sensor
from eodash.views.calendar_chart import move_date, span
from eodash.views.chain_chart import before_after, line_of
from eodash.views.theme import PALETTES
from tests.preprocess.cubes import chain, pixel

CUBE = pixel([0, 10, 20, 30, 40], [1000, 9000, 1400, None, 1600], [True, False, True, False, True])
FILLING = chain(mask={}, fill={}, smooth={"smoothness": 0.1})


def drawn(each: Chain, name: str = "B02", mode: str = "light", **more):  # type: ignore[no-untyped-def]
    return before_after(CUBE, run(CUBE, each), name, mode, **more)


def trace(figure, name: str):  # type: ignore[no-untyped-def]
    return next(each for each in figure.data if each.name == name)


def test_what_was_fetched_is_a_grey_line_with_open_dots_through_clear_dates() -> None:
    fetched = trace(drawn(FILLING), "fetched")
    assert list(fetched.y) == [0.1, 0.14, 0.16]
    assert fetched.marker.color == PALETTES["light"].page
    assert fetched.line.color == PALETTES["light"].axis


def test_a_cloudy_date_is_an_open_dot_without_a_line_and_hatched() -> None:
    figure = drawn(FILLING)
    cloudy = trace(figure, "fetched, cloudy")
    assert (list(cloudy.y), cloudy.mode) == ([0.9], "markers")
    hatched = [each for each in figure.data if each.type == "bar" and each.marker.pattern.shape == "/"]
    assert [list(each.x) for each in hatched] == [[CUBE.time.values[1].astype("datetime64[s]")]]


def test_what_was_not_measured_that_day_is_an_open_dot_of_the_result() -> None:
    prepared = trace(drawn(FILLING), "prepared")
    palette = PALETTES["light"]
    full, empty = palette.accent, palette.page
    assert list(prepared.marker.color) == [full, empty, full, empty, full]
    assert list(prepared.x) == list(CUBE.time.values.astype("datetime64[s]"))
    assert prepared.line.color == palette.accent


def test_the_line_breaks_where_nothing_is_known() -> None:
    prepared = trace(drawn(chain(mask={})), "prepared")
    assert np.isnan(np.array(prepared.y, float)).tolist() == [False, True, False, True, False]
    assert prepared.connectgaps is False


def test_steps_are_thin_and_the_last_one_is_the_result_itself() -> None:
    figure = drawn(FILLING, steps=steps(CUBE, FILLING))
    thin = [each for each in figure.data if (each.name or "").startswith("after ")]
    assert [each.name for each in thin] == ["after Cloud and shadow mask", "after Gap filling"]
    assert all(each.line.width == 1 for each in thin)


def test_another_unit_gets_a_panel_of_its_own_on_the_same_calendar() -> None:
    figure = drawn(chain(mask={}, normalise={}))
    assert trace(figure, "prepared").yaxis == "y2"
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert max(trace(figure, "prepared").y[::2]) > 1
    assert figure.layout.xaxis.range == tuple(str(day) for day in span(CUBE))


def test_an_index_of_normalised_values_is_not_drawn() -> None:
    figure = drawn(chain(mask={}, normalise={}), "ndvi")
    assert np.isnan(np.array(trace(figure, "prepared").y, float)).all()
    assert any("choose a band" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_nothing_left_is_said(mode: str) -> None:
    cloudy = CUBE.assign_coords(clear=(("time", "y", "x"), np.zeros((5, 1, 1), bool)))
    figure = before_after(cloudy, run(cloudy, Chain.standard()), "ndvi", mode, steps=steps(cloudy, Chain.standard()))
    assert any("Nothing is known" in note.text for note in figure.layout.annotations)


def test_all_that_is_drawn_lies_in_the_range() -> None:
    figure = drawn(Chain())
    low, high = figure.layout.yaxis.range
    assert all(low < value < high for value in trace(figure, "prepared").y if not np.isnan(value))


def test_names_at_the_ends_do_not_hide_one_another() -> None:
    names = [note for note in drawn(FILLING).layout.annotations if "●" in note.text]
    assert len(names) == 2
    assert names[1].y - names[0].y > 16 / 330


def test_the_date_line_can_be_moved() -> None:
    first, second = CUBE.time.values[[1, 2]]
    figure = drawn(FILLING, chosen=first)
    move_date(figure, second)
    assert figure == drawn(FILLING, chosen=second)


def test_a_pixel_without_its_two_axes_is_a_pixel_too() -> None:
    assert (line_of(CUBE[:, :, 0, 0], "ndvi").values == line_of(CUBE, "ndvi").values).all()


def test_bands_and_indices_of_the_long_lists_are_drawn_too() -> None:
    assert list(trace(drawn(FILLING, "band:B02"), "fetched").y) == list(trace(drawn(FILLING), "fetched").y)
    assert len(trace(drawn(FILLING, "spyndex:EVI"), "fetched").y) == 3


def test_names_from_files_are_shown_literally() -> None:
    band = Band("<img src=x>", "<b>bold</b>", 500.0, 10.0, 10, "B")
    attrs = {"sensor": "own", "sensor_bands": json.dumps(Sensor.of_bands("own", "Own", [band]).to_json())}
    cube = CUBE.isel(band=[0]).assign_coords(band=["<img src=x>"]).assign_attrs(attrs)
    text = "".join(
        note.text for note in before_after(cube, run(cube, FILLING), "<img src=x>", "light").layout.annotations
    )
    assert "<img" not in text
    assert "&lt;b&gt;bold" in text


def test_a_single_date_is_enough() -> None:
    one = pixel([0], [1000])
    assert before_after(one, run(one, Chain()), "B04", "dark", chosen=one.time.values[0]).data
