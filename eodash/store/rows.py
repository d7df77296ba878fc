"""How keys, times and larger values stand in a row."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from eodash.errors import StorageError

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def checked_key(key: str) -> str:
    """The key, which also names files, or a StorageError."""
    if not _KEY.fullmatch(key):
        raise StorageError("This is no key of a request.", "Take the key of a run.", code="key")
    return key


def second(moment: np.datetime64) -> str:
    """A time as rows name it: the UTC second, as in a cube."""
    return str(moment.astype("datetime64[s]"))


def json_text(said: Any) -> str:
    """JSON, NumPy's numbers as plain ones."""
    return json.dumps(said, default=_plain)


def bounded_json(said: dict[str, Any], limit: int, what: str) -> str:
    """JSON of at most `limit` bytes."""
    text = json_text(said)
    if len(text.encode()) > limit:
        raise StorageError(f"The {what} is too large to keep: {len(text):,} characters.", "Simplify it.", code=what)
    return text


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
