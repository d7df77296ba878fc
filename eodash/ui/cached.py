"""What one server process shares: the store, the queue, plans, and pictures by signed address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from eodash import fetch
from eodash.errors import StorageError
from eodash.jobs import Jobs
from eodash.request import Request
from eodash.settings import settings
from eodash.sources.contract import Plan
from eodash.store import Store
from eodash.views.calendar_chart import Pixel, series
from eodash.views.picture import Look, rgba, warp_of, warped, webp
from eodash.views.theme import Mode

log = logging.getLogger("eodash")

SECRET_BYTES = 32


@lru_cache(maxsize=1)
def store() -> Store:
    """The runs of this server; in a folder that goes with it where its own cannot be written."""
    try:
        return Store(settings().home, settings().quota_mib)
    except StorageError as error:
        log.warning("%s Runs are kept in a temporary folder.", error)
        return Store(Path(tempfile.mkdtemp(prefix="eodash-")), settings().quota_mib)


def keeps() -> bool:
    """Whether runs outlive this server."""
    return store().home == settings().home


@lru_cache(maxsize=1)
def jobs() -> Jobs:
    return Jobs(settings().running_jobs, settings().queued_jobs)


def cube(key: str) -> xr.DataArray | None:
    """The stored cube of a request, a read-only memory map that all sessions share; None while there is none."""
    try:
        return store().cube(key)
    except StorageError as error:  # damaged or lost: the store has forgotten it, a retry reads it again
        log.warning("%s", error)
        return None


_planning: dict[str, Future[Plan]] = {}
_planners = ThreadPoolExecutor(4, "eodash-plan")


def plan(request: Request) -> Future[Plan]:
    """The plan of a request, made in the background; the newest 64 are kept, failures until they are asked again."""
    future = _planning.get(request.key)
    if future is None:
        while len(_planning) >= 64:
            _planning.pop(next(iter(_planning)), None)
        future = _planning[request.key] = _planners.submit(fetch.plan, request)
    return future


def forget_plan(request: Request) -> None:
    _planning.pop(request.key, None)


@lru_cache(maxsize=1)
def _secret() -> bytes:
    """Signs picture addresses; kept beside the runs so that addresses outlive a restart."""
    path = store().home / "secret"
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


def picture_url(key: str, time: np.datetime64, look: Look, width: int | None = None) -> str:
    """The address of one date's picture: nobody can guess one, everybody who holds one sees the same picture."""
    said = json.dumps([key, str(time), look.layer, look.stretch, look.mask, width], separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(said).decode().rstrip("=")
    return f"/eodash/picture/{text}.{_signature(text)}.webp"


def _signature(text: str) -> str:
    return hmac.new(_secret(), text.encode(), hashlib.sha256).hexdigest()[:32]


def picture(address: str) -> bytes | None:
    """The picture at an address; None if it was not signed here or its cube is gone."""
    text, _, signature = address.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text).encode()):
        return None
    key, time, layer, stretch, mask, width = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    try:
        return _drawn(key, time, Look(layer, stretch, mask), width)
    except KeyError:
        return None


@lru_cache(maxsize=512)
def _drawn(key: str, time: str, look: Look, width: int | None) -> bytes:
    here = cube(key)
    if here is None:
        raise KeyError(key)
    index = here.indexes["time"].get_loc(np.datetime64(time))
    image = rgba(here, index, look)
    return webp(image, 80, width) if width else webp(warped(image, warp_of(here.odc.geobox)))


@lru_cache(maxsize=64)
def chart(key: str, dates: int, pixels: tuple[Pixel, ...], index: str, mode: Mode) -> tuple[go.Figure, Lock]:
    """The series of pinned pixels of a run with so many dates, drawn once; who moves its date line holds the lock."""
    here = cube(key)
    if here is None or here.sizes["time"] != dates:
        raise KeyError(key)
    return series(here, pixels, index, here["time"].values[0], mode), Lock()


def versions() -> dict[str, str]:
    """What runs here, for the panel of limits and versions; torch is named without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    from eodash import __version__

    found: dict[str, str] = {"eodash": __version__}
    for name in ("streamlit", "torch", "xarray", "rasterio", "odc-stac", "folium", "leafmap", "plotly"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
