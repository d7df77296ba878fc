"""A catalogue that keeps failing rests, so that nobody waits for it in vain."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from eodash.errors import CatalogError, EodashError
from eodash.settings import settings

TIRING = frozenset({"unreachable", "timeout", "server", "not_stac"})
"""Failures that speak against the server, not against what was asked of it."""


class Rest:
    """Counts failures in a row; after `failures_before_rest` of them the catalogue rests."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._failures = 0
        self._until = 0.0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise CatalogError resting while it rests."""
        left = self._until - time.monotonic()
        if left > 0:
            clock = (datetime.now(UTC) + timedelta(seconds=left)).strftime("%H:%M:%S")
            raise CatalogError(
                f"{self._title} failed {settings().failures_before_rest} times in a row and rests until {clock} UTC.",
                f"Try again in {left:.0f} seconds, or use the demo region.",
                code="resting",
                retryable=True,
                details={"seconds": left},
            )

    def note(self, error: EodashError | None) -> None:
        """Write down how a call ended."""
        with self._lock:
            if error is None:
                self._failures = 0
            elif error.code in TIRING:
                self._failures += 1
                if self._failures >= settings().failures_before_rest:
                    self._until = time.monotonic() + settings().rest_seconds
                    self._failures = 0
