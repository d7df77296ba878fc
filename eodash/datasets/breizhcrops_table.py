"""One parcel's table of BreizhCrops: which column is what, and the series in it.

L1C: 13 bands, QA10, QA20, QA60, doa. L2A: doa, 10 bands, CLD, EDG, SAT. Files in circulation differ in the order of the
13 bands, and in whether doa comes first or last: both are read from the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.contract import Array
from eodash.errors import RasterError
from eodash.sensors import SENSORS
from eodash.world.region import origin, phase

Table = NDArray[np.float64]
Looks = tuple[Array, Array, NDArray[np.bool_]]  # values (date, band), phase day and mask (date,)

BANDS = {"l1c": SENSORS["sentinel-2-l1c"].names, "l2a": SENSORS["sentinel-2-l2a"].default}
WIDTH = {"l1c": 17, "l2a": 14}
ORDERS = {
    "alphabetic": ("B1", "B10", "B11", "B12", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9"),
    "numeric": ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"),
}
USUAL = {
    "B1": 0.318, "B2": 0.287, "B3": 0.258, "B4": 0.261, "B5": 0.277, "B6": 0.335, "B7": 0.384,
    "B8": 0.373, "B8A": 0.408, "B9": 0.157, "B10": 0.0067, "B11": 0.259, "B12": 0.196,
}  # fmt: skip
"""Medians at the top of the atmosphere over farmland, half of it cloudy (100 parcels of Bavaria, phiweek19)."""
FITS, AHEAD = 0.5, 0.3
"""Mean difference in ln reflectance: of an order that fits, and of the next best to it."""
LATITUDE = 48.2
EARLIEST, LATEST = (int(np.datetime64(day, "ns").astype(np.int64)) for day in ("2015-01-01", "2100-01-01"))
DAY = 86_400 * 10**9
LOWEST, HIGHEST = -0.5, 10.0  # reflectance beyond which a number is a filler
CLEAR_BLUE = 0.15
CLOUDS = ("flags", "blue")


@dataclass(frozen=True)
class Order:
    """Where the columns of a file lie, and its numbers per unit of reflectance."""

    doa: int
    bands: tuple[int, ...]  # in the order of BANDS
    flags: tuple[int, ...]  # CLD, EDG, SAT; none for L1C, whose clouds stay in
    scale: float


def order_of(tables: Sequence[Table], level: str, wanted: str = "auto") -> tuple[Order, list[str]]:
    """The order of the file that these tables come from, and what the reader should be told."""
    sample = np.concatenate(tables)
    width = WIDTH[level]
    first = _doa(sample, width) == 0
    others = list(range(1, width)) if first else list(range(width - 1))
    numbers = sample[:, others[: len(BANDS[level])]]
    numbers = numbers[np.isfinite(numbers).all(1) & (numbers > 0).all(1)]
    if not len(numbers):
        raise RasterError(
            "The tables hold no date with a usable number in every band.", "Copy the file again.", code="no_observation"
        )
    typical = np.median(numbers, axis=0)
    notices = []
    scale = 10_000.0
    if np.median(typical) < 3:
        scale = 1.0
        notices.append("numbers taken as reflectance 0–1, not × 10⁴")
    names: Sequence[str] = [_stored(name) for name in BANDS[level]]
    if level == "l1c":
        names, told = _ordered(typical, wanted)
        notices += told
    found = tuple(others[list(names).index(_stored(name))] for name in BANDS[level])
    return Order(0 if first else width - 1, found, tuple(others[-3:]) if level == "l2a" else (), scale), notices


def _doa(sample: Table, width: int) -> int:
    for column in (0, width - 1):
        dates = sample[np.isfinite(sample[:, column]), column]
        if len(dates) and EARLIEST < np.median(dates) < LATEST:
            return column
    raise RasterError(
        "Neither the first nor the last column holds dates in nanoseconds since 1970.",
        "Take a file in which doa was written as int64 nanoseconds.",
        code="doa",
    )


def _stored(name: str) -> str:
    return name.replace("B0", "B")


def _ordered(typical: Table, order: str) -> tuple[Sequence[str], list[str]]:
    """The names of 13 columns with these medians, in the order that was asked for or that the values tell."""
    wanted = ORDERS.get(order) or tuple(name.strip() for name in order.split(","))
    if order != "auto" and sorted(wanted) != sorted(USUAL):
        raise RasterError(
            f"'{order[:60]}' is no order of the 13 bands.",
            f"Write auto, {', '.join(ORDERS)}, or the 13 names with commas: {','.join(USUAL)}.",
            code="band_order",
        )
    far = {name: _distance(typical, names) for name, names in ORDERS.items()}
    best, second = sorted(far, key=lambda name: far[name])[:2]
    told = best if far[best] < FITS and far[second] - far[best] > AHEAD else ""
    if order == "auto":
        if told:
            return ORDERS[told], []
        return ORDERS["alphabetic"], [
            f"the values do not tell the order of the bands, {','.join(ORDERS['alphabetic'])} is assumed"
        ]
    if told and wanted != ORDERS[told] and _distance(typical, wanted) - far[told] > AHEAD:
        raise RasterError(
            f"The bands are not in the order that was asked for: the values fit the {told} one.",
            f"Write auto or {told} as the order.",
            code="band_order",
            details={"medians": [round(float(value), 4) for value in typical]},
        )
    return wanted, []


def _distance(typical: Table, names: Sequence[str]) -> float:
    """How far medians lie from those of farmland, whatever their scale."""
    ratio = np.log(typical) - np.log([USUAL[name] for name in names])
    return float(np.abs(ratio - np.median(ratio)).mean())


def looks_of(table: Table, order: Order, clouds: str = "flags") -> Looks:
    """The series of a table in order of time; what overlapping tiles saw on one day is averaged."""
    doa = table[:, order.doa]
    table = table[np.isfinite(doa) & (doa > EARLIEST) & (doa < LATEST)]
    moments = table[:, order.doa].astype(np.int64)
    values = table[:, order.bands] / order.scale
    with np.errstate(invalid="ignore"):
        seen = ((values > LOWEST) & (values < HIGHEST)).all(1) & (values != 0).any(1)
        if order.flags:
            seen = _clear(values, seen, table[:, order.flags], clouds)
    _, start, place = np.unique(moments // DAY, return_index=True, return_inverse=True)
    count = np.bincount(place[seen], minlength=len(start))
    total = np.zeros((len(start), values.shape[1]))
    np.add.at(total, place[seen], values[seen])
    times = moments[start].astype("datetime64[ns]").astype("datetime64[s]")
    middle = times[len(times) // 2] if len(times) else np.datetime64("2017-07-01", "s")
    zero = origin(LATITUDE, int(str(middle)[:4]))
    mean = total / np.maximum(count, 1)[:, None]
    return mean.astype(np.float32), phase(times, zero), count > 0


def _clear(values: Table, seen: NDArray[np.bool_], flags: Table, clouds: str) -> NDArray[np.bool_]:
    """What is neither cloud nor edge nor saturated; where that leaves nothing, what is not bright in blue; else all."""
    off = np.abs(flags) < 0.5  # shares of the parcel's pixels, or bits
    dark = seen & off[:, 1:].all(1) & (values[:, 0] < CLEAR_BLUE)
    choices = [seen & off.all(1), dark] if clouds == "flags" else [dark]
    return next((choice for choice in choices if choice.any()), seen)
