"""The queue: bounded, one job per key, cancelled at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from eodash.errors import CapacityError, CatalogError, ComputeError
from eodash.jobs import Job, Jobs, Progress


class Gate:
    """Work that goes on until it is let go, ticking; or, when deaf, without ticking."""

    def __init__(self, deaf: bool = False) -> None:
        self.open = threading.Event()
        self.begun = threading.Event()
        self.deaf = deaf
        self.times = 0

    def __call__(self, progress: Progress) -> None:
        self.times += 1
        self.begun.set()
        while not self.open.wait(0.02):
            if not self.deaf:
                progress.tick(1, 4, "working")


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def state(jobs: Jobs, key: str) -> str:
    job = jobs.job(key)
    assert job is not None
    return job.state


def test_thirty_people_who_ask_the_same_share_one_job(gate: Gate) -> None:
    jobs, heard = Jobs(2, 4), []
    made = [jobs.submit("k", gate, owner=f"o{n}", on_state=lambda job: heard.append(job.state)) for n in range(30)]
    gate.begun.wait(2)
    gate.open.set()
    assert all(job.wait(2) for job in made)
    assert gate.times == 1
    assert state(jobs, "k") == "done"
    assert heard.count("done") == 30


def test_over_the_cap_is_busy_and_may_be_tried_again(gate: Gate) -> None:
    jobs = Jobs(1, 2)
    made = [jobs.submit(f"k{n}", gate, owner=f"o{n}") for n in range(3)]
    assert [job.place for job in made] == [0, 1, 2]
    with pytest.raises(CapacityError) as caught:
        jobs.submit("k9", gate, owner="o9")
    assert (caught.value.code, caught.value.retryable) == ("busy", True)
    assert jobs.submit("k2", gate, owner="o9").place == 2
    gate.open.set()
    assert all(job.wait(2) for job in made)


def test_no_more_run_than_allowed() -> None:
    jobs, now, most, lock = Jobs(2, 20), [0], [0], threading.Lock()

    def work(progress: Progress) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1

    made = [jobs.submit(f"k{n}", work, owner=f"o{n}") for n in range(12)]
    assert all(job.wait(5) for job in made)
    assert most[0] == 2


def test_the_last_choice_of_an_owner_wins() -> None:
    jobs, gates = Jobs(1, 2), [Gate() for _ in range(20)]
    for number, each in enumerate(gates):
        last = jobs.submit(f"k{number}", each, owner="o")
    assert {state(jobs, f"k{number}") for number in range(19)} == {"cancelled"}
    assert gates[-1].begun.wait(2)
    gates[-1].open.set()
    assert last.wait(2)
    assert state(jobs, "k19") == "done"


def test_a_job_that_others_joined_goes_on_until_the_last_leaves(gate: Gate) -> None:
    jobs = Jobs(2, 2)
    job = jobs.submit("k", gate, owner="a")
    jobs.submit("k", gate, owner="b")
    jobs.submit("other", gate, owner="a")
    assert state(jobs, "k") == "running"
    jobs.cancel("k", "stranger")
    assert state(jobs, "k") == "running"
    jobs.cancel("k", "b")
    assert job.wait(0)
    assert state(jobs, "k") == "cancelled"


def test_cancel_frees_the_slot_even_of_work_that_does_not_listen(gate: Gate) -> None:
    jobs, deaf = Jobs(1, 2), Gate(deaf=True)
    jobs.submit("deaf", deaf, owner="a")
    assert deaf.begun.wait(2)
    jobs.submit("next", gate, owner="b")
    began = time.monotonic()
    jobs.cancel("deaf", "a")
    assert gate.begun.wait(2)
    assert time.monotonic() - began < 2
    deaf.open.set()


def test_work_that_does_not_listen_cannot_pile_up() -> None:
    jobs, deaf = Jobs(1, 9), [Gate(deaf=True) for _ in range(5)]
    for number, each in enumerate(deaf):
        jobs.submit(f"k{number}", each, owner="a")
    time.sleep(0.1)
    assert sum(each.begun.is_set() for each in deaf) == 2
    for each in deaf:
        each.open.set()
    assert deaf[-1].begun.wait(2)


def test_a_cancelled_job_may_be_started_again_at_once(gate: Gate) -> None:
    jobs, deaf, heard = Jobs(1, 2), Gate(deaf=True), []
    jobs.submit("k", deaf, owner="a", on_state=lambda job: heard.append(("old", job.state)))
    assert deaf.begun.wait(2)
    jobs.cancel("k", "a")
    job = jobs.submit("k", gate, owner="a", on_state=lambda job: heard.append(("new", job.state)))
    assert gate.begun.wait(2)
    deaf.open.set()
    gate.open.set()
    assert job.wait(2)
    assert heard == [("old", "running"), ("old", "cancelled"), ("new", "running"), ("new", "done")]


def test_a_failure_keeps_its_name_and_a_bug_gets_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs(1, 2)

    def fail(progress: Progress) -> None:
        raise CatalogError("Down.", "Wait.", code="unreachable")

    def bug(progress: Progress) -> None:
        raise KeyError("secret")

    with caplog.at_level(logging.ERROR):
        for key, work in (("a", fail), ("b", bug)):
            assert jobs.submit(key, work, owner=key).wait(2)
    first, second = jobs.job("a"), jobs.job("b")
    assert first is not None
    assert second is not None
    assert isinstance(first.error, CatalogError)
    assert isinstance(second.error, ComputeError)
    assert "secret" not in str(second.error)
    assert second.error.details["reference"] in str(second.error)
    assert len(caplog.records) == 1
    assert second.error.details["reference"] in caplog.text


def test_progress_is_seen_and_time_is_estimated(gate: Gate) -> None:
    jobs = Jobs(1, 2)
    jobs.submit("k", gate, owner="a")
    gate.begun.wait(2)
    time.sleep(0.1)
    job = jobs.job("k")
    assert isinstance(job, Job)
    assert (job.done, job.total, job.text) == (1, 4, "working")
    assert job.seconds_left is not None
    assert 0 < job.seconds_left < 5
    assert not job.wait(0.01)
    assert jobs.job("unknown") is None
