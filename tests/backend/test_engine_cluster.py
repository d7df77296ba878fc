"""A scheduler and workers that somebody else started, and what happens without them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eodash.backend.engine import Engine
from tests.backend.decided import network
from tests.backend.regions import question, region
from tests.backend.test_engine import Ticks, plain_map, same

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@pytest.fixture
def cluster() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and two workers, each a process of its own."""
    port = str(free_port())
    address = f"tcp://127.0.0.1:{port}"
    worker = ("eodash", "worker", "--scheduler", address, "--host", "127.0.0.1")
    with (
        running("dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard") as scheduler,
        running(*worker),
        running(*worker),
    ):
        yield address, scheduler


def test_two_workers_elsewhere_give_the_same_map(cluster: tuple[str, subprocess.Popen[bytes]], tmp_path: Path) -> None:
    card, here = network(tmp_path), region(60, 70, dates=12, folder=tmp_path)
    engine = Engine(cluster[0])
    try:
        engine.start()
        expected = plain_map(card, here, tuple(range(12)))
        same(engine.predict_map(question(card, here), here, card), expected)
        end = time.monotonic() + 60
        while engine.state().workers < 2 and time.monotonic() < end:
            time.sleep(0.1)
        same(engine.predict_map(question(card, here), here, card), expected)
        assert engine.state().workers == 2
        assert engine.state().error is None
    finally:
        engine.close()


@pytest.mark.slow
def test_a_scheduler_lost_in_mid_map_is_said_and_a_worker_here_goes_on(
    cluster: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address, scheduler = cluster
    card, here = network(tmp_path), region(90, 100, dates=12, folder=tmp_path)

    def lose(_: Any, done: int) -> None:
        if done >= 1 and scheduler.poll() is None:
            scheduler.kill()
            scheduler.wait()

    engine = Engine(address)
    try:
        engine.start()
        found = engine.predict_map(question(card, here), here, card, Ticks(lose))
        same(found, plain_map(card, here, tuple(range(12))))
        assert scheduler.poll() is not None
        state = engine.state()
        assert state.ready
        assert state.error is not None
        assert state.error.code == "scheduler"
    finally:
        engine.close()


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_said_and_done_without(tmp_path: Path) -> None:
    card, here = network(tmp_path), region(5, 5)
    engine = Engine(f"tcp://127.0.0.1:{free_port()}")
    try:
        engine.start()
        same(engine.predict_map(question(card, here), here, card), plain_map(card, here, tuple(range(8))))
        state = engine.state()
        assert state.ready
        assert state.error is not None
        assert "does not answer" in state.error.message
    finally:
        engine.close()
