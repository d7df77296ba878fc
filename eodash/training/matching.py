"""Which classes a model and a set of labelled series share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.cards import Card, Class
from eodash.datasets.contract import Dataset
from eodash.errors import ModelError
from eodash.world.legend import BREIZHCROPS, FINE, LANDCOVER


@dataclass(frozen=True, eq=False)
class Match:
    """A legend of the model, and where the classes of a set are in it."""

    legend: str
    classes: tuple[Class, ...]  # the whole legend
    shared: NDArray[np.int64]  # those of it that the set has too
    table: NDArray[np.int64]  # class of the set → place in `shared`; −1 where it has no counterpart

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.classes[place].name for place in self.shared)

    @property
    def whole(self) -> bool:
        """Whether the set has every class of the legend."""
        return len(self.shared) == len(self.classes)

    def truth(self, label: NDArray[np.int64]) -> NDArray[np.int64]:
        """Labels of the set as places in `shared`."""
        return np.where(label >= 0, self.table[np.maximum(label, 0)], -1)


def match(card: Card, data: Dataset, legend: str = "", only: Sequence[str] = ()) -> Match:
    """The legend asked for, else the one that suits the set best; `only` some of its classes count."""
    if legend and legend not in card.legends:
        raise ModelError(
            f"{card.title} has no legend '{legend[:40]}'.", f"It has {', '.join(card.legends)}.", code="legend"
        )
    chosen = legend or max(card.legends, key=lambda name: _suits(card, data, name))
    classes = card.legends[chosen]
    names = [each.name for each in classes]
    counterparts = [_counterpart(data.legend, name, chosen, names) for name in data.classes]
    wanted = _wanted(names, only)
    shared = sorted({names.index(name) for name in counterparts if name in wanted})
    if len(shared) < 2:
        raise ModelError(
            f"{card.title} and {data.name} have {'one class' if shared else 'no class'} in common.",
            f"The model tells apart {', '.join(names)[:200]}; the set holds {', '.join(data.classes)[:200]}.",
            code="no_class",
        )
    table = [shared.index(names.index(name)) if name in wanted else -1 for name in counterparts]
    return Match(chosen, classes, np.array(shared), np.array(table))


def _suits(card: Card, data: Dataset, legend: str) -> tuple[bool, int, int]:
    """The set's own legend; else the one with most counterparts, and of those the one that tells most apart."""
    names = [each.name for each in card.legends[legend]]
    found = [_counterpart(data.legend, name, legend, names) for name in data.classes]
    return legend == data.legend, sum(name is not None for name in found), len(set(found))


def _counterpart(source: str, name: str, target: str, names: Sequence[str]) -> str | None:
    """What the model's legend calls a class of the set."""
    if name in names:
        return name
    if target == LANDCOVER.name:
        kinds = {kind.landcover for kind in FINE if name == (kind.name if source == "fine" else kind.breizhcrops)}
    elif target == BREIZHCROPS.name and source == "fine":
        kinds = {kind.breizhcrops for kind in FINE if name == kind.name and kind.breizhcrops}
    else:
        return None
    found = kinds.pop() if len(kinds) == 1 else None
    return found if found in names else None


def _wanted(names: Sequence[str], only: Sequence[str]) -> set[str]:
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ModelError(
            f"There is no class '{unknown[0][:40]}' in this legend.", f"Take of {', '.join(names)}.", code="classes"
        )
    return set(only or names)
