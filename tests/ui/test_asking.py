"""What stands in the place of a map until there is one: asked for once, its progress, a way out; by a double engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend import maps
from eodash.backend.engine import State
from eodash.backend.engine_answers import labelled, meta_of
from eodash.errors import ComputeError
from eodash.jobs import Progress
from eodash.ui import asking, cached
from eodash.ui.engine_line import engine_said
from tests.store_crash import plan
from tests.test_store import fill
from tests.ui.test_frame import fresh_home as fresh_home

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")

PAGE = """
import streamlit as st
from eodash import cards
from eodash.ui import asking, choices

run = choices.run()
card = cards.card("early-lstm-l2a")
found = asking.map_or_progress(run, card, "landcover", (0, 1), "map")
st.write("nothing" if found is None else f"said {int(found['said'].values.max())}")
if found is not None and asking.told(found):
    st.write(asking.told(found))
"""


class Double:
    """An engine that does as it is told."""

    def __init__(self) -> None:
        self.asked = 0
        self.act: Callable[[Progress], None] = lambda progress: None

    def predict_map(self, question: Any, cube: Any, card: Any, progress: Progress) -> xr.Dataset:
        self.asked += 1
        self.act(progress)
        arrays = {"said": np.full((2, cube.sizes["y"] * cube.sizes["x"]), 3, np.uint8)}
        meta = meta_of(cube, card, question.legend, question.dates, {"said": ("date",)}, {"restarts": 1})
        return labelled(arrays, meta)


def wait(progress: Progress) -> None:
    """Three of four tiles, and then nothing until somebody presses Cancel."""
    for _ in range(1000):
        progress.tick(3, 4, "Computing")
        time.sleep(0.01)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    double = Double()
    monkeypatch.setattr(maps, "engine", lambda: double)
    asking.maps.cache_clear()
    yield double
    asking.maps.cache_clear()


@pytest.fixture
def app() -> AppTest:
    owner = "0" * 64
    begun = cached.store().new_run(owner, plan(0).request)
    fill(cached.store(), 0)
    cached.store().update(begun.id, state="done")
    made = AppTest.from_string(PAGE, default_timeout=30)
    made.session_state["owner"] = owner
    made.session_state["run"] = begun.id
    return made


def texts(app: AppTest) -> str:
    return " ".join(str(getattr(each, "value", "")) + str(each.proto) for each in app.main)


def until(app: AppTest, text: str) -> str:
    """Run the page until it says this."""
    for _ in range(100):
        if text in texts(app.run()):
            return texts(app)
        time.sleep(0.05)
    raise AssertionError(texts(app))


def test_a_map_is_asked_for_once_and_shows_how_far_it_is(app: AppTest, engine: Double) -> None:
    engine.act = wait
    said = until(app, "tile 4 of 4")
    assert "75 %" in said
    assert "nothing" in said
    app.run()
    assert engine.asked == 1
    app.button(key="map-cancel").click().run()
    assert "Stopped" in texts(app)
    app.run()
    assert engine.asked == 1  # not asked again by itself
    engine.act = lambda progress: None
    app.button(key="fill-Stopped").click().run()
    until(app, "said 3")
    assert "restarted once" in texts(app)
    assert engine.asked == 2


def test_a_failure_is_said_with_a_way_out(app: AppTest, engine: Double) -> None:
    def fail(_: Progress) -> None:
        raise ComputeError("The worker died each time.", "Choose another model.", code="worker_died")

    engine.act = fail
    until(app, "The worker died each time.")
    app.run()
    assert engine.asked == 1
    engine.act = lambda progress: None
    app.button(key="map-failed-way-0").click().run()
    until(app, "said 3")


def test_the_engine_is_said_in_one_line() -> None:
    assert engine_said(State(False, "engine starting")) == ("▲", "engine starting")
    assert engine_said(State(True, "engine ready · CPU, 2 cores", 1)) == ("●", "engine ready · CPU, 2 cores")
    lost = ComputeError("The scheduler at tcp://x does not answer.", "Start it.")
    assert engine_said(State(True, "engine ready · CPU", 1, error=lost)) == (
        "▲", "engine ready · CPU. The scheduler at tcp://x does not answer."
    )  # fmt: skip
