"""The mean of a gradient along the straight way from a baseline (0) to a point (1), looked at closely where it must be.

What the gradient must add up to between two places of the way is known: the difference of the scores there. So the
way is cut where the score changes, and again where the sum misses that difference: recurrent networks and those that
normalise each date by itself change suddenly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
STEPS = 64
"""Points at which the gradient is first taken."""
MOST = 512
"""Points after which a gap is left."""
MISSED = 0.01
"""Share of the difference of the scores that may be missed; ENOUGH where they are nearly the same."""
ENOUGH = 1e-4
ABSCISSA = 1 / np.sqrt(3)
"""Two Gauss–Legendre points per piece."""


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean gradient, and how well its sum gives the difference of the scores."""

    slope: Floats  # of the shape of the point
    start: float  # score of the baseline
    end: float
    steps: int


def mean_slope(
    score: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], way: Floats, steps: int = STEPS
) -> Mean:
    """`score` and `slope` (n, …) at places (n,) from 0 to 1 of the way; `way` leads from the baseline to the point."""
    ends = _cut(score, steps // 2)
    at = score(ends).astype(np.float64)
    start, end = float(at[0]), float(at[-1])
    allowed = max(MISSED * abs(end - start), ENOUGH)
    low, high, change = ends[:-1], ends[1:], np.diff(at)
    means = _means(slope, low, high)
    taken = 2 * len(means)
    while True:
        missed = np.abs(np.tensordot(means, way, way.ndim) * (high - low) - change)
        again = missed > allowed / len(means) / 2
        if missed.sum() <= allowed or taken + 4 * again.sum() > MOST:
            break
        middle = (low + high)[again] / 2
        before = (score(middle) - score(low[again])).astype(np.float64)
        change = np.concatenate([change[~again], before, change[again] - before])
        fresh = np.concatenate([low[again], middle]), np.concatenate([middle, high[again]])
        means = np.concatenate([means[~again], _means(slope, *fresh)])
        low, high = (np.concatenate([old[~again], new]) for old, new in zip((low, high), fresh, strict=True))
        taken += 4 * int(again.sum())
    return Mean(np.tensordot(high - low, means, 1), start, end, taken)


def _cut(score: Callable[[Floats], Floats], pieces: int) -> Floats:
    """Ends of pieces in each of which the score changes alike: few where it is flat, none longer than a few steps."""
    even = np.linspace(0, 1, 4 * pieces + 1)
    places = even**3  # closest beside the baseline
    change = np.abs(np.diff(score(places)))
    length = change / max(change.sum(), 1e-12) + 0.3 * np.diff(places) + 0.3 * np.diff(even)
    gone = np.concatenate([[0.0], length.cumsum()])
    found = np.interp(np.linspace(0, gone[-1], pieces + 1), gone, places)
    found[[0, -1]] = 0.0, 1.0
    return found


def _means(slope: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Mean gradient over each piece (piece, …)."""
    middle, half = (low + high) / 2, (high - low) / 2
    found = slope(np.stack([middle - half * ABSCISSA, middle + half * ABSCISSA], 1).ravel())
    means: Floats = found.reshape(-1, 2, *found.shape[1:]).mean(1)
    return means
