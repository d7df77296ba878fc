"""Two ranges of dates instead of two dates: of each, pixel by pixel, the median of what was clear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.change.pair import Mask
from eodash.cube import carrier, geobox_of
from eodash.errors import DateError
from eodash.sources.contract import NODATA

AT_ONCE = 2**24
"""Numbers that are sorted at once."""
LAST = np.iinfo(np.int16).max
"""Sorts behind every number that was measured."""


@dataclass(frozen=True, order=True)
class Span:
    """From a first day to a last one, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise DateError(
                f"A range cannot end on {self.last}, before it begins on {self.first}.",
                "Choose its first day, then its last.",
                code="order",
            )

    @classmethod
    def read(cls, text: str) -> Span:
        """`2024-05-01/2024-06-30`."""
        try:
            first, last = (date.fromisoformat(part) for part in text[:32].split("/"))
        except ValueError as error:
            raise DateError(
                f"{text[:40]!r} is no range of dates.", "Write it as 2024-05-01/2024-06-30.", code="range"
            ) from error
        return cls(first, last)

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"

    def holds(self, times: NDArray[np.datetime64]) -> Mask:
        """Which of these moments lie in it."""
        days = times.astype("datetime64[D]")
        found: Mask = (days >= np.datetime64(self.first)) & (days <= np.datetime64(self.last))
        return found

    def earlier(self) -> Span:
        """The same days a year before."""
        return Span(self.first - timedelta(days=365), self.last - timedelta(days=365))


def composite(cube: xr.DataArray, span: Span) -> xr.DataArray:
    """A cube of one image, dated in the middle of those it is made of; `seen` (y, x) counts the clear dates."""
    times = cube["time"].values
    places = np.flatnonzero(span.holds(times))
    if not len(places):
        raise DateError(
            f"No date lies between {span.first} and {span.last}.", "Choose a range with images.", code="no_dates"
        )
    part = cube[places]
    _, bands, rows, columns = part.shape
    values = np.full((bands, rows, columns), NODATA, np.int16)
    seen = np.zeros((rows, columns), np.uint16)
    used = np.zeros(len(places), bool)
    step = max(1, AT_ONCE // (len(places) * bands * columns))
    for start in range(0, rows, step):
        block = part[:, :, start : start + step]
        known = block["clear"].values.astype(bool) & (block.values != NODATA).all(1)
        values[:, start : start + step], seen[start : start + step] = medians(block.values, known)
        used |= known.any((1, 2))
    chosen = times[places[used]] if used.any() else times[places]
    middle = chosen[0] + (chosen - chosen[0]).mean()
    made = carrier(
        values[None], (seen > 0)[None], np.array([middle]).astype("datetime64[s]"), cube["band"].values.tolist(),
        geobox_of(cube), dict(cube.attrs),
    )  # fmt: skip
    return made.assign_coords(seen=(("y", "x"), seen))


def medians(
    values: NDArray[np.int16], known: NDArray[np.bool_]
) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:  # fmt: skip
    """Of the known dates (time, y, x) of values (time, band, y, x); NODATA where none is known. And how many are."""
    count = known.sum(0)
    ordered = np.where(known[:, None], values, LAST)
    ordered.sort(axis=0)
    low, high = (
        np.take_along_axis(ordered, np.broadcast_to(np.maximum(at, 0), (1, *values.shape[1:])), 0)[0].astype(np.int32)
        for at in ((count - 1) // 2, count // 2)
    )
    middle = np.where(count > 0, (low + high) // 2, NODATA)
    return middle.astype(np.int16), count.astype(np.uint16)


def months(times: NDArray[np.datetime64]) -> list[Span]:
    """Every calendar month with an image, and every two that follow each other within a year."""
    there = sorted({(each.astype(object).year, each.astype(object).month) for each in times.astype("datetime64[M]")})
    return [span for year, month in there for span in _from(year, month, set(there))]


def _from(year: int, month: int, there: set[tuple[int, int]]) -> Iterator[Span]:
    yield Span(date(year, month, 1), _last(year, month))
    if (year, month + 1) in there:
        yield Span(date(year, month, 1), _last(year, month + 1))


def _last(year: int, month: int) -> date:
    """The last day of a month."""
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
