"""How keys, times and larger values stand in a row."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import numpy as np

from eodash.errors import StorageError

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that make the text after them run the other way."""
NAME_LENGTH = 120


def checked_key(key: str) -> str:
    """The key, which also names files, or a StorageError."""
    if not _KEY.fullmatch(key):
        raise StorageError("This is no key of a request.", "Take the key of a run.", code="key")
    return key


def plain_name(text: str) -> str:
    """A name as it is kept: one line of at most 120 characters, whatever they are, without control characters."""
    plain = "".join(
        " " if letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter
        for letter in text[: 4 * NAME_LENGTH].replace("\0", "")
    )
    return " ".join(plain.split())[:NAME_LENGTH].strip()


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
