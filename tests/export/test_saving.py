"""A whole file or none: whatever the disk does."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eodash.errors import EodashError, StorageError
from eodash.export import saving
from eodash.export.saving import refused

CASES = [
    ("cube", "cog", "dates", 20_000),
    ("cube", "cog", "dates.tif", 60_000),
    ("cube", "netcdf", "cube.nc", 30_000),
    ("cube", "zarr", "cube.zarr", 10_000),
    ("cube", "zarr", "cube.zarr.zip", 60_000),
    ("layer", "png", "layer.png", 4_000),
    ("season", "gif", "film.gif", 8_000),
    ("series", "csv", "series.csv", 500),
]
FULL = """
import json, resource, sys
from pathlib import Path
from eodash.errors import StorageError
from eodash.views.outgoing import WAYS, Wanted, look_of, write
from eodash.export import saving
from tests.export.cubes import plain
cube = plain(4, 120, 160)
wanted = Wanted(pixels=((0, 0),), look=look_of(cube, ""))
for what, form, name, room in json.loads(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        with saving(Path(sys.argv[1]) / name) as path:
            write(WAYS[what, form], cube, wanted, path)
        said = "written"
    except StorageError as error:
        said = f"{error.name}: {error.advice}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(name, said, flush=True)
"""


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FULL, str(tmp_path), json.dumps(CASES)],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr[-2000:]
    advice = "StorageError full: Free some space, or name another place."
    assert said.stdout.splitlines() == [f"{name} {advice}" for _, _, name, _ in CASES]
    assert left(tmp_path) == []


def test_a_failure_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "film.gif"
    out.write_text("older")
    with pytest.raises(ZeroDivisionError), saving(out, force=True) as path:
        path.write_text(str(1 / path.write_text("")))
    assert (left(tmp_path), out.read_text()) == (["film.gif"], "older")


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    out = tmp_path / "area.geojson"
    out.write_text("mine")
    with pytest.raises(StorageError) as refusal, saving(out) as path:
        path.write_text("theirs")
    assert refusal.value.name == "StorageError exists"
    assert "--force" in refusal.value.advice
    assert out.read_text() == "mine"
    with saving(out, force=True) as path:
        path.write_text("theirs")
    assert (out.read_text(), left(tmp_path)) == ("theirs", ["area.geojson"])


def test_what_appears_meanwhile_is_not_overwritten_either(tmp_path: Path) -> None:
    out = tmp_path / "area.geojson"
    with pytest.raises(StorageError) as refusal, saving(out) as path:
        path.write_bytes(b"theirs"[: out.write_text("mine")])
    assert refusal.value.code == "exists"
    assert (out.read_text(), left(tmp_path)) == ("mine", ["area.geojson"])


def test_force_replaces_an_export_but_never_a_folder_of_somebody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letters.txt").write_text("dear")
    with pytest.raises(StorageError) as refusal, saving(home, force=True) as path:
        path.mkdir()
    assert refusal.value.code == "exists"
    assert (home / "letters.txt").read_text() == "dear"
    older = tmp_path / "dates"
    older.mkdir()
    (older / "a.tif").write_text("old")
    with saving(older, force=True) as path:
        path.mkdir()
        (path / "b.tif").write_text("new")
    assert left(older) == ["b.tif"]
    assert left(tmp_path) == ["dates", "home"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refusal, saving(tmp_path / "none" / "a.tif"):
        pass
    assert refusal.value.code == "no_folder"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "x"), "full"),
        (OSError(errno.EDQUOT, "x"), "full"),
        (OSError(f"unable to flush: error message = '{os.strerror(errno.ENOSPC)}'"), "full"),
        (OSError(errno.EROFS, "x"), "readonly"),
        (PermissionError(errno.EACCES, "x"), "readonly"),
        (OSError(errno.EIO, "x"), "io"),
        (FileExistsError(errno.EEXIST, "x"), "exists"),
    ],
)
def test_what_a_disk_says_becomes_a_sentence(tmp_path: Path, error: OSError, code: str) -> None:
    said: Callable[[Path, BaseException], EodashError] = refused
    made = said(tmp_path / "a.tif", error)
    assert made.code == code
    assert made.advice
