"""Ground per class as bars, as steps over the season, and in words."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.views.hectares import NONE, Ground, bars, in_words, over_the_season, told

GROUNDS = (
    Ground("maize", "#FF8415", 12.0, 20.0),
    Ground("water", "#2883EA", 30.0, 25.0),
    Ground("nuts", "#5B1E81", 0.0),
)
TIMES = np.array(["2024-04-02T10:30", "2024-05-02T10:30", "2024-06-02T10:30"], "datetime64[s]")
SPAN = np.datetime64("2024-03-26"), np.datetime64("2024-06-09")


def test_the_largest_class_stands_on_top_in_its_own_colour() -> None:
    drawn = bars(GROUNDS, "light")
    assert list(drawn.layout.yaxis.ticktext) == ["water", "maize", "nuts"]
    assert list(drawn.data[0].marker.color) == ["#2883EA", "#FF8415", "#5B1E81"]
    assert list(drawn.data[0].x) == [30.0, 12.0, 0.0]


def test_the_tick_is_the_truth_and_missing_where_there_is_none() -> None:
    ticks = [line.x0 for line in bars(GROUNDS, "light").layout.shapes]
    assert ticks == [25.0, 20.0]
    assert bars(GROUNDS, "light").layout.xaxis.range[1] == pytest.approx(30.6)  # the longest of bars and ticks fits


def test_values_stand_in_a_column_of_their_own() -> None:
    notes = bars(GROUNDS, "light").layout.annotations
    assert [note.text for note in notes] == ["30 ha", "12 ha", "0 ha"]
    assert {(note.x, note.xref, note.xanchor) for note in notes} == {(1, "paper", "right")}


def test_ground_without_an_answer_is_hatched_and_last() -> None:
    drawn = bars(GROUNDS, "dark", unanswered=99.0)
    assert drawn.layout.yaxis.ticktext[-1] == NONE
    assert drawn.data[1].marker.pattern.shape == "/"
    assert (list(drawn.data[1].y), list(drawn.data[1].x)) == ([3], [99.0])
    assert drawn.data[0].marker.pattern.shape is None


def test_a_hostile_name_is_words() -> None:
    text = bars([Ground("<img src=x onerror=alert(1)>", "#000000", 1.0)], "light").to_json()
    assert "<img" not in text


def test_steps_add_up_to_the_ground_and_the_large_ones_are_named() -> None:
    areas = np.array([[10.0, 32.0, 0.0], [20.0, 22.0, 0.0], [12.0, 30.0, 0.0]])
    drawn = over_the_season(TIMES, areas, GROUNDS, TIMES[1], SPAN, "light")
    assert [trace.name for trace in drawn.data] == ["water", "maize"]  # never said: not drawn
    assert {trace.line.shape for trace in drawn.data} == {"hv"}
    assert sum(np.array(trace.y) for trace in drawn.data).tolist() == [42.0, 42.0, 42.0]
    words = " ".join(note.text for note in drawn.layout.annotations)
    assert "water" in words
    assert "2 May" in words
    assert drawn.layout.shapes[-1].x0 == "2024-05-02T10:30:00"


def test_hectares_in_words() -> None:
    assert [in_words(value) for value in (1234.4, 462.3, 9.96, 9.94, 0.31, 0.04, 0.0)] == [
        "1,234 ha", "462 ha", "10 ha", "9.9 ha", "0.3 ha", "under 0.1 ha", "0 ha",
    ]  # fmt: skip
    assert told(GROUNDS) == "water 30 ha, maize 12 ha"
    assert told([Ground("x", "#000000", 0.0)]) == ""
