"""The dates of a request: what became of each, kept one by one while a fetch goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from eodash.sources.contract import DateResult, DateStatus
from eodash.store import durable
from eodash.store.durable import Written
from eodash.store.folder import Folder
from eodash.store.payloads import write_date
from eodash.store.rows import checked_key, json_text, second


class Dates(Folder):
    """A status for each date, and its picture in a file of its own."""

    def save_date(self, key: str, result: DateResult) -> None:
        """Keep one finished date; it is on the disk when this returns. A failed date is a status only."""
        checked_key(key)
        status = result.status
        written, replaced = Written("", 0, ""), None
        if result.values is not None and result.clear is not None:
            written = write_date(self._dates, key, self._server.token, result)
        try:
            with self._database.writing() as connection:
                held = connection.execute(
                    "SELECT state, file FROM dates WHERE key = ? AND time = ?", (key, second(status.time))
                ).fetchone()
                if held is None or held["state"] != "used" or written.name:
                    connection.execute(
                        "INSERT OR REPLACE INTO dates VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (key, second(status.time), status.state, json_text(status.to_json()), written.name or None,
                         written.bytes, written.sha256),
                    )  # fmt: skip
                    replaced = held["file"] if held else None
        except BaseException:
            if written.name:
                durable.drop(self._dates / written.name)
            raise
        if replaced:
            durable.drop(self._dates / replaced)

    def dates(self, key: str) -> tuple[DateStatus, ...]:
        """What became of each date so far, in order of time."""
        rows = self._database.rows("SELECT status FROM dates WHERE key = ? ORDER BY time", key)
        return tuple(DateStatus.from_json(json.loads(row["status"])) for row in rows)

    def have(self, key: str) -> frozenset[np.datetime64]:
        """The dates whose pictures are kept; a failed date is not among them."""
        return frozenset(status.time for status in self.dates(key) if status.state == "used")

    def _note(self, key: str, statuses: Iterable[DateStatus]) -> None:
        """Keep the statuses of dates without a picture."""
        with self._database.writing() as connection:
            for status in statuses:
                if status.state != "used":
                    connection.execute(
                        "INSERT INTO dates VALUES (?, ?, ?, ?, NULL, 0, '') ON CONFLICT (key, time) DO UPDATE"
                        " SET state = excluded.state, status = excluded.status WHERE state != 'used'",
                        (key, second(status.time), status.state, json_text(status.to_json())),
                    )
