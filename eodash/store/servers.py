"""Who is alive: each server locks a file of its own, and the kernel unlocks it however the server ends."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TOKEN = re.compile(r"[0-9a-f]{16}")


class Server:
    """This server among those that share a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token = secrets.token_hex(8)
        path = folder / f"{self.token}.lock"
        opening = folder / f"{self.token}.opening"
        handle = os.open(opening, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        opening.rename(path)  # locked before anybody can see it
        self.leave = weakref.finalize(self, _leave, handle, path)

    def alive(self, token: str) -> bool:
        """Whether the server with this token lives."""
        if token == self.token:
            return self.leave.alive
        if not _TOKEN.fullmatch(token):
            return False
        try:
            handle = os.open(self._folder / f"{token}.lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def sweep(self) -> None:
        """Remove the locks of the dead; call it inside `alone`."""
        for path in self._folder.iterdir():
            if path.suffix == ".opening" or (path.suffix == ".lock" and not self.alive(path.stem)):
                path.unlink(missing_ok=True)


def _leave(handle: int, path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass  # the lock itself goes with the handle
    finally:
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One server at a time opens and sweeps."""
    handle = os.open(folder / "opening", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
