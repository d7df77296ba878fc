"""A range of bytes behind a URL, through checked connections: retried, re-signed once, hop by hop."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from eodash.errors import CatalogError, RasterError
from eodash.settings import settings
from eodash.sources.safe_urls import HOPS, CheckedPools, check_url, redact, redirects, unsafe
from eodash.sources.signing import Signer

LONGEST_WAIT = 20.0
"""Seconds that a server may ask for in Retry-After."""

_pools = CheckedPools(num_pools=16, maxsize=8)
_gates: defaultdict[tuple[str, int], threading.BoundedSemaphore] = defaultdict(
    lambda: threading.BoundedSemaphore(settings().reads_per_host)
)


def ranged(href: str, signer: Signer, start: int, stop: int, deadline: float) -> tuple[bytes, int]:
    """Bytes start … stop of an asset, and its size."""
    fresh, tries = False, 0
    while True:
        url = signer.sign(href)
        pause = 0.3 * 2**tries * random.uniform(0.5, 1.5)
        try:
            status, headers, body = _get(url, {"Range": f"bytes={start}-{stop - 1}"}, deadline)
            if status == 206 and len(body) and (total := _total(headers)) and len(body) >= min(stop, total) - start:
                return body, total
            if status == 200 and body:
                return body[start:stop], len(body)
            if status in (401, 403) and signer.concerns(href) and not fresh:
                signer.forget(url)
                fresh = True
                continue
            failure = _refused(href, status)
            pause = max(pause, _asked_for(headers))
        except urllib3.exceptions.HTTPError as error:
            failure = _broken(href, error)
        tries += 1
        if not failure.retryable or tries > settings().retries or failure.code == "timeout":
            raise failure
        if time.monotonic() + pause > deadline:
            raise _late(href)
        time.sleep(pause)


def file_name(href: str) -> str:
    return urlsplit(href).path.rpartition("/")[2][:80]


def _get(url: str, headers: dict[str, str], deadline: float) -> tuple[int, Any, bytes]:
    """One GET; every hop is checked before it is asked. At most `reads_per_host` at a time."""
    for _ in range(HOPS + 1):
        check_url(url)
        parts = urlsplit(url)
        with _gates[(parts.hostname or "", parts.port or 0)]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _late(url)
            response = _pools.request(
                "GET",
                url,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(settings().connect_seconds, min(settings().read_seconds, left)),
            )
            try:
                target = response.headers.get("Location") if response.status in (301, 302, 303, 307, 308) else None
                if target is None:
                    return response.status, response.headers, _body(response, url, deadline)
                response.drain_conn()
            finally:
                response.release_conn()
        try:
            url = urljoin(url, target)
        except ValueError as error:
            raise unsafe(target, "which is not a URL") from error
    raise redirects(url)


def _body(response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
    limit = settings().block_mib * 2**20
    if response.status not in (200, 206):
        response.drain_conn() if int(response.headers.get("Content-Length") or 2**20) < 65_536 else response.close()
        return b""
    parts: list[bytes] = []
    size = 0
    while part := response.read1(262_144):
        parts.append(part)
        size += len(part)
        if size > limit:
            response.close()
            raise RasterError(
                "The server sent more than was asked for.",
                "Choose another catalogue, or another product of it.",
                code="too_large",
            )
        if time.monotonic() > deadline:
            response.close()
            raise _late(url)
    return b"".join(parts)


def _total(headers: Any) -> int:
    text = str(headers.get("Content-Range", "")).rpartition("/")[2]
    return int(text) if text.isdecimal() else 0


def _asked_for(headers: Any) -> float:
    text = str(headers.get("Retry-After", ""))
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else 0.0


def _refused(href: str, status: int) -> CatalogError:
    name = file_name(href)
    if status in (401, 403):
        return CatalogError(
            f"The catalogue's storage refuses {name} (HTTP {status}).",
            "The signature or the credentials are not accepted. Try again, or choose another catalogue.",
            code="auth",
        )
    if status in (404, 410):
        return CatalogError(
            f"{name} is missing in the catalogue's storage (HTTP {status}).",
            "Choose another catalogue, or another product of it.",
            code="missing",
        )
    again = status in (200, 206, 408, 429) or status >= 500
    code = "corrupt" if status in (200, 206, 416) else "server"
    return CatalogError(
        f"The storage did not give {name} (HTTP {status}).",
        "Try again later; what is already there is kept.",
        code=code,
        retryable=again,
    )


def _broken(href: str, error: Exception) -> CatalogError:
    host = urlsplit(href).hostname
    if isinstance(error, urllib3.exceptions.ReadTimeoutError | urllib3.exceptions.ConnectTimeoutError):
        return _late(href)
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return CatalogError(
            f"The storage {host} cannot be reached.",
            "Try again, or use the demo region.",
            code="unreachable",
            retryable=True,
        )
    return CatalogError(
        f"The connection to {host} broke off: {redact(type(error).__name__)}.",
        "Try again; what is already there is kept.",
        code="server",
        retryable=True,
    )


def _late(url: str) -> CatalogError:
    return CatalogError(
        f"{urlsplit(url).hostname} did not answer in time.",
        "Try again; what is already there is kept.",
        code="timeout",
        retryable=True,
    )
