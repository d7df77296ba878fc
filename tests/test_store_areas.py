"""Areas of a browser: kept at once, named, pinned, deleted, and nobody else's."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from eodash.errors import StorageError
from eodash.request import Area
from eodash.store import Store
from eodash.store.areas import PINNED, RECENT
from eodash.store.rows import plain_name
from tests import toys

ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def area(number: int, name: str = "") -> Area:
    west = -3 + number * 1e-3
    return Area.of(shapely.box(west, 48.0, west + 0.01, 48.01), name)


def test_an_area_survives_a_restart_with_its_name_and_pin(store: Store, tmp_path: Path) -> None:
    kept = store.save_area("a", area(1, "Field"))
    store.rename_area(kept.id, "a", "North 🌾 field")
    store.pin_area(kept.id, "a")
    store.close()
    again = Store(tmp_path)
    (found,) = again.areas("a")
    assert (found.id, found.area, found.pinned) == (kept.id, area(1, "North 🌾 field"), True)
    assert found.area.geometry.equals(area(1).geometry)
    again.close()


def test_the_same_outline_is_kept_once_and_becomes_the_newest(store: Store) -> None:
    first = store.save_area("a", area(1, "mine"))
    store.save_area("a", area(2))
    again = store.save_area("a", area(1, "another name"))
    assert again.id == first.id
    assert next((kept.id, kept.area.name) for kept in store.areas("a")) == (first.id, "mine")
    assert len(store.areas("a")) == 2
    unnamed = store.save_area("a", area(2, "named by now"))
    assert unnamed.area.name == "named by now"


def test_thirty_unpinned_areas_are_kept_the_newest_first(store: Store) -> None:
    pinned = store.save_area("a", area(0))
    store.pin_area(pinned.id, "a")
    for number in range(1, RECENT + 6):
        store.save_area("a", area(number))
    kept = store.areas("a")
    assert len(kept) == RECENT + 1
    assert kept[0].area == area(RECENT + 5)
    assert kept[-1].id == pinned.id
    assert area(5) not in [one.area for one in kept]
    store.pin_area(pinned.id, "a", False)
    store.save_area("a", area(100))
    assert pinned.id not in [one.id for one in store.areas("a")]


def test_pins_are_bounded(store: Store) -> None:
    for number in range(PINNED):
        store.pin_area(store.save_area("a", area(number)).id, "a")
    last = store.save_area("a", area(PINNED))
    with pytest.raises(StorageError) as caught:
        store.pin_area(last.id, "a")
    assert (caught.value.code, bool(caught.value.advice)) == ("pinned", True)
    store.pin_area(store.areas("a")[1].id, "a")  # one that is pinned already


ACTS: list[Callable[[Store, str, str], object]] = [
    lambda store, area_id, owner: store.rename_area(area_id, owner, "x"),
    lambda store, area_id, owner: store.pin_area(area_id, owner),
    lambda store, area_id, owner: store.delete_area(area_id, owner),
]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_sees_or_changes_the_areas_of_others(store: Store, act: Callable[[Store, str, str], object]) -> None:
    mine = store.save_area("a", area(1, "mine"))
    store.save_area("b", area(1, "theirs"))
    for owner, name in (("b", mine.id), ("a", "../../x"), ("a", "a" * 26), ("a", "")):
        with pytest.raises(StorageError) as caught:
            act(store, name, owner)
        assert caught.value.code == "not_yours"
    assert store.areas("a") == [mine]
    assert [kept.area.name for kept in store.areas("b")] == ["theirs"]
    act(store, mine.id, "a")


def test_a_deleted_area_can_come_back(store: Store) -> None:
    kept = store.save_area("a", area(1, "mine"))
    gone = store.delete_area(kept.id, "a")
    assert store.areas("a") == []
    assert store.save_area("a", gone.area).area == kept.area


NAMES = [
    ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"), ("a\0b", "ab"), ("two\nlines\t", "two lines"),
    ("👨‍👩‍👧 farm", "👨‍👩‍👧 farm"), ("x" * 500, "x" * 120), ("\0" * 50, ""), ("\udce9", ""), ("‮txt.exe", "txt.exe"),
    ("'; DROP TABLE areas; --", "'; DROP TABLE areas; --"), ("", ""), ("Ρόδος क्षेत्र", "Ρόδος क्षेत्र"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_any_name_is_kept_as_it_is_but_for_control_characters(store: Store, given: str, kept: str) -> None:
    one = store.save_area("a", area(1))
    assert store.rename_area(one.id, "a", given).area.name == kept
    assert store.areas("a")[0].area.name == kept
    run = store.new_run("a", toys.request(), "before")
    assert store.update(run.id, name=given).name == kept
    assert plain_name(kept) == kept


def test_an_outline_of_ten_thousand_corners_is_kept_and_a_larger_one_refused(store: Store) -> None:
    def ring(corners: int) -> Area:
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        return Area.of(shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * 0.1 + [-2.9, 48.1]))

    assert store.save_area("a", ring(10_000)).area == ring(10_000)
    with pytest.raises(StorageError) as caught:
        store.save_area("a", ring(60_000))
    assert caught.value.code == "area"
    assert len(store.areas("a")) == 1


def test_a_store_of_the_first_version_gets_its_areas(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = store.new_run("a", toys.request(), "old")
    store.close()
    with sqlite3.connect(tmp_path / "eodash.sqlite") as rows:
        for later in ("areas", "results"):
            rows.execute(f"DROP TABLE {later}")
        rows.execute("PRAGMA user_version = 1")
    rows.close()
    again = Store(tmp_path)
    assert [kept.id for kept in again.runs("a")] == [run.id]
    again.save_area("a", area(1))
    again.close()


WRITER = """
import os, sys
from pathlib import Path
from eodash.store import Store, durable
from tests.test_store_areas import area
left = int(sys.argv[2])
def die(name):
    global left
    left -= name == "committed"
    if left == 0:
        os.kill(os.getpid(), 9)
durable.on_step = die
store = Store(Path(sys.argv[1]))
for number in range(100):
    kept = store.save_area("a", area(number, str(number)))
    os.write(1, f"saved {number}\\n".encode())
    store.pin_area(kept.id, "a")
    os.write(1, f"pinned {number}\\n".encode())
"""


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_a_kill_loses_no_area_that_was_acknowledged(tmp_path: Path, count: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path), str(count)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.returncode == -9
    said = [line.split() for line in child.stdout.splitlines()]
    assert len(said) == count - 1
    store = Store(tmp_path)
    kept = {one.area.name: one for one in store.areas("a")}
    for what, number in said:
        assert kept[number].area == area(int(number), number)
        assert what == "saved" or kept[number].pinned
    store.close()
