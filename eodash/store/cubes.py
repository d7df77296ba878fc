"""The pictures of a request, found and held against their checksums."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import xarray as xr

from eodash.errors import StorageError
from eodash.sources.contract import DateResult
from eodash.store import durable
from eodash.store.dates import Dates
from eodash.store.durable import Written
from eodash.store.payloads import Loose, Piece, StoredCube, lost
from eodash.store.rows import second

OPENED = 4
"""Cubes that stay open: names and grid of one take a hundred times as long to make as the memory maps."""


class Cubes(Dates):
    """Finished cubes on the disk, and in memory what the disk would not take."""

    def __init__(self, home: Path) -> None:
        self._verified: set[str] = set()
        self._opened: dict[Path, xr.DataArray] = {}
        self._held: dict[str, xr.DataArray] = {}
        self._lock = threading.Lock()
        super().__init__(home)

    def cube(self, key: str) -> xr.DataArray | None:
        """The cube of a request on read-only memory maps; None if it is not here. See `evicted`."""
        stored = None
        for _ in range(3):  # a finish may put a newer one in its place
            stored = self._stored(key)
            if stored is None:
                return self._held.get(key)
            try:
                self._verify(key, stored)
                return self._open(stored)
            except FileNotFoundError:
                continue
        if stored is not None:
            self._forget_cube(key, stored)
        raise lost()

    def _open(self, stored: StoredCube) -> xr.DataArray:
        """A cube with names and attributes of its own, over memory maps that everybody shares."""
        with self._lock:
            self._opened = {folder: cube for folder, cube in self._opened.items() if (folder / "cube.npy").exists()}
            known = self._opened.pop(stored.folder, None)
        made = stored.cube() if known is None else known
        with self._lock:
            self._opened[stored.folder] = made
            while len(self._opened) > OPENED:
                del self._opened[next(iter(self._opened))]
        return made.copy(deep=False)

    def results(self, key: str) -> list[DateResult]:
        """Every kept date with its picture."""
        by_time = {second(status.time): status for status in self.dates(key)}
        pieces, _, _ = self._pieces(key)
        return [DateResult(by_time[at], *piece.read()) for at, piece in pieces.items() if at in by_time]

    def hold(self, key: str, cube: xr.DataArray) -> None:
        """Keep a cube in memory that the disk would not take; the newest two are held."""
        with self._lock:
            self._held[key] = cube
            while len(self._held) > 2:
                del self._held[next(iter(self._held))]

    def held(self, key: str) -> bool:
        """Whether the cube is in memory only."""
        return key in self._held

    def evicted(self, key: str) -> bool:
        """Whether a cube was here and was removed to make room."""
        if self._database.row("SELECT 1 FROM cubes WHERE key = ?", key):
            return False
        return self._database.row("SELECT 1 FROM runs WHERE key = ? AND state = 'evicted'", key) is not None

    def _pieces(self, key: str) -> tuple[dict[str, Piece], StoredCube | None, dict[str, str]]:
        """Where the picture of each date lies, in order of time; the cube that stands; the loose files."""
        old = self._stored(key)
        pieces: dict[str, Piece] = {}
        if old is not None:
            self._verify(key, old)
            pieces |= dict(old.pieces())
        files = self._loose(key)
        pieces |= files
        return dict(sorted(pieces.items())), old, {at: file.path.name for at, file in files.items()}

    def _loose(self, key: str) -> dict[str, Loose]:
        """The dates in files of their own, by time."""
        rows = self._database.rows("SELECT * FROM dates WHERE key = ? AND file IS NOT NULL", key)
        return {row["time"]: Loose(self._dates / row["file"], row["sha256"]) for row in rows}

    def _stored(self, key: str) -> StoredCube | None:
        row = self._database.row("SELECT folder, files FROM cubes WHERE key = ?", key)
        if row is None:
            return None
        files = tuple(Written(**file) for file in json.loads(row["files"]))
        return StoredCube(self._cubes / row["folder"], files)

    def _verify(self, key: str, stored: StoredCube) -> None:
        """Hold a cube against its checksums, once per process; a damaged one is let go."""
        if stored.folder.name in self._verified:
            return
        try:
            stored.verify()
        except StorageError:
            self._forget_cube(key, stored)
            raise
        self._verified.add(stored.folder.name)

    def _forget_cube(self, key: str, stored: StoredCube) -> None:
        with self._database.writing() as connection:
            gone = connection.execute(
                "DELETE FROM cubes WHERE key = ? AND folder = ?", (key, stored.folder.name)
            ).rowcount
            if gone:
                connection.execute("DELETE FROM dates WHERE key = ? AND state = 'used' AND file IS NULL", (key,))
        if gone:
            durable.drop(stored.folder)
