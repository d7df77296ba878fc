"""Only public addresses over https: every URL, redirect hop and resolved address is checked before a byte goes out.

The address that was checked is the one that is connected to, so a name that resolves differently a moment later gains
nothing. Proxies from the environment are not used, for the same reason.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError

from eodash.errors import CatalogError
from eodash.settings import settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The only names of this machine that `allow_loopback` lets in."""
HOPS = 5
"""Redirects that are followed."""

_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:[^/\s@?#'\"<>]*@)?([^\s?#'\"<>]*)([?#][^\s'\"<>]*)?")
_PATH = re.compile(r"(/[^\s?'\"<>]*)\?[^\s'\"<>]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def redact(text: object, longest: int = 300) -> str:
    """The text without what may be secret in its URLs: query, fragment, user and password."""
    whole = _URL.sub(lambda found: found[1] + found[2] + ("?…" if found[3] else ""), str(text))
    return _PATH.sub(r"\1?…", whole)[:longest]


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), ()
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_redact_record)


def unsafe(what: str, why: str) -> CatalogError:
    return CatalogError(
        f"The catalogue points to {redact(what, 120)!r}, {why}.",
        "Nothing was sent there. Tell whoever runs the catalogue; the demo region works without it.",
        code="unsafe_url",
    )


def redirects(url: str) -> CatalogError:
    return CatalogError(
        f"{redact(url, 120)} redirects more than {HOPS} times.", "Try another catalogue.", code="redirects"
    )


def check_url(url: str) -> None:
    """Raise unsafe_url unless this is https to somewhere, or this machine where that is allowed."""
    if not isinstance(url, str) or any(ord(letter) < 33 for letter in url) or "\\" in url:
        raise unsafe(repr(url), "which is not a URL")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise unsafe(url, "which is not a URL") from error
    if parts.scheme not in ("https", "http") or not host:
        raise unsafe(url, "which is not an https address")
    if parts.username is not None or parts.password is not None:
        raise unsafe(url, "which carries a user name")
    if parts.scheme == "http" and not (host in LOOPBACK and settings().allow_loopback):
        raise unsafe(url, "which is not encrypted (http)")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host in LOOPBACK:
            check_address("127.0.0.1", host)
        return
    check_address(str(address), host)


def check_address(address: str, host: str) -> None:
    """Raise unsafe_url unless a resolved address is public."""
    found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_loopback and host in LOOPBACK and settings().allow_loopback:
        return
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        raise unsafe(host, f"a private address ({found})" if str(found) != host else "a private address")


def _unwrapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


class _Checked:
    """Resolves once, checks every answer, connects to an address that was checked."""

    _dns_host: str
    port: int

    def _new_conn(self) -> socket.socket:
        host = self._dns_host
        try:
            answers = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(host, self, reason) from error  # type: ignore[arg-type]
        addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        for address in addresses:
            check_address(address, host.strip("[]").rstrip("."))
        failure: Exception | None = None
        for address in addresses[:2]:
            self._dns_host = address
            try:
                return super()._new_conn()  # type: ignore[misc,no-any-return]
            except urllib3.exceptions.HTTPError as error:
                failure = error
            finally:
                self._dns_host = host
        assert failure is not None
        raise failure


class _CheckedHTTP(_Checked, HTTPConnection):
    pass


class _CheckedHTTPS(_Checked, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class CheckedPools(urllib3.PoolManager):
    """A PoolManager that connects to checked addresses only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class CheckedAdapter(HTTPAdapter):
    """The same for requests; it sees every redirect hop as a request of its own."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = CheckedPools(num_pools=connections, maxsize=maxsize, block=block, **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        check_url(request.url or "")
        return super().send(request, *args, **kwargs)


def checked_session(retry: urllib3.Retry) -> requests.Session:
    """A requests session that goes only where it may; it reads neither proxies nor .netrc."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = HOPS
    adapter = CheckedAdapter(max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
