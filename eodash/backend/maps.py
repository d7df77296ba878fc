"""Maps as jobs: asked once whoever asks, computed by the engine, kept by the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import xarray as xr

from eodash.backend.engine import engine
from eodash.backend.engine_answers import labelled
from eodash.backend.questions import MapQuestion
from eodash.cards import Card
from eodash.jobs import Job, Jobs, Progress
from eodash.store import Store
from eodash.store.payloads import grid_json


def kept_map(store: Store, question: MapQuestion) -> xr.Dataset | None:
    """A map that was computed before, on memory maps."""
    return _kept(store, question.key)


def ask_map(store: Store, jobs: Jobs, owner: str, question: MapQuestion, cube: xr.DataArray, card: Card) -> Job:
    """Compute a map in the background and keep it; whoever asks the same joins. A CapacityError if too many wait."""
    return _ask(
        store, jobs, owner, question.key, question,
        lambda progress: engine().predict_map(question, cube, card, progress),
    )  # fmt: skip


def kept_summary(store: Store, question: MapQuestion, reducers: tuple[str, ...]) -> xr.Dataset | None:
    """A summary that was computed before."""
    return _kept(store, summary_key(question, reducers))


def ask_summary(
    store: Store,
    jobs: Jobs,
    owner: str,
    question: MapQuestion,
    cube: xr.DataArray,
    card: Card,
    reducers: tuple[str, ...],
) -> Job:
    """Compute a summary in the background and keep it."""
    return _ask(
        store, jobs, owner, summary_key(question, reducers), question,
        lambda progress: engine().summarise_map(question, cube, card, reducers, progress),
    )  # fmt: skip


def summary_key(question: MapQuestion, reducers: tuple[str, ...]) -> str:
    """Names a summary."""
    return hashlib.sha256(json.dumps([question.key, *reducers]).encode()).hexdigest()[:40]


def _ask(
    store: Store,
    jobs: Jobs,
    owner: str,
    key: str,
    question: MapQuestion,
    compute: Callable[[Progress], xr.Dataset],
) -> Job:
    def work(progress: Progress) -> None:
        if not store.has_result(key):
            made = compute(progress)
            progress.tick(1, 1, "Storing")
            _keep(store, key, question.series.key, made)

    return jobs.submit(key, work, owner=owner)


def _keep(store: Store, key: str, of: str, made: xr.Dataset) -> None:
    arrays = {str(name): variable.values for name, variable in made.data_vars.items()}
    meta = {
        "grid": grid_json(made.odc.geobox),
        "axes": {str(name): [str(dim) for dim in variable.dims[:-2]] for name, variable in made.data_vars.items()},
        "time": [str(each) for each in made["date"].values.astype("datetime64[s]")],
        "index": made["index"].values.tolist(),
        "class": made["class"].values.tolist(),
        "attrs": dict(made.attrs),
    }
    store.keep_result(key, of, arrays, meta)


def _kept(store: Store, key: str) -> xr.Dataset | None:
    found = store.result(key)
    return None if found is None else labelled(found.arrays, found.meta)
