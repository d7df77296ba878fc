"""Savitzky and Golay's smoother on true days: a polynomial through the window around each date.

On even dates without gaps it is scipy.signal.savgol_filter(mode="interp"). Missing dates drop out of their windows;
where a window holds too few for the order, the order falls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.preprocess.series import Days, Floats, Mask

Doubles = NDArray[np.float64]


def savgol(days: Days, values: Floats, known: Mask, window: int, order: int) -> Floats:
    """The smoothed values on known dates; a window longer than the series shrinks to it.

    values (time, band, pixel), NaN where unknown; known the same, or (time, 1, pixel) for all bands.
    """
    if known.shape[1] != 1:
        flat = values.reshape(len(days), 1, -1)
        return savgol(days, flat, known.reshape(len(days), 1, -1), window, order).reshape(values.shape)
    count = len(days)
    window = min(window, count if count % 2 else count - 1) if count > 1 else 1
    held = np.nan_to_num(values)
    out = np.full_like(values, np.nan)
    bits = 1 << np.arange(window)
    for date in range(count):
        low = min(max(date - window // 2, 0), count - window)
        inside = slice(low, low + window)
        here = np.flatnonzero(known[date, 0])
        if not len(here):
            continue
        codes, which = np.unique(bits @ known[inside, 0][:, here], return_inverse=True)
        kernels = _kernels(days[inside] - days[date], (codes[:, None] & bits) > 0, order)
        weights = kernels[which].astype(np.float32)  # pixel, window
        total = np.zeros((values.shape[1], len(here)), np.float32)
        for place in range(window):  # one after the other, so that a sum does not depend on how many pixels there are
            total += weights[:, place] * held[low + place][:, here]
        out[date][:, here] = total
    return out


def _kernels(days: Doubles, known: Mask, order: int) -> Doubles:
    """For each pattern of known dates (pattern, window) the weights whose sum is the polynomial's value at day 0."""
    reach = max(float(np.abs(days).max()), 1e-9)
    kernels = np.zeros(known.shape)
    carried = np.minimum(order, known.sum(1) - 1)
    for degree in np.unique(carried).tolist():
        rows = np.flatnonzero(carried == degree)
        powers = np.vander(days / reach, degree + 1, increasing=True)
        weighted = np.where(known[rows, :, None], powers, 0.0)  # pattern, window, power
        inverse = np.linalg.pinv(weighted)  # pattern, power, window
        kernels[rows] = inverse[:, 0] * known[rows]
    return kernels
