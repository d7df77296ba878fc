"""The matrix that takes clicks, the picture of right and wrong, the panels on the calendar."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eodash.views.confusion import ANY, matrix_chart, picked_in
from eodash.views.season_accuracy import Curve, Panel, panels_chart
from eodash.views.truth_map import (
    GREYS,
    HATCH_GROUND,
    HATCH_TONE,
    HIT_TONE,
    WRONG_TONE,
    luminance,
    png,
    tones,
    truth_map,
)
from tests.toys import small_cube

NAMES, COLOURS = ("maize", "<b>water", "hay"), ("#FF8415", "#2883EA", "#80C77B")
COUNTS = np.array([[8, 2, 0], [1, 0, 0], [0, 0, 0]])


def chosen(*customdata: Any) -> dict[str, Any]:
    return {"selection": {"points": [{"customdata": each} for each in customdata]}}


def test_every_cell_row_and_column_has_a_square_of_its_own() -> None:
    drawn = matrix_chart(NAMES, COLOURS, COUNTS, (ANY, ANY), "light")
    squares = [trace for trace in drawn.data if trace.type == "scatter"]
    assert {trace.marker.symbol for trace in squares} == {"square"}
    told = [tuple(data[:2]) for trace in squares for data in trace.customdata]
    assert len(told) == len(set(told)) == 9 + 3 + 3
    assert {(0, 1), (2, 2), (1, ANY), (ANY, 2)} <= set(told)
    for trace in squares:  # each lies where it says
        for x, y, (row, column, _) in zip(trace.x, trace.y, trace.customdata, strict=True):
            assert (y, x) == (row if row != ANY else y, column if column != ANY else x)
            assert drawn.layout.xaxis.range[0] < x < drawn.layout.xaxis.range[1]
            assert drawn.layout.yaxis.range[1] < y < drawn.layout.yaxis.range[0]


def test_only_the_squares_speak_and_names_are_escaped() -> None:
    drawn = matrix_chart(NAMES, COLOURS, COUNTS, (ANY, ANY), "dark")
    (heat,) = (trace for trace in drawn.data if trace.type == "heatmap")
    assert heat.hoverinfo == "skip"
    said = [data[2] for trace in drawn.data if trace.type == "scatter" for data in trace.customdata]
    assert "<b>maize</b> called <b>&lt;b&gt;water</b><br>2 pixels, 20.0 % of the class" in said
    assert "All that is called <b>maize</b>: 9 pixels" in said
    assert "<b>hay</b> called <b>hay</b><br>0 pixels" in said


@pytest.mark.parametrize(
    ("pick", "corners"),
    [((0, 1), (0.5, 1.5, -0.5, 0.5)), ((2, ANY), (-0.5, 2.5, 1.5, 2.5)), ((ANY, 0), (-0.5, 0.5, -0.5, 2.5))],
)
def test_what_is_picked_is_framed(pick: tuple[int, int], corners: tuple[float, ...]) -> None:
    (frame,) = matrix_chart(NAMES, COLOURS, COUNTS, pick, "light").layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == corners


def test_a_click_is_the_truth_and_the_answer_of_its_square() -> None:
    assert picked_in(chosen([0, 2, "x"]), 3) == (0, 2)
    assert picked_in(chosen({"0": 1, "1": ANY, "2": "x"}), 3) == (1, ANY)


NONSENSE = (
    None, {}, {"selection": None}, chosen(), chosen(None), chosen([3, 0, ""]), chosen("01"), chosen([0.5, 0, ""]),
    chosen([-2, 0, ""]),
)  # fmt: skip


@pytest.mark.parametrize("said", NONSENSE)
def test_no_click_and_nonsense_pick_nothing(said: Any) -> None:
    assert picked_in(said, 3) is None


RIGHT = np.array([[True, False, False]])
WRONG = np.array([[False, True, False]])


def test_right_is_the_scene_wrong_has_a_colour_and_unknown_is_hatched() -> None:
    image = tones(np.array([[100, 100, 100]], np.uint8), RIGHT, WRONG)
    assert image[0, :2].tolist() == [100, WRONG_TONE]
    assert image[0, 2] in (HATCH_TONE, HATCH_GROUND)


def test_with_a_pick_only_its_pixels_stand_out() -> None:
    grey = np.array([[100, 100, 100]], np.uint8)
    assert tones(grey, RIGHT, WRONG, np.array([[True, False, False]])).tolist() == [[HIT_TONE, 40, 40]]
    assert tones(grey, RIGHT, WRONG, np.array([[False, True, False]])).tolist() == [[40, WRONG_TONE, 40]]


def test_the_picture_has_its_colours_and_its_shape() -> None:
    image = np.full((30, 60), 9, np.uint8)
    image[0, 0] = WRONG_TONE
    picture = Image.open(io.BytesIO(png(image, "light"))).convert("RGB")
    assert picture.size == (60, 30)
    assert picture.getpixel((0, 0)) == (0xD6, 0x33, 0xA1)
    assert picture.getpixel((5, 5)) == (9, 9, 9)


def test_a_large_region_is_drawn_with_fewer_pixels_and_described() -> None:
    drawn = truth_map(np.zeros((1500, 300), np.uint8), "wrong <1 ha'>", "dark")
    inside = drawn.split("base64,")[1].split("'")[0]
    assert Image.open(io.BytesIO(base64.b64decode(inside))).size == (100, 500)
    assert "alt='wrong &lt;1 ha&#x27;&gt;'" in drawn


def test_a_scene_leaves_the_tones_of_the_truth_free() -> None:
    cube = small_cube()
    assert luminance(cube + (cube.dtype.type(0)), 0).max() <= GREYS
    assert luminance(cube.copy(data=np.full(cube.shape, 9000, np.int16)), 0).max() <= GREYS


TIMES = np.array(["2024-04-02", "2024-05-02", "2024-06-02"], "datetime64[s]")
SPAN = (np.datetime64("2024-03-26"), np.datetime64("2024-06-09"))


def test_panels_share_one_calendar_and_lines_are_named_at_their_ends() -> None:
    first = Panel("Right", "", TIMES, [Curve("pixels", "#0E5E6F", np.array([np.nan, 0.4, 0.9]))])
    band = Curve("these", "#D633A1", np.array([0.2, 0.4, 0.6]), np.array([0.1, 0.3, 0.5]), np.array([0.3, 0.5, 0.7]))
    drawn = panels_chart([first, Panel("NDVI", "", TIMES, [band], share=False, steps=False)], SPAN, TIMES[1], "light")
    assert [str(edge) for edge in drawn.layout.xaxis.range] == ["2024-03-26", "2024-06-09"]
    named = {trace.name: trace for trace in drawn.data if trace.name}
    assert list(named["pixels"].y) == [0.4, 0.9]  # nothing is drawn before the first answer
    assert named["pixels"].line.shape == "hv"
    assert named["these"].line.shape == "linear"
    texts = " ".join(note.text for note in drawn.layout.annotations)
    assert "pixels" in texts
    assert "these" in texts
    low, high = drawn.layout.yaxis2.domain
    assert 0 <= low < high < drawn.layout.yaxis.domain[0]
