"""The server's hold on a process that learns: triples go to it, losses and weights come back; no torch here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eodash.change.pair import Floats
from eodash.change.triples import Triples
from eodash.errors import ComputeError, RasterError
from eodash.sandbox import Box, Needs, opened
from eodash.settings import settings

Task = Literal["triplet", "overlap"]
TASK = "change.learn"
STEPS = 200
STRIDE = 2
"""Steps between two looks at how far it is."""
SEED = 1
THREADS = 2
OnLosses = Callable[[tuple[float, ...]], None]


def weights_of(
    box: Box, task: Task, found: Triples, on_losses: OnLosses
) -> tuple[NDArray[np.float32], tuple[float, ...]]:
    """What was learnt, in one row, and the loss of every step; `on_losses` hears them as they come, and may raise."""
    seconds = settings().model_seconds
    said = _asked("begin", shape=found.anchor.shape, task=task, steps=STEPS, seed=SEED)
    box.call(TASK, said, _bytes(found), seconds)
    losses: tuple[float, ...] = ()
    while len(losses) < STEPS:
        on_losses(losses)
        losses += tuple(box.call(TASK, _asked("go", count=STRIDE), None, seconds).said["losses"])
    on_losses(losses)
    return box.call(TASK, _asked("end"), None, seconds).arrays["weights"], losses


def distance_of(box: Box, weights: NDArray[np.float32], before: Floats, after: Floats) -> Floats:
    """How far features lie apart, (band, y, x) twice → (y, x)."""
    data = b"".join(np.asarray(each, np.float32).tobytes() for each in (weights, before, after))
    said = _asked("measure", weights=int(weights.size), shape=before.shape)
    found: Floats = box.call(TASK, said, data, settings().model_seconds).arrays["distance"]
    return found


@contextmanager
def child(*, learns: bool) -> Iterator[Box]:
    """A process that learns or measures, gone when this is over; what ends it early is said in words."""
    ready = ["eodash.backend.learning_child"]
    if learns:
        ready.append("torch._dynamo")  # the optimiser brings it along; behind the walls it could not be read
    try:
        with opened((), Needs(settings().model_memory_mib, tuple(ready))) as box:
            yield box
    except RasterError as error:
        if error.code in ("timeout", "too_large", "corrupt"):
            raise _broken_off(error) from error
        raise


def _broken_off(error: RasterError) -> ComputeError:
    """A sandbox speaks of files; this was a training."""
    if error.code == "timeout":
        return ComputeError(
            f"{STRIDE} steps took longer than {settings().model_seconds:g} s.",
            "Learn again when the server is less busy.",
            code="timeout",
            retryable=True,
        )
    return ComputeError(
        "The process that learnt was ended: for want of memory, or by somebody.",
        "Learn again; nothing of it was kept.",
        code="killed",
        retryable=True,
        details=error.details,
    )


def _bytes(found: Triples) -> bytes:
    return b"".join(each.tobytes() for each in (found.anchor, found.near, found.far, found.usable))


def _asked(what: str, **more: Any) -> dict[str, Any]:
    return {"do": what, "threads": _threads(), **more}


def _threads() -> int:
    """Two, or what the surroundings say."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() and int(said) else min(THREADS, len(os.sched_getaffinity(0)))
