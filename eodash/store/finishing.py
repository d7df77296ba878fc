"""Loose dates → one cube, while other servers may do the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from eodash.cube import describe, no_dates
from eodash.errors import StorageError
from eodash.sources.contract import DateStatus, Plan
from eodash.store import durable
from eodash.store.cubes import Cubes
from eodash.store.durable import Written
from eodash.store.payloads import StoredCube, grid_json, lost, unique, write_cube
from eodash.store.rows import checked_key, json_text, second


class Finishing(Cubes):
    """The end of a fetch."""

    def finish(self, plan: Plan, statuses: Iterable[DateStatus] = ()) -> None:
        """Make the kept dates one cube, and let the loose files go. May be repeated when more dates have come."""
        without_picture = tuple(statuses)
        for _ in range(8):  # another server may finish the same request in between
            try:
                if self._finish(plan, without_picture):
                    return
            except FileNotFoundError:
                continue
            except StorageError as error:
                if error.code == "lost":
                    continue
                if error.code in ("checksum", "grid"):
                    self._forget_damaged(plan)
                raise
        self._forget_damaged(plan)
        raise lost()

    def _finish(self, plan: Plan, statuses: tuple[DateStatus, ...]) -> bool:
        """Whether it was done before another server changed what is kept."""
        key = checked_key(plan.request.key)
        pieces, old, loose = self._pieces(key)
        if not pieces:
            self._note(key, statuses)
            raise no_dates()
        if not loose and old is not None and old.said()["grid"] == grid_json(plan.geobox):
            self._note(key, statuses)
            return True
        used = [status.to_json() for status in self.dates(key) if second(status.time) in pieces]
        attrs = describe(plan, json.loads(json_text(used)))
        name = unique(key, self._server.token)
        files = write_cube(self._cubes, name, pieces, plan.request.bands, plan.geobox, attrs)
        try:
            fresh = self._register(key, name, files, old, loose)
        except BaseException:
            durable.drop(self._cubes / name)
            raise
        if not fresh:
            durable.drop(self._cubes / name)
            return False
        self._verified.add(name)
        for file in loose.values():
            durable.drop(self._dates / file)
        if old is not None:
            durable.drop(old.folder)
        self._note(key, statuses)
        with self._lock:
            self._held.pop(key, None)
        durable.on_step("swept")
        return True

    def _register(
        self, key: str, name: str, files: list[Written], old: StoredCube | None, loose: Mapping[str, str]
    ) -> bool:
        """The row of a new cube, if what it was made of is still what is kept."""
        try:
            with self._database.writing() as connection:
                row = connection.execute("SELECT folder FROM cubes WHERE key = ?", (key,)).fetchone()
                if (row["folder"] if row else None) != (old.folder.name if old else None):
                    raise _OvertakenError
                for at, file in loose.items():
                    changed = connection.execute(
                        "UPDATE dates SET file = NULL, bytes = 0, sha256 = '' WHERE key = ? AND time = ? AND file = ?",
                        (key, at, file),
                    ).rowcount
                    if changed != 1:
                        raise _OvertakenError
                connection.execute(
                    "INSERT OR REPLACE INTO cubes VALUES (?, ?, ?, ?, ?)",
                    (key, name, json.dumps([asdict(file) for file in files]), sum(file.bytes for file in files),
                     time.time()),
                )  # fmt: skip
                connection.execute(
                    "UPDATE runs SET state = 'done', error = NULL WHERE key = ? AND state = 'evicted'", (key,)
                )
        except _OvertakenError:
            return False
        return True

    def _forget_damaged(self, plan: Plan) -> None:
        """Let go of the pictures that are gone, changed or on another grid, so that a retry reads them again."""
        key = plan.request.key
        shape = (len(plan.request.bands), *plan.geobox.shape)
        bad: list[str] = []
        for file in self._loose(key).values():
            try:
                if file.read()[0].shape == shape:
                    continue
            except (OSError, ValueError, StorageError):
                pass
            bad.append(file.path.name)
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM dates WHERE key = ? AND file = ?", [(key, name) for name in bad])
        for name in bad:
            durable.drop(self._dates / name)
        stored = self._stored(key)
        if stored is not None:
            try:
                stored.verify()
                if stored.said()["grid"] == grid_json(plan.geobox):
                    return
            except (OSError, ValueError, StorageError):
                pass
            self._forget_cube(key, stored)


class _OvertakenError(Exception):
    """Another server changed the same request; never leaves this file."""
