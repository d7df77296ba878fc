"""Straight lines between neighbours in time: what both gap filling and equal steps rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.preprocess.series import Days, Floats, Mask, Series


@dataclass(frozen=True, eq=False)
class Bridge:
    """Series read at other days."""

    values: Floats  # (day, band, pixel), NaN where nothing may be said
    clear: Mask  # (day, pixel): both neighbours are clear
    observed: Mask  # (day, pixel): a value was measured on that very day


def bridge(series: Series, at: Days, longest: float, hold: bool = False) -> Bridge:
    """Linear between known neighbours at most `longest` days apart; beyond the ends nothing, or the end's value."""
    known = series.known
    before, after = neighbours(known, series.days, at)
    first, last = np.maximum(before, 0), np.minimum(after, len(series.days) - 1)
    inside = (before >= 0) & (after < len(series.days))
    start, end = series.days[first], series.days[last]
    allowed = inside & (end - start <= longest)
    if hold:
        day = at[:, None, None]
        left, right = (before < 0) & (after < len(series.days)), (before >= 0) & (after >= len(series.days))
        allowed |= (left & (end - day <= longest)) | (right & (day - start <= longest))
        first, last = np.where(left, last, first), np.where(right, first, last)
        start, end = series.days[first], series.days[last]
    span = end - start
    share = np.divide(at[:, None, None] - start, span, out=np.zeros_like(span), where=span > 0).astype(np.float32)
    filled = np.nan_to_num(series.values)
    lower, upper = (np.take_along_axis(filled, np.broadcast_to(i, _shape(i, filled)), 0) for i in (first, last))
    values = np.where(allowed, lower + share * (upper - lower), np.float32(np.nan)).astype(np.float32)
    clear = _any_band_all_clear(series.clear, first, last, allowed)
    return Bridge(values, clear, (allowed & inside & (first == last)).any(1))


def neighbours(known: Mask, days: Days, at: Days) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each day the known date at or before it (−1: none), and at or after it (the number of dates: none)."""
    count = len(days)
    index = np.arange(count)[:, None, None]
    before = np.maximum.accumulate(np.where(known, index, -1), 0)
    after = np.minimum.accumulate(np.where(known, index, count)[::-1], 0)[::-1]
    none = np.full((1, *known.shape[1:]), count)
    left = np.searchsorted(days, at, side="right") - 1
    right = np.searchsorted(days, at, side="left")
    return before[left], np.concatenate([after, none])[right]


def _shape(index: NDArray[np.intp], values: Floats) -> tuple[int, ...]:
    return (len(index), *values.shape[1:])


def _any_band_all_clear(clear: Mask, first: NDArray[np.intp], last: NDArray[np.intp], allowed: Mask) -> Mask:
    """Where some band could be read, and only clear dates took part."""
    doubtful = np.zeros((len(first), clear.shape[1]), bool)
    for band in range(first.shape[1]):
        for index in (first[:, band], last[:, band]):
            doubtful |= ~np.take_along_axis(clear, index, 0) & allowed[:, band]
    sure: Mask = np.any(allowed, 1) & ~doubtful
    return sure
