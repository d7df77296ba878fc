"""What learned change networks are fed: the six bands that sensors share, each date scaled by the pair itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eodash.change.pair import Floats, Pair
from eodash.errors import RasterError
from eodash.sensors import SENSORS

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
"""Those that Sentinel-2 and Landsat both have, in this order."""
CODES = dict(zip(("B", "G", "R", "N", "S1", "S2"), BANDS, strict=True))
NAMED = {band.name: CODES[band.code] for each in SENSORS.values() for band in each.bands if band.code in CODES}
"""What the known sensors call them."""
REACH = 8.0
"""Deviations beyond which a value is cut: what a learned network never saw teaches nothing."""


def places(bands: tuple[str, ...]) -> list[int]:
    """Where the six lie among these bands; a RasterError that names those that lack."""
    found: dict[str, int] = {}
    for place, name in enumerate(bands):
        found.setdefault(name if name in BANDS else NAMED.get(name, ""), place)
    lacking = [name for name in BANDS if name not in found]
    if lacking:
        raise RasterError(
            f"Learned change networks need six bands; this pair lacks {', '.join(lacking)}.",
            "Fetch these bands too, or choose a method that takes any bands, like cva or ir-mad.",
            code="bands",
            details={"needed": ", ".join(BANDS), "found": ", ".join(bands)[:200]},
        )
    return [found[name] for name in BANDS]


def standardised(pair: Pair, chosen: Sequence[int] | None = None) -> tuple[Floats, Floats]:
    """Both dates (band, y, x): less the mean, over the deviation, of both dates together; 0 where not usable.

    Of the six bands, or of those at the `chosen` places. One scale for both dates, so that swapping them swaps the
    results, and no unit matters.
    """
    chosen = places(pair.bands) if chosen is None else chosen
    before, after = (np.zeros((len(chosen), *pair.usable.shape), np.float32) for _ in range(2))
    for place, band in enumerate(chosen):
        first = pair.before[band][pair.usable].astype(np.float64)
        second = pair.after[band][pair.usable].astype(np.float64)
        mean = (first.mean() + second.mean()) / 2
        spread = np.sqrt((np.square(first - mean).mean() + np.square(second - mean).mean()) / 2)
        spread = max(float(spread), 1e-12)
        before[place][pair.usable] = np.clip((first - mean) / spread, -REACH, REACH)
        after[place][pair.usable] = np.clip((second - mean) / spread, -REACH, REACH)
    return before, after
