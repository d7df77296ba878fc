"""The section that holds a map against the truth: what is picked, own labels, and everything on the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.cards import Class
from eodash.errors import AoiError, StorageError
from eodash.preparation import Preparation
from eodash.truth import UNKNOWN, Truth
from eodash.truth.features import features_of, packed
from eodash.truth.scored import Pick
from eodash.ui import cached, choices, said_confusion, said_labels, said_truth
from eodash.ui.said_confusion import described, pick_of
from tests.datasets.labelled import collection, feature, rectangle
from tests.toys import area, small_cube

NAMES = ("maize", "grassland", "water")
LEGEND = tuple(Class(name, colour, (place,)) for place, (name, colour) in enumerate(
    zip(NAMES, ("#FF8415", "#80C77B", "#2883EA"), strict=True)))  # fmt: skip
NONSENSE = [None, 0, "x", [], [1], [1, 2, 3], [9, 0], ["0", 0], {"a": 1}, [0.5, 0], [-2, 0]]
HERE: dict[str, Any] = {}
"""What the page of these tests is about."""


@pytest.fixture(autouse=True)
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The view of the run, without a store behind it."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: said.update(changes))
    monkeypatch.setattr(choices, "run", lambda: SimpleNamespace(key="k" * 32))
    monkeypatch.setattr(cached, "preparation", lambda run: Preparation())
    said_labels._read.cache_clear()
    yield said
    said_labels._read.cache_clear()


class Shelf:
    """Keeps results, or has no room."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.full = False

    def keep_result(self, key: str, of: str, arrays: Any, meta: Any) -> None:
        if self.full:
            raise StorageError("The disk is full.", "Delete a run.", code="full")
        self.kept[key] = SimpleNamespace(arrays=arrays, meta=meta)

    def result(self, key: str) -> Any:
        return self.kept.get(key)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(cached, "store", lambda: made)
    return made


def said_of(cube: xr.DataArray, answers: np.ndarray | None, place: int | None = 0) -> Any:
    """What the page knows; `answers` (date, y, x)."""
    drawn = None
    if answers is not None:
        data = {name: (("date", "y", "x"), np.full(answers.shape, 200, np.uint8)) for name in ("confidence",)}
        drawn = xr.Dataset(
            data | {"said": (("date", "y", "x"), answers)},
            {"date": cube["time"].values[: len(answers)], "index": ("date", np.arange(len(answers)))},
        )
    return SimpleNamespace(
        run=SimpleNamespace(key="k" * 32, request=SimpleNamespace(area=area(-2.95, 48.0, -2.85, 48.2), source="files")),
        cube=cube,
        card=SimpleNamespace(name="early-lstm-l2a", title="Early LSTM", legends={"landcover": LEGEND}, causal=True),
        legend="landcover",
        answer="",
        index=0,
        map=drawn,
        place=place,
    )


def test_a_pick_is_a_cell_a_row_or_a_column(view: dict[str, Any]) -> None:
    assert pick_of(3).everything
    for said in ([0, 2], [1, -1], [-1, 0]):
        view["confusion"] = said
        assert pick_of(3) == Pick(*said)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_stored_pick_may_be_anything(view: dict[str, Any], nonsense: Any) -> None:
    view["confusion"] = nonsense
    assert pick_of(3).everything


def test_a_click_is_kept_at_once_and_an_emptied_selection_changes_nothing(
    view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {said_confusion.KEY: {"selection": {"points": [{"customdata": [0, 1, ""]}]}}}
    monkeypatch.setattr(st, "session_state", state)
    said_confusion._clicked(3)
    assert view["confusion"] == [0, 1]
    state[said_confusion.KEY] = {"selection": {"points": []}}
    said_confusion._clicked(3)
    assert view["confusion"] == [0, 1]
    said_confusion._keep(Pick())
    assert view["confusion"] is None


def test_picks_in_words() -> None:
    assert described(NAMES, Pick(0, 1)) == "Maize called grassland"
    assert described(NAMES, Pick(0, 0)) == "Maize, called so"
    assert described(NAMES, Pick(0, -1)) == "All that is maize"
    assert described(NAMES, Pick(-1, 2)) == "All that is called water"


def upload(monkeypatch: pytest.MonkeyPatch, data: bytes, name: str = "my fields.geojson") -> dict[str, Any]:
    """What the session holds after a file was put into the uploader."""
    state: dict[str, Any] = {"truth-file": SimpleNamespace(name=name, getvalue=lambda: data)}
    monkeypatch.setattr(st, "session_state", state)
    said_labels._take()
    return state


def fields(cube: xr.DataArray, first: str = "Maize") -> list[Any]:
    return [feature(cube, first, rectangle(0, 0, 6, 6)), feature(cube, "hay", rectangle(8, 0, 6, 6))]


def test_an_uploaded_file_is_the_truth_from_then_on(
    view: dict[str, Any], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = small_cube()
    assert said_labels.own_truth(said_of(cube, None)) is None
    state = upload(monkeypatch, collection(fields(cube)))
    assert "truth-refused" not in state
    here = said_labels.own_truth(said_of(cube, None))
    assert here is not None
    assert (here.classes[:5, :5] == 0).all()
    assert here.origin == "labels of my fields.geojson"
    json.dumps(view)  # the view is stored as JSON
    assert len(json.dumps(view)) < 400  # and holds no pixels and no polygons


def test_a_value_may_be_another_class_or_none(
    view: dict[str, Any], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = small_cube()
    state = upload(monkeypatch, collection(fields(cube)))
    state["chosen"] = "water"
    said_labels._class_chosen("chosen", "landcover", "Maize")
    here = said_labels.own_truth(said_of(cube, None))
    assert here is not None
    assert here.classes[2, 2] == 2
    for value in ("Maize", "hay"):
        state["chosen"] = ""
        said_labels._class_chosen("chosen", "landcover", value)
    with pytest.raises(AoiError) as refused:
        said_labels.own_truth(said_of(cube, None))
    assert refused.value.code == "no_class"
    said_labels._remove()
    assert said_labels.own_truth(said_of(cube, None)) is None


def test_what_is_refused_leaves_the_former_labels(
    view: dict[str, Any], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = small_cube()
    upload(monkeypatch, collection(fields(cube)))
    before = dict(view)
    assert upload(monkeypatch, b"nothing of the kind")["truth-refused"].code == "not_geojson"
    shelf.full = True
    assert upload(monkeypatch, collection(fields(cube, "Corn")))["truth-refused"].code == "full"
    assert view == before


@pytest.mark.parametrize("nonsense", [*NONSENSE, {"labels": 1, "file": "", "column": "", "classes": {}}])
def test_a_stored_file_may_be_anything(view: dict[str, Any], nonsense: Any) -> None:
    view["truth"] = nonsense
    assert said_labels.own_truth(said_of(small_cube(), None)) is None


def test_labels_that_are_gone_are_asked_for_again(view: dict[str, Any], shelf: Shelf) -> None:
    view["truth"] = {"labels": "a" * 40, "file": "x.geojson", "column": "", "classes": {}}
    with pytest.raises(AoiError, match="no longer kept") as refused:
        said_labels.own_truth(said_of(small_cube(), None))
    assert refused.value.code == "labels_gone"


def page() -> AppTest:
    """The section as a page of its own."""

    def section() -> None:
        from eodash.ui.said_truth import truth
        from tests.ui.test_said_truth import HERE

        truth(HERE["said"])

    return AppTest.from_function(section, default_timeout=60).run()


def text(app: AppTest) -> str:
    return " ".join(str(element.proto) for element in app.main)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Truth:
    """The left half is maize, the right half grassland, the last row unknown."""
    classes = np.repeat([[0] * 8 + [1] * 8], 12, 0).astype(np.uint8)
    classes[-1] = UNKNOWN
    made = Truth(classes, (classes + 1).astype(np.uint16), NAMES, "a toy", ("left out, toys: 3",))
    monkeypatch.setattr(said_truth, "truth_for", lambda said: made)
    return made


def test_without_a_truth_there_is_a_way_to_bring_one(view: dict[str, Any], shelf: Shelf) -> None:
    HERE["said"] = said_of(small_cube(), None, None)
    app = page()
    assert not app.exception
    assert "No truth is known of this region" in text(app)
    assert "max_upload_size_mb" in text(app)


def test_labels_elsewhere_are_refused_in_words_with_the_uploader_beside(
    view: dict[str, Any], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = small_cube()
    far = packed(features_of(collection([feature(cube, "corn", rectangle(900, 0, 6, 6))]), "x"))
    shelf.keep_result("a" * 40, "", {"features": np.frombuffer(far, np.uint8)}, {})
    view["truth"] = {"labels": "a" * 40, "file": "x.geojson", "column": "", "classes": {}}
    HERE["said"] = said_of(cube, None, None)
    app = page()
    assert not app.exception
    assert "lie outside the area" in text(app)
    assert "max_upload_size_mb" in text(app)


def test_the_numbers_are_said_with_what_they_do_not_prove(view: dict[str, Any], known: Truth) -> None:
    answers = np.where(known.classes == 1, 0, known.classes)[None].repeat(2, 0).astype(np.uint8)
    HERE["said"] = said_of(small_cube(), answers, 1)
    app = page()
    assert not app.exception
    for part in ("50.0 % of 176 pixels", "Of 2 fields 50.0 %", "right or wrong together", "left out, toys: 3"):
        assert part in text(app)


def test_a_pick_shows_its_pixels_and_a_list_picks_too(view: dict[str, Any], known: Truth) -> None:
    answers = np.where(known.classes == 1, 0, known.classes)[None].repeat(2, 0).astype(np.uint8)
    HERE["said"] = said_of(small_cube(), answers, 1)
    view["confusion"] = [1, 0]
    app = page()
    assert not app.exception
    assert "Grassland called maize: 88 pixels" in text(app)
    app.selectbox(key="truth-said").select(-1).run()
    assert view["confusion"] == [1, -1]
    assert "All that is grassland: 88 pixels" in text(app)
    app.button(key="truth-all").click().run()
    assert view["confusion"] is None


def test_a_network_asked_at_one_date_has_no_course_and_says_so(view: dict[str, Any], known: Truth) -> None:
    HERE["said"] = said_of(small_cube(), known.classes[None])
    app = page()
    assert not app.exception
    assert "no course over the season" in text(app)


def test_before_the_first_answer_nothing_is_compared(view: dict[str, Any], known: Truth) -> None:
    HERE["said"] = said_of(small_cube(), np.full((1, 12, 16), UNKNOWN, np.uint8))
    app = page()
    assert not app.exception
    assert "choose a later one" in text(app)
    HERE["said"] = said_of(small_cube(), None, None)
    assert "not there yet" in text(page())
