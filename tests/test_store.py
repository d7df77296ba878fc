"""The store: runs, dates and cubes on the disk."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from eodash.errors import EodashError, RasterError, StorageError
from eodash.sources.contract import DateResult, DateStatus
from eodash.store import Store, durable
from tests import toys
from tests.store_crash import moment, plan, result


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def fill(store: Store, number: int = 0, indices: tuple[int, ...] = (0, 1)) -> str:
    planned = plan(number)
    for index in indices:
        store.save_date(planned.request.key, result(number, index))
    store.finish(planned)
    return planned.request.key


def payloads(home: Path) -> set[str]:
    return {path.name for folder in ("dates", "cubes") for path in (home / folder).iterdir()}


def test_a_run_reads_back_as_it_was_written(store: Store) -> None:
    request = toys.request()
    made = store.new_run("a", request, "fields")
    assert store.run(made.id) == made
    assert (made.request, made.key, made.state, made.name, made.view) == (request, request.key, "queued", "fields", {})
    assert made.created.tzinfo is UTC
    changed = store.update(made.id, state="failed", view={"date": 3}, error={"name": "x"}, pinned=True)
    assert store.run(made.id) == changed
    assert (changed.state, changed.view, changed.error, changed.pinned) == ("failed", {"date": 3}, {"name": "x"}, True)
    assert store.update(made.id, state="done").error is None


def test_run_ids_are_unguessable_and_others_are_refused(store: Store) -> None:
    ids = {store.new_run("a", toys.request()).id for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch("[a-z2-7]{26}", run_id) for run_id in ids)
    assert len({run_id[place] for run_id in ids for place in range(26)}) == 32
    for bad in ("", "../../x", "a" * 25, "a" * 27, "a" * 26 + "\n", "A" * 26, "a" * 26):
        assert store.run(bad) is None


def test_nobody_lists_or_deletes_the_runs_of_others(store: Store) -> None:
    mine, theirs = store.new_run("a", toys.request()), store.new_run("b", toys.request())
    assert [run.id for run in store.runs("a")] == [mine.id]
    with pytest.raises(StorageError) as caught:
        store.delete(theirs.id, "a")
    assert caught.value.code == "not_yours"
    assert store.run(theirs.id) == theirs
    store.delete(mine.id, "a")
    assert store.runs("a") == []


def test_runs_are_listed_newest_first(store: Store) -> None:
    ids = [store.new_run("a", toys.request()).id for _ in range(5)]
    assert [run.id for run in store.runs("a")] == ids[::-1]


def test_pictures_go_with_the_last_run_that_shows_them(store: Store, tmp_path: Path) -> None:
    first, second = (store.new_run("a", plan(0).request) for _ in range(2))
    fill(store)
    store.delete(first.id, "a")
    assert store.cube(first.key) is not None
    store.delete(second.id, "a")
    assert store.cube(first.key) is None
    assert payloads(tmp_path) == set()


def test_a_view_too_large_is_refused(store: Store) -> None:
    run = store.new_run("a", toys.request())
    with pytest.raises(StorageError):
        store.update(run.id, view={"x": "y" * 20_000})


def test_a_draft_survives_a_restart(store: Store, tmp_path: Path) -> None:
    assert store.draft("a") == {}
    store.save_draft("a", {"area": "drawn"})
    store.close()
    again = Store(tmp_path)
    assert again.draft("a") == {"area": "drawn"}
    assert again.draft("b") == {}
    again.close()


def test_a_cube_holds_what_was_saved_and_survives_a_restart(store: Store, tmp_path: Path) -> None:
    key = fill(store, indices=(1, 0))
    store.close()
    again = Store(tmp_path)
    cube = again.cube(key)
    assert cube is not None
    for index in (0, 1):
        np.testing.assert_array_equal(cube.values[index], result(0, index).values)
        np.testing.assert_array_equal(cube.clear.values[index], result(0, index).clear)
    assert cube.odc.geobox == plan(0).geobox
    assert [str(at) for at in cube.time.values.astype("datetime64[s]")] == [str(moment(0)), str(moment(1))]
    assert cube.band.values.tolist() == list(toys.BANDS)
    assert cube.attrs["sensor"] == "sentinel-2-l2a"
    again.close()


def test_a_cube_is_a_read_only_map_of_the_file(store: Store) -> None:
    cube = store.cube(fill(store))
    assert cube is not None
    with pytest.raises(ValueError, match="read-only"):
        cube.values[0] = 1
    base = cube.variable._data  # type: ignore[attr-defined]
    while not isinstance(base, np.memmap) and base.base is not None:
        base = base.base
    assert isinstance(base, np.memmap)


def test_whoever_opens_a_cube_has_names_of_his_own_over_shared_pictures(store: Store, tmp_path: Path) -> None:
    key = fill(store)
    one, other = store.cube(key), store.cube(key)
    assert one is not None
    assert other is not None
    one.attrs["mine"] = "yes"
    assert "mine" not in other.attrs
    assert np.shares_memory(one.values, other.values)
    next(iter(tmp_path.glob("cubes/*/cube.npy"))).unlink()
    with pytest.raises(StorageError):  # what is open does not hide what is gone
        store.cube(key)


def test_a_retry_merges_into_the_cube(store: Store, tmp_path: Path) -> None:
    key = plan(0).request.key
    store.save_date(key, DateResult(DateStatus(moment(1), "failed", "404")))
    fill(store, indices=(0, 2))
    assert [status.state for status in store.dates(key)] == ["used", "failed", "used"]
    assert store.have(key) == {moment(0), moment(2)}
    fill(store, indices=(1,))
    cube = store.cube(key)
    assert cube is not None
    for index in range(3):
        np.testing.assert_array_equal(cube.values[index], result(0, index).values)
    assert [status.state for status in store.dates(key)] == ["used"] * 3
    assert len(payloads(tmp_path)) == 1


def test_finish_may_be_repeated(store: Store, tmp_path: Path) -> None:
    fill(store)
    before = payloads(tmp_path)
    store.finish(plan(0), [DateStatus(moment(3), "skipped", "cloud"), DateStatus(moment(0), "failed")])
    assert payloads(tmp_path) == before
    assert [status.state for status in store.dates(plan(0).request.key)] == ["used", "used", "skipped"]


def test_a_failure_does_not_take_away_a_date_that_is_kept(store: Store) -> None:
    key = fill(store)
    store.save_date(key, DateResult(DateStatus(moment(0), "failed", "timeout")))
    assert store.have(key) == {moment(0), moment(1)}


def test_without_any_picture_there_is_no_cube(store: Store) -> None:
    key = plan(0).request.key
    store.save_date(key, DateResult(DateStatus(moment(0), "failed", "404")))
    with pytest.raises(RasterError) as caught:
        store.finish(plan(0))
    assert caught.value.code == "no_dates"
    assert store.cube(key) is None


def test_a_cube_changed_on_the_disk_is_refused_and_fetched_again(store: Store, tmp_path: Path) -> None:
    key = fill(store)
    store.close()
    (path,) = tmp_path.glob("cubes/*/cube.npy")
    with path.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"\xff\x7f")
    again = Store(tmp_path)
    with pytest.raises(StorageError) as caught:
        again.cube(key)
    assert (caught.value.code, caught.value.retryable) == ("checksum", True)
    assert again.cube(key) is None
    assert again.have(key) == frozenset()
    again.close()


def test_a_date_changed_on_the_disk_is_refused_and_fetched_again(store: Store, tmp_path: Path) -> None:
    key = plan(0).request.key
    for index in (0, 1):
        store.save_date(key, result(0, index))
    next(iter(tmp_path.glob("dates/*"))).write_bytes(b"torn")
    with pytest.raises(StorageError):
        store.finish(plan(0))
    assert len(store.have(key)) == 1
    fill(store)
    assert store.cube(key) is not None


def test_pictures_that_vanished_are_fetched_again(store: Store, tmp_path: Path) -> None:
    key = plan(0).request.key
    store.save_date(key, result(0, 0))
    next(iter(tmp_path.glob("dates/*"))).unlink()
    with pytest.raises(StorageError) as caught:
        store.finish(plan(0))
    assert caught.value.code == "lost"
    assert store.have(key) == frozenset()


def test_the_oldest_unpinned_is_evicted_and_its_row_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path, quota_mib=0)
    runs = [store.new_run("a", plan(number).request) for number in range(3)]
    for number, run in enumerate(runs):
        fill(store, number)
        store.update(run.id, state="done")
    store.update(runs[0].id, pinned=True)
    size = store.size()
    store.quota = size - 1
    assert store.evict() == [runs[1].key]
    assert [store.run(run.id).state for run in runs] == ["done", "evicted", "done"]  # type: ignore[union-attr]
    assert (store.cube(runs[1].key), store.evicted(runs[1].key), store.evicted(runs[2].key)) == (None, True, False)
    assert store.have(runs[1].key) == frozenset()
    assert store.size() == pytest.approx(size * 2 / 3, rel=0.01)
    assert store.size("a") == store.size()
    assert store.size("b") == 0
    store.quota = 0
    store.update(runs[2].id, state="running")
    assert store.evict() == []
    fill(store, 1)
    assert store.run(runs[1].id).state == "done"  # type: ignore[union-attr]
    store.close()


def test_a_restart_interrupts_what_was_running_and_sweeps(tmp_path: Path) -> None:
    first = Store(tmp_path)
    run = first.new_run("a", toys.request())
    first.update(run.id, state="running")
    (tmp_path / "dates" / f"{run.key}.{first._server.token}.abc.npy.tmp").write_bytes(b"torn")
    first.close()
    again = Store(tmp_path)
    found = again.run(run.id)
    assert found is not None
    assert found.state == "interrupted"
    assert found.error is not None
    assert "again" in found.error["advice"]
    assert payloads(tmp_path) == set()
    again.close()


def test_a_server_leaves_alone_what_another_is_doing(tmp_path: Path) -> None:
    first = Store(tmp_path)
    run = first.new_run("a", toys.request())
    first.update(run.id, state="running")
    torn = tmp_path / "cubes" / f"{run.key}.{first._server.token}.abc.tmp"
    torn.mkdir()
    second = Store(tmp_path)
    assert second.run(run.id).state == "running"  # type: ignore[union-attr]
    assert torn.exists()
    second.save_date(plan(0).request.key, result(0, 0))
    first.save_date(plan(0).request.key, result(0, 1))
    second.finish(plan(0))
    assert first.cube(plan(0).request.key).sizes["time"] == 2  # type: ignore[union-attr]
    first.close()
    assert second.run(run.id).state == "interrupted"  # type: ignore[union-attr]
    second.close()


def test_two_servers_that_finish_the_same_request_lose_no_date(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    key = plan(0).request.key
    errors: list[BaseException] = []

    def work(store: Store, indices: tuple[int, ...]) -> None:
        try:
            for _ in range(3):
                fill(store, 0, indices)
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=pair) for pair in ((first, (0, 1)), (second, (2, 3)), (first, (1, 2)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    cube = first.cube(key)
    assert cube is not None
    for index in range(4):
        np.testing.assert_array_equal(cube.values[index], result(0, index).values)
    assert len(payloads(tmp_path)) == 1
    first.close()
    second.close()


def test_twenty_threads_share_a_store(store: Store) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            run = store.new_run(f"owner-{number}", plan(number).request)
            fill(store, number)
            store.update(run.id, state="done")
            assert [each.id for each in store.runs(f"owner-{number}")] == [run.id]
            cube = store.cube(run.key)
            assert cube is not None
            np.testing.assert_array_equal(cube.values[0], result(number, 0).values)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "readonly"), (errno.EACCES, "readonly"),
        (errno.EIO, "io"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["temporary", "written", "renamed"])
def test_a_refused_write_leaves_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, step: str
) -> None:
    key = fill(store)
    before = payloads(tmp_path)

    def refuse(name: str) -> None:
        if name == step:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "on_step", refuse)
    with pytest.raises(StorageError) as caught:
        store.save_date(key, result(0, 2))
    assert caught.value.code == code
    assert payloads(tmp_path) == before
    assert store.cube(key) is not None
    assert len(store.have(key)) == 2
    monkeypatch.undo()
    store.save_date(key, result(0, 2))
    before = payloads(tmp_path)
    monkeypatch.setattr(durable, "on_step", refuse)
    with pytest.raises(StorageError):
        store.finish(plan(0))
    assert payloads(tmp_path) == before
    assert store.cube(key).sizes["time"] == 2  # type: ignore[union-attr]


def mounted(*command: str) -> None:
    if os.geteuid() != 0 or subprocess.run(["mount", *command], capture_output=True).returncode:
        pytest.skip("only root may mount a small or read-only disk")


def test_a_full_disk_is_said_and_leaves_no_partial_entry(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk))
    try:
        store = Store(disk)
        key = fill(store, 0)
        saved = 0
        with pytest.raises(StorageError) as caught:  # noqa: PT012
            for number in range(1, 1000):
                store.save_date(plan(number).request.key, result(number, 0))
                saved = number
        assert caught.value.code == "full"
        assert saved > 5
        assert len(payloads(disk)) == saved + 1
        assert store.cube(key) is not None
        store.close()
        cube = None
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert cube is None


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    Store(tmp_path).close()
    mounted("--bind", str(tmp_path), str(tmp_path))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(tmp_path)], check=True)
        with pytest.raises(StorageError) as caught:
            Store(tmp_path)
        assert caught.value.code == "readonly"
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_folder_turned_read_only_still_shows_what_it_has(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store(home)
    key = fill(store)
    mounted("--bind", str(home), str(home))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
        with pytest.raises(StorageError) as caught:
            store.save_date(key, result(0, 2))
        assert caught.value.code == "readonly"
        assert store.cube(key) is not None
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
        store.close()


def test_a_key_is_never_a_path(store: Store) -> None:
    with pytest.raises(EodashError):
        store.save_date("../../x", result(0, 0))


def test_a_damaged_list_of_runs_is_said(tmp_path: Path) -> None:
    (tmp_path / "eodash.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError) as caught:
        Store(tmp_path)
    assert caught.value.code == "corrupt"


def test_names_do_not_change_the_key() -> None:
    request = toys.request()
    assert replace(request, area=replace(request.area, name="x")).key == request.key


def test_a_finish_that_was_overtaken_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    key = fill(first, 0, (0,))
    first.save_date(key, result(0, 1))

    def overtake(name: str) -> None:
        if name == "settled":  # the new cube of the first server is on the disk, its row is not
            monkeypatch.undo()
            second.finish(plan(0))
            fill(second, 0, (2,))

    monkeypatch.setattr(durable, "on_step", overtake)
    first.finish(plan(0))
    cube = first.cube(key)
    assert cube is not None
    assert cube.sizes["time"] == 3
    assert len(payloads(tmp_path)) == 1
    first.close()
    second.close()
