"""What was computed of a cube: kept whole or not at all, counted, and gone with its cube."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eodash.errors import StorageError
from eodash.store import Store, durable
from tests.store_crash import plan
from tests.test_store import fill

SAID = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
META = {"class": ["a", "b"], "attrs": {"card": "c"}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def cube(store: Store, number: int = 0) -> str:
    run = store.new_run("a", plan(number).request)
    fill(store, number)
    store.update(run.id, state="done")
    return run.key


def folders(home: Path) -> list[Path]:
    return sorted((home / "results").iterdir())


def test_a_result_comes_back_on_memory_maps(store: Store, tmp_path: Path) -> None:
    key = cube(store)
    assert store.result("r") is None
    assert not store.has_result("r")
    store.keep_result("r", key, {"said": SAID, "stop": SAID[0]}, META)
    found = store.result("r")
    assert found is not None
    assert store.has_result("r")
    assert list(found.arrays) == ["said", "stop"]
    np.testing.assert_array_equal(found.arrays["said"], SAID)
    assert isinstance(found.arrays["said"], np.memmap)
    assert not found.arrays["said"].flags.writeable
    assert found.meta == META


def test_another_process_finds_it_and_verifies_it(store: Store, tmp_path: Path) -> None:
    store.keep_result("r", cube(store), {"said": SAID}, META)
    other = Store(tmp_path)
    try:
        assert other.result("r") is not None
    finally:
        other.close()
    (folders(tmp_path)[0] / "0.npy").write_bytes(b"torn")
    again = Store(tmp_path)
    try:
        assert again.result("r") is None  # computed again
        assert not again.has_result("r")
        assert folders(tmp_path) == []
    finally:
        again.close()


def test_it_is_counted_and_goes_with_its_cube(store: Store, tmp_path: Path) -> None:
    key, other = cube(store, 0), cube(store, 1)
    before = store.size()
    store.keep_result("r", key, {"said": SAID}, META)
    on_disk = sum(path.stat().st_size for path in (tmp_path / "results").rglob("*.*") if path.is_file())
    assert store.size() == before + on_disk
    assert store.size_of(key) > store.size_of(other)
    assert store.free("a", [key]) == [key]
    assert store.size() == store.size_of(other)
    assert store.result("r") is None
    assert folders(tmp_path) == []


def test_results_make_room_before_pictures_do(store: Store, tmp_path: Path) -> None:
    key = cube(store)
    for name in ("old", "new"):
        store.keep_result(name, key, {"said": SAID}, META)
    store.quota = store.size() - 1
    assert store.evict() == []
    assert (store.has_result("old"), store.has_result("new")) == (False, True)
    assert store.cube(key) is not None


def test_a_newer_answer_takes_the_place_of_the_older_one(store: Store, tmp_path: Path) -> None:
    key = cube(store)
    for value in (1, 2):
        store.keep_result("r", key, {"said": np.full(3, value)}, META)
    found = store.result("r")
    assert found is not None
    assert found.arrays["said"].tolist() == [2, 2, 2]
    assert len(folders(tmp_path)) == 1


def test_nothing_is_kept_of_a_cube_that_is_gone(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        store.keep_result("r", "gone", {"said": SAID}, META)
    assert raised.value.code == "lost"
    assert folders(tmp_path) == []


def test_a_full_disk_keeps_it_in_memory(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = cube(store)

    def full(*_: object) -> None:
        raise durable.full()

    monkeypatch.setattr(durable, "write_folder", full)
    store.keep_result("r", key, {"said": SAID}, META)
    found = store.result("r")
    assert found is not None
    assert found.meta == META
    assert store.has_result("r")


@pytest.mark.parametrize("step", ["temporary", "written", "synced", "renamed", "settled"])
def test_a_write_that_breaks_off_leaves_nothing(
    step: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = cube(store)

    def break_off(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    monkeypatch.setattr(durable, "on_step", break_off)
    with pytest.raises(KeyboardInterrupt):
        store.keep_result("r", key, {"said": SAID}, META)
    assert not store.has_result("r")
    assert folders(tmp_path) == []


def test_what_a_dead_server_left_is_swept(store: Store, tmp_path: Path) -> None:
    store.keep_result("r", cube(store), {"said": SAID}, META)
    (tmp_path / "results" / "k.0123456789abcdef.0123.tmp").mkdir()
    Store(tmp_path).close()
    assert len(folders(tmp_path)) == 1
    assert json.loads((folders(tmp_path)[0] / "result.json").read_text())["arrays"] == ["said"]


def test_a_folder_of_an_older_eodash_gets_its_table(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "eodash.sqlite") as connection:
        connection.execute("DROP TABLE results")
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    store = Store(tmp_path)
    try:
        store.keep_result("r", cube(store), {"said": SAID}, META)
        assert store.has_result("r")
    finally:
        store.close()
