"""Making two images similar before they are compared: what differs everywhere is light, air and season, not change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from skimage.exposure import match_histograms

from eodash.change.mad import ir_mad
from eodash.change.pair import Floats, Mask, Pair
from eodash.change.season import Season

Way = Literal["none", "z-score", "histogram", "pif"]
WAYS: tuple[Way, ...] = get_args(Way)
UNCHANGED = 0.95
"""Chance of no change from which a pixel counts as pseudo-invariant."""
ENOUGH = 60
"""Pseudo-invariant pixels for a line and its check; if fewer are so sure, the surest are taken."""
OWN = 1e-3
"""Share of its spread that a band must have of its own, else it is a sum of others."""
STEEPEST = 3.0
"""A line steeper than this, or flatter than its inverse, is not the doing of light."""
SAMPLE = 200_000
"""Pixels that IR-MAD looks for them in; more change nothing in a line."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The line of one band, before ≈ offset + slope · after, and how well it holds on pixels that did not make it."""

    band: str
    slope: float
    offset: float
    error_before: float  # root mean square difference of the dates on the pixels held out, as they are …
    error_after: float  # … and normalised


@dataclass(frozen=True, eq=False)
class Normalised:
    """A pair made similar. Lines and z-scores move both dates, so that swapping them changes nothing."""

    pair: Pair
    way: Way
    fits: tuple[Fit, ...] = ()
    invariant: Mask | None = None  # (y, x) the pseudo-invariant pixels
    season: Season | None = None  # what was taken out besides


def normalise(pair: Pair, way: Way) -> Normalised:
    """The pair, made similar in this way."""
    if way == "none":
        return Normalised(pair, way)
    if way == "z-score":
        before, after = _standard(pair.before, pair), _standard(pair.after, pair)
        return Normalised(replace(pair, before=before, after=after, reflectance=False), way)
    if way == "histogram":
        return Normalised(replace(pair, after=_matched(pair)), way)
    return _by_invariant(pair)


def orthogonal(x: Floats, y: Floats) -> tuple[float, float] | None:
    """Slope and offset of the line that is nearest to the points, errors in both; None if that is no light's doing."""
    covariance = np.cov(x, y)
    sxx, syy, sxy = float(covariance[0, 0]), float(covariance[1, 1]), float(covariance[0, 1])
    if not sxy > 0:
        return None
    slope = (syy - sxx + np.hypot(syy - sxx, 2 * sxy)) / (2 * sxy)
    if not 1 / STEEPEST <= slope <= STEEPEST:
        return None
    return float(slope), float(y.mean() - slope * x.mean())


def _by_invariant(pair: Pair) -> Normalised:
    """Pseudo-invariant pixels by IR-MAD; a line per band on two thirds of them, checked on the last third."""
    places = np.flatnonzero(pair.usable)
    step = max(1, -(-len(places) // SAMPLE))
    looked = np.zeros(pair.usable.size, bool)
    looked[places[::step]] = True
    sample = replace(pair, usable=looked.reshape(pair.usable.shape))
    unchanged = ir_mad(independent(sample)).unchanged
    count = max(int((unchanged > UNCHANGED).sum()), min(ENOUGH, unchanged.size))
    surest = np.argsort(-unchanged, kind="stable")[:count]
    chosen = np.zeros(pair.usable.size, bool)
    chosen[places[::step][surest]] = True
    invariant = chosen.reshape(pair.usable.shape)
    before, after = (each[:, invariant].astype(np.float64) for each in (pair.before, pair.after))
    held = np.arange(before.shape[1]) % 3 == 2
    first, second = np.empty_like(pair.before), np.empty_like(pair.after)
    fits, left = [], []
    for band, name in enumerate(pair.bands):
        line = orthogonal(after[band, ~held], before[band, ~held])
        if line is None:
            left.append(name)
        slope, offset = line or (1.0, 0.0)
        half = np.sqrt(slope)  # both dates go half the way, so that none of them is the measure of the other
        first[band], second[band] = pair.before[band] / half, half * pair.after[band] + offset / half
        was = after[band, held] - before[band, held]
        now = slope * after[band, held] + offset - before[band, held]
        fits.append(Fit(name, slope, offset, float(np.sqrt(np.mean(was**2))), float(np.sqrt(np.mean(now**2)))))
    worse = [fit.band for fit in fits if fit.error_after > 1.2 * fit.error_before]
    notices = pair.notices
    if left:
        notices = (*notices, f"Left as it is, as the dates do not resemble each other there: {', '.join(left)}.")
    if worse:
        notices = (*notices, f"On pixels held out the line does not help in {', '.join(worse)}.")
    return Normalised(replace(pair, before=first, after=second, notices=notices), "pif", tuple(fits), invariant)


def independent(pair: Pair) -> Pair:
    """The pair with as many bands as none of them follows from the others on either date."""
    dates = [(each - each.mean(1, keepdims=True)).T for each in pair.series]
    dates = [each / np.maximum(each.std(0), 1e-300) for each in dates]
    kept: list[int] = []
    for band in range(len(pair.bands)):
        left = (each[:, band] - each[:, kept] @ np.linalg.lstsq(each[:, kept], each[:, band])[0] for each in dates)
        if all(rest.std() > OWN for rest in left):
            kept.append(band)
    if len(kept) == len(pair.bands):
        return pair
    return replace(
        pair, before=pair.before[kept], after=pair.after[kept], bands=tuple(pair.bands[each] for each in kept)
    )


def _standard(values: Floats, pair: Pair) -> Floats:
    seen = values[:, pair.usable]
    mean, spread = seen.mean(1), seen.std(1)
    found: Floats = (values - mean[:, None, None]) / spread[:, None, None]
    return found


def _matched(pair: Pair) -> Floats:
    """Every band of the date after with the histogram of the one before, by its usable pixels."""
    moved = pair.after.copy()
    for band in range(len(pair.bands)):
        moved[band, pair.usable] = match_histograms(pair.after[band, pair.usable], pair.before[band, pair.usable])
    return moved
