"""Writing so that a crash loses nothing: temporary name → fsync → checksum → rename → fsync of the folder."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eodash.errors import StorageError

STEPS = ("temporary", "written", "synced", "renamed", "settled", "committed", "swept")
"""The points between which a crash must lose nothing, in order."""


def on_step(name: str) -> None:
    """Called at each of the steps; tests put something here that kills the process."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def full(error: BaseException | None = None) -> StorageError:
    return StorageError(
        "The disk of this server is full.",
        "Delete runs that are no longer needed, or ask whoever runs this server for more room.",
        code="full",
        retryable=True,
        details={"cause": str(error)},
    )


def read_only(error: BaseException | None = None) -> StorageError:
    return StorageError(
        "The folder for runs cannot be written.",
        "Ask whoever runs this server to make EODASH_HOME writable.",
        code="readonly",
        details={"cause": str(error)},
    )


@contextmanager
def writing() -> Iterator[None]:
    """Turn what a disk says into a StorageError."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(error) from error
        if error.errno in _READ_ONLY:
            raise read_only(error) from error
        raise StorageError(
            "The disk of this server refused a write.", "Try again.", code="io", retryable=True,
            details={"cause": str(error)},
        ) from error  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A file as it was written: its name, bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str


class Sink:
    """A file that is counted and hashed as it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._sha.update(data)
        self.bytes += len(data)
        return len(data)

    def written(self, name: str) -> Written:
        """What stands in the file, once it is on the disk."""
        on_step("written")
        self._file.flush()
        os.fsync(self._file.fileno())
        on_step("synced")
        return Written(name, self.bytes, self._sha.hexdigest())


def make_folder(path: Path) -> Path:
    """A folder that outlives a crash."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(path.parent)
    return path


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(folder: Path, name: str, body: Callable[[Sink], None]) -> Written:
    """Write a file under a name that nobody has; nothing of it is left when it fails."""
    temporary = folder / f"{name}.tmp"
    with writing():
        try:
            with temporary.open("xb") as file:
                on_step("temporary")
                sink = Sink(file)
                body(sink)
                written = sink.written(name)
            _settle(temporary, folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            (folder / name).unlink(missing_ok=True)
            raise
    return written


def write_folder(folder: Path, name: str, body: Callable[[Path], list[Written]]) -> list[Written]:
    """Write a folder of files as one, under a name that nobody has."""
    temporary = folder / f"{name}.tmp"
    with writing():
        try:
            temporary.mkdir(mode=0o700)
            on_step("temporary")
            written = body(temporary)
            sync_folder(temporary)
            _settle(temporary, folder / name)
        except BaseException:
            drop(temporary)
            drop(folder / name)
            raise
    return written


def _settle(temporary: Path, final: Path) -> None:
    temporary.rename(final)
    on_step("renamed")
    sync_folder(final.parent)
    on_step("settled")


def drop(path: Path) -> None:
    """Remove a file or a folder; one that cannot be removed is left for the next sweep."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
