"""What the rest of eodash asks of the store: runs, their pictures, room for them, drafts."""

from __future__ import annotations

import json
import time
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from eodash.errors import StorageError
from eodash.settings import settings
from eodash.store import durable
from eodash.store.finishing import Finishing
from eodash.store.rows import bounded_json
from eodash.store.runs import Runs

DRAFT_BYTES = 8 * 2**20


class Store(Runs, Finishing):
    """Runs and pictures in one folder, which several servers may share; for many threads at once."""

    def __init__(self, home: Path, quota_mib: int | None = None) -> None:
        self._quota = (settings().quota_mib if quota_mib is None else quota_mib) * 2**20
        super().__init__(home)

    def delete(self, run_id: str, owner: str) -> None:
        """Remove a run of this owner; its pictures go with the last run that shows them."""
        run = self.run(run_id)
        if run is None or run.owner != owner:
            raise StorageError("This run is not yours to delete.", "Open it from your own list.", code="not_yours")
        with self._database.writing() as connection:
            connection.execute("DELETE FROM runs WHERE id = ? AND owner = ?", (run_id, owner))
            others = connection.execute("SELECT count(*) FROM runs WHERE key = ?", (run.key,)).fetchone()[0]
            paths = [] if others else self._forget(connection, run.key)
        for path in paths:
            durable.drop(path)

    def size(self, owner: str | None = None) -> int:
        """Bytes on the disk: of everybody, or of what one owner's runs show."""
        rows = self._database.rows(
            "SELECT sum(bytes) AS bytes FROM (SELECT key, bytes FROM cubes UNION ALL SELECT key, bytes FROM dates)"
            " WHERE ?1 IS NULL OR key IN (SELECT key FROM runs WHERE owner = ?1)",
            owner,
        )
        return int(rows[0]["bytes"] or 0)

    def evict(self, keep: str = "") -> list[str]:
        """Remove the oldest pictures that nobody pinned or waits for until the quota holds; returns their keys."""
        gone: list[str] = []
        for row in self._database.rows(
            "SELECT p.key AS key, coalesce(max(r.updated), 0) AS used FROM (SELECT key FROM cubes UNION"
            " SELECT key FROM dates WHERE bytes > 0) p LEFT JOIN runs r ON r.key = p.key GROUP BY p.key"
            " HAVING coalesce(max(r.pinned), 0) = 0 AND coalesce(sum(r.state IN ('queued', 'running')), 0) = 0"
            " ORDER BY used"
        ):
            key = row["key"]
            if self.size() <= self._quota:
                break
            if key == keep:
                continue
            with self._database.writing() as connection:
                busy = connection.execute(
                    "SELECT 1 FROM runs WHERE key = ? AND (pinned OR state IN ('queued', 'running'))", (key,)
                ).fetchone()
                if busy:
                    continue
                paths = self._forget(connection, key)
                connection.execute("UPDATE runs SET state = 'evicted', error = NULL WHERE key = ?", (key,))
            for path in paths:
                durable.drop(path)
            gone.append(key)
        return gone

    def _forget(self, connection: Connection, key: str) -> list[Path]:
        """Delete the rows of a request's pictures; returns the paths to drop once that is committed."""
        cubes = connection.execute("SELECT folder FROM cubes WHERE key = ?", (key,)).fetchall()
        dates = connection.execute("SELECT file FROM dates WHERE key = ? AND file IS NOT NULL", (key,)).fetchall()
        connection.execute("DELETE FROM cubes WHERE key = ?", (key,))
        connection.execute("DELETE FROM dates WHERE key = ?", (key,))
        return [self._cubes / row["folder"] for row in cubes] + [self._dates / row["file"] for row in dates]

    def draft(self, owner: str) -> dict[str, Any]:
        """What a browser had chosen; empty if nothing."""
        row = self._database.row("SELECT draft FROM drafts WHERE owner = ?", owner)
        return dict(json.loads(row["draft"])) if row else {}

    def save_draft(self, owner: str, draft: dict[str, Any]) -> None:
        """Keep what a browser has chosen; it is on the disk when this returns."""
        said = bounded_json(draft, DRAFT_BYTES, "draft")
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", (owner, said, time.time()))
