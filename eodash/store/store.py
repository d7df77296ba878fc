"""What the rest of eodash asks of the store: runs, their pictures, room for them, areas, drafts."""

from __future__ import annotations

import json
import time
from typing import Any

from eodash.errors import StorageError
from eodash.store import durable
from eodash.store.areas import Areas
from eodash.store.room import Room
from eodash.store.rows import bounded_json

DRAFT_BYTES = 8 * 2**20


class Store(Room, Areas):
    """Runs and pictures in one folder, which several servers may share; for many threads at once."""

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

    def draft(self, owner: str) -> dict[str, Any]:
        """What a browser had chosen; empty if nothing."""
        row = self._database.row("SELECT draft FROM drafts WHERE owner = ?", owner)
        return dict(json.loads(row["draft"])) if row else {}

    def save_draft(self, owner: str, draft: dict[str, Any]) -> None:
        """Keep what a browser has chosen; it is on the disk when this returns."""
        said = bounded_json(draft, DRAFT_BYTES, "draft")
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", (owner, said, time.time()))
