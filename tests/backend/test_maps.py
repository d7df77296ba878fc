"""Maps as jobs: asked once, bounded, kept. The engine is a double here; `test_engine` asks the real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash.backend import maps
from eodash.backend.engine_answers import labelled, meta_of
from eodash.backend.maps import ask_map, ask_summary, kept_map, kept_summary
from eodash.backend.questions import MapQuestion, Series, map_question
from eodash.cards import Card, Class, Input
from eodash.errors import CapacityError
from eodash.jobs import Jobs, Progress
from eodash.store import Store
from tests.backend.regions import region
from tests.store_crash import plan
from tests.test_store import fill

LETTERS = tuple(Class(letter, "#112233", (place,)) for place, letter in enumerate("abcd"))
CARD = Card(
    "early-lstm-l1c", "A small network", "early-lstm", {}, Input("l1c", ("B03",), (0.1,), (0.1,)),
    {"letters": LETTERS}, None, "CC0-1.0", "Nobody (2026)", True,
)  # fmt: skip
CUBE = region(3, 4)


class Double:
    """Says 7 of every pixel, once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may = threading.Event()

    def predict_map(self, question: MapQuestion, cube: xr.DataArray, card: Card, progress: Progress) -> xr.Dataset:
        self.asked.append(question.key)
        while not self.may.wait(0.01):
            progress.tick(0, 1, "Computing")
        arrays = {"said": np.full((len(question.dates), 12), 7, np.uint8), "final": np.zeros((4, 12), np.float16)}
        axes = {"said": ("date",), "final": ("class",)}
        return labelled(arrays, meta_of(cube, card, question.legend, question.dates, axes, {"tiles": 1}))

    def summarise_map(self, question: MapQuestion, cube: Any, card: Card, reducers: Any, progress: Progress) -> Any:
        return self.predict_map(question, cube, card, progress)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Double:
    double = Double()
    monkeypatch.setattr(maps, "engine", lambda: double)
    return double


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def question(store: Store) -> MapQuestion:
    run = store.new_run("a", plan(0).request)
    fill(store, 0)
    return map_question(Series(run.key, 8), CARD, "letters", (1, 5))


def test_a_map_is_kept_as_it_was_computed(store: Store, engine: Double, question: MapQuestion) -> None:
    jobs = Jobs(1, 1)
    assert kept_map(store, question) is None
    engine.may.set()
    job = ask_map(store, jobs, "a", question, CUBE, CARD)
    assert job.wait(10)
    assert jobs.job(question.key).state == "done"  # type: ignore[union-attr]
    kept = kept_map(store, question)
    assert kept is not None
    xr.testing.assert_identical(kept, Double.predict_map(engine, question, CUBE, CARD, Progress()))
    assert kept["index"].values.tolist() == [1, 5]
    assert kept["date"].values.tolist() == CUBE["time"].values[[1, 5]].tolist()
    assert kept.odc.geobox == CUBE.odc.geobox
    ask_map(store, jobs, "b", question, CUBE, CARD).wait(10)
    assert len(engine.asked) == 2  # the second of them by this test itself


def test_whoever_asks_the_same_waits_for_the_same(store: Store, engine: Double, question: MapQuestion) -> None:
    jobs = Jobs(2, 2)
    waiting = [ask_map(store, jobs, f"owner {number}", question, CUBE, CARD) for number in range(20)]
    engine.may.set()
    assert all(job.wait(10) for job in waiting)
    assert engine.asked == [question.key]


def test_twenty_at_once_are_queued_and_the_next_is_refused(store: Store, engine: Double, question: MapQuestion) -> None:
    jobs = Jobs(2, 18)
    some = [replace(question, dates=(number,)) for number in range(8)]
    some += [replace(question, dates=(number,), exact=True) for number in range(8)]
    some += [replace(question, dates=(0, number)) for number in range(1, 5)]
    asked = [ask_map(store, jobs, f"owner {place}", each, CUBE, CARD) for place, each in enumerate(some)]
    assert [job.place for job in asked[2:]] == list(range(1, 19))
    with pytest.raises(CapacityError) as raised:
        ask_map(store, jobs, "one more", question, CUBE, CARD)
    assert raised.value.code == "busy"
    jobs.cancel(some[0].key, "owner 0")
    assert asked[0].wait(2)
    assert jobs.job(some[2].key).state == "running"  # type: ignore[union-attr]
    engine.may.set()
    assert all(job.wait(20) for job in asked)
    assert [kept_map(store, each) is not None for each in some] == [False] + [True] * 19


def test_a_summary_is_another_answer_than_the_map(store: Store, engine: Double, question: MapQuestion) -> None:
    jobs = Jobs(1, 1)
    engine.may.set()
    assert ask_summary(store, jobs, "a", question, CUBE, CARD, ("features",)).wait(10)
    assert kept_summary(store, question, ("features",)) is not None
    assert kept_summary(store, question, ("outside",)) is None
    assert kept_map(store, question) is None
