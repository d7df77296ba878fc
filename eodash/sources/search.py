"""Asking a STAC API: the one place that uses pystac-client, with every failure turned into a sentence."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from pystac_client import Client
from pystac_client.stac_api_io import StacApiIO
from pystac_client.warnings import PystacClientWarning

from eodash.errors import CatalogError
from eodash.request import Area, Period
from eodash.settings import settings
from eodash.sources.safe_urls import check_url, checked_session, redact, redirects, unsafe

PAGE = 100
"""Scenes per answer."""
LARGEST = 64 * 2**20
"""Bytes of one answer."""
LONGEST_WAIT = 10
"""Seconds that a server may ask for in Retry-After."""

warnings.filterwarnings("ignore", category=PystacClientWarning)  # what a catalogue lacks shows in what it answers


def pages(url: str, collection: str, area: Area, period: Period) -> Iterator[dict[str, Any]]:
    """The pages of a search, as they come; raises CatalogError."""
    check_url(url)
    talk = CheckedIO(urlsplit(url).hostname or "")
    limits = (settings().connect_seconds, settings().read_seconds)
    try:
        client = Client.open(url, stac_io=talk, timeout=limits)
        search = client.search(
            collections=[collection],
            intersects=area.geojson["geometry"],
            datetime=f"{period.start}T00:00:00Z/{period.end}T23:59:59Z",
            limit=PAGE,
        )
        yield from search.pages_as_dicts()
    except CatalogError:
        raise
    except Exception as error:  # pystac raises whatever a hostile answer leads it to
        raise not_stac(talk.host) from error


class CheckedIO(StacApiIO):
    """Requests that go only where they may, end in time, and are retried, POST included."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host
        self.session = checked_session(
            urllib3.Retry(
                total=settings().retries,
                connect=min(2, settings().retries),
                read=0,
                other=0,
                allowed_methods=None,
                status_forcelist=(429, 500, 502, 503, 504),
                backoff_factor=0.3,
                backoff_jitter=0.2,
                backoff_max=5,
                raise_on_status=False,
                retry_after_max=LONGEST_WAIT,
            )
        )

    def read_text(self, source: Any, *args: Any, **kwargs: Any) -> str:
        """As in pystac-client, but never from a file of this machine."""
        if isinstance(source, str):
            check_url(source)
        return str(super().read_text(source, *args, **kwargs))

    def request(
        self,
        href: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> str:
        if method not in (None, "GET", "POST"):
            raise not_stac(self.host)
        check_url(href)
        post = method == "POST"
        timeout = (settings().connect_seconds, settings().read_seconds)
        try:
            with self.session.request(
                method or "GET",
                href,
                headers=headers,
                timeout=timeout,
                stream=True,
                json=parameters if post else None,
                params=None if post else parameters,
            ) as answer:
                if answer.status_code != 200:
                    raise _refused(self.host, answer.status_code)
                text = _text(answer, time.monotonic() + 3 * settings().read_seconds)
        except requests.TooManyRedirects as error:
            raise redirects(href) from error
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
            raise unsafe(redact(error), "where it must not go") from error
        except requests.ConnectTimeout as error:
            raise _unreachable(self.host) from error
        except requests.Timeout as error:
            raise _late(self.host) from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise not_stac(self.host) from error
        except requests.ConnectionError as error:
            late = isinstance(getattr(error.args[0] if error.args else None, "reason", None), TimeoutError)
            raise (_late(self.host) if late or "timed out" in str(error) else _unreachable(self.host)) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise not_stac(self.host) from error
        return text


def get_text(url: str) -> str:
    """One small answer, such as a token."""
    return CheckedIO(urlsplit(url).hostname or "").request(url)


def _text(answer: requests.Response, deadline: float) -> str:
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(262_144):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise not_stac(urlsplit(answer.url).hostname or "")
        if time.monotonic() > deadline:
            raise _late(urlsplit(answer.url).hostname or "")
    try:
        text = b"".join(parts).decode("utf-8")
        json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise not_stac(urlsplit(answer.url).hostname or "") from error
    return text


def _no_number(name: str) -> float:
    return float(name)  # NaN and Infinity pass here; each field is judged where it is used


def not_stac(host: str) -> CatalogError:
    return CatalogError(
        f"{host} did not answer as a STAC catalogue does.",
        "A login page of the network, or a catalogue that is out of order? Try again, or use the demo region.",
        code="not_stac",
        retryable=True,
    )


def _unreachable(host: str) -> CatalogError:
    return CatalogError(
        f"The catalogue {host} cannot be reached.",
        "Check the network and try again. The demo region needs no network.",
        code="unreachable",
        retryable=True,
    )


def _late(host: str) -> CatalogError:
    return CatalogError(
        f"The catalogue {host} did not answer in {settings().read_seconds:g} seconds.",
        "Try again later, or use the demo region.",
        code="timeout",
        retryable=True,
    )


def _refused(host: str, status: int) -> CatalogError:
    if status in (401, 403):
        return CatalogError(
            f"The catalogue {host} asks for credentials (HTTP {status}).", "Choose another catalogue.", code="auth"
        )
    return CatalogError(
        f"The catalogue {host} answered with HTTP {status}.",
        "Try again later, or use the demo region.",
        code="server" if status >= 500 or status == 429 else "not_stac",
        retryable=True,
    )
