"""Samples: clicked, drawn, taken back, kept in few letters; whatever their classes are called."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from eodash.errors import CapacityError, EodashError, ModelError
from eodash.teach import Classes, Sample, Samples
from eodash.teach.samples import COLOURS, MOST_CLASSES, MOST_TEXT, thinned

TWO = Classes(("corn", "wheat"), ("#FF8415", "#A07501"))
EMPTY = Samples((20, 30), TWO)


def test_a_click_adds_a_sample_and_another_click_takes_it_back() -> None:
    made = EMPTY.clicked((3, 4), 1)
    assert list(made) == [Sample(3, 4, "wheat", 1)]
    assert made.clicked((3, 4), 1) == EMPTY
    assert list(made.clicked((3, 4), 0)) == [Sample(3, 4, "corn", 1)]


def test_clicks_that_touch_are_one_field_and_others_are_not() -> None:
    made = EMPTY.clicked((3, 4), 0).clicked((4, 5), 0).clicked((9, 9), 0).clicked((3, 5), 1)
    assert [len(field.places) for field in made.fields] == [2, 1, 1]
    joined = EMPTY.clicked((3, 4), 0).clicked((3, 6), 0).clicked((3, 5), 0)
    assert len(joined.fields) == 1


def test_a_drawing_takes_pixels_over() -> None:
    made = EMPTY.drawn([(0, 0), (0, 1), (0, 2)], 0).drawn([(0, 1), (1, 1)], 1)
    assert [field.places for field in made.fields] == [((0, 0), (0, 2)), ((0, 1), (1, 1))]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: EMPTY.clicked((20, 0), 0), "labels_outside"),
        (lambda: EMPTY.drawn([(-1, 0)], 0), "labels_outside"),
        (lambda: EMPTY.drawn([], 0), "no_pixels"),
        (lambda: Samples((5, 5)).drawn([(0, 0)], 0), "no_class"),
        (lambda: TWO.with_class("CORN"), "class_name"),
        (lambda: TWO.renamed(0, " \n\u202e "), "class_name"),
        (lambda: TWO.recoloured(0, "red; x"), "colour"),
    ],
)
def test_what_cannot_be_labelled_says_why(act: Any, code: str) -> None:
    with pytest.raises(EodashError) as error:
        act()
    assert error.value.code == code
    assert error.value.advice


def test_fifty_classes_have_fifty_colours_and_no_more_are_taken() -> None:
    made = Classes()
    for _ in range(MOST_CLASSES):
        made = made.with_class()
    assert len(set(made.colours)) == MOST_CLASSES
    assert made.colours[: len(COLOURS)] == COLOURS
    with pytest.raises(CapacityError):
        made.with_class()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a\u202eb", "x" * 900, "⟨wéird⟩ 日本", "a\nb\0c", "'; DROP"]
)
def test_a_hostile_name_is_one_short_line(name: str) -> None:
    kept = Classes().with_class(name).names[0]
    assert 0 < len(kept) <= 40
    assert kept.isprintable()


def test_a_class_goes_with_its_fields_and_the_others_move_up() -> None:
    made = EMPTY.clicked((1, 1), 0).clicked((5, 5), 1).without_class(0)
    assert list(made) == [Sample(5, 5, "wheat", 1)]


def test_samples_come_back_as_they_were_kept() -> None:
    rng = np.random.default_rng(1)
    made = EMPTY.drawn([(r, c) for r in range(4, 9) for c in range(2, 30)], 1)
    for at in rng.permutation(600)[:80]:
        made = made.clicked((int(at) // 30, int(at) % 30), int(at) % 2)
    assert Samples.from_json(json.loads(json.dumps(made.to_json())), (20, 30)) == made


@pytest.mark.parametrize(
    "said",
    [None, 3, [], {}, {"shape": [20, 30]}, {"shape": [20, 30], "names": ["a"], "colours": ["#12"], "fields": ""},
     {"shape": [20, 30], "names": ["a"], "colours": ["#123456"], "fields": "0:zzzzzz.zzzzzz"},
     {"shape": [20, 30], "names": ["a"], "colours": ["#123456"], "fields": "9:1"},
     {"shape": [2, 2], "names": [], "colours": [], "fields": ""}],
)  # fmt: skip
def test_a_stored_view_may_hold_anything(said: Any) -> None:
    assert Samples.from_json(said, (20, 30)) == Samples((20, 30))


def test_a_thousand_samples_fit_into_the_run_and_more_are_refused() -> None:
    made, wide = None, Samples((1000, 1000), TWO)
    places = [(37 * at % 1000, 101 * at % 1000) for at in range(1000)]
    from eodash.teach import Field

    made = Samples((1000, 1000), TWO, tuple(Field(at % 2, (place,)) for at, place in enumerate(places)))
    assert len(made.to_json()["fields"]) <= MOST_TEXT
    with pytest.raises(CapacityError):
        made.clicked((999, 999), 0)
    with pytest.raises(CapacityError):
        wide.drawn([(r, c) for r in range(1000) for c in range(0, 1000, 2)][:20_000], 0)


def test_a_large_field_is_thinned_by_rows() -> None:
    kept = thinned((row, column) for row in range(50) for column in range(7))
    assert len({row for row, _ in kept}) == 12
    assert len(kept) == 84
    assert thinned([(2, 3)]) == [(2, 3)]


def test_no_more_than_so_many_pixels_of_a_field_teach() -> None:
    made = EMPTY.drawn([(r, c) for r in range(10) for c in range(10)], 0).clicked((15, 15), 1)
    flat, label, field = made.arrays(25)
    assert len(flat) == 26
    assert label.tolist().count(0) == 25
    assert sorted(set(field.tolist())) == [0, 1]


def test_refused_errors_are_of_the_house() -> None:
    with pytest.raises(ModelError):
        TWO.recoloured(0, "#12345")
