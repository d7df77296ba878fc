"""Semantic change, five ways: what each asks of which networks. Daudt, Le Saux, Boulch, Gousseau (2019).

doi:10.1016/j.cviu.2019.07.003
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eodash.datasets.change_patches import Patches
from eodash.training.change_batches import in_turn
from eodash.training.from_to import FromTo
from eodash.training.strategy_scores import Said

BATCH = 8
HALF = 0.5


@dataclass(frozen=True)
class Strategy:
    """One way to tell change and land cover."""

    name: str
    title: str
    lessons: tuple[str, ...]  # trainings whose networks answer, land cover first
    published: Mapping[str, float]  # as shares of one


def _published(change: tuple[float | None, ...], cover: tuple[float, ...] = ()) -> dict[str, float]:
    names = ("kappa", "dice", "accuracy", "cover_kappa", "cover_accuracy")
    return {
        name: round(each / 100, 4) for name, each in zip(names, (*change, *cover), strict=False) if each is not None
    }


ALONE = (71.92, 87.22)
"""Published kappa and accuracy of land cover from a network that knows nothing of change."""
STRATEGIES = (
    Strategy("1", "Land cover of both dates, compared", ("cover",), _published((3.99, 5.56, 86.07), ALONE)),
    Strategy("2", "Every pair of covers a class", ("pairs",), _published((21.54, None, 98.30))),
    Strategy("3", "Land cover and change apart", ("cover", "change"), _published((12.48, 13.79, 94.72), ALONE)),
    Strategy("4.1", "One network, trained at once", ("joined",), _published((19.13, 20.23, 96.87), (67.25, 85.74))),
    Strategy("4.2", "One network, land cover first", ("after",), _published((25.49, 26.33, 98.19), (71.81, 89.01))),
)
SOURCE = "HRSCD, aerial images of 50 cm, six land covers: Daudt et al. (2019), doi:10.1016/j.cviu.2019.07.003"


def says(strategy: Strategy, networks: Mapping[str, nn.Module], classes: FromTo, data: Patches) -> Said:
    """What a strategy says of every pixel of some pairs."""
    parts: list[tuple[NDArray[Any], ...]] = []
    for batch in in_turn(data, BATCH):
        parts.append(_answered(strategy, networks, batch.before, batch.after))
    found = [np.concatenate(each) for each in zip(*parts, strict=True)]
    if strategy.name == "2":
        labels = found[0].astype(np.int64)
        return Said(labels > 0, pairs=classes.covers(labels))
    return Said(found[0].astype(bool), found[1], found[2])


@torch.inference_mode()
def _answered(
    strategy: Strategy, networks: Mapping[str, nn.Module], before: Tensor, after: Tensor
) -> tuple[NDArray[Any], ...]:
    """Changed (or the label of a pair), cover before, cover after."""
    last = networks[strategy.lessons[-1]]
    if strategy.name == "2":
        chances = last(before, after).logits.softmax(1)
        labels = 1 + chances[:, 1:].argmax(1)  # the likeliest pair, where change is likelier than none
        return ((labels * (chances[:, 0] < HALF)).numpy().astype(np.int16),)
    if len(strategy.lessons) == 1 and strategy.name != "1":
        trace = last(before, after)
        first, second = (_classes(each) for each in trace.cover)
        return trace.logits.argmax(1).numpy() > 0, first, second
    covers: Any = networks["cover"]
    first, second = (_classes(covers.cover(each)[0]) for each in (before, after))
    if strategy.name == "1":
        return first != second, first, second
    change: Any = last
    return change.change(before, after, []).argmax(1).numpy() > 0, first, second


def _classes(logits: Tensor) -> NDArray[np.uint8]:
    return logits.argmax(1).numpy().astype(np.uint8)
