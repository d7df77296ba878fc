"""What noise, light and air alone reach: where nothing changed, two fitted curves would still cross somewhere."""

from __future__ import annotations

import numpy as np

from eodash.change.pair import Floats, Pair

SPREADS = 5.0
"""How many deviations above the commonest magnitude noise may reach."""

LIGHT = 0.15
"""Share of its brightness by which slopes and air still move a pixel after normalising …"""
FINE = 0.25
"""… and where pixels are small, so that a grid not quite the same and single fields show, too."""
SMALL = 0.0225
"""Hectares of a pixel of 15 m: up to there pixels are small."""

SAMPLE = 100_000


def fine(hectares: float) -> bool:
    """Whether pixels of this size are small."""
    return hectares <= 1.01 * SMALL


def light_floor(pair: Pair) -> float:
    """The magnitude below which nothing is called change, where numbers are reflectance; else 0."""
    if not pair.reflectance:
        return 0.0
    places = np.flatnonzero(pair.usable)
    some = places[:: max(1, len(places) // SAMPLE)]
    seen = [each.reshape(len(each), -1)[:, some] for each in (pair.before, pair.after)]
    bright = np.median(np.sqrt(sum(np.square(each).sum(0) for each in seen) / 2))
    return float(bright) * (FINE if fine(pair.hectares) else LIGHT)


def noise_floor(values: Floats) -> float:
    """The commonest magnitude, and the spread of those below it, which hold no change."""
    finite = np.sort(values[np.isfinite(values)])
    half = max(2, len(finite) // 2)
    widths = finite[half - 1 :] - finite[: len(finite) - half + 1]
    start = int(widths.argmin())
    common = float(np.median(finite[start : start + half]))
    below = finite[finite <= common]
    return common + SPREADS * float(np.sqrt(np.mean(np.square(below - common))))
