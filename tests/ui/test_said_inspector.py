"""The inspected pixel: what is said of it, which click is answered, and every state of its place on the page."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend.engine import State
from eodash.backend.engine_series import series_at
from eodash.backend.questions import NOTHING, SURE
from eodash.cards import Class
from eodash.errors import ComputeError
from eodash.preparation import Preparation
from eodash.truth import UNKNOWN, Truth
from eodash.ui import (
    cached,
    choices,
    explaining,
    explaining_map,
    said_column,
    said_inspector,
    said_moments,
    said_panels,
    said_pixel,
)
from eodash.ui.explaining import Explained
from eodash.ui.explaining_pixel import frequent
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, Clicks, Question
from eodash.ui.said_words import answer_in_words, stopping_in_words
from eodash.views.calendar_chart import span
from tests.toys import small_cube

NAMES, COLOURS = ("cereals", "maize", "water"), ("#A07501", "#FF8415", "#2883EA")
LEGEND = tuple(Class(*each, (place,)) for place, each in enumerate(zip(NAMES, COLOURS, strict=True)))
CHANCES = np.array([[np.nan] * 3, [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.13, 0.87, 0], [0, 1, 0]], np.float32)
HERE: dict[str, Any] = {}
"""What the page of these tests is about."""


class Double:
    """An engine that answers the same of every series, or fails, or is not there yet."""

    def __init__(self) -> None:
        self.asked: list[xr.DataArray] = []
        self.error: Exception | None = None
        self.ready = True
        self.chances = CHANCES
        self.stops = False
        self.explained: list[tuple[tuple[str, ...], int | None]] = []
        self.held = Event()
        self.held.set()

    def state(self) -> State:
        return State(self.ready, "engine ready · CPU" if self.ready else "engine starting")

    def inspect_pixel(self, series: xr.DataArray, card: Any, legend: str) -> xr.Dataset:
        self.asked.append(series)
        if self.error is not None:
            raise self.error
        return inspected(series["time"].values, self.chances, self.stops)

    def explain_pixel(self, series: xr.DataArray, card: Any, legend: str, kinds: tuple[str, ...], date: int) -> Any:
        self.explained.append((kinds, date))
        assert self.held.wait(20)
        raise ComputeError("Not of a double.", "Ask the engine.", code="double")


def inspected(times: np.ndarray, chances: np.ndarray = CHANCES, stops: bool = False) -> xr.Dataset:
    made = xr.Dataset(
        {"probabilities": (("time", "class"), chances)}, {"time": times, "class": list(NAMES)},
        {"colours": json.dumps(COLOURS), "stop": 3 if stops else -1},
    )  # fmt: skip
    if stops:
        made["chance"] = ("time", np.array([0, 0.1, 0.2, 0.4, 0.3]))
        made["budget"] = ("time", np.array([1, 0.9, 0.7, 0.3, 0]))
        made["hazard"] = ("time", np.array([0, 0.1, 0.22, 0.57, 1]))
    return made


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Double:
    made = Double()
    for module in (said_inspector, said_pixel, explaining):
        monkeypatch.setattr(module, "engine", lambda: made)
    monkeypatch.setattr(said_inspector, "PATIENCE", 10.0)
    return made


@pytest.fixture(autouse=True)
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The view of the run without a store behind it, and answers of this test alone."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: said.update(changes))
    monkeypatch.setattr(cached, "preparation", lambda run: Preparation())
    monkeypatch.setattr(said_inspector, "truth_for", lambda here: None)
    clicks: Clicks[Any] = Clicks()
    explanations: Clicks[Any] = Clicks()
    for module in (said_inspector, said_pixel, explaining):
        monkeypatch.setattr(module, "clicks", clicks)
    monkeypatch.setattr(explaining, "explanations", explanations)
    yield said
    clicks.pool.shutdown()
    explanations.pool.shutdown()


def said_of(cube: xr.DataArray | None = None, index: int = 3, answers: np.ndarray | None = None) -> Said:
    cube = small_cube() if cube is None else cube
    found = None
    if answers is not None:
        sure = np.where(answers == NOTHING, 0, 100).astype(np.uint8)
        sure[0, 5, 6] = SURE
        found = xr.Dataset({"said": (("date", "y", "x"), answers), "confidence": (("date", "y", "x"), sure)})
    card = SimpleNamespace(
        name="early-lstm-l2a", title="Early LSTM, preprocessed", architecture="early-lstm", causal=True, weights=None,
        legends={"landcover": LEGEND}, input=SimpleNamespace(level="l2a"),
    )  # fmt: skip
    run: Any = SimpleNamespace(key="k" * 32)
    return Said(run, cube, card, "landcover", index, found, None if found is None else 0)  # type: ignore[arg-type]


def page(here: Said) -> AppTest:
    HERE["said"] = here

    def script() -> None:
        import streamlit as st

        from eodash.ui.said_inspector import inspector
        from tests.ui.test_said_inspector import HERE

        st.session_state["playing"] = HERE.get("playing")
        inspector(HERE["said"])

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) for element in app.main)


def test_without_a_pixel_one_of_a_frequent_class_is_offered(engine: Double, view: dict[str, Any]) -> None:
    answers = np.zeros((1, 12, 16), np.uint8)
    answers[0, 4:8, 4:8] = 1
    app = page(said_of(answers=answers))
    assert "No pixel chosen" in text(app)
    (button,) = app.button
    assert button.label == "Take a maize pixel"
    button.click().run()
    assert view["asked"] == [5, 6]  # the one that the map is surest of


def test_a_map_without_maize_offers_its_most_frequent_class_and_no_map_the_middle() -> None:
    answers = np.full((1, 12, 16), 2, np.uint8)
    answers[0, 0] = NOTHING
    found = frequent(said_of(answers=answers))
    assert found is not None
    assert found[0] == "water"
    assert frequent(said_of(answers=np.full((1, 12, 16), NOTHING, np.uint8))) is None
    assert frequent(said_of()) is None


def test_the_pixel_its_class_and_its_clouds_are_said(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [2, 3]
    shown = text(page(said_of()))
    assert "Pixel 3 E, 9 N" in shown  # of 12 rows, counted from the south
    assert "<b>maize</b>" in shown
    assert "87 % on 2 May" in shown
    assert "1 of 5 dates cloudy (hatched)" in shown
    assert engine.asked[0].values.tolist() == small_cube().values[:, :, 2, 3].tolist()


def test_truth_is_said_where_it_is_known(engine: Double, view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    classes = np.full((12, 16), 1, np.uint8)
    classes[0] = UNKNOWN
    parcels = np.zeros((12, 16), np.uint16)
    known = Truth(classes, parcels, NAMES, "toy")
    monkeypatch.setattr(said_inspector, "truth_for", lambda here: known)
    view["asked"] = [2, 3]
    assert "truth: maize · " in text(page(said_of()))
    view["asked"] = [0, 3]
    assert "truth: not known here · " in text(page(said_of()))


def test_the_field_of_a_pixel_is_asked_by_its_mean(
    engine: Double, view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = small_cube()
    cube.values[:, 0, 2, 3] = 1000
    cube.values[:, 0, 2, 4] = 2000
    parcels = np.zeros((12, 16), np.uint16)
    parcels[2, 3:5] = 7
    known = Truth(np.ones((12, 16), np.uint8), parcels, NAMES, "toy")
    monkeypatch.setattr(said_inspector, "truth_for", lambda here: known)
    view["asked"] = [2, 3]
    app = page(said_of(cube))
    assert "Pixel 3 E, 9 N" in text(app)
    view["asked-of"] = "field"
    shown = text(page(said_of(cube)))
    assert "Field at 3 E, 9 N" in shown
    assert "truth: maize · mean of 2 pixels · " in shown
    assert [int(series.values[0, 0]) for series in engine.asked] == [1000, 1500]
    view["asked"] = [5, 5]  # of no field
    assert "Pixel 5 E, 6 N" in text(page(said_of(cube)))


def test_before_the_first_observation_there_is_no_answer_yet(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [2, 3]
    assert "no answer yet" in text(page(said_of(index=0)))


def test_where_all_is_cloud_the_model_says_nothing(engine: Double, view: dict[str, Any]) -> None:
    engine.chances = np.full((5, 3), np.nan, np.float32)
    view["asked"] = [2, 3]
    shown = text(page(said_of()))
    assert "All 5 images are cloud or shadow here, so the model says nothing." in shown
    assert "maize" not in shown


def test_a_model_that_stops_says_when(engine: Double, view: dict[str, Any]) -> None:
    engine.stops = True
    view["asked"] = [2, 3]
    assert "It would stop on 2 May. Chance that it stops on 2 May: 40 %; by then: 70 %." in text(page(said_of()))


def test_while_the_engine_starts_a_sentence_stands_there(engine: Double, view: dict[str, Any]) -> None:
    engine.ready = False
    held, go = engine.inspect_pixel, Event()
    engine.inspect_pixel = lambda *said: (go.wait(10), held(*said))[1]  # type: ignore[method-assign]
    view["asked"] = [2, 3]
    try:
        assert "The engine starting …" in text(page(said_of()))
    finally:
        go.set()


def test_a_failure_is_said_with_its_way_out(engine: Double, view: dict[str, Any]) -> None:
    engine.error = ComputeError("The worker has no memory left.", "Close other programs.", code="memory")
    view["asked"] = [2, 3]
    app = page(said_of())
    assert "The worker has no memory left." in text(app)
    engine.error = None
    again = next(button for button in app.button if button.label == "Ask again")
    assert "<b>maize</b>" in text(again.click().run())


def test_an_answer_is_asked_once_whoever_looks_and_at_whatever_date(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [2, 3]
    page(said_of())
    page(said_of(index=1))
    assert len(engine.asked) == 1
    view["asked"] = [2, 4]
    page(said_of())
    assert len(engine.asked) == 2


def asked_of(column: int) -> Question:
    return Question("k", 5, "{}", "card", "", "landcover", 0, column)


def answer() -> Answer:
    series = small_cube()[:, :, 0, 0]
    return Answer(series, inspected(series["time"].values))


def test_of_many_clicks_the_first_and_the_newest_are_answered() -> None:
    clicks, go, done = Clicks(), Event(), []

    def work(column: int) -> Answer:
        assert go.wait(10)
        done.append(column)
        return answer()

    futures = [clicks.ask("me", asked_of(each), lambda each=each: work(each)) for each in range(6)]
    other = clicks.ask("you", asked_of(9), answer)
    assert other.result(10) is not None  # nobody waits behind another browser's clicks
    go.set()
    assert futures[5].result(10) is not None
    assert done == [0, 5]
    assert [future.cancelled() for future in futures] == [False, True, True, True, True, False]
    assert clicks.ask("me", asked_of(2), answer).result(10) is not None  # asked anew
    clicks.pool.shutdown()


def test_answers_are_kept_up_to_a_number_and_failures_until_they_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clicks = Clicks(3, ThreadPoolExecutor(1))
    first = clicks.ask("me", asked_of(0), answer)
    first.result(10)
    assert clicks.ask("me", asked_of(0), answer) is first
    for column in range(1, 8):
        clicks.ask("me", asked_of(column), answer).result(10)
    assert clicks.ask("me", asked_of(0), answer) is not first

    def broken() -> Answer:
        raise ComputeError("No.", "Try again.", code="x")

    failed = clicks.ask("me", asked_of(20), broken)
    assert isinstance(failed.exception(10), ComputeError)
    assert clicks.ask("me", asked_of(20), answer) is failed
    clicks.forget(asked_of(20))
    assert clicks.ask("me", asked_of(20), answer).result(10) is not None
    clicks.pool.shutdown()


def test_words_of_an_answer() -> None:
    assert answer_in_words(answer(), 0) is None
    assert answer_in_words(answer(), 1) == (0, "cereals", pytest.approx(0.6))
    assert stopping_in_words(answer(), 1) is None
    series = small_cube()[:, :, 0, 0]
    never = inspected(series["time"].values, stops=True)
    never.attrs["stop"] = -1
    said = stopping_in_words(replace(answer(), inspected=never), 1)
    assert said == "It never comes to a decision. Chance that it stops on 12 Apr: 10 %; by then: 10 %."


def pills(app: AppTest) -> Any:
    return next(each for each in app.button_group if each.key == "said-panels")


def test_panels_that_a_model_lacks_are_not_offered_and_a_sentence_says_so(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [2, 3]
    app = page(said_of())
    assert pills(app).value == ["measured", "beliefs"]  # the first look asks for nothing else
    assert "Early LSTM has no rule for stopping and no attention" in text(app)
    engine.stops = True
    view["asked"] = [2, 4]
    app = page(said_of())
    assert pills(app).options == ["Bands", "Index", "Beliefs", "Stopping", "Saliency", "Gates"]


def test_the_panels_are_not_told_what_they_say(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [2, 3]
    app = page(said_of())
    assert pills(app).proto.set_value
    pills(app).set_value(["measured", "index"]).run()
    assert view["panels"] == ["measured", "index"]
    assert not pills(app).proto.set_value  # the browser may have had another click since
    view["panels"] = ["beliefs"]
    assert pills(app.run()).proto.set_value


@pytest.mark.parametrize("nonsense", [5, "beliefs", ["nothing", 3], {"a": 1}, [[]]], ids=str)
def test_a_link_may_ask_for_any_panels(engine: Double, view: dict[str, Any], nonsense: Any) -> None:
    view.update(asked=[2, 3], panels=nonsense, **{"panel-index": nonsense})
    assert set(pills(page(said_of())).value) <= set(said_panels.FIRST)


def test_why_follows_on_its_own_and_never_before_the_beliefs(engine: Double, view: dict[str, Any]) -> None:
    view.update(asked=[2, 3], panels=["beliefs", "saliency"])
    engine.held.clear()
    try:
        app = page(said_of())
        assert "<b>maize</b>" in text(app)
        assert "Computing the gradient …" in text(app)
    finally:
        engine.held.set()
    assert engine.explained == [(("gradient",), 3)]


def test_a_season_that_plays_asks_for_no_reasons(engine: Double, view: dict[str, Any]) -> None:
    view.update(asked=[2, 3], panels=["saliency"])
    HERE["playing"] = True
    try:
        assert "follow when the season is stopped" in text(page(said_of()))
    finally:
        del HERE["playing"]
    assert engine.explained == []


def test_a_pinned_pixel_is_compared_panel_by_panel(engine: Double, view: dict[str, Any]) -> None:
    here = said_of()
    view["asked"] = [2, 3]
    next(button for button in page(here).button if button.key == "pin-pixel").click().run()
    assert view["pinned"] == [2, 3]
    assert "This is the pinned pixel, 2 on the map." in text(page(here))
    view["asked"] = [5, 6]
    page(here)
    for _ in range(50):
        if len(engine.asked) == 2:
            break
        time.sleep(0.02)
    one, two = (Answer(series, inspected(series["time"].values)) for series in engine.asked)
    look = said_column.Look(("measured", "index", "beliefs"), "ndvi", "{}", "light")
    drawn, _ = said_column.figure_of(
        here.card, said_column.Pixel(one, {}), said_column.Pixel(two, {}), look, span(here.cube)
    )
    titles = [note.text.split("</b>")[0].removeprefix("<b>") for note in drawn.layout.annotations if "<b>" in note.text]
    assert titles == [
        "Images", "1 · What the satellite measured", "2 · What the satellite measured", "Difference, 1 less 2",
        "NDVI", "Difference, 1 less 2", "1 · What the model believed after each date",
        "2 · What the model believed after each date", "Difference, 1 less 2",
    ]  # fmt: skip


def test_the_gates_of_two_pixels_are_compared_for_the_chosen_unit() -> None:
    here = said_of()
    found = []
    for level, place in ((0.75, (2, 3)), (0.25, (5, 6))):
        series = series_at(here.cube, *place)
        times = series["time"].values
        states = xr.Dataset(
            {"states": (("quantity", "layer", "unit", "time"), np.full((6, 1, 2, len(times)), level, np.float32))},
            {"quantity": list("ifgoch"), "layer": ["1"], "unit": [0, 1], "time": times},
        ).assign(seen=("time", np.ones(len(times), bool)))
        why = Explained(series, inspected(times), explained=states)
        found.append(said_column.Pixel(Answer(series, inspected(times)), {"states": why}))
    look = said_column.Look(("states",), "ndvi", '{"unit": ["c", "1", 1]}', "light")
    drawn, _ = said_column.figure_of(here.card, *found, look, span(here.cube))
    lines = [trace for trace in drawn.data if trace.name == "hidden state" and max(trace.y) == min(trace.y) == 0.5]
    assert len(lines) == 1  # .75 less .25, wherever both were read


def test_a_pinned_pixel_of_another_region_is_let_go_with_a_sentence(engine: Double, view: dict[str, Any]) -> None:
    view.update(asked=[2, 3], pinned=[4, 5], **{"pinned-of": "another region"})
    assert "it is no longer pinned" in text(page(said_of()))
    assert view["pinned"] is None
    assert "no longer pinned" not in text(page(said_of()))


def test_a_click_into_the_figure_chooses_the_nearest_image(
    view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = said_of().times
    for x, wanted in ((str(times[2]), times[2]), ("2024-04-13 02:00", times[1]), ("1999-01-01", times[0])):
        monkeypatch.setitem(st.session_state, "chart", {"selection": {"points": [{"x": x}]}})
        said_moments.clicked("chart", times)
        assert view["date"] == str(wanted)
    for nothing in ({}, {"selection": {"points": []}}, {"selection": {"points": [{"x": "<b>"}]}}):
        view["date"] = "as it was"
        monkeypatch.setitem(st.session_state, "chart", nothing)
        said_moments.clicked("chart", times)
        assert view["date"] == "as it was"


def test_the_figure_knows_the_picture_of_each_date_where_every_date_has_one(
    view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining_map, "images", lambda run: None)
    monkeypatch.setattr(said_moments, "mode", lambda: "light")
    monkeypatch.setattr(cached, "map_url", lambda key, answer, place, *rest: f"/{place}")
    said_moments._moments.cache_clear()
    here = said_of(answers=np.zeros((5, 12, 16), np.uint8))
    found = said_moments.moments(here)
    assert [each[2] for each in found] == ["/0", "/1", "/2", "/3", "/4"]
    assert found[1][:2] == [int(here.times[1].astype("datetime64[ms]").astype(int)), "12 Apr"]
    assert said_moments.moments(said_of()) == []
