"""The map of a world: a patchwork of parcels, a river, woods, villages and roads."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.world.leaf import Array
from eodash.world.noise import field

PARCEL = 505  # mean pixels of a parcel
SMALLEST = 40
Mask = NDArray[np.bool_]
OPEN, WATER, WOOD, VILLAGE, ROAD = range(5)


@dataclass(frozen=True)
class Layout:
    """Pixels of a world: what covers them, which parcel or wood they belong to."""

    cover: NDArray[np.uint8]  # OPEN, WATER, WOOD, VILLAGE or ROAD
    parcels: NDArray[np.uint16]  # 0 = none
    woods: NDArray[np.uint16]  # 0 = none; numbered
    edge: NDArray[np.bool_]  # along the border of a parcel
    hedge: Array  # share of the pixel under a hedge
    lane: Array  # share of the pixel under a lane or road


def draw(rng: np.random.Generator, size: int, hedges: float) -> Layout:
    """A new map of size × size pixels; `hedges` is the share of field borders that carry one."""
    row, column = np.mgrid[:size, :size].astype(np.float32)
    axis = np.arange(size, dtype=np.float32)
    bend = [field(rng, (70.0, 30.0)).at(axis, axis) for _ in range(2)]
    angle = np.radians(rng.uniform(14, 32) * rng.choice([-1, 1]))
    x, y = column - size / 2, row - size / 2
    along = (x + 4 * bend[0]) * np.cos(angle) + (y + 4 * bend[1]) * np.sin(angle)
    across = -(x + 4 * bend[0]) * np.sin(angle) + (y + 4 * bend[1]) * np.cos(angle)

    cover = np.full((size, size), OPEN, np.uint8)
    count = max(3, round(size * size / PARCEL))
    patches, depth = split(rng, along, across, count)
    woods = blobs(rng, row, column, max(1, round(size * size / 11000)), (13, 27), 0.30)
    copses = blobs(rng, row, column, max(1, round(size * size / 9000)), (4, 7), 0.35)
    woods = np.where((woods == 0) & (copses > 0), copses + woods.max(), woods)
    cover[woods > 0] = WOOD
    villages = blobs(rng, row, column, max(1, round(size * size / 30000)), (9, 16), 0.5)
    farms = blobs(rng, row, column, max(1, round(size * size / 8000)), (1.6, 2.6), 0.3)
    cover[(villages > 0) | (farms > 0)] = VILLAGE
    lane = roads(rng, along, across, depth, size)
    cover[(lane > 0.5) & (cover != VILLAGE)] = ROAD
    river, bank = stream(rng, along, across, size)
    pond = blobs(rng, row, column, max(1, round(size * size / 60000)), (5, 9), 0.25) > 0
    bridge = (lane > 0.5) & river
    cover[(river | pond) & ~bridge] = WATER
    cover[bank & (cover == OPEN)] = WOOD
    woods = np.where(cover == WOOD, np.where(woods > 0, woods, woods.max() + 1), 0)

    parcels = number(np.where(cover == OPEN, patches + 1, 0))
    edge = border(np.where(parcels > 0, patches + 1, 0)) & (cover == OPEN)
    chosen = rng.random((int(patches.max()) + 2, 2), dtype=np.float32)[patches] < hedges
    side = edge & np.where(np.abs(np.sin(3 * angle + along / 37)) > 0.5, chosen[..., 0], chosen[..., 1])
    hedge = np.where(side, 0.4 + 0.45 * rng.random((size, size), dtype=np.float32), 0).astype(np.float32)
    return Layout(cover, parcels, woods.astype(np.uint16), edge, hedge, lane)


def split(rng: np.random.Generator, along: Array, across: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Patches from cutting the plane again and again across its longer side, and how far the first cuts are."""
    shape = along.shape
    u, v = along.ravel(), across.ravel()
    label = np.zeros(u.size, np.int64)
    first = np.full(u.size, 99, np.float32)  # distance to a lane along one of the first cuts
    heap: list[tuple[float, int, float, NDArray[np.int64]]] = [(-float(u.size), 0, 1.0, np.arange(u.size))]
    lanes = max(1, count // 14)
    for made in range(1, count):
        _, name, wish, pixels = heapq.heappop(heap)
        a, b = u[pixels], v[pixels]
        wide, high = np.ptp(a), np.ptp(b)
        tilt = np.radians(rng.normal(0, 5)) + (0 if wide * rng.uniform(0.8, 1.25) > high else np.pi / 2)
        way = a * np.cos(tilt) + b * np.sin(tilt)
        cut = np.quantile(way, rng.uniform(0.34, 0.66))
        if made <= lanes:
            first[pixels] = np.minimum(first[pixels], np.abs(way - cut))
        right = way > cut
        label[pixels[right]] = made
        for part, tag in ((pixels[~right], name), (pixels[right], made)):
            liking = wish * float(np.exp(rng.normal(0, 0.16)))
            heapq.heappush(heap, (-len(part) * liking, tag, liking, part))
    return label.reshape(shape), first.reshape(shape)


def blobs(
    rng: np.random.Generator, row: Array, column: Array, count: int, radius: tuple[float, float], rough: float
) -> NDArray[np.int64]:
    """Numbered round patches with rough edges at random places."""
    size = len(row)
    axis = np.arange(size, dtype=np.float32)
    texture = field(rng, (18.0, 8.0, 4.0)).at(axis, axis)
    result = np.zeros(row.shape, np.int64)
    for tag in range(1, count + 1):
        middle_row, middle_column = rng.uniform(0.06, 0.94, 2) * size
        reach, stretch, turn = rng.uniform(*radius), rng.uniform(0.75, 1.3), rng.uniform(0, np.pi)
        top, left = (max(0, int(middle - 3.4 * reach)) for middle in (middle_row, middle_column))
        window = np.s_[top : int(middle_row + 3.4 * reach) + 1, left : int(middle_column + 3.4 * reach) + 1]
        y, x = row[window] - middle_row, column[window] - middle_column
        far = np.hypot((x * np.cos(turn) + y * np.sin(turn)) * stretch, (y * np.cos(turn) - x * np.sin(turn)) / stretch)
        result[window][far / reach + rough * texture[window] < 1] = tag
    return result


def stream(rng: np.random.Generator, along: Array, across: Array, size: int) -> tuple[Mask, Mask]:
    """A river with bends, and its tree-lined banks."""
    turns, start = rng.uniform(-np.pi, np.pi, 3), rng.uniform(-0.14, 0.14) * size
    middle = (
        start
        + 17 * np.sin(across / 31 + turns[0])
        + 8 * np.sin(across / 14 + turns[1])
        + across * rng.uniform(-0.35, 0.35)
    )
    width = 2.5 + 1.0 * np.sin(across / 23 + turns[2])
    slope = 17 / 31 * np.cos(across / 31 + turns[0]) + 8 / 14 * np.cos(across / 14 + turns[1])
    away = np.abs(along - middle) / np.hypot(1, slope)
    trees = np.sin(across / 9 + turns[2]) + np.sin(across / 5.3 + turns[1]) > 0.5
    return away < width, (away < width + 2.2) & trees


def roads(rng: np.random.Generator, along: Array, across: Array, first: Array, size: int) -> Array:
    """Share of each pixel under a road: two roads across the map, lanes along the first cuts."""
    share = np.clip(0.85 - first, 0, 0.42)
    for way, other in ((along, across), (across, along)):
        place = rng.uniform(-0.22, 0.22) * size
        lean, phase = rng.uniform(-0.12, 0.12), rng.uniform(0, 6)
        off = np.abs(way - place - lean * other - 4 * np.sin(other / 60 + phase))
        share = np.maximum(share, np.clip(1.3 - off, 0, 0.8))
    return np.asarray(share, dtype=np.float32)


def number(patches: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Parcels numbered from 1 without gaps; scraps belong to none."""
    sizes = np.bincount(patches.ravel())
    keep = sizes >= min(SMALLEST, max(1, int(sizes[1:].max()) if len(sizes) > 1 else 1))
    keep[0] = False
    table = np.zeros(len(sizes), np.uint16)
    table[keep] = np.arange(1, int(keep.sum()) + 1)
    return table[patches]


def border(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbour has another label."""
    result = np.zeros(labels.shape, bool)
    result[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    result[:-1] |= labels[:-1] != labels[1:]
    return result
