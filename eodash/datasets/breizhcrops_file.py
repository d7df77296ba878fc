"""One HDF5 file of BreizhCrops: a table per parcel, each held against limits by its header before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np

from eodash.datasets.breizhcrops_table import Table
from eodash.errors import RasterError
from eodash.files import gates

DATES = 5_000
"""Most rows of a table; a year of two satellites has about 150."""
BLOCK = 64 * 2**20
DEPTH = 20


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file, read-only; closed at the end, so that a process that forks shares nothing."""
    if not path.is_file():
        raise RasterError(f"{path} is missing.", "Unpack the .h5.tar.gz of this region there.", code="missing")
    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError) as error:
        raise damaged(path.name, error) from error
    with file:
        yield file


def damaged(what: str, error: BaseException) -> RasterError:
    return RasterError(
        f"{what} is damaged: not all of it can be read.",
        "Copy it again from where it came from.",
        code="corrupt",
        details={"cause": str(error)[:300]},
    )


def steps(key: str) -> tuple[str, ...]:
    """The names on the way to a table, from an index; RasterError where the path tries to leave the file."""
    found = tuple(part for part in key.split("/") if part)
    if not found or len(found) > DEPTH or "\0" in key or any(part in (".", "..") for part in found):
        raise RasterError(
            f"The index names a path that no table has: '{key[:80]}'.",
            "Take the index that came with the file.",
            code="unsafe_path",
        )
    return found


def folder_at(file: Any, path: tuple[str, ...]) -> Any:
    """A group, reached by plain links only; None where there is none."""
    here = file
    for name in path:
        here = _linked(here, name)
        if not isinstance(here, h5py.Group):
            return None
    return here


def table(folder: Any, name: str, width: int) -> Table:
    """One parcel's numbers (date, column)."""
    try:
        found = _linked(folder, name) if folder is not None else None
        if not isinstance(found, h5py.Dataset):
            raise RasterError(
                f"The file has no table '{name[:60]}' that its index names.",
                "Take the index that came with the file.",
                code="no_table",
            )
        _check(found, name, width)
        return np.asarray(found[()], dtype=np.float64).reshape(-1, width)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise damaged(f"The table '{name[:60]}'", error) from error


def _linked(folder: Any, name: str) -> Any:
    """A member; links that lead elsewhere are never followed."""
    link = folder.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink | h5py.SoftLink):
        raise RasterError(
            f"'{name[:60]}' points elsewhere (an external or soft link).",
            "Write the file again with the tables themselves.",
            code="external_link",
        )
    return None if link is None else folder[name]


def _check(found: Any, name: str, width: int) -> None:
    """Hold a header against the limits."""
    if found.external or found.is_virtual:
        raise gates.refuse(f"'{name[:60]}' lies in another file.", "external_link")
    record = found.id.get_create_plist()
    if any(record.get_filter(at)[0] not in gates.FILTERS for at in range(record.get_nfilters())):
        raise gates.refuse(f"'{name[:60]}' is packed by a plug-in.", "filter", "Write it with deflate.")
    shape: tuple[int, ...] = tuple(found.shape or ())
    if found.dtype.kind not in "fiu":
        raise gates.refuse(f"'{name[:60]}' holds {str(found.dtype)[:40]}, not plain numbers.", "dtype")
    gates.sized(name, shape, found.dtype.itemsize, found.chunks, DATES * width * 8, BLOCK)
    if shape != (0,) and (len(shape) != 2 or shape[-1] != width):
        raise RasterError(
            f"'{name[:60]}' has {' × '.join(map(str, shape)) or 'no'} values; dates × {width} are expected.",
            "Choose the level that the file holds: L1C has 17 columns, L2A 14.",
            code="columns",
        )
