"""Change vector analysis: how far a pixel moved between the dates, and which way (Malila 1980).

The compressed form keeps one angle for any number of bands (Bovolo et al. 2012, doi:10.1109/TGRS.2011.2171493).
"""

from __future__ import annotations

import numpy as np

from eodash.change.pair import Floats


def magnitude(before: Floats, after: Floats) -> Floats:
    """ρ = ‖x₂ − x₁‖ over bands, (band, …) → (…)."""
    found = np.zeros(before.shape[1:], before.dtype)
    for one, other in zip(before, after, strict=True):
        found += np.square(other - one)
    return np.sqrt(found)


def direction(before: Floats, after: Floats) -> Floats:
    """θ = atan2(d₂, d₁) of two bands or indices, −π … π."""
    if len(before) != 2:
        raise ValueError("Two bands have a direction; more have an angle.")
    found: Floats = np.arctan2(after[1] - before[1], after[0] - before[0])
    return found


def angle(before: Floats, after: Floats) -> Floats:
    """Compressed: the angle to the unit diagonal, 0 (all bands brighter) … π (all darker); NaN where nothing moved."""
    difference = after - before
    length = np.sqrt(np.square(difference).sum(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = difference.sum(0) / (np.sqrt(len(difference)) * length)
    found: Floats = np.arccos(np.clip(cosine, -1, 1))
    return found
