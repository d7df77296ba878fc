"""The what-if page in Streamlit's own test runner: tools, undo, hostile views, and the region under stress."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend.engine import State
from eodash.cards import Class
from eodash.errors import ComputeError
from eodash.preparation import Preparation
from eodash.sources.contract import NODATA
from eodash.truth import Truth
from eodash.ui import asking, cached, choices, said_pixel, whatif, whatif_asking, whatif_stress
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, Clicks
from eodash.ui.whatif_tools import changes
from eodash.views.whatif import whatif_chart
from tests.toys import BANDS, small_cube

NAMES, COLOURS = ("cereals", "maize"), ("#A07501", "#FF8415")
LEGEND = tuple(Class(*each, (place,)) for place, each in enumerate(zip(NAMES, COLOURS, strict=True)))
HERE: dict[str, Said] = {}
"""What the page of these tests is about."""


class Double:
    """An engine that believes in maize as far as the mean near-infrared of the usable dates so far goes."""

    def __init__(self) -> None:
        self.asked: list[xr.DataArray] = []
        self.error: Exception | None = None

    def state(self) -> State:
        return State(True, "engine ready · CPU")

    def inspect_pixel(self, series: xr.DataArray, card: Any, legend: str) -> xr.Dataset:
        self.asked.append(series)
        if self.error is not None:
            raise self.error
        usable = (series.values != NODATA).all(1) & series["clear"].values
        count = usable.cumsum()
        total = np.where(usable, series.sel(band="B08").values / 5000, 0).cumsum()
        maize = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        chances = np.stack([1 - maize, maize], -1)
        return xr.Dataset(
            {"probabilities": (("time", "class"), chances)}, {"time": series["time"].values, "class": list(NAMES)},
            {"colours": json.dumps(COLOURS), "stop": -1},
        )  # fmt: skip


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The view of the run without a store behind it, and answers of this test alone."""
    said: dict[str, Any] = {"asked": [2, 3]}
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changed: said.update(changed))
    monkeypatch.setattr(cached, "preparation", lambda run: Preparation())
    clicks: Clicks[Answer] = Clicks()
    for module in (said_pixel, whatif_asking):
        monkeypatch.setattr(module, "clicks", clicks)
    monkeypatch.setattr(whatif_asking, "PATIENCE", 10.0)
    monkeypatch.setattr(whatif, "date_row", lambda here: None)
    monkeypatch.setattr(whatif, "pixel_map", lambda *args, **more: None)
    monkeypatch.setattr(whatif, "whatif_chart", lambda *args: go.Figure())  # drawn in tests of its own
    for module in (whatif, whatif_stress):
        monkeypatch.setattr(module, "said", lambda: HERE["said"])
    HERE["said"] = said_of()
    yield said
    clicks.pool.shutdown()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Double:
    made = Double()
    for module in (said_pixel, whatif_asking):
        monkeypatch.setattr(module, "engine", lambda: made)
    return made


def said_of(cube: xr.DataArray | None = None, level: str = "l2a") -> Said:
    cube = small_cube() if cube is None else cube
    take = SimpleNamespace(level=level, bands=BANDS, mean=(0.1,) * len(BANDS), dated=True)
    card: Any = SimpleNamespace(
        name=f"net-{level}", title="Net", architecture="net", weights=None, legends={"landcover": LEGEND}, input=take
    )
    run: Any = SimpleNamespace(key="k" * 32, id="r", request=None)
    return Said(run, cube, card, "landcover", cube.sizes["time"] - 1, None, None)


def page() -> AppTest:
    def script() -> None:
        from eodash.ui.whatif import what_if

        what_if()

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) for element in app.main)


def test_dropping_a_date_moves_the_answer_and_restoring_brings_it_back(engine: Double, view: dict[str, Any]) -> None:
    app = page()
    assert "<b>maize 80 %</b>" in text(app)
    assert len(engine.asked) == 1
    app.multiselect(key="whatif-drop").set_value(["2024-05-12T10:30:00"]).run()
    assert view["edits"] == [{"kind": "drop", "dates": ["2024-05-12T10:30:00"]}]
    assert (engine.asked[-1].values[4] == NODATA).all()
    assert "maize 80 % → 80 %" in text(app)
    app.multiselect(key="whatif-drop").set_value([]).run()
    assert view["edits"] == []
    assert "Nothing is changed yet" in text(app)
    assert len(engine.asked) == 2  # what was asked before is kept


def test_haze_noise_shift_and_band_are_set_by_their_widgets_and_undone_one_by_one(
    engine: Double, view: dict[str, Any]
) -> None:
    app = page()
    for tool, value in (("haze", 0.1), ("noise", 0.02), ("shift", -12)):
        view["tool"] = tool
        app.run().slider(key=f"whatif-{tool}").set_value(value).run()
    view["tool"] = "band"
    app.run().multiselect(key="whatif-band").set_value(["B08"]).run()
    assert [edit["kind"] for edit in view["edits"]] == ["haze", "noise", "shift", "band"]
    assert (engine.asked[-1].sel(band="B08").values == 1000).all()
    assert "maize 80 % → cereals 80 %" in text(app)
    app.button(key="whatif-undo-0").click().run()
    assert [edit["kind"] for edit in view["edits"]] == ["noise", "shift", "band"]
    app.button(key="whatif-undo-all").click().run()
    assert view["edits"] == []


def test_noise_is_drawn_again_with_another_seed(engine: Double, view: dict[str, Any]) -> None:
    view |= {"tool": "noise", "edits": [{"kind": "noise", "amount": 0.02, "seed": 0}]}
    app = page()
    app.button(key="whatif-draw").click().run()
    assert view["edits"][0]["seed"] == 1
    was, one, other = (each.values for each in engine.asked)
    assert (one != other).any()
    assert (was != other).any()


def test_a_cloud_is_painted_over_a_range_and_is_masked_out_of_preprocessed_images(
    engine: Double, view: dict[str, Any]
) -> None:
    view["tool"] = "cloud"
    app = page()
    app.button(key="whatif-paint").click().run()
    assert view["edits"] == [{"kind": "cloud", "dates": ["2024-04-22T10:30:00"]}]  # the middle third
    assert not engine.asked[-1]["clear"].values[2]
    assert "masked out" in text(app)


def test_the_model_is_told_other_dates_and_the_page_draws_the_true_ones(engine: Double, view: dict[str, Any]) -> None:
    view["edits"] = [{"kind": "shift", "days": 12}]
    app = page()
    told = {
        int((each["time"].values - small_cube()["time"].values)[0] / np.timedelta64(1, "D")) for each in engine.asked
    }
    assert told == {0, 12}
    assert "the model is told others" in text(app)


def test_a_click_in_the_chart_drops_a_date_or_paints_it(view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    here = HERE["said"]
    monkeypatch.setattr(st, "session_state", {"whatif-chart": {"selection": {"points": [{"x": "2024-04-23"}]}}})
    whatif._selected(here, changes(here))
    assert view["edits"] == [{"kind": "drop", "dates": ["2024-04-22T10:30:00"]}]
    whatif._selected(here, changes(here))
    assert view["edits"] == []
    view["tool"] = "cloud"
    whatif._selected(here, changes(here))
    assert view["edits"][0]["kind"] == "cloud"
    for nothing in ({}, {"selection": {"points": []}}, {"selection": {"points": [{"x": "<b>"}]}}):
        monkeypatch.setattr(st, "session_state", {"whatif-chart": nothing})
        whatif._selected(here, changes(here))
    assert len(view["edits"]) == 1


def test_with_every_date_gone_the_page_says_that_the_model_says_nothing(engine: Double, view: dict[str, Any]) -> None:
    view["edits"] = [{"kind": "drop", "dates": [str(each) for each in HERE["said"].times]}]
    shown = text(page())
    assert "Nothing usable is left, so the model says nothing." in shown


def test_one_date_is_enough(engine: Double, view: dict[str, Any]) -> None:
    HERE["said"] = said_of(small_cube(dates=1))
    view["tool"] = "cloud"
    app = page()
    app.button(key="whatif-paint").click().run()
    assert "the model says nothing" in text(app)


def test_a_year_of_daily_dates_is_drawn(engine: Double, view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    cube = small_cube(dates=365)
    HERE["said"] = said_of(cube.assign_coords(time=cube["time"].values[0] + np.arange(365) * np.timedelta64(1, "D")))
    view["edits"] = [{"kind": "cloud", "dates": [str(each) for each in HERE["said"].times[100:200]]}]
    monkeypatch.setattr(whatif, "whatif_chart", whatif_chart)
    assert "Cloud on 100 dates" in page().button(key="whatif-undo-0").label


@pytest.mark.parametrize("place", [[99, 99], [-1, 0], "x", None, [0.5, 1], [10**400, 1]])
def test_without_a_pixel_one_is_offered_and_nobody_is_asked(engine: Double, view: dict[str, Any], place: Any) -> None:
    view["asked"] = place
    assert "No pixel chosen" in text(page())
    assert engine.asked == []


HOSTILE: list[Any] = [
    {"kind": "haze", "amount": float("nan")}, {"kind": "haze", "amount": 1e308}, {"kind": "noise", "amount": 10**400},
    {"kind": "shift", "days": float("inf")}, {"kind": "<script>"}, {"kind": "band", "band": "<img src=x>"}, None, 5,
]  # fmt: skip


def test_a_hostile_view_changes_nothing_and_is_said(engine: Double, view: dict[str, Any]) -> None:
    view |= {"edits": HOSTILE, "tool": {"a": 1}}
    shown = text(page())
    assert len(engine.asked) == 1
    assert "▲" in shown
    assert "<script>" not in shown
    assert "<img" not in shown
    view["edits"] = [{"kind": "haze", "amount": 0.01}] * 10_000
    assert "Of 10,000 changes only the first" in text(page())


def test_an_engine_that_fails_is_said_where_the_chart_stands(engine: Double, view: dict[str, Any]) -> None:
    engine.error = ComputeError("No worker answered.", "Try again.", code="engine")
    view["edits"] = [{"kind": "haze", "amount": 0.1}]
    app = page()
    assert "No worker answered." in text(app)
    engine.error = None
    next(button for button in app.button if button.label == "Ask again").click().run()
    assert "At the end of the season" in text(app)


SAID = np.array([[1, 1], [1, 0]], np.uint8)


def stressed(app_view: dict[str, Any], monkeypatch: pytest.MonkeyPatch, known: bool) -> AppTest:
    here = HERE["said"]
    question: Any = SimpleNamespace(dates=(4,))
    found = xr.Dataset(
        {"said": (("share", "pixel"), SAID)},
        {"share": [0.0, 0.5], "row": ("pixel", [0, 1]), "column": ("pixel", [0, 1])},
    )
    truth = Truth(np.ones((12, 16), np.uint8), None, NAMES, "the simulation")
    monkeypatch.setattr(whatif_stress, "models_for", lambda cube: [here.card])
    monkeypatch.setattr(whatif_stress, "networks", dict)
    monkeypatch.setattr(whatif_stress, "twin_request", lambda run, level: None)
    monkeypatch.setattr(whatif_stress, "level_of", lambda cube: "l2a")
    for name in ("titled", "plain_title"):
        monkeypatch.setattr(whatif_stress, name, lambda card: card.title)
    monkeypatch.setattr(whatif_stress, "_question", lambda run, card, legend: (question, here.cube))
    monkeypatch.setattr(whatif_stress, "sample_key", lambda question, kind: "key")
    monkeypatch.setattr(cached, "store", lambda: None)
    monkeypatch.setattr(asking, "or_progress", lambda *args: found)
    monkeypatch.setattr(whatif_stress, "truth_for", lambda here: truth if known else None)

    def script() -> None:
        from eodash.ui.whatif_stress import stress

        stress()

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app


def test_stress_is_asked_only_when_somebody_wants_it(view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app = stressed(view, monkeypatch, known=True)
    assert "No model has been put under stress yet" in text(app)
    next(button for button in app.button if button.label.startswith("Stress Net")).click().run()
    assert view["stressed"] == ["net-l2a"]
    assert "right: <b>Net, preprocessed 50 %</b> (without: 100 %)" in text(app)
    app.slider(key="stress-share").set_value(0).run()
    assert view["share"] == 0
    assert "With 0 % of the clear dates under clouds, right: <b>Net, preprocessed 100 %</b>" in text(app)


def test_without_a_truth_agreement_is_shown_and_called_so(
    view: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    view |= {"stressed": ["net-l2a", "nonsense", 5, "net-l2a"], "share": "many"}
    shown = text(stressed(view, monkeypatch, known=False))
    assert "said as before: <b>Net, preprocessed 50 %</b>" in shown
    assert "No truth is known of this region" in shown
