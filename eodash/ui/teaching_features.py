"""Features of the open region: computed once in the background, then kept with the run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache

import xarray as xr

from eodash.backend.engine import engine
from eodash.cards import Card
from eodash.jobs import Job, Progress
from eodash.preparation import RAW
from eodash.store import Run, Store
from eodash.teach.region import Region, from_arrays, region, to_arrays
from eodash.ui import asking, cached

VERSION = 1
"""Of what features are: another one, and they are computed again."""


def key_of(run: Run, cube: xr.DataArray, base: Card | None) -> str:
    """Names the features of a run's series with a network, or of the series alone."""
    preparation = cached.preparation(run)
    text = (replace(preparation, chain=RAW) if base is not None and base.input.level == "l1c" else preparation).text
    weights = base.weights.sha256 if base is not None and base.weights is not None else ""
    said = repr((VERSION, run.key, cube.shape, text, weights))
    return hashlib.sha256(f"teach {said}".encode()).hexdigest()[:40]


def features(run: Run, cube: xr.DataArray, base: Card | None) -> Region | None:
    """The features if they are kept; else how far they are, in their place on the page."""
    key = key_of(run, cube, base)
    shape = (cube.sizes["y"], cube.sizes["x"])
    return asking.or_progress(
        "teach-features",
        key,
        "Reading the region once",
        lambda: kept(key, shape),
        lambda owner: _ask(cached.store(), owner, key, run, cube, base),
    )


@lru_cache(maxsize=4)
def _open(key: str, shape: tuple[int, int]) -> Region:
    found = cached.store().result(key)
    if found is None:
        raise KeyError(key)
    return from_arrays(found.arrays, shape)


def kept(key: str, shape: tuple[int, int]) -> Region | None:
    """Features that were computed before, on memory maps."""
    if not cached.store().has_result(key):
        _open.cache_clear()
        return None
    try:
        return _open(key, shape)
    except KeyError:
        return None


def _ask(store: Store, owner: str, key: str, run: Run, cube: xr.DataArray, base: Card | None) -> Job:
    def work(progress: Progress) -> None:
        if store.has_result(key):
            return
        network = None
        if base is not None:
            legend = next(iter(base.legends))
            question, series = asking.question_about(
                run, base, legend, (cube.sizes["time"] - 1,), raw=base.input.level == "l1c"
            )
            network = engine().summarise_map(question, series, base, ("features",), progress)["features"].values
            if network.ndim == 4:  # a date beside it
                network = network[0]
        made = region(cube, network, lambda done, of: progress.tick(done // PIECES, -(-of // PIECES)))
        progress.tick(1, 1, "Storing")
        store.keep_result(key, run.key, to_arrays(made), {"base": base.name if base else ""})

    return asking.maps().submit(key, work, owner=owner)


PIECES = 8192
"""Pixels that count as one tile of progress."""
