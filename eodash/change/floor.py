"""What magnitude noise alone reaches: where nothing changed, two fitted curves would still cross somewhere."""

from __future__ import annotations

import numpy as np

from eodash.change.pair import Floats

SPREADS = 5.0
"""How many deviations above the commonest magnitude noise may reach."""


def noise_floor(values: Floats) -> float:
    """The commonest magnitude, and the spread of those below it, which hold no change."""
    finite = np.sort(values[np.isfinite(values)])
    half = max(2, len(finite) // 2)
    widths = finite[half - 1 :] - finite[: len(finite) - half + 1]
    start = int(widths.argmin())
    common = float(np.median(finite[start : start + half]))
    below = finite[finite <= common]
    return common + SPREADS * float(np.sqrt(np.mean(np.square(below - common))))
