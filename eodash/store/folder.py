"""The folder that servers share: opened, and swept of what the dead left half done."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from sqlite3 import Row

from eodash.store import durable
from eodash.store.database import Database
from eodash.store.payloads import server_of
from eodash.store.run import ACTIVE, INTERRUPTED
from eodash.store.servers import Server, alone


class Folder:
    """An open folder: its rows, its payloads, and this server among its servers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with durable.writing():
            durable.make_folder(home)
            self._dates = durable.make_folder(home / "dates")
            self._cubes = durable.make_folder(home / "cubes")
            self._results = durable.make_folder(home / "results")
            servers = durable.make_folder(home / "servers")
            with alone(servers):
                self._server = Server(servers)
                try:
                    self._database = Database(home / "eodash.sqlite")
                    durable.sync_folder(home)
                    self._sweep()
                except BaseException:
                    self.close()
                    raise

    def close(self) -> None:
        """Leave the folder; what still runs here counts as interrupted from now on."""
        if hasattr(self, "_database"):
            self._database.close()
        self._server.leave()

    def _sweep(self) -> None:
        """Remove what dead servers left half done, and say so of their runs."""
        self._interrupt(self._database.rows("SELECT * FROM runs WHERE state IN (?, ?)", *ACTIVE))
        known = {row["file"] for row in self._database.rows("SELECT file FROM dates WHERE file IS NOT NULL")}
        for table in ("cubes", "results"):
            known |= {row["folder"] for row in self._database.rows(f"SELECT folder FROM {table}")}
        for folder in (self._dates, self._cubes, self._results):
            for path in folder.iterdir():
                if path.name not in known and not self._server.alive(server_of(path.name)):
                    durable.drop(path)
        self._server.sweep()
        durable.on_step("swept")

    def _interrupt(self, rows: Iterable[Row]) -> bool:
        """Mark those of these active runs whose server is dead."""
        dead = [row for row in rows if row["state"] in ACTIVE and not self._server.alive(row["server"])]
        if dead:
            with self._database.writing() as connection:
                for row in dead:
                    connection.execute(
                        "UPDATE runs SET state = 'interrupted', error = ?, updated = ? WHERE id = ? AND server = ?"
                        " AND state IN (?, ?)",
                        (json.dumps(INTERRUPTED), time.time(), row["id"], row["server"], *ACTIVE),
                    )
        return bool(dead)
