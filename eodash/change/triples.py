"""What features are learnt from without labels: of each patch the same place on another date, and another place.

Which of the two a patch resembles is known without anybody having said what is there: Leenstra et al. (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.change.pair import Floats, Mask
from eodash.change.standard import REACH
from eodash.errors import RasterError

SIDE = 96
"""Of a patch, in pixels, where the images have room for it …"""
ROOM = 2.5
"""… and for another place beside it: the longer side of an image holds so many patches."""
LEAST = 12
"""Smallest side of a patch from which anything is learnt."""
SEEN = 0.6
"""Share of a date, and of a patch, that must be clear."""
UNIT = 1.0
"""Distance of learnt features that the same ground keeps to on two dates, but for three pixels in a hundred."""
TRIES = 60
Images = NDArray[Any]  # (date, band, y, x), of any numbers


@dataclass(frozen=True, eq=False)
class Triples:
    """Patches (N, band, S, S) float16: a place, the same on another date, another place; (N, S, S) what counts."""

    anchor: NDArray[np.float16]
    near: NDArray[np.float16]
    far: NDArray[np.float16]
    usable: Mask

    def __len__(self) -> int:
        return len(self.anchor)


@dataclass(frozen=True, eq=False)
class _Date:
    """An image, and what brings it to mean 0 and deviation 1 in each band, whatever light it was taken in."""

    image: Images
    clear: Mask
    mean: Floats
    spread: Floats

    def cut(self, rows: slice, columns: slice) -> Floats:
        values = self.image[:, rows, columns].astype(np.float32)
        scaled = np.clip((values - self.mean) / self.spread, -REACH, REACH)
        found: Floats = np.where(self.clear[rows, columns], scaled, np.float32(0))
        return found


def triples(images: Images, clear: Mask, count: int, seed: Sequence[int], *, same_date: bool) -> Triples:
    """So many, drawn from the clear dates of one place; a RasterError where no two dates show the same ground.

    `same_date`: whether the other place is seen on the date of the patch, or on that of its likeness.
    """
    rng = np.random.default_rng(seed)
    side = side_of(*clear.shape[1:])
    dates = [_date(image, seen) for image, seen in zip(images, clear, strict=True) if seen.mean() >= SEEN]
    if len(dates) < 2:
        raise RasterError(
            f"{len(dates)} of {len(clear)} dates {'is' if len(dates) == 1 else 'are'} clear enough to learn from.",
            "Fetch more dates, or let cloudier ones in: what stays the same between two dates is what is learnt.",
            code="one_date",
            details={"needed": 2, "found": len(dates)},
        )
    drawn = (_drawn(rng, dates, side, same_date) for _ in range(count))
    found = [each for each in drawn if each is not None]
    if len(found) < count / 2:
        raise RasterError(
            "The clear parts of the dates hardly overlap.",
            "Fetch more dates: it takes two that show the same ground.",
            code="no_common_pixel",
        )
    anchor, near, far, usable = (np.stack(part) for part in zip(*found, strict=True))
    half = [part.astype(np.float16) for part in (anchor, near, far)]
    return Triples(half[0], half[1], half[2], usable.astype(bool))


def joined(several: Sequence[Triples]) -> Triples:
    """Those of several places, one after the other."""
    fields = ("anchor", "near", "far", "usable")
    return Triples(*(np.concatenate([getattr(each, field) for each in several]) for field in fields))


def side_of(rows: int, columns: int) -> int:
    """The side of a patch in images of this size; a RasterError where they have no room for two places."""
    side = min(SIDE, rows, columns, int(max(rows, columns) / ROOM))
    if side < LEAST:
        least = f"{int(LEAST * ROOM)} × {LEAST}"
        raise RasterError(
            f"The images have {rows} × {columns} pixels: too few to tell one place from another.",
            f"Take a larger area: at least {least} pixels.",
            code="too_small",
            details={"needed": least, "found": f"{rows} × {columns}"},
        )
    return side


def _date(image: Images, clear: Mask) -> _Date:
    values = image[:, clear].astype(np.float64)
    spread = np.maximum(values.std(1), 1e-12)
    return _Date(image, clear, *(each.astype(np.float32)[:, None, None] for each in (values.mean(1), spread)))


def _drawn(
    rng: np.random.Generator, dates: Sequence[_Date], side: int, same_date: bool
) -> tuple[Floats, Floats, Floats, Mask] | None:
    """Anchor, near, far, usable; None where chance found no clear ones."""
    rows, columns = dates[0].clear.shape
    for _ in range(TRIES):
        one, other = (dates[each] for each in rng.choice(len(dates), 2, replace=False))
        corners = [(int(rng.integers(rows - side + 1)), int(rng.integers(columns - side + 1))) for _ in range(2)]
        if all(abs(first - second) < side for first, second in zip(*corners, strict=True)):
            continue
        here, away = ((slice(row, row + side), slice(column, column + side)) for row, column in corners)
        date = one if same_date else other
        usable = one.clear[here] & other.clear[here] & date.clear[away]
        if usable.mean() >= SEEN:
            return one.cut(*here), other.cut(*here), date.cut(*away), usable
    return None
