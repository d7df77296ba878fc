"""Runs: from a request to a cube that is kept, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eodash import fetch, runs
from eodash.errors import CapacityError, CatalogError
from eodash.jobs import Jobs
from eodash.request import Request
from eodash.sources.contract import DateResult, DateStatus, Plan, Planned
from eodash.store import Run, Store, durable
from tests.store_crash import plan, result


class Toy:
    """A source of four dates that fails, waits or breaks when told to."""

    title, products, parallel = "toy", {}, 1

    def __init__(self) -> None:
        self.read_dates: list[int] = []
        self.failing: set[int] = set()
        self.down = False
        self.go = threading.Event()
        self.go.set()

    def plan(self, request: Request) -> Plan:
        number = round((request.area.bounds.west + 3) / 1e-4)
        if self.down:
            raise CatalogError("Down.", "Wait.", code="unreachable")
        return plan(number)

    def read(self, planned: Plan, date: Planned) -> DateResult:
        self.go.wait(5)
        index = planned.dates.index(date)
        self.read_dates.append(index)
        if index in self.failing:
            return DateResult(DateStatus(date.time, "failed", "404"))
        return result(round((planned.request.area.bounds.west + 3) / 1e-4), index)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    made = Toy()
    monkeypatch.setattr(fetch, "source", lambda name: made)
    yield made
    made.go.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    yield made
    made.close()


def ended(store: Store, jobs: Jobs, run: Run) -> Run:
    job = jobs.job(run.key)
    assert job is None or job.wait(5)
    found = store.run(run.id)
    assert found is not None
    return found


def test_a_request_becomes_a_cube_that_is_kept(toy: Toy, store: Store) -> None:
    jobs = Jobs(1, 2)
    run = ended(store, jobs, runs.start(store, jobs, "a", plan(0).request, "mine"))
    assert (run.state, run.name) == ("done", "mine")
    cube = store.cube(run.key)
    assert cube is not None
    np.testing.assert_array_equal(cube.values[3], result(0, 3).values)
    assert runs.start(store, jobs, "b", plan(0).request).state == "done"
    assert toy.read_dates == [0, 1, 2, 3]


def test_a_retry_reads_only_what_failed(toy: Toy, store: Store) -> None:
    jobs, toy.failing = Jobs(1, 2), {1}
    run = ended(store, jobs, runs.start(store, jobs, "a", plan(0).request))
    assert run.state == "partial"
    toy.failing = set()
    runs.retry(store, jobs, "a", run)
    assert ended(store, jobs, run).state == "done"
    assert toy.read_dates == [0, 1, 2, 3, 1]
    assert store.cube(run.key).sizes["time"] == 4  # type: ignore[union-attr]


def test_a_cancelled_fetch_keeps_what_it_has(toy: Toy, store: Store) -> None:
    jobs, original = Jobs(1, 2), store.save_date
    second = threading.Event()

    def save(key: str, each: DateResult) -> None:
        original(key, each)
        if len(store.have(key)) == 2:
            jobs.cancel(key, "a")
            second.set()

    store.save_date = save  # type: ignore[method-assign]
    run = runs.start(store, jobs, "a", plan(0).request)
    assert second.wait(5)
    assert ended(store, jobs, run).state == "cancelled"
    store.save_date = original  # type: ignore[method-assign]
    before = len(toy.read_dates)
    runs.retry(store, jobs, "a", run)
    assert ended(store, jobs, run).state == "done"
    assert set(toy.read_dates[before:]) <= {2, 3}


def test_a_catalogue_that_is_down_fails_the_run_with_words(toy: Toy, store: Store) -> None:
    jobs, toy.down = Jobs(1, 2), True
    run = ended(store, jobs, runs.start(store, jobs, "a", plan(0).request))
    assert run.state == "failed"
    assert run.error == {"name": "CatalogError unreachable", "message": "Down.", "advice": "Wait."}


def test_a_refused_start_leaves_no_run(toy: Toy, store: Store) -> None:
    jobs = Jobs(1, 0)
    toy.go.clear()
    first = runs.start(store, jobs, "a", plan(0).request)
    with pytest.raises(CapacityError):
        runs.start(store, jobs, "b", plan(1).request)
    assert store.runs("b") == []
    toy.go.set()
    assert ended(store, jobs, first).state == "done"


def test_a_new_question_cancels_the_owners_earlier_run(toy: Toy, store: Store) -> None:
    jobs = Jobs(1, 2)
    toy.go.clear()
    first = runs.start(store, jobs, "a", plan(0).request)
    second = runs.start(store, jobs, "a", plan(1).request)
    assert store.run(first.id).state == "cancelled"  # type: ignore[union-attr]
    toy.go.set()
    assert ended(store, jobs, second).state == "done"


def test_a_full_disk_still_shows_the_cube(toy: Toy, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, seen = Jobs(1, 2), []

    def refuse(name: str) -> None:
        seen.append(name)
        if name == "synced" and seen.count("synced") > 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "on_step", refuse)
    run = ended(store, jobs, runs.start(store, jobs, "a", plan(0).request))
    assert run.state == "done"
    assert run.error is not None
    assert "memory" in run.error["advice"]
    cube = store.cube(run.key)
    assert cube is not None
    for index in range(4):
        np.testing.assert_array_equal(cube.values[index], result(0, index).values)
