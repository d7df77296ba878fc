"""The server's side of learning features on an open run: patches go to a child, losses come back; no torch here.

What was learnt is kept with the run's cube, and every distance that was measured with it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.learning_apart import SEED, STEPS, Task, child, distance_of, weights_of
from eodash.change.pair import Floats, Pair
from eodash.change.standard import standardised
from eodash.change.triples import Triples, triples
from eodash.errors import ComputeError, RasterError
from eodash.jobs import Job, Jobs, Progress
from eodash.sandbox import Box
from eodash.sources.contract import NODATA
from eodash.store import Store

__all__ = [
    "STEPS", "Learnt", "Subject", "Task", "ask_distance", "ask_learning", "curves", "distance", "learnt", "measured",
    "name_of",
]  # fmt: skip

PER_DATE, FEWEST, MOST = 5, 60, 120
"""Triples of a date, and of all dates together."""
VERSION = 1
"""Counts up when the same images would teach something else."""
CURVES = 8


@dataclass(frozen=True)
class Subject:
    """What is learnt from, and how: names what was learnt."""

    key: str  # of the run's cube
    text: str  # of its preparation
    dates: int  # how many it has by now
    task: Task = "triplet"

    @property
    def name(self) -> str:
        return _name("learnt", str(VERSION), self.key, self.text, str(self.dates), self.task)


@dataclass(frozen=True, eq=False)
class Learnt:
    """Features that were learnt."""

    weights: NDArray[np.float32]
    losses: NDArray[np.float32]  # one for each step
    bands: tuple[str, ...]
    triples: int


class Curves:
    """Losses of what is being learnt now, as they come."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._lock = Lock()

    def of(self, name: str) -> tuple[float, ...]:
        with self._lock:
            return self._known.get(name, ())

    def keep(self, name: str, losses: tuple[float, ...]) -> None:
        with self._lock:
            self._known[name] = losses
            while len(self._known) > CURVES:
                self._known.popitem(last=False)


curves = Curves()


def learnt(store: Store, subject: Subject) -> Learnt | None:
    """What was learnt before; None if nothing."""
    found = store.result(subject.name)
    if found is None:
        return None
    said = found.meta
    return Learnt(found.arrays["weights"], found.arrays["losses"], tuple(said["bands"]), int(said["triples"]))


def distance(store: Store, subject: Subject, pair: Pair) -> Floats | None:
    """(y, x): how far the features of a pair lie apart, if that was measured before; NaN where not usable."""
    found = store.result(_of_pair(subject, pair))
    return None if found is None else np.asarray(found.arrays["distance"])


def ask_learning(store: Store, jobs: Jobs, owner: str, subject: Subject, cube: xr.DataArray, pair: Pair) -> Job:
    """Learn in the background, measure this pair, keep both; whoever asks the same joins."""

    def work(progress: Progress) -> None:
        if store.has_result(subject.name):
            return
        curves.keep(subject.name, ())
        progress.tick(0, STEPS, "Cutting patches")
        found = _triples(subject, cube)

        def hear(losses: tuple[float, ...]) -> None:
            progress.tick(len(losses), STEPS, "Learning")
            curves.keep(subject.name, losses)

        with child(learns=True) as box:
            weights, losses = weights_of(box, subject.task, found, hear)
            made = Learnt(weights, np.array(losses, np.float32), bands_of(cube), len(found))
            meta = {"bands": list(made.bands), "triples": made.triples, "task": subject.task, "steps": len(losses)}
            store.keep_result(subject.name, subject.key, {"weights": weights, "losses": made.losses}, meta)
            _measure(box, store, subject, made, pair)

    return jobs.submit(subject.name, work, owner=owner)


def ask_distance(store: Store, jobs: Jobs, owner: str, subject: Subject, pair: Pair) -> Job:
    """Measure another pair with what was learnt, in the background."""

    def work(progress: Progress) -> None:
        progress.tick(0, 1, "Measuring")
        measured(store, subject, pair)

    return jobs.submit(name_of(subject, pair), work, owner=owner)


def measured(store: Store, subject: Subject, pair: Pair) -> Floats:
    """How far the features of a pair lie apart; the first time takes seconds. A ComputeError if nothing was learnt."""
    kept = distance(store, subject, pair)
    if kept is not None:
        return kept
    made = learnt(store, subject)
    if made is None:
        raise ComputeError("Nothing was learnt on this run yet.", "Learn on it first.", code="not_learnt")
    with child(learns=False) as box:
        return _measure(box, store, subject, made, pair)


def name_of(subject: Subject, pair: Pair) -> str:
    """Names the distance of a pair, as a job and as a result."""
    return _of_pair(subject, pair)


def bands_of(cube: xr.DataArray) -> tuple[str, ...]:
    return tuple(str(name) for name in cube["band"].values.tolist())


def _triples(subject: Subject, cube: xr.DataArray) -> Triples:
    clear = cube["clear"].values.astype(bool) & (cube.values != NODATA).all(1)
    count = min(MOST, max(FEWEST, PER_DATE * len(clear)))
    return triples(cube.values, clear, count, [SEED], same_date=subject.task == "triplet")


def _measure(box: Box, store: Store, subject: Subject, made: Learnt, pair: Pair) -> Floats:
    apart = distance_of(box, made.weights, *_scaled(pair, made.bands))
    found: Floats = np.where(pair.usable, apart, np.float32(np.nan))
    store.keep_result(_of_pair(subject, pair), subject.key, {"distance": found}, {})
    return found


def _scaled(pair: Pair, bands: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Both dates (band, y, x), these bands, one scale for both; 0 where not usable."""
    if lacking := [name for name in bands if name not in pair.bands]:
        raise RasterError(
            f"What was learnt needs the band {lacking[0]}, which says nothing on these two dates.",
            "Choose two other dates.",
            code="bands",
            details={"needed": ", ".join(bands)[:200]},
        )
    return standardised(pair, [pair.bands.index(name) for name in bands])


def _of_pair(subject: Subject, pair: Pair) -> str:
    said = hashlib.blake2b(digest_size=20)
    for each in (pair.before, pair.after, pair.usable):
        said.update(np.ascontiguousarray(each).data)
    return _name(subject.name, said.hexdigest(), ",".join(pair.bands))


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
