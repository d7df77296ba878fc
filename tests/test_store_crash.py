"""Kill −9 at any step: what was acknowledged reads back equal, what was not is not listed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from eodash.store import Store
from eodash.store.durable import STEPS
from tests import store_crash as writer

ROOT = Path(__file__).parent.parent


def crash(home: Path, seed: int, *step: str, after: float = 0.0) -> list[list[object]]:
    """What a writer acknowledged before it was killed: by itself at a step, or by us after some seconds of writing."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store_crash", str(home), str(seed), *step],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    with child, child.stdout as said:
        first = b"" if step else said.readline()
        if not step:
            time.sleep(after)
            child.kill()
        rest = said.read()
    assert child.returncode == -9
    whole = (first + rest).decode().rsplit("\n", 1)[0]
    return [json.loads(line) for line in whole.splitlines()]


def check(home: Path, said: list[list[object]]) -> None:
    """Everything acknowledged is there and equal, and nothing is there in part."""
    store = Store(home)
    try:
        states = {run.id: run.state for run in store.runs("owner")}
        last: dict[int, set[int]] = {}
        cubes: dict[int, list[int]] = {}
        for kind, *values in said:
            match kind, values:
                case "run", [run_id]:
                    assert states[run_id] in ("interrupted", "done")
                case "done", [run_id]:
                    assert states[run_id] == "done"
                case "date", [number, index]:
                    last.setdefault(number, set()).add(index)
                case "cube", [number, indices]:
                    cubes[number] = indices
                case "draft", [number]:
                    assert store.draft("owner")["number"] >= number
        for number, indices in last.items():
            kept = {str(each.status.time): each for each in store.results(writer.plan(number).request.key)}
            for index in indices:
                expected, found = writer.result(number, index), kept[str(writer.moment(index))]
                np.testing.assert_array_equal(found.values, expected.values)
                np.testing.assert_array_equal(found.clear, expected.clear)
        for number, indices in cubes.items():
            cube = store.cube(writer.plan(number).request.key)
            assert cube is not None
            assert set(cube.time.values.astype("datetime64[s]")) >= {writer.moment(index) for index in indices}
            for at, values in zip(cube.time.values.astype("datetime64[s]"), cube.values, strict=True):
                index = int((at - writer.moment(0)) / np.timedelta64(10, "D"))
                np.testing.assert_array_equal(values, writer.result(number, index).values)
        _listed_is_whole(store, home)
    finally:
        store.close()


def _listed_is_whole(store: Store, home: Path) -> None:
    """No temporary, no file without a row; every listed date can be read; a torn fetch can be ended."""
    rows = store._database.rows("SELECT file AS name FROM dates WHERE file IS NOT NULL UNION SELECT folder FROM cubes")
    on_disk = {path.name for folder in ("dates", "cubes") for path in (home / folder).iterdir()}
    assert on_disk == {row["name"] for row in rows}
    assert [path.stem for path in (home / "servers").glob("*.lock")] == [store._server.token]
    for run in store.runs("owner"):
        assert len(store.results(run.key)) == len(store.have(run.key))


OFTEN = ("synced", "renamed")
"""Steps at which every run kills; the others behind --slow."""


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=[] if step in OFTEN else pytest.mark.slow) for step in STEPS[:-1]]
)
def test_a_kill_at_a_named_step_loses_nothing(tmp_path: Path, step: str) -> None:
    for round_, count in enumerate((random.randint(1, 8), random.randint(9, 30))):
        said = crash(tmp_path, round_, step, str(count))
        check(tmp_path, said)


def test_a_kill_at_a_random_moment_loses_nothing(tmp_path: Path) -> None:
    said: list[list[object]] = []
    for round_ in range(3):
        said += crash(tmp_path, round_, after=random.uniform(0, 0.3))
        check(tmp_path, said)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    rounds: list[list[list[object]]] = []
    for round_ in range(50):
        rounds.append(crash(tmp_path, round_, after=random.uniform(0, 0.3)))
        check(tmp_path, [line for lines in rounds[-2:] for line in lines])
    check(tmp_path, [line for lines in rounds for line in lines])
