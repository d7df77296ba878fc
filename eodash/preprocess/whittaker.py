"""Whittaker's smoother on true days: fidelity to what is known against curvature.

Minimises Σ w (y − z)² + λ Σ h̄ (z″)², z″ the second divided difference on uneven days and h̄ the days it stands for, time
counted in tens of days. On dates ten days apart this is the form of Eilers, Analytical Chemistry 75 (2003) 3631.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.preprocess.series import Days, Floats, Mask

UNIT = 10.0
CLOSEST = 0.25
"""Days: dates closer than this count as this far apart, else two images of one pass would rule the whole curve."""
Doubles = NDArray[np.float64]


def curvature(days: Days) -> tuple[Doubles, Doubles, Doubles]:
    """The three diagonals of the penalty D'D: main, first and second above."""
    count = len(days)
    main, first, second = np.zeros(count), np.zeros(max(count - 1, 0)), np.zeros(max(count - 2, 0))
    if count < 3:
        return main, first, second
    gap = np.maximum(np.diff(days), CLOSEST) / UNIT
    left, right = gap[:-1], gap[1:]
    root = np.sqrt((left + right) / 2)
    a, c = 2 / (left * (left + right)) * root, 2 / (right * (left + right)) * root
    b = -(a + c)
    for offset, part in enumerate((a, b, c)):
        main[offset : offset + count - 2] += part**2
    first[: count - 2] += a * b
    first[1:] += b * c
    second += a * c
    return main, first, second


def whittaker(days: Days, values: Floats, known: Mask, smoothness: float) -> Floats:
    """The curve at all days, also where nothing is known; series with fewer than two known dates stay as they are.

    values (time, band, pixel), NaN where unknown; known the same, or (time, 1, pixel) for all bands.
    """
    main, first, second = (smoothness * part for part in curvature(days))
    enough = known.sum(0, keepdims=True) >= 2
    weights = np.where(enough, known, True).astype(np.float64)
    curve = np.where(known, values, 0).astype(np.float64)
    count = len(days)
    pivot, up, up2 = np.empty_like(weights), np.zeros_like(weights), np.zeros_like(weights)
    for i in range(count):  # L D L' of a matrix with two diagonals beside the main one, for all pixels at once
        pivot[i] = weights[i] + main[i]
        if i >= 1:
            pivot[i] -= up[i - 1] ** 2 * pivot[i - 1]
            curve[i] -= up[i - 1] * curve[i - 1]
        if i >= 2:
            pivot[i] -= up2[i - 2] ** 2 * pivot[i - 2]
            curve[i] -= up2[i - 2] * curve[i - 2]
        if i + 1 < count:
            beside = first[i] - (up[i - 1] * up2[i - 1] * pivot[i - 1] if i >= 1 else 0)
            up[i] = beside / pivot[i]
        if i + 2 < count:
            up2[i] = second[i] / pivot[i]
    curve /= pivot
    for i in range(count - 2, -1, -1):
        curve[i] -= up[i] * curve[i + 1]
        if i + 2 < count:
            curve[i] -= up2[i] * curve[i + 2]
    return np.where(enough, curve, values).astype(np.float32)
