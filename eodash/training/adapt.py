"""A network learns somebody's own classes from few labels: the head first, held to where it was, then all of it.

Legends are sums: a class of the user is as many outputs of the network as mean it, so that fitting begins at the answer
that the network gives without any label. A class without a counterpart gets an output of its own. Labels from one field
per class are worth most on top of a network that knows a world of fields; alone they teach that one field.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from eodash.cards import Class, Input
from eodash.datasets.contract import Batch
from eodash.errors import ModelError
from eodash.training.fitting import SCRATCH, WORLD, Course, Fit
from models.contract import SeriesNetwork

__all__ = ["SCRATCH", "WORLD", "Adapted", "Course", "fine_tune"]

STARTS = {"world": WORLD, "scratch": SCRATCH}


@dataclass(frozen=True, eq=False)
class Adapted:
    """A network for the classes of its user, in evaluation mode."""

    network: SeriesNetwork
    classes: tuple[Class, ...]  # with the outputs of this network
    seconds: float


def fine_tune(
    network: SeriesNetwork,
    input: Input,
    batch: Batch,
    classes: Sequence[Class],
    *,
    start: str = "world",
    course: Course | None = None,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Adapted:
    """Fit a copy of the network to labelled series; `label` counts `classes`, whose outputs are those of the network.

    `start`: "world" goes on from its weights, "scratch" from new ones of the same kind. `stop` is asked at every step.
    """
    if start not in STARTS:
        raise ModelError(f"There is no start {start[:40]!r}.", f"Take {' or '.join(STARTS)}.", code="start")
    check(batch, input, classes)
    began = time.perf_counter()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if start == "world":
            copied, own = with_head(network, classes)
        else:
            copied = fresh(network, len(classes))
            own = tuple(replace(one, outputs=(number,)) for number, one in enumerate(classes))
        Fit(copied, input, batch, own, course or STARTS[start], seed).run(stop)
    return Adapted(copied.eval(), own, time.perf_counter() - began)


def check(batch: Batch, input: Input, classes: Sequence[Class]) -> None:
    """Raise unless there are two classes, each with a label, and every labelled series is there in numbers."""
    known = batch.label >= 0
    counts = np.bincount(batch.label[known], minlength=len(classes))
    if len(classes) < 2 or len(counts) > len(classes):
        raise ModelError(
            f"Labels are of {np.count_nonzero(counts)} classes, and {len(classes)} are named.",
            "Name at least two classes, and label series of each.",
            code="one_class" if len(classes) < 2 else "classes",
        )
    if missing := [one.name for one, count in zip(classes, counts, strict=True) if not count]:
        raise ModelError(
            f"There is no labelled series of {', '.join(missing[:5])}.",
            "Label at least one of every class, or leave the class out.",
            code="no_sample",
            details={"classes": missing},
        )
    if batch.values.shape[-1] != len(input.bands):
        raise ModelError(
            f"The model needs {len(input.bands)} bands; {batch.values.shape[-1]} were given.",
            f"Give {', '.join(input.bands)}, in this order.",
            code="bands",
        )
    seen = batch.mask[known]
    if not seen.any(1).all():
        raise ModelError(
            f"{int((~seen.any(1)).sum())} of {len(seen)} labelled series have no observation.",
            "Leave them out, or take a longer period.",
            code="empty",
        )
    if not (np.isfinite(batch.values[known][seen]).all() and np.isfinite(batch.day[known][seen]).all()):
        raise ModelError(
            "Labelled series hold values that are no numbers where they claim an observation.",
            "Mask such dates, or fill them.",
            code="not_finite",
        )


def fresh(network: SeriesNetwork, classes: int) -> SeriesNetwork:
    """A new network of the same kind and size, with so many outputs."""
    made = type(network)(**{**vars(network.config), "classes": classes})
    return made.to(next(network.parameters()).device)


def with_head(network: SeriesNetwork, classes: Sequence[Class]) -> tuple[SeriesNetwork, tuple[Class, ...]]:
    """A copy with the outputs of these classes alone, in their order, and the classes with their new numbers.

    Where no output means a class, it begins with the mean of all of them: as likely as any other.
    """
    copied, old = copy.deepcopy(network), network.classifier
    rows = [list(one.outputs) for one in classes]
    weights = [old.weight[some] if some else old.weight.mean(0, keepdim=True) for some in rows]
    biases = [old.bias[some] if some else old.bias.mean(0, keepdim=True) for some in rows]
    ends = np.cumsum([len(part) for part in weights]).tolist()
    own = tuple(
        replace(one, outputs=tuple(range(end - len(part), end)))
        for one, part, end in zip(classes, weights, ends, strict=True)
    )
    copied.classifier = nn.Linear(old.in_features, ends[-1]).to(old.weight)
    with torch.no_grad():
        copied.classifier.weight.copy_(torch.cat(weights))
        copied.classifier.bias.copy_(torch.cat(biases))
    copied.config = replace(network.config, classes=ends[-1])
    return copied, own
