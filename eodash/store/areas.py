"""The areas of a browser: what was drawn, typed or uploaded, kept under names."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from eodash.errors import StorageError
from eodash.request import Area
from eodash.store.folder import Folder
from eodash.store.rows import plain_name
from eodash.store.run import RUN_ID, new_id

RECENT = 30
"""How many areas of one browser are kept that are not pinned."""
PINNED = 100
AREA_BYTES = 2**20


@dataclass(frozen=True)
class KeptArea:
    """An area of one browser."""

    id: str
    area: Area
    pinned: bool
    used: datetime

    @classmethod
    def of(cls, row: sqlite3.Row) -> KeptArea:
        """A kept area from its row."""
        used = datetime.fromtimestamp(row["used"], UTC)
        return cls(row["id"], Area(row["wkt"], row["name"]), bool(row["pinned"]), used)


class Areas(Folder):
    """Areas, each once per browser, the newest thirty and whatever is pinned."""

    def save_area(self, owner: str, area: Area) -> KeptArea:
        """Keep an area as the newest of its owner; one that is known keeps its name and its pin."""
        size = len(area.wkt.encode())
        if size > AREA_BYTES:
            raise StorageError(
                f"The outline is too large to keep: {size / 2**20:.1f} MiB.", "Simplify it.", code="area"
            )
        shape = hashlib.sha256(area.wkt.encode()).hexdigest()
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO areas VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (owner, shape) DO UPDATE SET"
                " used = excluded.used, name = CASE WHEN name = '' THEN excluded.name ELSE name END",
                (new_id(), owner, shape, plain_name(area.name), area.wkt, time.time()),
            )
            connection.execute(
                "DELETE FROM areas WHERE owner = ?1 AND NOT pinned AND id NOT IN (SELECT id FROM areas"
                " WHERE owner = ?1 AND NOT pinned ORDER BY used DESC, rowid DESC LIMIT ?2)",
                (owner, RECENT),
            )
            row = connection.execute("SELECT * FROM areas WHERE owner = ? AND shape = ?", (owner, shape)).fetchone()
        return KeptArea.of(row)

    def areas(self, owner: str) -> list[KeptArea]:
        """The areas of one owner, newest first."""
        rows = self._database.rows("SELECT * FROM areas WHERE owner = ? ORDER BY used DESC, rowid DESC", owner)
        return [KeptArea.of(row) for row in rows]

    def rename_area(self, area_id: str, owner: str, name: str) -> KeptArea:
        """Another name for an area; any text, shown as it is."""
        found, plain = self._owned(area_id, owner), plain_name(name)
        with self._database.writing() as connection:
            connection.execute("UPDATE areas SET name = ? WHERE id = ? AND owner = ?", (plain, area_id, owner))
        return replace(found, area=replace(found.area, name=plain))

    def pin_area(self, area_id: str, owner: str, pinned: bool = True) -> KeptArea:
        """Keep an area whatever comes after it, or let it go with time."""
        found = self._owned(area_id, owner)
        with self._database.writing() as connection:
            count = "SELECT count(*) FROM areas WHERE owner = ? AND pinned AND id != ?"
            if pinned and connection.execute(count, (owner, area_id)).fetchone()[0] >= PINNED:
                raise StorageError(
                    f"{PINNED} areas are pinned already.", "Unpin one that you no longer need.", code="pinned"
                )
            connection.execute("UPDATE areas SET pinned = ? WHERE id = ? AND owner = ?", (int(pinned), area_id, owner))
        return replace(found, pinned=pinned)

    def delete_area(self, area_id: str, owner: str) -> KeptArea:
        """Forget an area of this owner; returns what it was, to undo."""
        found = self._owned(area_id, owner)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM areas WHERE id = ? AND owner = ?", (area_id, owner))
        return found

    def _owned(self, area_id: str, owner: str) -> KeptArea:
        known = isinstance(area_id, str) and RUN_ID.fullmatch(area_id)
        row = self._database.row("SELECT * FROM areas WHERE id = ? AND owner = ?", area_id, owner) if known else None
        if row is None:
            raise StorageError(
                "This area is not kept for this browser.", "It may have been deleted; draw it again.", code="not_yours"
            )
        return KeptArea.of(row)
