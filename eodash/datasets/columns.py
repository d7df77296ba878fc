"""A CSV of labelled rows of numbers, plain or gzipped, converted once into arrays that are read by rows.

Nothing of it is believed: lines, columns, cells and the whole are bounded, and no more than a block is in memory.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.cache import Blocks, keep, room_for, shelf
from eodash.errors import CapacityError, RasterError, StorageError

LINE = 2**22  # bytes
COLUMNS = 40_002
ROWS = 2_000_000
MOST = 8 * 2**30  # bytes of values
BLOCK = 2**24  # bytes of values in one array
NOTHING = frozenset({b"", b"na", b"n/a", b"null", b"none", b"?", b"-"})


@dataclass(frozen=True, eq=False)
class Columns:
    """Labels, groups, and the other columns in their order: NaN where there is no number."""

    label: NDArray[np.int64]
    group: NDArray[np.int64]
    values: Blocks


def columns(path: Path, label: str, group: str) -> Columns:
    """The rows of a file; converted when it is new or has changed since."""
    try:
        regular, stat = path.is_file(), path.stat()
    except OSError as error:
        raise RasterError(f"There is no file {path.name}.", "Check the name.", code="not_found") from error
    if not regular:
        raise RasterError(f"{path.name} is no regular file.", "Choose a file.", code="not_regular")
    state = json.dumps([str(path.resolve()), stat.st_size, stat.st_mtime_ns, label, group])
    folder = shelf("tables", hashlib.sha256(state.encode()).hexdigest()[:24])
    if found := _known(folder):
        return found
    try:
        _convert(path, folder, label, group)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if found := _known(folder):
        return found
    raise StorageError(
        f"What was made of {path.name} is not on the disk any more.", "Try again.", code="io", retryable=True
    )


def _known(folder: Path) -> Columns | None:
    """What was converted before, if all of it is there."""
    try:
        label, group = np.load(folder / "index.npy", allow_pickle=False)
        found = Columns(label, group, Blocks.of(folder))
    except (OSError, ValueError, EOFError):
        return None
    return found if len(found.values) == len(label) else None


def _convert(path: Path, folder: Path, label: str, group: str) -> None:
    """Blocks of values first, the index last: where it stands, all is there."""
    with _lines(path) as lines:
        names = _header(path, next(lines, b""))
        at = _place(path, names, label)
        grouped = names.index(group) if group in names else None
        others = [number for number in range(len(names)) if number not in (at, grouped)]
        if not others:
            raise RasterError(f"{path.name} has labels only.", "It needs columns of values as well.", code="empty")
        rows = max(1, BLOCK // (4 * len(others)))
        block = np.empty((rows, len(others)), np.float32)
        labels: list[int] = []
        groups: dict[bytes, int] = {}
        members: list[int] = []
        for line in lines:
            if not line.strip():
                continue
            cells, number = line.rstrip(b"\r\n").split(b","), len(labels) + 2
            if len(cells) != len(names):
                raise RasterError(
                    f"Line {number:,} of {path.name} has {len(cells):,} columns, the first {len(names):,}.",
                    "Every line needs as many; mend the file.",
                    code="columns",
                )
            if len(labels) >= ROWS or len(labels) * len(others) * 4 >= MOST:
                raise CapacityError(
                    f"{path.name} has too many rows.", f"{ROWS:,} rows or 8 GiB of values at most.", code="too_large"
                )
            labels.append(_label(path, cells[at], number, label))
            key = cells[grouped].strip() if grouped is not None else b"%d" % len(members)
            members.append(groups.setdefault(key, len(groups)))
            place = (len(labels) - 1) % rows
            block[place] = _numbers(path, [cells[other] for other in others], number)
            if place == rows - 1:
                _save(folder, (len(labels) - 1) // rows, block)
        if not labels:
            raise RasterError(f"{path.name} has no rows.", "Choose a file with labelled series.", code="empty")
        if (rest := len(labels) % rows) or len(labels) < rows:
            _save(folder, (len(labels) - 1) // rows, block[:rest])
    keep(folder / "index.npy", np.array([labels, _plain(groups)[members]], np.int64))


def _save(folder: Path, number: int, block: NDArray[np.float32]) -> None:
    room_for(folder, block.nbytes)
    keep(folder / f"{number:05d}.npy", block)


def _plain(groups: dict[bytes, int]) -> NDArray[np.int64]:
    """The groups' own numbers where all have one, else their order."""
    if all(key.isdigit() and len(key) < 18 for key in groups):
        return np.array([int(key) for key in groups], np.int64)
    return np.arange(len(groups), dtype=np.int64)


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[bytes]]:
    """Bounded lines of a plain or gzipped text."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = gzip.GzipFile(fileobj=raw) if zipped else raw
            yield _bounded(path, file)  # type: ignore[arg-type]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RasterError(
            f"{path.name} is damaged: it cannot be unpacked to its end.", "Fetch it again.", code="corrupt"
        ) from error
    except OSError as error:
        raise RasterError(
            f"{path.name} cannot be read.", "Check that it may be read.", code="unreadable",
            details={"cause": str(error)},
        ) from error  # fmt: skip


def _bounded(path: Path, file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LINE):
        if len(line) >= LINE:
            raise RasterError(
                f"{path.name} has a line of more than {LINE / 2**20:.0f} MiB.", "One line is one series.",
                code="too_large",
            )  # fmt: skip
        if b"\0" in line:
            raise RasterError(
                f"{path.name} is no text: it holds zero bytes.", "Save the table as CSV in UTF-8.", code="not_text"
            )
        yield line


def _header(path: Path, line: bytes) -> list[str]:
    """Names of the columns."""
    if not line.strip():
        raise RasterError(f"{path.name} is empty.", "Choose a file with labelled series.", code="empty")
    try:
        names = [cell.strip().strip('"') for cell in line.decode("utf-8-sig").rstrip("\r\n").split(",")]
    except UnicodeDecodeError as error:
        raise RasterError(
            f"{path.name} is no text in UTF-8.", "Save the table as CSV in UTF-8.", code="not_text"
        ) from error
    if len(names) > COLUMNS:
        raise CapacityError(
            f"{path.name} has {len(names):,} columns.", f"{COLUMNS:,} at most: dates times bands.", code="too_large"
        )
    return names


def _place(path: Path, names: list[str], label: str) -> int:
    if label not in names:
        first = ", ".join(name[:20] for name in names[:4])
        raise RasterError(
            f"{path.name} has no column {label!r}; it begins with {first}.",
            "Name the column of the labels in its first line, or say which it is.",
            code="no_label",
        )
    return names.index(label)


def _label(path: Path, cell: bytes, number: int, column: str) -> int:
    """A whole number; −1 for those below zero, which stand for no class."""
    try:
        value = float(cell.strip().strip(b'"'))
        whole = int(value)
    except (ValueError, OverflowError):
        whole, value = 0, 0.5
    if whole != value or abs(whole) > 10**6:
        raise RasterError(
            f"Line {number:,} of {path.name}: the label {_shown(cell)} in {column!r} is no whole number.",
            "Number the classes from 0; their names go into class_map.txt beside it.",
            code="label",
        )
    return max(whole, -1)


def _numbers(path: Path, cells: list[bytes], number: int) -> NDArray[np.float32]:
    try:
        found = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        found = np.array([_number(path, cell, number) for cell in cells])
    found[np.abs(found) > 1e9] = np.nan
    return found.astype(np.float32)


def _number(path: Path, cell: bytes, number: int) -> float:
    clean = cell.strip().strip(b'"').strip()
    if clean.lower() in NOTHING:
        return float("nan")
    try:
        return float(clean)
    except ValueError as error:
        raise RasterError(
            f"Line {number:,} of {path.name}: {_shown(cell)} is no number.",
            "All columns but label and group hold numbers; leave a cell empty where there is none.",
            code="not_a_number",
        ) from error


def _shown(cell: bytes) -> str:
    text = cell[:40].decode("utf-8", "replace")
    return repr("".join(letter if letter.isprintable() else "�" for letter in text))
