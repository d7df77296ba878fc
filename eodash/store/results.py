"""What was computed of a cube: a folder of arrays and one JSON, read through memory maps. It can be computed again."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.errors import StorageError
from eodash.store import durable
from eodash.store.durable import Sink, Written
from eodash.store.finishing import Finishing
from eodash.store.payloads import damaged, lost, unique
from eodash.store.rows import checked_key, json_text

log = logging.getLogger(__name__)

META = "result.json"
HELD = 4
"""Results in memory that the disk would not take."""
Arrays = dict[str, NDArray[Any]]

_write_array: Callable[..., None] = np.lib.format.write_array


@dataclass(frozen=True, eq=False)
class Result:
    """Arrays by name, and what is said about them."""

    arrays: Arrays
    meta: dict[str, Any]


class Results(Finishing):
    """Results of cubes; they go with their cube, or before it when room is needed."""

    def __init__(self, home: Path) -> None:
        self._held_results: dict[str, tuple[str, Result]] = {}
        self._sound: set[str] = set()
        super().__init__(home)

    def has_result(self, key: str) -> bool:
        """Whether a result is kept; it is not read."""
        return key in self._held_results or self._database.row("SELECT 1 FROM results WHERE key = ?", key) is not None

    def result(self, key: str) -> Result | None:
        """A result on read-only memory maps; None if there is none, or if it was damaged."""
        row = self._database.row("SELECT folder, files FROM results WHERE key = ?", key)
        if row is None:
            held = self._held_results.get(key)
            return held[1] if held else None
        folder = self._results / row["folder"]
        try:
            if folder.name not in self._sound:
                _verify(folder, [Written(**file) for file in json.loads(row["files"])])
                self._sound.add(folder.name)
                with self._database.writing() as connection:
                    connection.execute("UPDATE results SET used = ? WHERE key = ?", (time.time(), key))
            meta = json.loads((folder / META).read_bytes())
            arrays = {
                name: np.load(folder / f"{place}.npy", mmap_mode="r", allow_pickle=False)
                for place, name in enumerate(meta.pop("arrays"))
            }
        except (OSError, ValueError, StorageError) as error:
            log.warning("A result is damaged and is computed again: %s", error)
            self._forget_result(folder.name)
            return None
        return Result(arrays, meta)

    def keep_result(self, key: str, of: str, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Keep what was computed of a cube; it is on the disk when this returns, or in memory if that is full."""
        checked_key(key)
        plain: Arrays = {name: np.asarray(array) for name, array in arrays.items()}
        name = unique(key, self._server.token)
        try:
            if self.held(of):
                raise durable.full()
            files = durable.write_folder(self._results, name, lambda into: _write(into, plain, meta))
            self._register_result(key, of, name, files)
        except StorageError as error:
            if error.code not in ("full", "readonly", "io"):
                raise
            log.warning("A result is kept in memory only: %s", error)
            with self._lock:
                self._held_results.pop(key, None)
                self._held_results[key] = of, Result(plain, dict(meta))
                while len(self._held_results) > HELD:
                    del self._held_results[next(iter(self._held_results))]

    def _register_result(self, key: str, of: str, name: str, files: list[Written]) -> None:
        try:
            with self._database.writing() as connection:
                if not connection.execute("SELECT 1 FROM cubes WHERE key = ?", (of,)).fetchone():
                    raise lost()
                old = connection.execute("SELECT folder FROM results WHERE key = ?", (key,)).fetchone()
                now = time.time()
                connection.execute(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (key, of, name, json.dumps([asdict(file) for file in files]), sum(file.bytes for file in files),
                     now, now),
                )  # fmt: skip
        except BaseException:
            durable.drop(self._results / name)
            raise
        self._sound.add(name)
        if old is not None:
            durable.drop(self._results / old["folder"])

    def _forget_result(self, folder: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM results WHERE folder = ?", (folder,))
        durable.drop(self._results / folder)


def _write(into: Path, arrays: Arrays, meta: Mapping[str, Any]) -> list[Written]:
    written = []
    for place, array in enumerate(arrays.values()):
        with (into / f"{place}.npy").open("xb") as file:
            sink = Sink(file)
            _write_array(sink, np.ascontiguousarray(array), allow_pickle=False)
            written.append(sink.written(f"{place}.npy"))
    with (into / META).open("xb") as file:
        sink = Sink(file)
        sink.write(json_text({**meta, "arrays": list(arrays)}).encode())
        written.append(sink.written(META))
    return written


def _verify(folder: Path, files: list[Written]) -> None:
    for file in files:
        path = folder / file.name
        if path.stat().st_size != file.bytes or durable.sha256(path) != file.sha256:
            raise damaged(f"{folder.name}/{file.name}")
