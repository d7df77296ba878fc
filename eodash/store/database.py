"""The rows: SQLite with a write-ahead log, every commit on the disk before it returns."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eodash.errors import StorageError
from eodash.store import durable

_MIGRATIONS = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
        state TEXT NOT NULL, view TEXT NOT NULL, error TEXT, pinned INTEGER NOT NULL, created REAL NOT NULL,
        updated REAL NOT NULL, server TEXT NOT NULL, version TEXT NOT NULL);
    CREATE INDEX runs_owner ON runs (owner, created);
    CREATE INDEX runs_key ON runs (key);
    CREATE TABLE dates (
        key TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL, status TEXT NOT NULL,
        file TEXT, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (key, time));
    CREATE TABLE cubes (
        key TEXT PRIMARY KEY, folder TEXT NOT NULL, files TEXT NOT NULL, bytes INTEGER NOT NULL, created REAL NOT NULL);
    CREATE TABLE drafts (owner TEXT PRIMARY KEY, draft TEXT NOT NULL, updated REAL NOT NULL);
    """,
    """
    CREATE TABLE areas (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, shape TEXT NOT NULL, name TEXT NOT NULL, wkt TEXT NOT NULL,
        pinned INTEGER NOT NULL, used REAL NOT NULL, UNIQUE (owner, shape));
    """,
    """
    CREATE TABLE results (
        key TEXT PRIMARY KEY, cube TEXT NOT NULL, folder TEXT NOT NULL, files TEXT NOT NULL, bytes INTEGER NOT NULL,
        created REAL NOT NULL, used REAL NOT NULL);
    CREATE INDEX results_cube ON results (cube);
    """,
)
"""One script per version; never change one, add one."""


class Database:
    """One connection that threads take in turn."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        with _translated():
            self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            try:
                self._connection.execute("PRAGMA busy_timeout = 10000")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._migrate()
            except BaseException:
                self._connection.close()
                raise

    def _migrate(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise StorageError(
                "These runs were kept by a newer eodash.", "Update eodash, or choose another EODASH_HOME.", code="newer"
            )
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            self._connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block ends, or nothing."""
        with self._lock, _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled back already
                    self._connection.execute("ROLLBACK")
                raise
        durable.on_step("committed")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, _translated():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(query, *values)
        return found[0] if found else None

    def close(self) -> None:
        with self._lock:
            self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")):
            raise durable.full(error) from error
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            raise durable.read_only(error) from error
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StorageError("The store is busy.", "Try again.", code="busy", retryable=True) from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise StorageError(
                "The list of runs is damaged.", "Put eodash.sqlite back from a backup, or move it away.", code="corrupt"
            ) from error
        if name.startswith("SQLITE_IOERR"):
            raise StorageError("The disk refused.", "Try again.", code="io", retryable=True) from error
        raise
