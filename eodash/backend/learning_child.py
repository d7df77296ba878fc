"""A child that learns: `begin` with triples, `go` some steps at a time, `end` for weights, `measure` asks them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from eodash.backend.learning import Learner, Task, apart, built, flat, unit
from eodash.change.triples import Triples
from eodash.errors import ComputeError


@dataclass
class _Held:
    """What this child is about."""

    learner: Learner | None = None


_held = _Held()
Said = tuple[dict[str, Any], dict[str, Any]]


def answer(arguments: dict[str, Any], data: bytes | None) -> Said:
    """What a child is asked: `do` names one of the four."""
    torch.set_num_threads(int(arguments["threads"]))
    return {"begin": begin, "go": go, "end": end, "measure": measure}[arguments["do"]](arguments, data or b"")


def begin(arguments: dict[str, Any], data: bytes) -> Said:
    """`data`: anchors, near, far as float16, then what is usable as bytes; of `shape` (N, band, S, S)."""
    shape = tuple(int(each) for each in arguments["shape"])
    count = math.prod(shape)
    anchor, near, far = (np.frombuffer(data, np.float16, count, 2 * count * place).reshape(shape) for place in range(3))
    usable = np.frombuffer(data, np.bool_, offset=6 * count).reshape(shape[0], *shape[2:])
    task: Task = "overlap" if arguments["task"] == "overlap" else "triplet"
    _held.learner = Learner(task, Triples(anchor, near, far, usable), int(arguments["steps"]), int(arguments["seed"]))
    return {}, {}


def go(arguments: dict[str, Any], data: bytes) -> Said:
    """So many steps; their losses."""
    learner = _learner()
    return {"losses": [learner.step() for _ in range(int(arguments["count"]))]}, {}


def end(arguments: dict[str, Any], data: bytes) -> Said:
    """The weights, scaled so that unchanged ground keeps to a distance of 1."""
    learner = _learner()
    unit(learner.network, learner.triples)
    return {}, {"weights": flat(learner.network)}


def measure(arguments: dict[str, Any], data: bytes) -> Said:
    """`data`: so many `weights`, then both dates of `shape` (band, y, x), all float32."""
    size, shape = int(arguments["weights"]), tuple(int(each) for each in arguments["shape"])
    numbers = np.frombuffer(data, np.float32)
    network = built(numbers[:size], shape[0])
    before, after = numbers[size:].reshape(2, *shape)
    return {}, {"distance": apart(network, before, after)}


def _learner() -> Learner:
    if _held.learner is None:  # this child stands in for one that was killed
        raise ComputeError(
            "The process that learnt was killed.", "Learn again: nothing of it was kept.", code="killed", retryable=True
        )
    return _held.learner
