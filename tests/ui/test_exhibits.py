"""Guided exhibits: what they promise, and that a link opens them for a stranger on a server that has seen nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash.card import Card
from eodash.errors import CapacityError
from eodash.sources.demo import demo_request
from eodash.store import Store
from eodash.truth.known import Truth
from eodash.ui import choices, exhibits_open, navigation, said_compare_other, start
from eodash.ui.exhibits import EXHIBITS, Exhibit, after
from eodash.ui.folders import FOLDERS
from eodash.ui.navigation import GROUPS
from eodash.ui.said_models import INPUTS
from eodash.world.legend import LEGENDS
from tests.ui.test_frame import FRAME, said
from tests.ui.test_runs import finished, press, store

__all__ = ["store"]
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
SLUGS = {slug for group in GROUPS.values() for slug in group}
NAME, NEXT = "skips-clouds", "gradients-vanish"


def card_of(exhibit: Exhibit) -> Card:
    return cards.card(f"{exhibit.view['model']}-{INPUTS[exhibit.input]}")


@pytest.mark.parametrize("name", EXHIBITS)
def test_each_has_a_page_a_model_a_picture_and_words(name: str) -> None:
    exhibit = EXHIBITS[name]
    assert exhibit.page in SLUGS
    assert card_of(exhibit).weights is not None
    assert {exhibit.pixel, exhibit.beside or exhibit.pixel} <= set(LEGENDS["landcover"].names)
    assert (FOLDERS["assets"] / start.picture_of(name, exhibit)).is_file()
    assert exhibit.question.endswith("?")
    assert 80 < len(exhibit.look) < 340
    assert 80 < len(exhibit.open) < 340


def test_one_leads_to_the_next_and_the_last_to_the_first() -> None:
    assert [after(name) for name in EXHIBITS] == [*list(EXHIBITS)[1:], next(iter(EXHIBITS))]


def test_raw_ones_keep_every_date_and_the_others_are_the_demo_season() -> None:
    assert EXHIBITS["meadow-and-maize"].request == demo_request()
    raw = EXHIBITS[NAME].request
    assert (raw.product, raw.max_cloud) == ("sentinel-2-l1c", 100)
    assert raw.area == demo_request().area


@pytest.fixture
def season(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The demo season is there at once, made of a toy; meadow grows left, maize right. Gives what was begun."""
    begun: list[str] = []

    def begin(request: Any, name: str = "") -> None:
        begun.append(name)
        choices.enter(finished(store, 1, name))

    def known(request: Any, cube: Any, legend: str) -> Truth:
        classes = np.zeros(cube.shape[2:], np.uint8)
        classes[:, classes.shape[1] // 2 :] = 1
        return Truth(classes, (classes + 1).astype(np.uint16), ("grassland", "maize"), "a toy")

    monkeypatch.setattr(exhibits_open, "start", begin)
    monkeypatch.setattr(exhibits_open, "truth_of", known)
    monkeypatch.setattr(exhibits_open, "_ask_the_twin", lambda exhibit, run: None)
    (tmp_path / "pages").mkdir()
    for slug in SLUGS:  # what stands below the words is other tests' business
        (tmp_path / f"pages/{slug}.py").write_text(f"import streamlit\nstreamlit.write('page {slug}')\n")
    monkeypatch.setattr(navigation, "ROOT", tmp_path)
    return begun


def visit(page: str = "start", **query: str) -> AppTest:
    """A page as a stranger's browser opens it."""
    app = AppTest.from_file(str(FRAME), default_timeout=60)
    app.session_state["owner"] = "0" * 64
    if page != "start":
        app.run()
        app.switch_page(str(navigation.ROOT / f"pages/{page}.py"))
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def view_of(store: Store) -> dict[str, Any]:
    (run,) = store.runs("0" * 64)
    return run.view


def test_a_link_opens_it_for_a_stranger(season: list[str], store: Store) -> None:
    app = visit(exhibit=NAME)
    assert not app.exception
    assert season == ["Demo season, raw"]
    assert "page attention" in said(app)
    assert EXHIBITS[NAME].question in said(app)
    assert "It does not prove" in said(app)
    view = view_of(store)
    assert (view["model"], view["input"], view["head"], view["exhibit"]) == ("transformer", "raw", [0, 2], NAME)
    _row, column = view["asked"]
    assert column < 8
    assert app.query_params["exhibit"] == NAME
    assert not app.run().exception
    assert season == ["Demo season, raw"]  # it is begun once


def test_its_address_brings_back_what_the_reader_has_changed_since(season: list[str], store: Store) -> None:
    visit(exhibit=NAME)
    (run,) = store.runs("0" * 64)
    store.update(run.id, view=run.view | {"head": [1, 1], "asked": [0, 0]})
    again = visit("attention", run=run.id, exhibit=NAME)
    assert EXHIBITS[NAME].question in said(again)
    assert view_of(store)["head"] == [1, 1]
    assert season == ["Demo season, raw"]


def test_a_season_that_shows_it_is_kept(season: list[str], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exhibit, "stands_on", lambda self, run: True)
    kept = finished(store, 3, "A part of the valley")
    app = visit(run=kept.id, exhibit=NAME)
    assert season == []
    assert "A part of the valley" in str([each.proto for each in app.sidebar])
    assert view_of(store)["exhibit"] == NAME


def test_it_stands_on_the_same_world_and_images_alone(store: Store) -> None:
    raw, clean = EXHIBITS[NAME], EXHIBITS["meadow-and-maize"]
    run = replace(finished(store, 1), request=demo_request())
    assert clean.stands_on(run)
    assert not raw.stands_on(run)
    assert not clean.stands_on(replace(run, request=demo_request("temperate-south")))
    assert not clean.stands_on(replace(run, request=replace(demo_request(), source="stac")))


def test_the_next_one_is_one_click_away_and_the_words_can_be_closed(season: list[str], store: Store) -> None:
    app = visit(exhibit=NAME)
    app = press(app, "exhibit-next")
    assert "page saliency" in said(app)
    assert EXHIBITS[NEXT].question in said(app)
    assert view_of_newest(store)["exhibit"] == NEXT
    app = press(app, "exhibit-close")
    assert EXHIBITS[NEXT].look not in said(app)
    assert "page saliency" in said(app)
    assert "exhibit" not in app.query_params
    assert view_of_newest(store)["exhibit"] is None


def test_the_words_stay_on_their_own_page(season: list[str], store: Store) -> None:
    visit(exhibit=NAME)
    (run,) = store.runs("0" * 64)
    assert EXHIBITS[NAME].look not in said(visit("inside", run=run.id))
    assert EXHIBITS[NAME].look in said(visit("attention", run=run.id))


def test_two_pixels_are_chosen_where_two_are_compared(season: list[str], store: Store) -> None:
    visit(exhibit="meadow-and-maize")
    view = view_of(store)
    assert view["asked"][1] < 8 <= view["pinned"][1]
    assert view["pinned-of"] == store.runs("0" * 64)[0].key


def test_a_cloudier_year_has_its_clouds(season: list[str], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    exhibit = EXHIBITS["cloudier-year"]
    times = np.arange("2024-05-28", "2024-08-08", 7, dtype="datetime64[D]").astype("datetime64[s]")
    (cloud,) = exhibits_open._painted(exhibit, times)
    assert cloud.dates[0] == "2024-06-04T00:00:00"
    assert {date[5:7] for date in cloud.dates} == {"06", "07"}
    visit(exhibit="cloudier-year")
    assert view_of(store)["edits"] == []  # the toy has no such month


@pytest.mark.parametrize("name", ["", "x", "<script>alert(1)</script>", "a" * 10_000, "../attention"])
def test_a_link_to_no_exhibit_is_said(name: str, season: list[str]) -> None:
    app = visit(exhibit=name)
    assert not app.exception
    assert [warning.value for warning in app.warning] == ["This link names no exhibit. The start page has them all."]
    assert "exhibit" not in app.query_params
    assert season == []
    assert "alert(1)" not in said(app)


def test_a_season_that_cannot_be_fetched_is_said(season: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: Any, name: str = "") -> None:
        st.session_state["start-error"] = CapacityError("Too many fetches wait.", "Try again.", code="full")

    monkeypatch.setattr(exhibits_open, "start", refuse)
    app = visit(exhibit=NAME)
    assert not app.exception
    assert "Too many fetches wait." in said(app)


def test_both_inputs_are_fetched_and_asked_where_they_are_compared(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, exhibit = finished(store, 1, "Valley"), EXHIBITS["raw-or-preprocessed"]
    begun: list[Any] = []
    monkeypatch.setattr(
        exhibits_open.runs, "start", lambda store, jobs, owner, asked, name: begun.append((asked, name))
    )
    monkeypatch.setattr(exhibits_open, "twin_request", lambda run, level: EXHIBITS[NAME].request)
    monkeypatch.setattr(choices, "owner", lambda: "0" * 64)
    monkeypatch.setattr(st, "session_state", state := {})
    exhibits_open._ask_the_twin(exhibit, run)
    assert [(asked.product, name) for asked, name in begun] == [("sentinel-2-l1c", "Valley, preprocessed")]
    assert state[said_compare_other.WISHED] == ((EXHIBITS[NAME].request.key, "early-lstm-l2a"),)


def view_of_newest(store: Store) -> dict[str, Any]:
    return store.runs("0" * 64)[0].view
