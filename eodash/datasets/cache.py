"""Arrays that were made once and are read by rows: each .npy file below home is whole, or is not there."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.errors import EodashError, StorageError
from eodash.settings import settings

ABSENT = -32768  # in int16: no observation
STALE = 7 * 86400  # seconds after which what an older program made is removed


def shelf(kind: str, key: str, name: str = "") -> Path:
    """The folder for one state of one kind of data; those of other states go when nobody used them for a week."""
    above = settings().home / kind
    folder = above / key
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        for other in above.iterdir():
            if other.name != key and time.time() - other.stat().st_mtime > STALE:
                shutil.rmtree(other, ignore_errors=True)
    except OSError as error:
        raise _refused(folder, error) from error
    return folder / name


def keep(path: Path, array: NDArray[Any]) -> None:
    """Write an array: temporary name → fsync → rename. Two that make the same one do not disturb each other."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def kept(path: Path, shape: tuple[int, ...], dtype: str) -> NDArray[Any] | None:
    """A kept array as a memory map; None where there is none of this shape and kind."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found.view(np.ndarray) if found.shape == shape and found.dtype == np.dtype(dtype) else None


@dataclass(frozen=True, eq=False)
class Blocks:
    """Arrays of equally many rows each (the last may have fewer), read as if they were one."""

    parts: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, folder: Path) -> Blocks:
        """All numbered arrays of a folder."""
        maps = [np.load(path, mmap_mode="r", allow_pickle=False) for path in sorted(folder.glob("[0-9]*.npy"))]
        return cls(tuple(part.view(np.ndarray) for part in maps))  # plain views: rows are taken three times as fast

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """These rows, in this order."""
        size, first = len(self.parts[0]), self.parts[0]
        found = np.empty((len(rows), *first.shape[1:]), first.dtype)
        for place, row in enumerate(rows.tolist()):
            found[place] = self.parts[row // size][row % size]
        return found


def room_for(folder: Path, wanted: int) -> None:
    """Raise unless so many bytes fit on the disk, and a little more."""
    free = shutil.disk_usage(folder).free
    if free < 1.05 * wanted + 2**26:
        raise StorageError(
            f"The data would take {wanted / 2**20:,.0f} MiB of disk; {free / 2**20:,.0f} MiB are free.",
            "Ask for fewer series, or set EODASH_HOME to a larger disk.",
            code="full",
            retryable=True,
        )


def _refused(path: Path, error: OSError) -> EodashError:
    from eodash.export.saving import refused  # heavy, and seldom needed

    return refused(path, error)
