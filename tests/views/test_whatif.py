"""What a changed series does, drawn and in words: toy answers of five dates and three classes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash.backend.engine_series import series_at
from eodash.truth import UNKNOWN
from eodash.views.calendar_chart import span
from eodash.views.whatif import Side, differing, nearest, whatif_chart, whatif_table
from eodash.views.whatif_stress import Strained, held, stress_chart, stress_in_words, stress_table
from eodash.views.whatif_words import edit_in_words, in_days, verdict
from eodash.whatif import Band, Cloud, Drop, Edit, Haze, Noise, Shift, edited, stamps
from tests.toys import BANDS, small_cube

CUBE = small_cube()
SERIES = series_at(CUBE, 2, 3)
TIMES = SERIES["time"].values.astype("datetime64[s]")
DATES = stamps(SERIES)
NAMES, COLOURS = ("cereals", "maize", "<b>water"), ("#A07501", "#FF8415", "#2883EA")
CARD: Any = SimpleNamespace(input=SimpleNamespace(level="l2a", bands=BANDS, mean=(0.25,) * len(BANDS)))
WAS = np.array([[np.nan] * 3, [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.2, 0.8, 0], [0.1, 0.79, 0.11]])
NOW = np.array([[np.nan] * 3, [0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.45, 0.4, 0.15], [0.3, 0.29, 0.41]])


def side(chances: np.ndarray = WAS, stop: int | None = None, *edits: Edit) -> Side:
    found = xr.Dataset(
        {"probabilities": (("time", "class"), chances)}, {"time": SERIES["time"].values, "class": list(NAMES)},
        {"colours": json.dumps(COLOURS), "stop": -1 if stop is None else stop},
    )  # fmt: skip
    if stop is not None:
        found["chance"] = ("time", np.full(5, 0.2))
    return Side(edited(SERIES, edits, CARD), found)


def test_the_sentence_names_class_probability_and_days() -> None:
    said = verdict(side(WAS, 2), side(NOW, 4), TIMES, 2, changed=True)
    assert "At the end of the season: <b>maize 79 % → &lt;b&gt;water 41 %</b>." in said
    assert "It would stop 20 days later, on 12 May." in said
    assert "On 22 Apr: maize 60 % → cereals 50 %." in said
    assert "another one after 3 of 5 dates, first after 22 Apr." in said


def test_a_class_that_holds_is_named_once() -> None:
    said = verdict(side(WAS), side(WAS), TIMES, 4, changed=True)
    assert "<b>maize 79 % → 79 %</b>" in said
    assert "The class is the same after every date." in said
    assert "stop" not in said  # of a model that does not decide
    assert "On " not in said  # the chosen date is the last


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (4, 2, "It would stop 20 days earlier, on 22 Apr."),
        (3, 3, "It would stop on the same date, 2 May."),
        (3, -1, "It would not come to a decision any more."),
        (-1, 3, "It would stop on 2 May, where it never stopped."),
        (-1, -1, "It never comes to a decision."),
    ],
)
def test_the_day_of_decision_may_move_come_or_go(was: int, now: int, words: str) -> None:
    assert words in verdict(side(WAS, was), side(NOW, now), TIMES, 4, changed=True)


def test_without_a_change_the_answer_is_said_once() -> None:
    said = verdict(side(WAS, 3), side(WAS, 3), TIMES, 2, changed=False)
    assert said.startswith("At the end of the season: <b>maize 79 %</b>. It would stop on 2 May. ")
    assert said.endswith("Nothing is changed yet.")


def test_nothing_left_is_said_in_words_and_in_the_chart() -> None:
    gone = side(np.full((5, 3), np.nan), 4, Drop(DATES))
    assert "the model says nothing" in verdict(side(), gone, TIMES, 2, changed=True)
    assert gone.stop is None  # whatever the attribute says
    drawn = whatif_chart(side(), gone, span(CUBE), TIMES[2], "light")
    assert sum("says nothing" in str(note.text) for note in drawn.layout.annotations) == 1


def test_nothing_before_either() -> None:
    none = side(np.full((5, 3), np.nan))
    assert "No image of this pixel was usable" in verdict(none, none, TIMES, 2, changed=False)
    assert len(differing(none, none)) == 0


def test_the_chart_shows_both_series_on_the_same_true_dates() -> None:
    changed = side(NOW, 4, Cloud((DATES[3],)), Drop((DATES[0],)), Shift(12))
    changed = Side(changed.series.assign_coords(time=SERIES["time"].values), changed.inspected)
    drawn = whatif_chart(side(WAS, 2), changed, span(CUBE), TIMES[2], "light")
    strips = {
        name: [trace for trace in drawn.data if trace.yaxis == name and trace.type == "bar"] for name in ["y", "y2"]
    }
    was, now = (
        {day for trace in strips[name] for day in trace.x.astype("datetime64[D]").astype(str)} for name in ("y", "y2")
    )
    assert len(was) == 5
    assert was - now == {"2024-04-02"}
    cloudy = [trace for trace in strips["y2"] if trace.hovertemplate and trace.hovertemplate.startswith("cloudy")]
    assert cloudy[0].x.astype("datetime64[D]").astype(str).tolist() == ["2024-04-12", "2024-05-02"]
    stops = {str(trace.x[0])[:10] for trace in drawn.data if trace.name == "stops"}
    assert stops == {"2024-04-22", "2024-05-12"}


def test_a_click_is_about_the_nearest_date() -> None:
    assert nearest(TIMES, "2024-04-21 06:00") == 2
    assert nearest(TIMES, "2024-05-02T10:30:00.0000") == 3
    assert nearest(TIMES, "yesterday") is None
    assert nearest(TIMES, None) is None


def test_the_table_holds_every_date_before_and_after() -> None:
    table = whatif_table(side(), side(NOW))
    assert table["class before"].tolist()[1:] == ["cereals", "maize", "maize", "maize"]
    assert table["class after"].tolist()[1:] == ["cereals", "cereals", "cereals", "<b>water"]
    assert table["maize, before"].tolist()[4] == 0.79


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Drop(DATES[:1]), "Without 2 Apr"),
        (Drop(DATES[:2]), "Without 2 Apr and 12 Apr"),
        (Cloud(DATES), "Cloud on 5 dates, 2 Apr – 12 May"),
        (Haze(0.1), "Haze, +0.10 in the blue"),
        (Haze(0.1, DATES[:1]), "Haze, +0.10 in the blue, 2 Apr"),
        (Noise(0.02, 3), "Noise ± 0.020, draw 4"),
        (Shift(-1), "Calendar 1 day earlier"),
        (Band("B08"), "Without band B08"),
    ],
)
def test_changes_are_named(edit: Edit, words: str) -> None:
    assert edit_in_words(edit) == words
    assert in_days(0) == "on the same date"


SAID = np.array([[0, 1, 2, 1, UNKNOWN], [0, 1, 1, 1, UNKNOWN], [0, 0, 0, 0, UNKNOWN]], np.uint8)
"""(share, pixel): one pixel never gets an answer."""


def test_accuracy_counts_pixels_with_an_answer_and_a_truth() -> None:
    right, count = held(SAID, np.array([0, 1, 1, UNKNOWN, 0], np.uint8))
    assert count == 3
    assert right.tolist() == pytest.approx([2 / 3, 1, 1 / 3])


def test_without_a_truth_it_is_agreement_with_the_first_answer() -> None:
    agreed, count = held(SAID, None)
    assert count == 4
    assert agreed.tolist() == [1, 0.75, 0.25]


def test_nothing_to_count_is_no_figure() -> None:
    right, count = held(SAID, np.full(5, UNKNOWN, np.uint8))
    assert count == 0
    assert np.isnan(right).all()
    none = Strained("A", "raw", np.array([0, 0.5, 0.9]), right, 0)
    assert "No pixel" in stress_in_words([none], 0.5, known=True)
    assert len(stress_chart([none], 0.5, True, "dark").data) == 1


def test_the_share_is_marked_and_its_numbers_are_said() -> None:
    shares = np.array([0, 0.5, 0.9])
    raw = Strained("<i>net", "raw", shares, np.array([0.8, 0.5, 0.3]), 100)
    masked = Strained("net", "preprocessed", shares, np.array([0.9, 0.7, 0.2]), 100)
    said = stress_in_words([raw, masked], 0.5, known=True)
    assert "50 % of the clear dates" in said
    assert said.index("net, preprocessed 70 %</b> (without: 90 %)") < said.index("&lt;i&gt;net, raw 50 %")
    assert "as before" in stress_in_words([raw], 0.5, known=False)
    drawn = stress_chart([raw, masked], 0.5, False, "light")
    assert drawn.layout.shapes[-1].x0 == 50
    assert {trace.line.dash for trace in drawn.data} == {"dash", "solid"}
    assert any("Agreement" in str(note.text) for note in drawn.layout.annotations)
    assert stress_table([raw, masked])["net, preprocessed"].tolist() == [0.9, 0.7, 0.2]
