"""How far two answers about the same pixels agree: per date, from which date on they differ, what is swapped for what.

Answers are class numbers (date, y, x), UNKNOWN where there is none; both over the same dates, the same grid, the same
classes. Only where both have an answer is anything compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eodash.metrics import Counts, confusion
from eodash.request import EARTH_RADIUS

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

UNKNOWN = 255
"""No class: nothing had been observed, or the picture ends there."""
AGREE, DIFFER = 0, 1
ALWAYS = -1
"""First divergence of a pixel whose answers never differ."""
NOWHERE = -2
"""First divergence of a pixel that has no date with two answers."""

Said = NDArray[np.uint8]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Swap:
    """What the first calls one thing and the second another."""

    first: int
    second: int
    pixels: int
    hectares: float


def verdict(first: Said, second: Said) -> Said:
    """AGREE, DIFFER, or UNKNOWN where one of the two has no answer."""
    both = (first != UNKNOWN) & (second != UNKNOWN)
    return np.where(both, np.where(first == second, AGREE, DIFFER), UNKNOWN).astype(np.uint8)


def agreeing(first: Said, second: Said) -> Numbers:
    """Share of the pixels with two answers that have the same one, per date; not a number where there are none."""
    found = verdict(first, second).reshape(len(first), -1)
    both = (found != UNKNOWN).sum(1)
    same = (found == AGREE).sum(1)
    share: Numbers = np.divide(same, both, out=np.full(len(found), np.nan), where=both > 0)
    return share


def first_divergence(first: Said, second: Said) -> NDArray[np.int32]:
    """Index of the first date at which both have an answer and the answers differ; else ALWAYS, or NOWHERE.

    They may agree again later: this is when one would first have been told two things.
    """
    found = verdict(first, second)
    differs = found == DIFFER
    date = np.where(differs.any(0), differs.argmax(0), ALWAYS)
    return np.where((found == UNKNOWN).all(0), NOWHERE, date).astype(np.int32)


def transitions(first: Said, second: Said, classes: int) -> Counts:
    """How many pixels the first calls one class (row) and the second another (column), agreement on the diagonal."""
    both = (first != UNKNOWN) & (second != UNKNOWN)
    return confusion(first[both], second[both], classes)


def swaps(counts: Counts, hectares: float, most: int = 8) -> list[Swap]:
    """The disagreements, the largest first; `hectares` is the ground of one pixel."""
    apart = counts * ~np.eye(len(counts), dtype=bool)
    order = np.argsort(-apart, axis=None, kind="stable")[:most]
    places = [divmod(int(place), len(counts)) for place in order]
    return [
        Swap(row, column, int(apart[row, column]), float(apart[row, column] * hectares))
        for row, column in places
        if apart[row, column]
    ]


def on_one_legend(names: Sequence[str], others: Sequence[str]) -> tuple[tuple[str, ...], Said]:
    """The classes of two legends together, by name; and what each number of the second is called among them."""
    together = tuple(dict.fromkeys((*names, *others)))
    table = np.full(256, UNKNOWN, np.uint8)
    table[: len(others)] = [together.index(name) for name in others]
    return together, table


def pixel_hectares(geobox: GeoBox) -> float:
    """Ground of one pixel, in the middle of the grid where it differs from row to row."""
    affine = geobox.affine
    cell = abs(affine.a * affine.e - affine.b * affine.d)
    if geobox.crs is None or not geobox.crs.geographic:
        return float(cell / 1e4)
    middle = np.radians(affine.f + affine.e * geobox.shape[0] / 2)
    return float(cell * np.radians(1) ** 2 * EARTH_RADIUS**2 * np.cos(middle) / 1e4)


def class_hectares(said: Said, classes: int, hectares: float) -> Numbers:
    """Ground per date (row) and class (column); `hectares` is that of one pixel."""
    flat = said.reshape(len(said), -1)
    counts = np.stack([np.bincount(one, minlength=256)[:classes] for one in flat])
    return counts.astype(np.float64) * hectares
