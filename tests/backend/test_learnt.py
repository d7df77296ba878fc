"""Learning on a run's own images: a planted change stands out, what was learnt is kept, and every end has its words."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash import cube as carriers
from eodash.backend import learning_apart, learning_child, learnt
from eodash.backend.learnt import Subject, ask_distance, ask_learning, curves, distance, measured, name_of
from eodash.change.pair import Pair, pair_of
from eodash.errors import ComputeError, RasterError
from eodash.jobs import Job, Jobs
from eodash.sandbox import Answer, Box
from eodash.store import Store
from tests.store_crash import plan
from tests.test_store import fill
from tests.toys import geobox

BANDS = ("B02", "B03", "B04", "B08")
PLANTED = (slice(20, 30), slice(40, 52))
pytestmark = pytest.mark.timeout(120)


def valley(dates: int = 4, rows: int = 48, columns: int = 72) -> xr.DataArray:
    """A patchwork that stays, under other light on each date; on the last one a part of it becomes another class."""
    rng = np.random.default_rng(0)
    spectra = rng.integers(300, 3000, (6, len(BANDS)))
    spectra[5] = 4000, 200, 4000, 200
    classes = np.kron(rng.integers(0, 5, (rows // 6, columns // 6)), np.ones((6, 6), int))
    values = np.empty((dates, len(BANDS), rows, columns), np.int16)
    for date in range(dates):
        if date == dates - 1:
            classes[PLANTED] = 5
        ground = spectra[classes].transpose(2, 0, 1) * (1 + 0.05 * date)
        values[date] = ground + rng.normal(0, 25, ground.shape)
    times = np.datetime64("2024-04-02T10:30", "s") + np.arange(dates) * np.timedelta64(10, "D")
    clear = np.ones((dates, rows, columns), bool)
    return carriers.carrier(values, clear, times, BANDS, geobox(rows, columns), {"sensor": "sentinel-2-l2a"})


def pair(cube: xr.DataArray, before: int = 0, after: int = 3) -> Pair:
    return pair_of(cube[before], cube[after])


class Here:
    """A child that is none: what it is asked runs in this process."""

    may = threading.Event()
    calls = 0

    def call(self, task: str, arguments: dict[str, Any], data: bytes | None, seconds: float) -> Answer:
        assert task == learning_apart.TASK
        self.calls += 1
        while arguments["do"] == "go" and not self.may.wait(0.01):
            return Answer({"losses": []})
        return Answer(*learning_child.answer(arguments, data))


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Here:
    made = Here()
    made.may = threading.Event()
    made.may.set()

    @contextmanager
    def opened(*_: Any) -> Iterator[Here]:
        yield made

    monkeypatch.setattr(learning_apart, "opened", opened)
    monkeypatch.setattr(learning_apart, "STEPS", 30)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def subject(store: Store) -> Subject:
    run = store.new_run("a", plan(0).request)
    fill(store, 0)
    return Subject(run.key, "{}", 4)


def ended(jobs: Jobs, job: Job) -> Job:
    assert job.wait(110)
    found = jobs.job(job.key)
    assert found is not None
    return found


def test_a_planted_change_stands_out_and_everything_is_kept(store: Store, subject: Subject, child: Here) -> None:
    jobs, cube = Jobs(1, 4), valley()
    assert ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube))).state == "done"
    made = learnt.learnt(store, subject)
    assert made is not None
    assert made.bands == BANDS
    assert made.losses[-8:].mean() < made.losses[:8].mean()
    assert curves.of(subject.name) == pytest.approx(tuple(made.losses))

    found = distance(store, subject, pair(cube))
    assert found is not None
    planted, near = np.zeros(found.shape, bool), np.zeros(found.shape, bool)
    planted[PLANTED] = near[17:33, 37:55] = True  # a feature sees three pixels far
    assert np.percentile(found[planted], 20) > np.percentile(found[~near], 99)

    calls = child.calls
    assert ended(jobs, ask_learning(store, jobs, "b", subject, cube, pair(cube))).state == "done"
    assert child.calls == calls  # nobody learnt again
    other = pair(cube, 0, 1)
    assert distance(store, subject, other) is None
    assert ended(jobs, ask_distance(store, jobs, "a", subject, other)).state == "done"
    assert child.calls == calls + 1
    assert np.array_equal(measured(store, subject, other), distance(store, subject, other))
    assert distance(store, Subject(subject.key, "{}", 4, "overlap"), other) is None


def test_it_can_be_cancelled_and_nothing_is_kept(store: Store, subject: Subject, child: Here) -> None:
    jobs, cube = Jobs(1, 4), valley()
    child.may.clear()
    job = ask_learning(store, jobs, "a", subject, cube, pair(cube))
    while child.calls < 2:
        time.sleep(0.01)
    jobs.cancel(job.key, "a")
    assert ended(jobs, job).state == "cancelled"
    calls = child.calls
    time.sleep(0.1)
    assert child.calls <= calls + 1  # it has heard of it
    assert learnt.learnt(store, subject) is None


@pytest.mark.parametrize(
    ("cube", "code"),
    [(valley(rows=24, columns=24), "too_small"), (valley(dates=1), "one_date")],
    ids=["small", "one date"],
)
def test_what_cannot_be_learnt_from(
    store: Store, subject: Subject, child: Here, cube: xr.DataArray, code: str
) -> None:  # fmt: skip
    jobs, whole = Jobs(1, 4), valley()
    found = ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(whole)))
    assert (found.state, found.error and found.error.code) == ("failed", code)
    assert found.error is not None
    assert found.error.advice
    assert child.calls == 0


def test_cloudy_dates_do_not_count(store: Store, subject: Subject, child: Here) -> None:
    cube = valley()
    clear = cube["clear"].values.copy()
    clear[1:, :, 20:] = False
    job = ask_learning(
        store, Jobs(1, 4), "a", subject, cube.assign_coords(clear=(("time", "y", "x"), clear)), pair(cube)
    )
    assert job.wait(60)
    assert learnt.learnt(store, subject) is None


def test_a_band_that_says_nothing_on_two_dates(store: Store, subject: Subject, child: Here) -> None:
    jobs, cube = Jobs(1, 4), valley()
    ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube)))
    constant = cube.copy()
    constant[0, 1] = 500
    found = ended(jobs, ask_distance(store, jobs, "a", subject, pair(constant)))
    assert found.error is not None
    assert found.error.code == "bands"


def test_nothing_is_measured_before_something_was_learnt(store: Store, subject: Subject) -> None:
    with pytest.raises(ComputeError) as told:
        measured(store, subject, pair(valley()))
    assert told.value.code == "not_learnt"


@pytest.mark.parametrize(("code", "said"), [("too_large", "killed"), ("corrupt", "killed"), ("timeout", "timeout")])
def test_a_process_that_ends_early_is_said_and_it_can_be_begun_again(
    store: Store, subject: Subject, child: Here, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    asked = child.call

    def call(task: str, arguments: dict[str, Any], *more: Any) -> Answer:
        if arguments["do"] == "go":
            raise RasterError("The file cannot be read.", "Open it elsewhere.", code=code)
        return asked(task, arguments, *more)

    jobs, cube = Jobs(1, 4), valley()
    with monkeypatch.context() as broken:
        broken.setattr(child, "call", call)
        found = ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube)))
    assert isinstance(found.error, ComputeError)
    assert (found.error.code, found.error.retryable) == (said, True)
    assert "file" not in str(found.error)
    assert learnt.learnt(store, subject) is None
    monkeypatch.setattr(learning_apart, "STEPS", 2)
    assert ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube))).state == "done"


def test_one_that_stands_in_for_a_killed_one_does_not_pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_child._held, "learner", None)
    with pytest.raises(ComputeError) as told:
        learning_child.answer({"do": "go", "threads": 1, "count": 2}, None)
    assert told.value.code == "killed"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_process_is_said_and_it_can_be_begun_again(
    store: Store, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_apart, "STEPS", 4)
    asked = Box.call
    deaths = iter([True, False])

    def call(box: Box, task: str, arguments: dict[str, Any], *more: Any) -> Answer:
        if arguments["do"] == "go" and next(deaths, False):
            assert box._child is not None
            os.kill(box._child._process.pid, signal.SIGKILL)
            box._child._process.wait()
        return asked(box, task, arguments, *more)

    monkeypatch.setattr(Box, "call", call)
    jobs, cube = Jobs(1, 4), valley()
    found = ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube)))
    assert found.state == "failed"
    assert isinstance(found.error, ComputeError)
    assert (found.error.code, found.error.retryable) == ("killed", True)
    assert ended(jobs, ask_learning(store, jobs, "a", subject, cube, pair(cube))).state == "done"
    assert distance(store, subject, pair(cube)) is not None
    assert name_of(subject, pair(cube)) != name_of(subject, pair(cube, 0, 1))
