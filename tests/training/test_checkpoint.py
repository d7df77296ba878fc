"""A killed training goes on as if nothing had happened; what is not its own is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from eodash.errors import JobCancelled, ModelError, StorageError
from eodash.training import checkpoint
from eodash.training.checkpoint import Progress
from eodash.training.loop import Watch, train
from tests.training.killed import checksum
from tests.training.toys import Small, Toy, recipe, small

DATA, VALIDATION = Toy(120), Toy(60, seed=1)
# a checkpoint reaches "renamed" thrice (two files and their folder), once per step of 10 in an epoch
PER_CHECKPOINT = 3
SLOW = pytest.mark.slow


def run(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.training.killed", str(out), *arguments],
        capture_output=True, text=True, timeout=100, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = run(tmp_path_factory.mktemp("unbroken"))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("step", "count"),
    [
        ("renamed", 14 * PER_CHECKPOINT),  # in the middle of epoch 2, right after a checkpoint
        pytest.param("written", 15 * 2, marks=SLOW),  # while the second file of a checkpoint is written
        pytest.param("renamed", 10 * PER_CHECKPOINT, marks=SLOW),  # between two epochs, and between two losses
        pytest.param("temporary", 1, marks=SLOW),  # before there is any checkpoint
    ],
)
def test_a_killed_training_ends_with_the_weights_of_an_unbroken_one(
    tmp_path: Path, unbroken: str, step: str, count: int
) -> None:
    killed = run(tmp_path, step, str(count))
    assert killed.returncode == -9
    assert killed.stdout == ""
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stdout == unbroken
    assert len(checkpoint.generations(tmp_path)) <= checkpoint.KEPT
    assert list(tmp_path.glob("*.tmp")) == []


def stopped(out: Path, after: int = 6) -> None:
    """A training that somebody stopped."""
    asked = iter(range(10_000))
    watch = Watch(stop=lambda: next(asked) == after)
    with pytest.raises(JobCancelled) as caught:
        train(recipe(), small(), DATA, VALIDATION, out, watch=watch)
    assert "epoch 2" in caught.value.message


def weights(network: Small, out: Path, **changes: object) -> str:
    return checksum(train(recipe(**changes), network, DATA, VALIDATION, out).network)


def test_a_stopped_training_goes_on_with_any_first_weights_and_the_same_history(tmp_path: Path) -> None:
    whole = train(recipe(), small(), DATA, VALIDATION, tmp_path / "whole")
    stopped(tmp_path / "stopped")
    again = train(recipe(), small(seed=5), DATA, VALIDATION, tmp_path / "stopped")
    assert checksum(again.network) == checksum(whole.network)
    assert [row | {"seconds": 0} for row in again.history] == [row | {"seconds": 0} for row in whole.history]


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    done = weights(small(), tmp_path)
    lines: list[str] = []
    again = train(recipe(), small(seed=3), DATA, VALIDATION, tmp_path, watch=Watch(say=lines.append))
    assert checksum(again.network) == done
    assert len(again.history) == 3
    assert "over" in lines[-1]


@pytest.mark.parametrize("change", ["recipe", "data", "labels", "network"])
def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path, change: str) -> None:
    stopped(tmp_path)
    mine, data, network = recipe(), Toy(120), small()
    if change == "recipe":
        mine = recipe(learning_rate=0.01)
    if change == "data":
        data.values[0, 0, 0] += 0.1
    if change == "labels":
        data.label = data.label[::-1].copy()
    if change == "network":
        network.norm = torch.nn.Sequential(network.norm)  # type: ignore[assignment]
    with pytest.raises(ModelError) as caught:
        train(mine, network, data, VALIDATION, tmp_path)
    assert caught.value.code == "checkpoint"
    assert "--fresh" in caught.value.advice


def test_a_fresh_training_forgets_what_was_there(tmp_path: Path) -> None:
    whole = weights(small(), tmp_path / "whole")
    stopped(tmp_path / "other")
    fresh = train(recipe(), small(), DATA, VALIDATION, tmp_path / "other", fresh=True)
    assert checksum(fresh.network) == whole


@pytest.mark.parametrize("harm", ["cut", "flipped", "gone", "no json", "another json"])
def test_a_broken_checkpoint_is_passed_over_for_the_one_before(tmp_path: Path, harm: str) -> None:
    whole = weights(small(), tmp_path / "whole")
    stopped(tmp_path / "harmed")
    newest = checkpoint.generations(tmp_path / "harmed")[-1]
    tensors, state = newest / checkpoint.TENSORS, newest / checkpoint.STATE
    if harm == "cut":
        tensors.write_bytes(tensors.read_bytes()[:-7])
    if harm == "flipped":
        data = bytearray(tensors.read_bytes())
        data[-5] ^= 1
        tensors.write_bytes(data)
    if harm == "gone":
        tensors.unlink()
    if harm == "no json":
        state.write_text("{")
    if harm == "another json":
        state.write_text("[1]")
    assert weights(small(), tmp_path / "harmed") == whole


def test_nothing_but_broken_checkpoints_is_said(tmp_path: Path) -> None:
    stopped(tmp_path)
    for path in checkpoint.generations(tmp_path):
        (path / checkpoint.STATE).write_text("{}")
    with pytest.raises(ModelError) as caught:
        train(recipe(), small(), DATA, VALIDATION, tmp_path)
    assert caught.value.code == "corrupt"


def test_two_generations_are_kept_and_hold_no_pickle(tmp_path: Path) -> None:
    for number in range(4):
        checkpoint.save(tmp_path, "me", Progress(epoch=number), {"a": torch.ones(2)})
    found = checkpoint.generations(tmp_path)
    assert [path.name for path in found] == ["00000003", "00000004"]
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".safetensors", ".json"}
    assert json.loads((found[-1] / checkpoint.STATE).read_text())["epoch"] == 3
    checkpoint.forget(tmp_path)
    assert not tmp_path.exists()


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path, "me", Progress(epoch=1), {"a": torch.ones(2)})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "_write", full)
    with pytest.raises(StorageError) as caught:
        checkpoint.save(tmp_path, "me", Progress(epoch=2), {"a": torch.ones(2)})
    assert caught.value.code == "full"
    found = checkpoint.load(tmp_path, "me")
    assert found is not None
    assert found[0].epoch == 1
