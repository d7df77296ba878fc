"""What changes for good, or for weeks, in a world: buildings, felled wood, flood, fire, a lake, a crop; rare.

The ground of a changed pixel is that of a donor, a pixel of the same world that has long been what this one becomes; so
roofs are roofs and water is water on every date. Fire darkens what was there, and fades. Where events are planned,
fields keep their crop from year to year but for those that rotate: what changes is known, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from eodash.world import layout
from eodash.world.ground import CENTRE
from eodash.world.growth import ARABLE
from eodash.world.layout import Layout, blobs
from eodash.world.leaf import Array
from eodash.world.legend import INDEX
from eodash.world.materials import Cover

KINDS = ("buildings", "felling", "flood", "fire", "lake", "rotation")
CHAR = (0.03 + 0.09 * np.clip((CENTRE - 450) / 1200, 0, 1)).astype(np.float32)
"""Reflectance of burnt ground: dark, rising towards the short-wave infrared."""
FADES = 240.0
"""Days in which a burn loses two thirds of its darkness."""
FLOODED = 32.0
"""Days under water."""
BARE = 0.8
"""Share of burnt ground in a burnt pixel."""
FOREVER = 1e9
MOST = 0.005
"""Share of a map that one kind of change takes."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Event:
    """Pixels that become something else on a phase day, and until when they stay it."""

    kind: str
    since: float
    until: float
    pixels: NDArray[np.int32]  # flattened
    donors: NDArray[np.int32]  # one for each; empty for fire and rotation
    becomes: int  # fine class

    def lasts(self, day: float) -> bool:
        return self.since <= day < self.until


@dataclass(frozen=True, eq=False)
class Altered:
    """A cover on which events happen."""

    cover: Cover
    events: tuple[Event, ...]

    @property
    def size(self) -> int:
        return self.cover.size

    @property
    def tall(self) -> Mask:
        return self.cover.tall

    def ground(self, day: float, wet: float, sun: float) -> Array:
        """Reflectance of every pixel (pixel, band) on a day."""
        was = self.cover.ground(day, wet, sun)
        now = was.copy()
        for event in self.events:
            if not event.lasts(day) or event.kind == "rotation":  # what grows there is sown so
                continue
            if event.kind == "fire":
                burnt = np.float32(BARE * np.exp(-(day - event.since) / FADES))
                now[event.pixels] += burnt * (CHAR - now[event.pixels])
            else:
                now[event.pixels] = was[event.donors]
        return now


def rotate(
    rng: np.random.Generator, parcels: NDArray[np.uint16], kinds: NDArray[np.int64], years: int, day: float | None
) -> tuple[NDArray[np.int64], tuple[Event, ...]]:
    """Every field keeps its crop, but for one that bears another from the year on that a phase day lies in."""
    kept = np.repeat(kinds[:, None], years, axis=1)
    if day is None:
        return kept, ()
    sizes = np.bincount(parcels.ravel(), minlength=1)[1:]
    year = min(max(1 + int(day // 365.25), 0), years - 1)
    able = np.flatnonzero(np.isin(kinds[: len(sizes)], ARABLE))
    if not len(able):
        return kept, ()
    small = able[sizes[able] <= MOST * parcels.size]
    field = int(small[sizes[small].argmax()] if len(small) else able[sizes[able].argmin()])
    others = [number for number in ARABLE if number != kinds[field]]
    becomes = int(rng.choice(others))
    kept[field, year:] = becomes
    pixels = np.flatnonzero(parcels == field + 1).astype(np.int32)
    begins = (year - 1) * 365.25
    return kept, (Event("rotation", begins, FOREVER, pixels, np.empty(0, np.int32), becomes),)


def happen(
    rng: np.random.Generator, plan: Layout, classes: NDArray[np.uint8], days: dict[str, float],
    before: tuple[Event, ...] = (),
) -> tuple[Event, ...]:  # fmt: skip
    """Events of these kinds on these phase days, where a map has room for them; `before`: what is planned already."""
    taken = np.zeros(plan.cover.shape, bool)
    for event in before:
        taken.flat[event.pixels] = True
    events = list(before)
    for kind, day in ((kind, day) for kind, day in days.items() if kind in SITES):
        where = _rare(SITES[kind](rng, plan) & ~taken)
        becomes = _becomes(kind)
        donors = _donors(plan, (classes == becomes) & ~where)
        if not where.any() or not (len(donors) or kind == "fire"):
            continue
        taken |= where
        pixels = np.flatnonzero(where).astype(np.int32)
        chosen = rng.choice(donors, len(pixels)) if kind != "fire" else np.empty(0)
        until = day + FLOODED if kind == "flood" else FOREVER
        events.append(Event(kind, day, until, pixels, chosen.astype(np.int32), becomes))
    return tuple(events)


def _rare(where: Mask) -> Mask:
    """Of a larger change the part around its middle."""
    most = int(MOST * where.size)
    if np.count_nonzero(where) <= most:
        return where
    rows, columns = np.nonzero(where)
    away = np.hypot(rows - np.median(rows), columns - np.median(columns))
    kept = np.argsort(away, kind="stable")[:most]
    found = np.zeros_like(where)
    found[rows[kept], columns[kept]] = True
    return found


def _becomes(kind: str) -> int:
    if kind == "buildings":
        return INDEX["built-up"]
    if kind in ("flood", "lake"):
        return INDEX["water"]
    return INDEX["fallow"] if kind == "fire" else INDEX["permanent meadows"]


def _donors(plan: Layout, there: Mask) -> NDArray[np.intp]:
    """Pixels that are so already; of one field, where they lie in fields."""
    fields = np.bincount(plan.parcels[there], minlength=2)
    fields[0] = 0
    return np.flatnonzero(there & (plan.parcels == fields.argmax()) if fields.any() else there)


def _buildings(rng: np.random.Generator, plan: Layout) -> Mask:
    """Blocks at the edge of a village, with lanes between them."""
    size = len(plan.cover)
    row, column = np.mgrid[:size, :size].astype(np.float32)
    near = binary_dilation(plan.cover == layout.VILLAGE, iterations=14) & (plan.cover == layout.OPEN)
    where = np.zeros((size, size), bool)
    places = np.flatnonzero(near if near.any() else plan.cover == layout.OPEN)
    for middle in rng.choice(places, 2) if len(places) else ():
        turn, half = rng.uniform(0, np.pi), rng.uniform(6, 9, 2) * min(1, size / 200)
        y, x = row - middle // size, column - middle % size
        u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        where |= (np.abs(u) < half[0]) & (np.abs(v) < half[1]) & (np.abs(u) > 0.6)
    return np.asarray(where & (plan.cover == layout.OPEN))


def _felling(rng: np.random.Generator, plan: Layout) -> Mask:
    """One side of the largest wood that is none of the river's banks."""
    sizes = np.bincount(plan.woods.ravel())
    sizes[0] = 0
    if len(sizes) > 2:
        sizes[-1] = 0
    if not sizes.any():
        return np.zeros(plan.cover.shape, bool)
    wood = plan.woods == sizes.argmax()
    rows, columns = np.nonzero(wood)
    turn = rng.uniform(0, 2 * np.pi)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    where = np.zeros(plan.cover.shape, bool)
    where[rows, columns] = along > np.quantile(along, 0.7)
    return where


def _flood(rng: np.random.Generator, plan: Layout) -> Mask:
    """Fields along a stretch of the river."""
    size = len(plan.cover)
    reach = binary_dilation(plan.cover == layout.WATER, iterations=int(rng.integers(4, 7)))
    row, column = np.mgrid[:size, :size]
    turn, middle = rng.uniform(0, np.pi), rng.uniform(0.35, 0.65) * size
    along = (column - middle) * np.cos(turn) + (row - middle) * np.sin(turn)
    return np.asarray(reach & (plan.cover == layout.OPEN) & (np.abs(along) < 0.16 * size))


def _lake(rng: np.random.Generator, plan: Layout) -> Mask:
    return _patch(rng, plan.cover == layout.OPEN, (6, 8), 0.25)


def _fire(rng: np.random.Generator, plan: Layout) -> Mask:
    return _patch(rng, np.isin(plan.cover, (layout.OPEN, layout.WOOD)), (9, 12), 0.5)


def _patch(rng: np.random.Generator, room: Mask, radius: tuple[float, float], rough: float) -> Mask:
    """A round patch most of which has room; the roomiest of a few."""
    size = len(room)
    row, column = np.mgrid[:size, :size].astype(np.float32)
    scaled = (radius[0] * min(1, size / 200), radius[1] * min(1, size / 200))
    tried = [np.asarray(blobs(rng, row, column, 1, scaled, rough) > 0) & room for _ in range(6)]
    return max(tried, key=np.count_nonzero)


SITES = {"buildings": _buildings, "felling": _felling, "flood": _flood, "fire": _fire, "lake": _lake}
