"""What one server process shares: the store, the queue, plans, and pictures by signed address."""

from __future__ import annotations

import json
import logging
import tempfile
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from eodash import fetch
from eodash.backend.questions import NOTHING, SURE
from eodash.choice import Seen, seen
from eodash.doctor import Finding, examine
from eodash.errors import EodashError, StorageError
from eodash.files import understand
from eodash.jobs import Jobs
from eodash.preparation import RAW, Preparation, area_of, corrected, prepare
from eodash.sensors import sensor_of
from eodash.settings import settings
from eodash.sources.demo import demo_request
from eodash.store import Run, Store
from eodash.truth import majority, truth_of
from eodash.ui import addresses
from eodash.ui.background import Background
from eodash.views import class_map
from eodash.views.calendar_chart import Pixel, series
from eodash.views.limits import series_limits
from eodash.views.picture import Look, plain_look, rgba, warp_of, warped, webp
from eodash.views.theme import Mode

if TYPE_CHECKING:
    from eodash.files.understood import Understood

log = logging.getLogger("eodash")


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


plan = Background(fetch.plan)
"""The plan of a request."""


def _understood(path: str, corrections: str) -> Understood:
    return understand(path, json.loads(corrections) if corrections else None)


understanding = Background(_understood, keep=16)
"""What is understood of files below the data root, with corrections as JSON."""


def preparation(run: Run) -> Preparation:
    """What is done to a run's series; nothing where its view says something that cannot be read."""
    try:
        return Preparation.from_json(run.view.get("preparation", {}))
    except EodashError as error:
        log.warning("%s", error)
        return Preparation()


def prepared(run: Run) -> xr.DataArray | None:
    """A run's series with its dates chosen and its numbers corrected, before the chain; None while there is none."""
    return _series(run.key, _dates(run.key), replace(preparation(run), chain=RAW).text)


def seen_of(run: Run) -> tuple[Seen, ...]:
    """Coverage and clear share of every stored date of a run, over its area."""
    return _seen(run.key, _dates(run.key))


@lru_cache(maxsize=64)
def _seen(key: str, dates: int) -> tuple[Seen, ...]:
    here = cube(key)
    return () if here is None else seen(here, area_of(here))


def findings(run: Run) -> Future[tuple[Finding, ...]]:
    """What the doctor finds in a run's series after its corrections."""
    return _examined(run.key, _dates(run.key), Preparation(fixes=preparation(run).fixes).text)


def _examine(key: str, dates: int, text: str) -> tuple[Finding, ...]:
    here = _series(key, dates, text)
    return () if here is None else examine(here)


_examined = Background(_examine)


def chained(run: Run) -> xr.DataArray | None:
    """A run's series after its whole preparation; the first time takes seconds."""
    return _series(run.key, _dates(run.key), preparation(run).text)


def _dates(key: str) -> int:
    """How many dates are stored: more may come with a retry."""
    here = cube(key)
    return 0 if here is None else here.sizes["time"]


_preparing = tuple(Lock() for _ in range(16))


def _series(key: str, dates: int, text: str) -> xr.DataArray | None:
    """The stored memory map itself where nothing is done to it; else made once, by whoever comes first."""
    if text == "{}" or not dates:
        return cube(key)
    with _preparing[hash((key, dates, text)) % len(_preparing)]:
        return _made(key, dates, text)


@lru_cache(maxsize=4)
def _made(key: str, dates: int, text: str) -> xr.DataArray | None:
    here = cube(key)
    return None if here is None else prepare(here, Preparation.from_json(json.loads(text)))


def picture_of(run: Run, time: np.datetime64, look: Look, width: int | None = None, *, after: bool = False) -> str:
    """The address of one date's picture, corrected as the run says; `after` the chain, too."""
    here = preparation(run)
    return picture_url(run.key, time, look, width, (here if after else Preparation(fixes=here.fixes)).text)


def picture_url(key: str, time: np.datetime64, look: Look, width: int | None = None, text: str = "{}") -> str:
    """The address of one date's picture."""
    said = [key, str(time), look.layer, look.stretch, look.mask, width]
    address = addresses.written(said if text == "{}" else [*said, text], addresses.secret(store().home))
    return f"/eodash/picture/{address}.webp"


def picture(address: str) -> bytes | None:
    """The picture at an address; None if it was not signed here or its cube is gone."""
    said = addresses.read(address, addresses.secret(store().home))
    if said is None:
        return None
    key, time, layer, stretch, mask, width, *preparing = said
    try:
        return _drawn(key, time, Look(layer, stretch, mask), width, preparing[0] if preparing else "{}")
    except KeyError:
        return None


@lru_cache(maxsize=512)
def _drawn(key: str, time: str, look: Look, width: int | None, text: str) -> bytes:
    here = cube(key)
    if here is None:
        raise KeyError(key)
    if look.layer == Look().layer and look.layer not in sensor_of(here.attrs).composites:
        look = replace(look, layer=plain_look(here).layer)  # nobody chose it
    wanted = Preparation.from_json(json.loads(text))
    drawn_between = _limits(key, here.sizes["time"], text, look.layer) if wanted.chain == RAW else None
    if wanted.chain != RAW:
        here = _series(key, here.sizes["time"], text)
    if here is None:
        raise KeyError(key)
    index = here.indexes["time"].get_loc(np.datetime64(time))
    if wanted.chain == RAW and wanted.fixes:
        here, index = corrected(here[index : index + 1], wanted), 0
        if not here.sizes["time"]:
            raise KeyError(time)
    image = rgba(here, index, look, drawn_between)
    return webp(image, 80, width) if width else webp(warped(image, warp_of(here.odc.geobox)))


def map_url(
    key: str, answer: str, place: int, layer: class_map.Layer, scene: np.datetime64, opacity: float, mode: Mode
) -> str:
    """The address of what a kept answer says at one of its dates, over a grey scene of the cube."""
    said = [key, answer, place, layer, str(scene), opacity, mode]
    return f"/eodash/map/{addresses.written(said, addresses.secret(store().home))}.png"


def map_picture(address: str) -> bytes | None:
    """The picture of an answer; None if its address was not signed here, or the answer or its cube is gone."""
    said = addresses.read(address, addresses.secret(store().home))
    try:
        return None if said is None else _map_drawn(*said)
    except KeyError:
        return None


@lru_cache(maxsize=512)
def _map_drawn(
    key: str, answer: str, place: int, layer: class_map.Layer, scene: str, opacity: float, mode: Mode
) -> bytes:
    here, found = cube(key), store().result(answer)
    if here is None or found is None:
        raise KeyError(answer)
    said = np.asarray(found.arrays["said"][place])
    if layer in class_map.CLASSES:
        known = truth_of(demo_request(), here, "landcover") if layer == "fields" else None
        grouped = said if known is None or known.parcels is None else majority(said, known.parcels)
        toned = class_map.of_classes(grouped, json.loads(found.meta["attrs"]["colours"]))
    else:
        toned = class_map.of_shares(np.asarray(found.arrays[layer][place]), SURE, said != NOTHING, mode)
    grey, seen = grey_scene(key, scene)
    return class_map.over(toned, grey, seen, opacity, warp_of(here.odc.geobox))


@lru_cache(maxsize=8)
def grey_scene(key: str, scene: str) -> tuple[np.ndarray, np.ndarray]:
    """One date of a cube in grey, and where it was seen."""
    here = cube(key)
    if here is None:
        raise KeyError(key)
    image = rgba(here, here.indexes["time"].get_loc(np.datetime64(scene)), plain_look(here))
    return class_map.grey_of(image), image[..., 3] > 0


def limits(run: Run, layer: str) -> tuple[float, float]:
    """Between which values the pictures of a run's layer are drawn, on every date the same."""
    return _limits(run.key, _dates(run.key), Preparation(fixes=preparation(run).fixes).text, layer)


@lru_cache(maxsize=256)
def _limits(key: str, dates: int, text: str, layer: str) -> tuple[float, float]:
    here = cube(key)
    if here is None:
        raise KeyError(key)
    return series_limits(here, Preparation.from_json(json.loads(text)), layer)


def chart_of(
    run: Run, pixels: tuple[Pixel, ...], index: str, mode: Mode, *, after: bool = False
) -> tuple[go.Figure, Lock]:
    """The series of a run's pinned pixels as they are looked at, drawn once; who moves its date line holds the lock."""
    here = preparation(run)
    text = (here if after else replace(here, chain=RAW)).text
    return _chart(run.key, _dates(run.key), text, pixels, index, mode)


@lru_cache(maxsize=64)
def _chart(
    key: str, dates: int, text: str, pixels: tuple[Pixel, ...], index: str, mode: Mode
) -> tuple[go.Figure, Lock]:
    here = _series(key, dates, text)
    if here is None:
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
