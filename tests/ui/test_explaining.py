"""Explanations as pages ask for them: kept, the newest first, waiting and failing in place; maps of any number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend.engine import State
from eodash.errors import ModelError
from eodash.preparation import Preparation
from eodash.request import Period
from eodash.ui import cached, choices, explaining, explaining_map, said_pixel
from eodash.ui.said import Said
from eodash.ui.said_pixel import Clicks, Question
from tests.toys import small_cube
from tests.ui.test_said_inspector import inspected

HERE: dict[str, Any] = {}


class Double:
    """An engine whose gradient is the date that it was asked about; it may hang, or refuse."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], int | None]] = []
        self.inspections = 0
        self.error: ModelError | None = None
        self.go = Event()
        self.go.set()

    def state(self) -> State:
        return State(True, "engine ready · CPU")

    def inspect_pixel(self, series: xr.DataArray, card: Any, legend: str) -> xr.Dataset:
        self.inspections += 1
        return inspected(series["time"].values)

    def explain_pixel(
        self, series: xr.DataArray, card: Any, legend: str, kinds: tuple[str, ...], date: int | None
    ) -> Any:
        self.asked.append((kinds, date))
        assert self.go.wait(20)
        if self.error is not None:
            raise self.error
        return xr.Dataset({"gradient": ("time", np.full(5, -1.0 if date is None else float(date)))})


@pytest.fixture(autouse=True)
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    said: dict[str, Any] = {"asked": [2, 3]}
    clicks, explanations = Clicks[Any](), Clicks[Any]()
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: said.update(changes))
    monkeypatch.setattr(cached, "preparation", lambda run: Preparation())
    for module in (explaining, said_pixel):
        monkeypatch.setattr(module, "clicks", clicks)
    monkeypatch.setattr(explaining, "explanations", explanations)
    monkeypatch.setattr(explaining, "PATIENCE", 10.0)
    yield said
    clicks.pool.shutdown()
    explanations.pool.shutdown()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Double:
    made = Double()
    for module in (explaining, said_pixel):
        monkeypatch.setattr(module, "engine", lambda: made)
    return made


def said_of(key: str = "k" * 32) -> Said:
    card: Any = SimpleNamespace(name="early-lstm-l2a", weights=None, legends={"landcover": ()})
    run: Any = SimpleNamespace(key=key, request=SimpleNamespace(period=Period(date(2023, 1, 1), date(2023, 12, 31))))
    return Said(run, small_cube(), card, "landcover", 3, None, None)


def page(**asked: Any) -> tuple[AppTest, Any]:
    HERE.update(said=said_of(), asked={"kinds": ("gradient",), "key": "why"} | asked)

    def script() -> None:
        from eodash.ui.explaining import explained
        from tests.ui.test_explaining import HERE

        asked = dict(HERE["asked"])
        HERE["found"] = explained(HERE["said"], asked.pop("kinds"), **asked)

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app, HERE["found"]


def text(app: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) for element in app.main)


def test_an_explanation_brings_the_series_the_answer_and_the_reason(engine: Double) -> None:
    _, found = page(date=3)
    assert found.series.values.tolist() == small_cube().values[:, :, 2, 3].tolist()
    assert "probabilities" in found.inspected
    assert found.explained["gradient"].values.tolist() == [3.0] * 5
    assert page(kinds=())[1].explained.sizes == {}
    assert engine.inspections == 1  # the answer is the same one, whatever is explained of it


def test_the_same_question_is_asked_once_and_another_date_is_another(engine: Double) -> None:
    for index in (3, 3, 1):
        page(date=index)
    assert engine.asked == [(("gradient",), 3), (("gradient",), 1)]


def test_another_place_than_the_clicked_one_can_be_explained(engine: Double) -> None:
    _, found = page(place=(5, 6))
    assert found.series.values.tolist() == small_cube().values[:, :, 5, 6].tolist()


def test_without_a_pixel_nothing_is_asked(engine: Double, view: dict[str, Any]) -> None:
    view["asked"] = [99, 3]
    assert page()[1] is None
    assert engine.asked == []


def test_what_takes_its_time_says_what_is_done(engine: Double) -> None:
    engine.go.clear()
    try:
        app, found = page(patience=0)
        assert found is None
        assert "Computing the gradient …" in text(app)
    finally:
        engine.go.set()


def test_what_a_model_does_not_have_is_said_in_its_place(engine: Double) -> None:
    engine.error = ModelError("TempCNN does not look at dates.", "Choose Transformer.", code="no_attention")
    app, found = page()
    assert found is None
    assert "Choose Transformer." in text(app)
    engine.error = None
    next(button for button in app.button if button.label == "Ask again").click().run()
    assert HERE["found"] is not None


def test_answers_that_came_another_way_are_kept_within_the_same_bounds() -> None:
    clicks = Clicks[int](2)
    question = Question("k", 5, "{}", "card", "", "landcover", 0, 0)
    for column in range(6):
        clicks.remember(replace(question, column=column), column)
    assert [clicks.kept(replace(question, column=column)) for column in range(6)] == [None, None, None, None, 4, 5]
    clicks.pool.shutdown()


def test_a_pinned_pixel_belongs_to_its_region_and_lies_in_it(view: dict[str, Any]) -> None:
    here = said_of()
    assert explaining_map.pinned(here) is None
    view.update(pinned=[4, 5], **{"pinned-of": here.run.key})
    assert explaining_map.pinned(here) == (4, 5)
    assert explaining_map.pinned(said_of("another")) is None
    for nonsense in ([99, 5], [4], "4,5", {"row": 4}, [-1, 0], [4.5, 1]):
        view["pinned"] = nonsense
        assert explaining_map.pinned(here) is None


def test_the_rings_are_numbered_as_soon_as_there_are_two(view: dict[str, Any]) -> None:
    here = said_of()
    warp = explaining_map.warp_of(here.cube.odc.geobox)
    assert [ring["number"] for ring in explaining_map.rings(here, warp)] == [0]
    view["pinned"] = [4, 5]
    assert [ring["number"] for ring in explaining_map.rings(here, warp)] == [1, 2]


def test_any_numbers_become_a_picture_on_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    HERE["said"] = said_of()
    monkeypatch.setattr(explaining_map, "images", lambda run: None)
    grey = np.full((12, 16), 120, np.uint8), np.ones((12, 16), bool)
    monkeypatch.setattr(cached, "grey_scene", lambda key, scene: grey)
    explaining_map._drawn.cache_clear()

    def script() -> None:
        import numpy as np

        from eodash.ui.explaining import raster_url
        from tests.ui.test_explaining import HERE

        values = np.linspace(-1, 1, 192).reshape(12, 16)
        dates = np.full((12, 16), 65535, np.uint16)
        HERE["pictures"] = [
            raster_url(HERE["said"], "Attention received", values, ramp="sequential", limits=(0, 1), key="m"),
            raster_url(HERE["said"], "Signed", values, ramp="diverging", key="m"),
            raster_url(HERE["said"], "Looked at", dates, ramp="calendar", key="m"),
        ]

    assert not AppTest.from_function(script, default_timeout=30).run().exception
    pictures = HERE["pictures"]
    assert len({picture.url for picture in pictures}) == 3
    assert all(picture.url.endswith(".png") for picture in pictures)
    assert [picture.said for picture in pictures] == ["Attention received", "Signed", "Looked at"]
    assert explaining_map._drawn.cache_info().maxsize == 32
    explaining_map._drawn.cache_clear()
