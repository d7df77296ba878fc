"""Explanations of a region's sample as jobs: asked once whoever asks, computed by the engine, kept by the store.

They are about the last of the dates of a map's question; the key names everything that the answer depends on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.engine import engine
from eodash.backend.engine_series import sample_of
from eodash.backend.orders import Array
from eodash.backend.questions import MapQuestion
from eodash.cards import Card
from eodash.jobs import Job, Jobs, Progress
from eodash.store import Store

COUNT = 256
"""Pixels of a sample."""


def kept_sample(store: Store, question: MapQuestion, kind: str, **options: Any) -> xr.Dataset | None:
    """An explanation that was computed before; None if there is none."""
    found = store.result(sample_key(question, kind, **options))
    return None if found is None else _labelled(found.arrays, found.meta)


def ask_sample(
    store: Store,
    jobs: Jobs,
    owner: str,
    question: MapQuestion,
    cube: xr.DataArray,
    card: Card,
    kind: str,
    **options: Any,
) -> Job:
    """Explain a sample in the background and keep it; whoever asks the same joins. A CapacityError if too many wait.

    Options are those of `Engine.explain_sample`; `count` and `seed` also say which pixels.
    """
    key = sample_key(question, kind, **options)

    def work(progress: Progress) -> None:
        if store.has_result(key):
            return
        said = dict(options)
        count = int(said.pop("count", COUNT))
        sample = sample_of(cube, count, int(said.get("seed", 0)))
        said.setdefault("date", question.dates[-1])
        made = engine().explain_sample(sample, card, question.legend, kind, progress, **said)
        progress.tick(sample.sizes["pixel"], sample.sizes["pixel"], "Storing")
        arrays, meta = _plain(made)
        store.keep_result(key, question.series.key, arrays, meta)

    return jobs.submit(key, work, owner=owner)


def sample_key(question: MapQuestion, kind: str, **options: Any) -> str:
    """Names an explanation of a sample."""
    about = [*(repr(each) for each in (question.series, question.card, question.weights)), question.legend]
    said = json.dumps([*about, question.dates[-1], kind, options], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _plain(made: xr.Dataset) -> tuple[dict[str, Array], dict[str, Any]]:
    """A Dataset as arrays and JSON; coordinates are short, and go into the JSON."""
    arrays = {str(name): variable.values for name, variable in made.data_vars.items()}
    return arrays, {
        "axes": {str(name): list(variable.dims) for name, variable in made.data_vars.items()},
        "coords": {str(name): [list(each.dims), each.values.tolist()] for name, each in made.coords.items()},
        "attrs": dict(made.attrs),
    }


def _labelled(arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> xr.Dataset:
    coords = {name: (dims, np.asarray(values)) for name, (dims, values) in meta["coords"].items()}
    return xr.Dataset({name: (meta["axes"][name], each) for name, each in arrays.items()}, coords, meta["attrs"])
