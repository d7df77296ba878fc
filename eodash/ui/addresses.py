"""Addresses of pictures: nobody can guess one, everybody who holds one sees the same picture."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

log = logging.getLogger("eodash")

SECRET_BYTES = 32


@lru_cache(maxsize=4)
def secret(home: Path) -> bytes:
    """Signs addresses; kept beside the runs so that addresses outlive a restart."""
    path = home / "secret"
    try:
        if len(kept := path.read_bytes()) == SECRET_BYTES:
            return kept
    except OSError:
        pass
    made = secrets.token_bytes(SECRET_BYTES)
    try:
        beside = path.with_name(f"secret.{secrets.token_hex(8)}")
        beside.touch(0o600)
        beside.write_bytes(made)
        beside.replace(path)
    except OSError as error:  # a full disk: addresses last as long as this process
        log.warning("The secret of picture addresses could not be kept: %s", error)
    return made


def written(said: list[Any], key: bytes) -> str:
    """What a picture shows, as the part of an address that only this server can make."""
    told = json.dumps(said, separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(told).decode().rstrip("=")
    return f"{text}.{_signature(text, key)}"


def read(address: str, key: bytes) -> list[Any] | None:
    """What an address says; None where it was not made with this key."""
    text, _, signature = address.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, key).encode()):
        return None
    said: list[Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return said


def _signature(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
