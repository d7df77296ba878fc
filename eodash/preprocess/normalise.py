"""Each band on a common scale. Numbers depend on their own series alone: a pixel is the same with or without others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.preprocess.blocks import Normalise
from eodash.preprocess.parameter import wrong
from eodash.preprocess.series import Floats
from eodash.preprocess.units import PER_UNIT, RANGE, ZSCORE

Doubles = NDArray[np.float64]


def normalised(values: Floats, bands: tuple[str, ...], units: str, settings: Normalise) -> Floats:
    """values (time, band, pixel) in the carrier's numbers → normalised numbers as the new units store them."""
    if settings.method == "range":
        low, high = percentiles(values, settings.low, settings.high)
        middle, spread, stored = low, high - low, PER_UNIT[RANGE]
    elif settings.means:
        middle, spread = given(bands, PER_UNIT.get(units, 1.0), settings)
        stored = PER_UNIT[ZSCORE]
    else:
        known = ~np.isnan(values)
        count = np.maximum(known.sum(0, keepdims=True), 1)
        middle = total(np.where(known, values, 0)) / count
        spread = np.sqrt(total(np.where(known, values - middle, 0) ** 2) / count)
        stored = PER_UNIT[ZSCORE]
    flat = spread <= 0  # a series that never changes lies at its own middle
    ratio = np.where(flat, 0, (values - middle) / np.where(flat, 1, spread))
    return np.where(np.isnan(values), np.float32(np.nan), ratio * stored).astype(np.float32)


def total(values: Doubles | Floats) -> Doubles:
    """Sum over time, one date after the other: the same however many pixels there are."""
    return np.cumsum(values, axis=0, dtype=np.float64)[-1:]


def given(bands: tuple[str, ...], per_unit: float, settings: Normalise) -> tuple[Doubles, Doubles]:
    """Means and scales in the carrier's numbers, shaped (1, band, 1)."""
    means, scales = dict(settings.means), dict(settings.scales)
    missing = [band for band in bands if band not in means]
    if missing:
        raise wrong(
            f"Normalisation has no mean and scale for {', '.join(missing)[:80]}.",
            "Give them for every band of the cube.",
        )
    table = np.array([[means[band], scales[band]] for band in bands]) * per_unit
    return table[:, 0][None, :, None], table[:, 1][None, :, None]


def percentiles(values: Floats, low: float, high: float) -> tuple[Doubles, Doubles]:
    """Two percentiles over time of what is known, linear between ranks; 0 where nothing is."""
    ranked = np.sort(values, axis=0)  # NaN come last
    count = (~np.isnan(values)).sum(0, keepdims=True)

    def at(percent: float) -> Doubles:
        rank = np.maximum(count - 1, 0) * percent / 100
        below = np.floor(rank).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        first, second = (np.take_along_axis(ranked, index, 0).astype(np.float64) for index in (below, above))
        found: Doubles = np.nan_to_num(first + (rank - below) * (second - first))
        return found

    return at(low), at(high)
