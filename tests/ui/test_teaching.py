"""The teaching part: what a click labels, what is kept, what a drawing becomes; whatever the view holds."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import streamlit as st

from eodash.errors import CapacityError, EodashError
from eodash.teach import Classes, Field, Samples, teach
from eodash.truth import Truth
from eodash.ui import choices, teaching_map, teaching_state
from eodash.ui.teaching_demo import CLASSES, three_classes
from eodash.ui.teaching_map import with_drawing
from eodash.ui.teaching_state import SERIES, Teaching, attempt, base_of, bases, field_under, labelled, teaching_of
from eodash.views.map import pin
from eodash.views.picture import warp_of
from eodash.views.teach_map import PINS, classes_html, heads_html, middle, pins
from eodash.world.legend import LANDCOVER
from tests.teach import made
from tests.toys import geobox, small_cube

TWO = Classes(("corn", "wheat"), ("#FF8415", "#A07501"))
SHAPE = (12, 16)


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The view of the run, to be filled; and a session of its own."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: said.update(changes))
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(teaching_state, "truth_of", lambda *_: None)
    monkeypatch.setattr(teaching_state, "models_for", lambda cube: [])
    return said


def fields_of_four() -> Truth:
    """Four fields of 6 × 8 pixels: cereals, maize, grassland, and one without a number."""
    parcels = np.kron(np.array([[1, 2], [3, 0]]), np.ones((6, 8))).astype(np.uint16)
    number = [LANDCOVER.index(name) for name in (*CLASSES, "forest")]
    classes = np.kron(np.array([number[:2], number[2:]]), np.ones((6, 8))).astype(np.uint8)
    return Truth(classes, parcels, LANDCOVER.names, "made by hand")


def here(samples: Samples | None = None) -> Teaching:
    class Run:
        request = None
        key = "k"

    return Teaching(Run(), small_cube(), Samples(SHAPE, TWO) if samples is None else samples, None)  # type: ignore[arg-type]


def test_without_known_fields_a_click_labels_a_pixel(view: dict[str, Any]) -> None:
    assert labelled(here(), (2, 3), 1, whole=True).fields == (Field(1, ((2, 3),)),)


def test_a_click_takes_the_whole_known_field_without_its_edge(
    view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching_state, "truth_of", lambda *_: fields_of_four())
    taken = labelled(here(), (1, 9), 0, whole=True)
    assert {row for row, _ in taken.fields[0].places} == {1, 2, 3, 4}
    assert {column for _, column in taken.fields[0].places} == set(range(9, 15))
    assert labelled(here(taken), (5, 15), 0, whole=True).fields == ()  # anywhere in it, it goes again
    other = labelled(here(taken), (5, 15), 1, whole=True)
    assert [field.label for field in other.fields] == [1]
    assert field_under(here(), (8, 12)) == [(8, 12)]  # no field there
    assert len(labelled(here(), (1, 9), 0, whole=False).fields[0].places) == 1


def test_three_classes_come_from_the_truth(view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert three_classes(here()) == here().samples
    monkeypatch.setattr(teaching_state, "truth_of", lambda *_: fields_of_four())
    taken = three_classes(here(Samples(SHAPE)))
    assert taken.classes.names == CLASSES
    assert [field.label for field in taken.fields] == [0, 1, 2]


def test_a_refused_label_leaves_what_was_there_and_is_said(view: dict[str, Any]) -> None:
    start = here()
    attempt(lambda: start.samples.clicked((99, 0), 0))
    assert "teach" not in view
    assert st.session_state["teach-refused"].code == "labels_outside"
    attempt(lambda: start.samples.clicked((1, 0), 0))
    assert "teach-refused" not in st.session_state
    assert Samples.from_json(json.loads(json.dumps(view["teach"])), SHAPE).fields == (Field(0, ((1, 0),)),)


@pytest.mark.parametrize("nonsense", [0, "", [], {"a": 1}, "<script>", "9" * 400, None, True, -1, 1.5])
def test_a_stored_view_may_hold_anything(view: dict[str, Any], nonsense: Any) -> None:
    view |= dict.fromkeys(("teach", "teach-class", "teach-base", "teach-way", "teach-layer", "teach-whole"), nonsense)
    found = teaching_of(here().run, small_cube())
    assert found.samples == Samples(SHAPE)
    assert 0 <= here().active < 2
    assert found.base is None
    assert teaching_map._way() == "click"
    assert teaching_map._layer() == "said"


def test_where_no_network_fits_the_series_itself_teaches(view: dict[str, Any]) -> None:
    assert list(bases(small_cube())) == [SERIES]
    assert base_of(small_cube()) is None


def test_a_drawing_becomes_a_field_once(view: dict[str, Any]) -> None:
    grid = geobox()
    warp = warp_of(grid)
    start = here()
    corners = [pin(_pixel(row, column), warp) for row, column in ((2, 2), (2, 6), (5, 6), (5, 2), (2, 2))]
    ring = [[corner["lng"], corner["lat"]] for corner in corners]
    drawing = {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    st.session_state[teaching_map.DRAW] = {"all_drawings": [drawing]}
    teaching_map._drawn(start)
    kept = Samples.from_json(view.pop("teach"), SHAPE)
    assert len(kept.fields) == 1
    assert 6 <= len(kept.fields[0].places) <= 20
    teaching_map._drawn(start)
    assert "teach" not in view


@pytest.mark.parametrize("text", ["null", '{"type": "Polygon", "coordinates": []}', "nonsense"])
def test_a_drawing_of_nothing_is_refused(view: dict[str, Any], text: str) -> None:
    with pytest.raises(EodashError):
        with_drawing(here(), text)


def test_a_drawing_elsewhere_is_refused(view: dict[str, Any]) -> None:
    text = '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}'
    with pytest.raises(EodashError) as error:
        with_drawing(here(), text)
    assert error.value.code == "labels_outside"


def test_pins_are_numbered_as_the_fields_and_only_the_newest_are_drawn() -> None:
    fields = tuple(Field(at % 2, ((at % 12, at // 12),)) for at in range(PINS + 20))
    drawn = pins(Samples(SHAPE, TWO, fields), warp_of(geobox()), (0, 0))
    assert [one["number"] for one in drawn] == [*range(21, PINS + 21), 0]
    assert {one["colour"] for one in drawn[:-1]} == set(TWO.colours)
    assert middle(Field(0, ((0, 0), (0, 1), (0, 2), (5, 1)))) == (0, 1)


def test_names_are_text_on_the_page() -> None:
    samples = Samples(SHAPE, Classes(("<img src=x>", "b"), TWO.colours), (Field(0, ((1, 1),)),))
    assert "<img" not in classes_html(samples, [0.25, 0.75])
    assert "25 % of the map" in classes_html(samples, [0.25, 0.75])


def test_the_table_marks_the_head_that_draws() -> None:
    lesson = teach(made.features(), made.samples(2, 2), ("linear", "nearest"))
    table = heads_html(lesson)
    assert table.count("draws the map") == 1
    assert "<b>Linear head</b>" in table
    assert "100 %" in table


def test_too_many_samples_are_refused_in_words(view: dict[str, Any]) -> None:
    full = Samples((1000, 1000), TWO, tuple(Field(0, ((at, (at * 7) % 1000),)) for at in range(1000)))
    with pytest.raises(CapacityError):
        full.clicked((0, 999), 1)


def _pixel(row: int, column: int) -> Any:
    from eodash.views.calendar_chart import Pixel

    return Pixel(1, row, column)
