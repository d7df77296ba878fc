"""The attention page in Streamlit's own test runner: heads, tests, choices; engine, map and region are doubles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend.engine import series_at
from eodash.settings import settings
from eodash.store import Run, Store
from eodash.ui import addresses, asking, attention, attention_chosen, attention_region, attention_tests, cached, choices
from eodash.ui.explaining import Explained
from eodash.ui.said import Said
from tests.ui.test_frame import run as visit
from tests.ui.test_frame import said
from tests.ui.test_runs import finished, press

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
CLASSES = ["maize", "grassland"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A fresh home; attention on the first of two dates, whatever is asked; no map, no region."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret, asking.maps)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    monkeypatch.setattr(attention, "explained", lambda here, kinds, **more: answer(here))
    monkeypatch.setattr(attention, "pixel_map", lambda here, key, **more: st.write(f"map {key}"))
    monkeypatch.setattr(attention, "region", lambda here, head, layers, heads: st.write(f"region of {head}"))
    monkeypatch.setattr(attention_tests, "faithful", lambda here, question: dropped("passes"))
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


def answer(here: Said) -> Explained:
    """Three heads of a layer; the second looks at the cloudy date alone."""
    dates = len(here.times)
    scores = np.zeros((1, 3, dates, dates), np.float32)
    scores[0, 0, :, 0], scores[0, 1, :, -1], scores[0, 2] = 1, 1, 1 / dates
    series = series_at(here.cube, *(here.asked or (0, 0)))
    series = series.assign_coords(clear=("time", np.arange(dates) < dates - 1))
    variables: dict[str, Any] = {
        "attention": (("layer", "head", "asked", "looked"), scores),
        "drop_change": ("time", np.linspace(0.4, 0.1, dates)),
    }
    found = xr.Dataset(variables, {"seen": ("time", np.ones(dates, bool))}, {"winner": "maize", "score": 0.9})
    inspected = xr.Dataset({"probabilities": (("time", "class"), np.full((dates, 2), 0.5))}, {"class": CLASSES})
    return Explained(series, inspected, 1, found)


def dropped(verdict: str) -> xr.Dataset:
    falls = {name: (("k", "pixel"), np.full((3, 4), each)) for name, each in (("top", 0.3), ("random", 0.1))}
    return xr.Dataset(falls, {"k": [1, 2, 3]}, {"verdict": verdict, "k": 3, "pixels": 4})


def opened(run: Run, **view: Any) -> AppTest:
    cached.store().update(run.id, view={"model": "transformer", "asked": [3, 4]} | view)
    return visit("attention", run=run.id)


def test_the_page_shows_heads_context_matrix_and_both_tests(store: Store) -> None:
    app = opened(finished(store, 1))
    assert not app.exception
    text = said(app)
    for part in (
        "Does it look past the clouds?", "Three heads", "Head 1, over the series it reads", "Every date by every date",
        "Test 1: attention on clouds", "Test 2: take dates away", "region of (0, 0)",
    ):  # fmt: skip
        assert part in text
    assert "1 of 3 heads skip clouds" in text
    assert "Head 2 does the opposite." in text
    assert "Passes." in text
    assert "The 3 most attended dates cost 30 points, 3 random ones 10 points." in text
    assert "<b>maize</b>, 90 %" in text


def test_a_chosen_head_and_a_traced_date_stay(store: Store) -> None:
    run = finished(store, 1)
    times = [str(each) for each in cached.cube(run.key)["time"].values.astype("datetime64[s]")]  # type: ignore[index]
    app = opened(run, head=[0, 1], asking=times[1])
    assert not app.exception
    assert "Head 2, over the series it reads" in said(app)
    assert "is traced" in said(app)
    app = press(app, "attention-all")
    assert "is traced" not in said(app)
    assert "Head 2, over the series it reads" in said(app)


@pytest.mark.parametrize("nonsense", [({"a": 1}, 5, []), ([99, 99], "<script>", True)])
def test_choices_that_mean_nothing_are_passed_over(store: Store, nonsense: tuple[Any, Any, Any]) -> None:
    app = opened(finished(store, 1), head=nonsense[0], asking=nonsense[1], looked=nonsense[2])
    assert not app.exception
    assert "Head 1, over the series it reads" in said(app)


def test_a_network_without_attention_says_which_have_it_and_offers_one(store: Store) -> None:
    app = opened(finished(store, 1), model="temp-cnn")
    assert not app.exception
    text = said(app)
    assert "has no attention" in text
    assert all(name in text for name in ("Transformer", "L-TAE", "Causal Transformer"))
    (button,) = [each for each in app.button if str(each.key).startswith("fill-")]
    app = button.click().run()
    assert "Three heads" in said(app)


@pytest.mark.parametrize("place", [None, [9999, 4]])
def test_without_a_pixel_in_the_area_one_is_offered(store: Store, place: Any) -> None:
    app = opened(finished(store, 1), asked=place)
    assert not app.exception
    assert "No pixel chosen" in said(app)
    assert "Three heads" in said(press(app, "fill-No pixel chosen"))


def test_attention_that_is_not_faithful_is_marked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_tests, "faithful", lambda here, question: dropped("fails"))
    text = said(opened(finished(store, 1)))
    assert "Not faithful here." in text
    assert "▲ Where it looks does not tell why it decided." in text


def test_where_no_date_can_be_taken_away_that_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_tests, "faithful", lambda here, question: dropped("fails") * np.nan)
    text = said(opened(finished(store, 1)))
    assert "Cannot tell." in text
    assert "Without the k most attended" not in text


def test_a_pixel_of_which_nothing_was_read_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(here: Said, kinds: tuple[str, ...], **more: Any) -> Explained:
        found = answer(here)
        blank = found.explained.assign_coords(seen=("time", np.zeros(len(here.times), bool)))
        return Explained(found.series, found.inspected, 1, blank)

    monkeypatch.setattr(attention, "explained", nothing)
    app = opened(finished(store, 1))
    assert not app.exception
    assert "Nothing was read" in said(app)
    assert "region of" in said(app)


def test_a_click_is_kept_at_once_and_an_emptied_selection_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    state: dict[str, Any] = {}
    monkeypatch.setattr(choices, "keep_view", lambda **changes: kept.update(changes))
    monkeypatch.setattr(attention_chosen.st, "session_state", state)
    times = np.array(["2024-04-02", "2024-04-12"], "datetime64[s]")
    state["k"] = {"selection": {"points": [{"customdata": [1, 2, "words"]}]}}
    attention_chosen.keep_head("k")
    assert kept == {"head": [1, 2]}
    attention_chosen.keep_asking("k", times)
    assert kept["asking"] == kept["date"] == "2024-04-12T00:00:00"
    for empty in ({"selection": {"points": []}}, {"selection": {"points": [{}]}}, {}, None):
        state["k"] = empty
        attention_chosen.keep_head("k")
        attention_chosen.keep_asking("k", times)
    assert kept["head"] == [1, 2]
    state["k"] = {"selection": {"points": [{"customdata": [7, "words"]}]}}
    attention_chosen.keep_asking("k", times)  # another series had more dates
    assert kept["asking"] == "2024-04-12T00:00:00"


def test_the_region_is_read_when_that_is_wished_and_drawn_once_it_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "region", attention_region.region)
    pictures: list[tuple[str, str]] = []

    def url(here: Said, name: str, values: Any, *, ramp: str, key: str, **more: Any) -> None:
        pictures.append((name, ramp))

    def found(here: Said, reducers: tuple[str, ...]) -> xr.Dataset:
        asked.append(reducers)
        shape = here.cube.shape[2:]
        made = {name: (("y", "x"), np.full(shape, 1 if name.startswith("looked:") else 0.5)) for name in reducers}
        return xr.Dataset(made)

    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(attention_region, "pixel_map", lambda here, key, **more: st.write(f"map {key}"))
    monkeypatch.setattr(attention_region, "raster_url", url)
    app = opened(finished(store, 1))
    assert not app.exception
    assert "Not read yet" in said(app)
    assert "map attention-map" in said(app)
    monkeypatch.setattr(attention_region, "_found", found)
    app = app.run()
    assert not app.exception
    assert asked[-1] == tuple(f"{n}:0:{h}" for n in ("looked", "looked_share", "cloud_attention") for h in range(3))
    assert "100 % of the ground" in said(app)
    assert pictures[-1] == ("Date looked at, head 1", "calendar")
    app.segmented_control(key="attention-looked-kind").set_value("cloud_attention").run()
    assert pictures[-1] == ("On clouds, head 1", "sequential")
