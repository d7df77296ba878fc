"""Dates that are no images: the same image twice, one value everywhere, lines without an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from eodash.doctor.sample import LITTLE, Sample
from eodash.sources.contract import NODATA

SAME = 0.98
"""Share of the pixels that agree between two dates; of two true images it is below 0.1."""
NEAR = 2
"""Digital numbers between which a copy that was written anew may differ; noise of a true image is ten times that."""
LINES = 0.04
"""Least share of lines without an image."""
ELSEWHERE = 0.05
"""Share of the other lines that may hold the values of such lines by chance."""
RANGE = 64
"""Fewer different values than this, and lines may well hold one."""


@dataclass(frozen=True)
class Twins:
    """Two dates with the same image."""

    first: int
    second: int
    agree: float


def twins(sample: Sample) -> list[Twins]:
    """Each date that repeats an earlier one."""
    found = []
    empty = _empty(sample)
    prints = [_print(sample, index) for index in range(len(sample.times))]
    repeated: set[int] = set()
    for first in range(len(sample.times)):
        if empty[first] or first in repeated:
            continue
        for second in range(first + 1, len(sample.times)):
            if empty[second] or second in repeated or np.abs(prints[first] - prints[second]).max() > NEAR + 2:
                continue
            agree = _agreement(sample, first, second)
            if agree >= SAME:
                found.append(Twins(first, second, agree))
                repeated.add(second)
    return found


def _print(sample: Sample, index: int) -> np.ndarray:
    """A few numbers that are close for images that are close."""
    some = sample.values[index].astype(np.float64)
    some[some == NODATA] = np.nan
    with np.errstate(all="ignore"):
        seen = ~np.isnan(some)
        return np.where(seen.any(0), np.nansum(some, 0) / np.maximum(seen.sum(0), 1), 0.0)


def _agreement(sample: Sample, first: int, second: int) -> float:
    """Share of the values that agree; 0 where too little is seen on both dates or nothing varies."""
    one, other = sample.values[first].astype(np.int32), sample.values[second].astype(np.int32)
    both = (one != NODATA) & (other != NODATA)
    if both.any(1).sum() < LITTLE or both.sum() < 0.5 * (one != NODATA).sum():
        return 0.0
    spread = max(float(one[both[:, band], band].std()) for band in range(one.shape[1]) if both[:, band].any())
    if spread < 2 * NEAR:
        return 0.0
    near = NEAR if spread > 50 * NEAR else 0  # on a scale too small, different images come close
    return float((np.abs(one - other)[both] <= near).mean())


def constant(sample: Sample) -> list[int]:
    """Dates on which every band holds one value everywhere."""
    found = []
    for index in range(len(sample.times)):
        seen = sample.seen[index]
        if seen.any(1).sum() < LITTLE:
            continue
        bands = [sample.values[index][seen[:, band], band] for band in range(seen.shape[1]) if seen[:, band].any()]
        if bands and all(len(band) >= LITTLE / 2 and band.min() == band.max() for band in bands):
            found.append(index)
    return found


def empty(sample: Sample) -> list[int]:
    """Dates without a single observation."""
    return [int(index) for index in np.flatnonzero(_empty(sample))]


def _empty(sample: Sample) -> np.ndarray:
    return np.asarray(~sample.seen.any((1, 2)))


def _wide(lines: np.ndarray) -> np.ndarray:
    """Lines with at least two others of the kind on one side or one on each."""
    padded = np.pad(lines, 2)
    before, after = padded[1:-3], padded[3:-1]
    return np.asarray(lines & ((before & after) | (before & padded[:-4]) | (after & padded[4:])))


def striped(cube: xr.DataArray, band: int, fills: Sequence[int] = ()) -> list[tuple[int, float]]:
    """Dates in which whole lines or columns of a band hold one value, and the share of those."""
    rows, columns = cube.shape[2:]
    if rows < 12 or columns < 12:
        return []
    found = []
    for index in range(cube.sizes["time"]):
        image = cube.data[index, band]
        seen = image != NODATA
        some = image[seen]
        if len(np.unique(some)) < RANGE:
            continue  # so few values that lines may well hold one
        for axis in (1, 0):
            whole = seen.all(axis)
            same = whole & (image.max(axis) == image.min(axis))
            edge = _wide(same & np.isin(image.max(axis), fills))  # the end of a swath
            whole, same = whole & ~edge, same & ~edge
            share = same.sum() / max(int(whole.sum()), 1)
            lines, others = (image[same], image[~same]) if axis == 1 else (image[:, same], image[:, ~same])
            if np.isin(others, lines).mean() > ELSEWHERE:
                continue  # a heap of one value, as where clouds were cut off: here and there it fills a line
            if LINES <= share <= 0.9 and whole.sum() >= 12:
                found.append((index, float(share)))
                break
    return found
