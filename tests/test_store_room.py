"""How much the pictures of a browser take, and letting some of them go on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eodash.store import Store
from tests.store_crash import plan, result
from tests.test_store import fill, payloads


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def runs_of(store: Store, *numbers: int, owner: str = "a") -> list[str]:
    """A finished run of each numbered request; their keys, oldest first."""
    keys = []
    for number in numbers:
        run = store.new_run(owner, plan(number).request)
        fill(store, number)
        store.update(run.id, state="done")
        keys.append(run.key)
    return keys


def test_the_sizes_of_runs_are_their_files(store: Store, tmp_path: Path) -> None:
    one, two = runs_of(store, 0, 1)
    (theirs,) = runs_of(store, 2, owner="b")
    store.save_date(two, result(1, 2))
    on_disk = sum(path.stat().st_size for path in (tmp_path / "cubes").rglob("*.*") if path.is_file())
    on_disk += sum(path.stat().st_size for path in (tmp_path / "dates").iterdir())
    assert store.size() == on_disk
    assert store.sizes("a") == {one: store.size_of(one), two: store.size_of(two)}
    assert store.size_of(two) > store.size_of(one) > 0
    assert store.size("a") == store.size_of(one) + store.size_of(two)
    assert store.size() == store.size("a") + store.size_of(theirs)
    assert store.size_of("unknown") == 0
    assert (store.complete(one), store.complete("unknown")) == (True, False)


def test_what_may_go_is_what_nobody_else_shows_pins_or_waits_for(store: Store) -> None:
    plain, pinned, _shared, waiting, last = runs_of(store, 0, 1, 2, 3, 4)
    runs_of(store, 2, owner="b")
    mine = {run.key: run for run in store.runs("a")}
    store.update(mine[pinned].id, pinned=True)
    store.update(mine[waiting].id, state="queued")
    assert [one.key for one in store.freeable("a")] == [plain, last]
    assert [one.bytes for one in store.freeable("a")] == [store.size_of(plain), store.size_of(last)]
    store.update(mine[plain].id, name="used again")
    assert [one.key for one in store.freeable("a")] == [last, plain]
    assert store.freeable("b") == []


def test_only_what_may_go_goes_and_its_run_says_so(store: Store, tmp_path: Path) -> None:
    plain, pinned = runs_of(store, 0, 1)
    (theirs,) = runs_of(store, 2, owner="b")
    store.update(store.runs("a")[0].id, pinned=True)
    before = payloads(tmp_path)
    assert store.free("a", [theirs, pinned, "unknown", plain]) == [plain]
    assert {run.key: run.state for run in store.runs("a")} == {plain: "evicted", pinned: "done"}
    assert len(before - payloads(tmp_path)) == 1
    assert store.evicted(plain)
    assert store.cube(theirs) is not None
    assert store.free("a", [plain]) == []
