"""From which date on a class of the demo world can be told from all others: by what truly was on the ground until then.

The ground is the world's own, without clouds, air and noise, on the dates of a series; of the same place, calendar and
weather as the demo region, but drawn four times as large, for rare classes have hardly a handful of fields in it.
Fields, not pixels, are told apart, by their means; ground of no field counts in squares, which are more alike than
fields are. On each date a linear discriminant, its covariance drawn towards its own diagonal, learns four fifths of
the fields and is asked about the rest, in five turns that are always the same. A class is separable on a date if the
mean of two shares reaches `ENOUGH`: its fields that are called so, and other fields that are not; and if that holds on
every later date. So it is what a simple reader finds that was taught on this very season, and no bound: a network that
has seen other seasons may be sooner, and one that has to look through clouds is later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.sensors import SENSORS
from eodash.truth.known import UNKNOWN
from eodash.world import REGIONS, World, make
from eodash.world.legend import LEGENDS
from eodash.world.region import phase

ENOUGH = 0.9
TURNS = 5
SHRUNK = 0.02
"""How far the covariance is drawn towards its diagonal: there are nearly as many numbers as fields."""
SIZE = 512
"""Pixels of the side of the world whose fields are told apart."""
SQUARE = 16
"""Pixels of the side of the squares into which ground of no field is cut: woods, water, villages."""
SMALLEST, MOST = 4, 150
"""Pixels of a field; fields or squares of one class."""

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Separable:
    """From when on a class can be told from the others."""

    name: str
    fields: int
    reached: np.datetime64 | None  # first date on which it is; None where there is none, or too few fields
    date: np.datetime64 | None  # from then on to the end
    score: float  # after the last date


@lru_cache(maxsize=8)
def separable(region: str, legend: str, times: tuple[np.datetime64, ...]) -> tuple[Separable, ...]:
    """Every class of a legend that has fields in the world of a demo region, on these dates."""
    world, names = make(REGIONS[region], SIZE), LEGENDS[legend].names
    part, label = parts_of(world.parcels, getattr(world.truth(), legend))
    values = seen(world, part, len(label), times)
    counts = np.bincount(label, minlength=len(names))
    kept = np.flatnonzero(counts >= TURNS)
    scores = told_apart(values, label, kept)
    found = []
    for place in np.flatnonzero(counts):
        at = np.flatnonzero(kept == place)
        course = scores[:, at[0]] if len(at) else np.full(len(times), np.nan)
        first, once = sustained(course, ENOUGH), np.flatnonzero(course >= ENOUGH)
        when = None if first is None else times[first]
        reached = times[once[0]] if len(once) else None
        found.append(Separable(names[place], int(counts[place]), reached, when, float(course[-1])))
    return tuple(found)


def sustained(course: Floats, enough: float) -> int | None:
    """The first date from which on a course stays as high to the end."""
    below = np.flatnonzero(~(course >= enough))
    first = int(below[-1]) + 1 if len(below) else 0
    return first if first < len(course) else None


def parts_of(parcels: NDArray[np.uint16], classes: NDArray[np.uint8]) -> tuple[Counts, Counts]:
    """(y, x) the number of the part that a pixel belongs to, −1 for none; and the class of each part.

    A part is a field, or a square of one class where there is no field; at most so many of a class, evenly chosen.
    """
    row, column = np.indices(parcels.shape)
    square = row // SQUARE * (parcels.shape[1] // SQUARE + 1) + column // SQUARE
    whole = np.where(parcels > 0, parcels.astype(np.int64), int(parcels.max(initial=0)) + 1 + square)
    _, first, part, size = np.unique(
        whole * (UNKNOWN + 1) + classes, return_index=True, return_inverse=True, return_counts=True
    )
    label = classes.ravel()[first].astype(np.int64)
    usable = (size >= SMALLEST) & (label != UNKNOWN)
    chosen = np.zeros(len(label), bool)
    for one in np.unique(label[usable]):
        mine = np.flatnonzero(usable & (label == one))
        chosen[mine[np.unique(np.linspace(0, len(mine) - 1, MOST).round().astype(np.int64))]] = True
    number = np.where(chosen, np.cumsum(chosen) - 1, -1)
    return number[part.reshape(parcels.shape)], label[chosen]


def seen(world: World, part: Counts, count: int, times: tuple[np.datetime64, ...]) -> Floats:
    """(part, date, band) mean reflectance of the ground itself, in the bands of preprocessed images."""
    bands = SENSORS["sentinel-2-l1c"].names
    wanted = [bands.index(name) for name in SENSORS["sentinel-2-l2a"].default]
    there = part.ravel() >= 0
    place = part.ravel()[there]
    size = np.maximum(np.bincount(place, minlength=count), 1)
    found = np.zeros((count, len(times), len(wanted)))
    for date, time in enumerate(times):
        nearest = int(np.abs(world.times - time).argmin())
        sky, day = world.skies[nearest], float(phase(np.array([time]), world.zero)[0])
        ground = world.cover.ground(day, sky.wet, sky.sun.zenith)[there]
        for at, band in enumerate(wanted):
            found[:, date, at] = np.bincount(place, ground[:, band], count) / size
    return found


def told_apart(values: Floats, label: Counts, classes: NDArray[np.integer[Any]]) -> Floats:
    """(date, class): the mean of right among the class and right among the others, of fields that were not learned."""
    turn = turns(label)
    scores = np.zeros((values.shape[1], len(classes)))
    for date in range(values.shape[1]):
        flat = values[:, : date + 1].reshape(len(values), -1)
        said = np.empty(len(values), np.int64)
        for each in range(TURNS):
            asked = turn == each
            learned = ~asked & np.isin(label, classes)
            said[asked] = discriminate(flat[learned], label[learned], classes, flat[asked])
        for place, one in enumerate(classes):
            mine = label == one
            scores[date, place] = ((said[mine] == one).mean() + (said[~mine] != one).mean()) / 2
    return scores


def turns(label: Counts) -> Counts:
    """In which turn each field is asked about: those of a class one after the other, so nothing is left to chance."""
    turn = np.zeros(len(label), np.int64)
    for one in np.unique(label):
        mine = np.flatnonzero(label == one)
        turn[mine] = np.arange(len(mine)) % TURNS
    return turn


def discriminate(known: Floats, label: Counts, classes: NDArray[np.integer[Any]], asked: Floats) -> Counts:
    """The class of each row of `asked`, all classes held equally likely and equally wide."""
    scale = known.std(0)
    scale[scale == 0] = 1.0
    known, asked = known / scale, asked / scale
    means = np.array([known[label == one].mean(0) for one in classes])
    place = np.searchsorted(classes, label)
    weight = 1 / np.maximum(np.bincount(place, minlength=len(classes)), 1)  # many squares of water outvote nobody
    apart = (known - means[place]) * np.sqrt(weight[place])[:, None]
    covariance = (1 - SHRUNK) * apart.T @ apart / len(classes)
    diagonal = np.einsum("ii->i", covariance)
    diagonal += SHRUNK / (1 - SHRUNK) * diagonal + 1e-6
    weights = np.linalg.solve(covariance, means.T)
    height = asked @ weights - 0.5 * np.einsum("cf,fc->c", means, weights)
    said: Counts = np.asarray(classes, np.int64)[height.argmax(1)]
    return said
