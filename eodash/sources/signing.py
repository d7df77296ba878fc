"""Signed at read time: short-lived tokens are asked for when they are needed and kept in memory only."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from eodash.errors import CatalogError
from eodash.sources.catalogues import Entry

Ask = Callable[[str], str]
"""URL → the text behind it."""

_SLACK = 60.0
"""Seconds before its end from which a token counts as expired."""


class Signer:
    """Adds the Planetary Computer's tokens to the addresses of its storage, and to no other."""

    def __init__(self, entry: Entry, collection: str, ask: Ask) -> None:
        self._signs = entry.signing == "planetary-computer"
        self._hosts = tuple(entry.signed_hosts)
        self._url = f"{entry.token_url.rstrip('/')}/{quote(collection, safe='')}"
        self._ask = ask
        self._token = ""
        self._ends = 0.0
        self._lock = threading.Lock()

    def concerns(self, href: str) -> bool:
        """Whether this address gets a token."""
        host = urlsplit(href).hostname or ""
        return self._signs and any(host == name or (name[0] == "." and host.endswith(name)) for name in self._hosts)

    def sign(self, href: str) -> str:
        """The address as it can be read now."""
        if not self.concerns(href):
            return href
        with self._lock:
            if time.time() > self._ends - _SLACK:
                self._token, self._ends = self._new_token()
            return f"{href.partition('?')[0]}?{self._token}"

    def forget(self, signed: str) -> None:
        """This token was refused: ask for another, unless somebody has done so since."""
        with self._lock:
            if self._token and signed.endswith(self._token):
                self._ends = 0.0

    def _new_token(self) -> tuple[str, float]:
        try:
            return _token(self._ask(self._url))
        except CatalogError as error:
            raise (_no_token() if error.code == "not_stac" else error) from error


def _no_token() -> CatalogError:
    return CatalogError(
        "The catalogue's signing service did not give a token.",
        "Try again in a minute, or choose another catalogue.",
        code="auth",
        retryable=True,
    )


def _token(text: str) -> tuple[str, float]:
    try:
        said: dict[str, Any] = json.loads(text)
        token = said["token"]
        if not isinstance(token, str) or not token or any(ord(letter) < 33 for letter in token):
            raise ValueError("no token")
        expiry = datetime.fromisoformat(said["msft:expiry"])
        ends = (expiry if expiry.tzinfo else expiry.replace(tzinfo=UTC)).timestamp()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_token() from error
    return token, max(ends, time.time() + 2 * _SLACK)
