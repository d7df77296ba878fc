"""The runs of everybody: begun, found, changed."""

from __future__ import annotations

import json
import time
from typing import Any

from eodash import __version__
from eodash.errors import StorageError
from eodash.request import Request
from eodash.store.folder import Folder
from eodash.store.rows import bounded_json, plain_name
from eodash.store.run import ACTIVE, RUN_ID, STATES, Run, RunState, new_id

VIEW_BYTES = 16_384


class Runs(Folder):
    """Which runs there are, and how each stands."""

    def new_run(self, owner: str, request: Request, name: str = "") -> Run:
        """A run that waits; it is on the disk when this returns."""
        now, run_id = time.time(), new_id()
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, 'queued', '{}', NULL, 0, ?, ?, ?, ?)",
                (run_id, owner, plain_name(name or request.area.name), request.key, json.dumps(request.to_json()),
                 now, now, self._server.token, __version__),
            )  # fmt: skip
        return self._known(run_id)

    def run(self, run_id: str) -> Run | None:
        """The run with this id, whoever asks; None if there is none."""
        if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
            return None
        found = self._alive("SELECT * FROM runs WHERE id = ?", run_id)
        return found[0] if found else None

    def runs(self, owner: str) -> list[Run]:
        """The runs of one owner, newest first."""
        return self._alive("SELECT * FROM runs WHERE owner = ? ORDER BY created DESC, rowid DESC", owner)

    def update(
        self,
        run_id: str,
        *,
        state: RunState | None = None,
        view: dict[str, Any] | None = None,
        name: str | None = None,
        error: dict[str, Any] | None = None,
        pinned: bool | None = None,
    ) -> Run:
        """Change what is given; a new state without an error clears the error."""
        changes: dict[str, Any] = {}
        if state is not None:
            if state not in STATES:
                raise ValueError(state)
            changes |= {"state": state, "error": None}
            if state in ACTIVE:
                changes["server"] = self._server.token
        if error is not None:
            changes["error"] = json.dumps(error, default=str)
        if view is not None:
            changes["view"] = bounded_json(view, VIEW_BYTES, "view")
        if name is not None:
            changes["name"] = plain_name(name)
        if pinned is not None:
            changes["pinned"] = int(pinned)
        if changes:
            changes["updated"] = time.time()
            self._known(run_id)
            with self._database.writing() as connection:
                setting = ", ".join(f"{column} = ?" for column in changes)
                connection.execute(f"UPDATE runs SET {setting} WHERE id = ?", (*changes.values(), run_id))
        return self._known(run_id)

    def _known(self, run_id: str) -> Run:
        found = self.run(run_id)
        if found is None:
            raise StorageError("This run is not kept here.", "It may have been deleted.", code="unknown_run")
        return found

    def _alive(self, query: str, *values: str) -> list[Run]:
        """The runs that a query finds, none of them active on a dead server."""
        found = self._database.rows(query, *values)
        if self._interrupt(found):
            found = self._database.rows(query, *values)
        return [Run.of(row) for row in found]
