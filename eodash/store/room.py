"""How much the pictures take, and how room is made: by the quota, or because somebody says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from eodash.settings import settings
from eodash.store import durable
from eodash.store.results import Results
from eodash.store.runs import Runs

_PAYLOADS = " UNION ALL ".join(
    ("SELECT key, bytes FROM cubes", "SELECT key, bytes FROM dates", "SELECT cube AS key, bytes FROM results")
)
_BUSY = "SELECT 1 FROM runs WHERE key = ? AND (pinned OR state IN ('queued', 'running'))"
_ORDER = (
    f"SELECT p.key AS key, p.bytes AS bytes, coalesce(max(r.updated), 0) AS used"
    f" FROM (SELECT key, sum(bytes) AS bytes FROM ({_PAYLOADS}) GROUP BY key HAVING sum(bytes) > 0) p"
    " LEFT JOIN runs r ON r.key = p.key GROUP BY p.key"
    " HAVING coalesce(max(r.pinned), 0) = 0 AND coalesce(sum(r.state IN ('queued', 'running')), 0) = 0"
)
"""The pictures that nobody pinned or waits for."""


@dataclass(frozen=True)
class Freeable:
    """Pictures that one owner alone shows and may let go."""

    key: str
    bytes: int


class Room(Runs, Results):
    """The disk that pictures take, held against the quota."""

    def __init__(self, home: Path, quota_mib: int | None = None) -> None:
        self.quota = (settings().quota_mib if quota_mib is None else quota_mib) * 2**20
        super().__init__(home)

    def size(self, owner: str | None = None) -> int:
        """Bytes on the disk: of everybody, or of what one owner's runs show."""
        rows = self._database.rows(
            f"SELECT sum(bytes) AS bytes FROM ({_PAYLOADS})"
            " WHERE ?1 IS NULL OR key IN (SELECT key FROM runs WHERE owner = ?1)",
            owner,
        )
        return int(rows[0]["bytes"] or 0)

    def size_of(self, key: str) -> int:
        """Bytes on the disk of one request's pictures."""
        row = self._database.row(f"SELECT sum(bytes) AS bytes FROM ({_PAYLOADS}) WHERE key = ?", key)
        return int(row["bytes"] or 0) if row else 0

    def sizes(self, owner: str) -> dict[str, int]:
        """Bytes on the disk of everything that one owner's runs show, by key."""
        rows = self._database.rows(
            f"SELECT key, sum(bytes) AS bytes FROM ({_PAYLOADS})"
            " WHERE key IN (SELECT key FROM runs WHERE owner = ?) GROUP BY key",
            owner,
        )
        return {row["key"]: int(row["bytes"]) for row in rows}

    def complete(self, key: str) -> bool:
        """Whether there is a cube to look at, on the disk or in memory; it is not read."""
        return self.held(key) or self._database.row("SELECT 1 FROM cubes WHERE key = ?", key) is not None

    def evict(self, keep: str = "") -> list[str]:
        """Remove the oldest pictures that nobody pinned or waits for until the quota holds; returns their keys.

        What was computed of pictures goes first: it can be computed again.
        """
        for row in self._database.rows("SELECT folder FROM results ORDER BY used"):
            if self.size() <= self.quota:
                break
            self._forget_result(row["folder"])
        gone: list[str] = []
        for row in self._database.rows(f"{_ORDER} ORDER BY used"):
            if self.size() <= self.quota:
                break
            if row["key"] != keep and self._let_go(row["key"]):
                gone.append(row["key"])
        return gone

    def freeable(self, owner: str) -> list[Freeable]:
        """What this owner may let go, in the order in which it would go; nothing that others show, too."""
        rows = self._database.rows(f"{_ORDER} AND count(r.id) > 0 AND sum(r.owner != ?) = 0 ORDER BY used", owner)
        return [Freeable(row["key"], int(row["bytes"])) for row in rows]

    def free(self, owner: str, keys: list[str]) -> list[str]:
        """Let go those of these pictures that the owner may; the runs stay and say so. Returns their keys."""
        mine = {one.key for one in self.freeable(owner)}
        return [key for key in keys if key in mine and self._let_go(key, owner)]

    def _let_go(self, key: str, owner: str | None = None) -> bool:
        """Remove the pictures of a request and say so in its runs, unless somebody wants them by now."""
        with self._database.writing() as connection:
            theirs = "SELECT 1 FROM runs WHERE key = ? AND owner != ?"
            if connection.execute(_BUSY, (key,)).fetchone() or (
                owner is not None and connection.execute(theirs, (key, owner)).fetchone()
            ):
                return False
            paths = self._forget(connection, key)
            connection.execute("UPDATE runs SET state = 'evicted', error = NULL WHERE key = ?", (key,))
        for path in paths:
            durable.drop(path)
        return True

    def _forget(self, connection: Connection, key: str) -> list[Path]:
        """Delete the rows of a request's pictures; returns the paths to drop once that is committed."""
        cubes = connection.execute("SELECT folder FROM cubes WHERE key = ?", (key,)).fetchall()
        dates = connection.execute("SELECT file FROM dates WHERE key = ? AND file IS NOT NULL", (key,)).fetchall()
        results = connection.execute("SELECT folder FROM results WHERE cube = ?", (key,)).fetchall()
        connection.execute("DELETE FROM results WHERE cube = ?", (key,))
        connection.execute("DELETE FROM cubes WHERE key = ?", (key,))
        connection.execute("DELETE FROM dates WHERE key = ?", (key,))
        return [
            *(self._cubes / row["folder"] for row in cubes),
            *(self._dates / row["file"] for row in dates),
            *(self._results / row["folder"] for row in results),
        ]
