"""Zarr folders that must not be opened."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.files.written import own_cube, write


def zarr_objects(root: Path) -> None:
    _zarr(root, {"shape": [4, 4], "chunks": [4, 4], "dtype": "|O", "compressor": None, "filters": [{"id": "pickle"}]})


def zarr_codec(root: Path) -> None:
    _zarr(root, {"shape": [4, 4], "chunks": [4, 4], "dtype": "<i2", "compressor": {"id": "evil"}, "filters": None})


def zarr_huge(root: Path) -> None:
    _zarr(root, {"shape": [10**6, 10**6], "chunks": [100, 100], "dtype": "<i2", "compressor": None, "filters": None})


def zarr_chunk(root: Path) -> None:
    _zarr(root, {"shape": [9000, 9000], "chunks": [9000, 9000], "dtype": "<i2", "compressor": None, "filters": None})


def zarr_link(root: Path) -> None:
    write(own_cube(), root / "x.zarr")
    chunk = next(path for path in (root / "x.zarr" / "reflectance").rglob("*") if path.is_file() and path.name == "0")
    chunk.unlink()
    chunk.symlink_to("/etc/passwd")


def _zarr(root: Path, said: dict[str, Any]) -> None:
    (root / "x.zarr" / "red").mkdir(parents=True)
    (root / "x.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    more = {"zarr_format": 2, "fill_value": 0, "order": "C"}
    (root / "x.zarr" / "red" / ".zarray").write_text(json.dumps(said | more))


def zarr_pipe(root: Path) -> None:
    write(own_cube(), root / "x.zarr")
    os.mkfifo(root / "x.zarr" / "reflectance" / "pipe")


def zarr_of_single_pixels(root: Path) -> None:
    _zarr(root, {"shape": [8000, 8000], "chunks": [1, 1], "dtype": "<i2", "compressor": None, "filters": None})
