"""One run: what somebody asked, and what became of it."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from eodash.request import Request

RunState = Literal["queued", "running", "done", "partial", "failed", "cancelled", "interrupted", "evicted"]
STATES: tuple[RunState, ...] = (
    "queued", "running", "done", "partial", "failed", "cancelled", "interrupted", "evicted",
)  # fmt: skip
ACTIVE: tuple[RunState, ...] = ("queued", "running")
RUN_ID = re.compile(r"[a-z2-7]{26}")
INTERRUPTED = {
    "name": "ComputeError interrupted",
    "message": "The server stopped while this was running.",
    "advice": "Run it again: what was fetched already is kept.",
}


@dataclass(frozen=True)
class Run:
    """One run; whoever holds its id may open it."""

    id: str
    owner: str
    name: str
    request: Request
    key: str
    state: RunState
    view: dict[str, Any]
    error: dict[str, Any] | None
    created: datetime
    updated: datetime
    pinned: bool
    version: str

    @classmethod
    def of(cls, row: sqlite3.Row) -> Run:
        """A run from its row."""
        return cls(
            id=row["id"],
            owner=row["owner"],
            name=row["name"],
            request=Request.from_json(json.loads(row["request"])),
            key=row["key"],
            state=row["state"],
            view=json.loads(row["view"]),
            error=json.loads(row["error"]) if row["error"] else None,
            created=datetime.fromtimestamp(row["created"], UTC),
            updated=datetime.fromtimestamp(row["updated"], UTC),
            pinned=bool(row["pinned"]),
            version=row["version"],
        )


def new_id() -> str:
    """26 characters that nobody can guess: 130 random bits."""
    bits = secrets.randbits(130)
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[bits >> (5 * place) & 31] for place in range(26))
