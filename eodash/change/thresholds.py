"""Where a magnitude becomes change: Otsu, triangle, two Gaussians, by hand. Nothing in it is left to chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu, threshold_triangle

from eodash.change.pair import Floats
from eodash.errors import RasterError

Rule = Literal["otsu", "triangle", "em", "by hand", "half"]
HALF = 0.5
"""Where a chance becomes a decision: rule "half", of chances alone."""
RULES: tuple[Rule, ...] = tuple(rule for rule in get_args(Rule) if rule != "half")
"""Those that one can choose."""
BINS = 1024
TAIL = 99.9
"""Per cent of the magnitudes that the bins span; the few beyond lie in the last one."""
ROUNDS = 500
STEP = 1e-7

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Gaussian:
    """One of two populations."""

    share: float
    mean: float
    deviation: float

    def density(self, at: Floats) -> Numbers:
        found: Numbers = (
            self.share / (self.deviation * np.sqrt(2 * np.pi))
            * np.exp(-0.5 * np.square((np.asarray(at, np.float64) - self.mean) / self.deviation))
        )  # fmt: skip
        return found


@dataclass(frozen=True)
class Threshold:
    """Above it lies change."""

    value: float
    rule: Rule
    notice: str = ""
    curves: tuple[Gaussian, Gaussian] | None = None


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many pixels have which magnitude."""

    counts: Numbers
    edges: Numbers

    @property
    def centres(self) -> Numbers:
        centres: Numbers = (self.edges[1:] + self.edges[:-1]) / 2
        return centres


def histogram(values: Floats) -> Histogram:
    """Of finite values; a RasterError if there are none, or if all are alike."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise RasterError("There is no magnitude to threshold.", "Choose dates that overlap.", code="no_common_pixel")
    low, high = float(finite.min()), float(np.percentile(finite, TAIL))
    high = high if high > low else float(finite.max())
    if not high > low:
        raise RasterError(
            "Every pixel moved equally far, so no threshold tells change from none.",
            "If both dates are one image, nothing changed; else normalise the pair.",
            code="no_spread",
            details={"found": low},
        )
    counts, edges = np.histogram(np.clip(finite, low, high), BINS, (low, high))
    return Histogram(counts.astype(np.float64), edges)


def threshold(values: Floats, rule: Rule, by_hand: float | None = None) -> Threshold:
    """The threshold of these magnitudes by this rule."""
    if rule == "by hand":
        return _by_hand(values, by_hand)
    if rule == "half":
        return Threshold(HALF, rule)
    found = histogram(values)
    if rule == "triangle":
        within = np.clip(values[np.isfinite(values)], found.edges[0], found.edges[-1])
        return Threshold(float(threshold_triangle(within, BINS)), rule)  # type: ignore[no-untyped-call]
    otsu = float(threshold_otsu(hist=(found.counts, found.centres)))  # type: ignore[no-untyped-call]
    return Threshold(otsu, "otsu") if rule == "otsu" else _minimum_error(found, otsu)


def two_gaussians(found: Histogram, start: float) -> tuple[Gaussian, Gaussian]:
    """Expectation–maximisation from the halves on both sides of `start`; no chance in it."""
    at, counts = found.centres, found.counts
    width = float(found.edges[1] - found.edges[0])
    chance = (at > start).astype(np.float64)
    total = counts.sum()
    last = np.inf
    still = moved = Gaussian(0.5, 0.0, 1.0)
    for _ in range(ROUNDS):
        still, moved = _fitted(at, counts * (1 - chance), total, width), _fitted(at, counts * chance, total, width)
        first, second = still.density(at), moved.density(at)
        both = np.maximum(first + second, 1e-300)
        likelihood = float((counts * np.log(both)).sum() / total)
        chance = second / both
        if abs(likelihood - last) < STEP:
            break
        last = likelihood
    return (still, moved) if still.mean <= moved.mean else (moved, still)


def crossing(still: Gaussian, moved: Gaussian) -> float | None:
    """Where both densities are equal, between the means; linear where the variances are."""
    a = 1 / (2 * moved.deviation**2) - 1 / (2 * still.deviation**2)
    b = still.mean / still.deviation**2 - moved.mean / moved.deviation**2
    c = (
        moved.mean**2 / (2 * moved.deviation**2)
        - still.mean**2 / (2 * still.deviation**2)
        - np.log(max(moved.share, 1e-300) * still.deviation / (max(still.share, 1e-300) * moved.deviation))
    )
    flat = abs(a) < 1e-9 * (1 / still.deviation**2 + 1 / moved.deviation**2)
    roots = np.array([-c / b]) if flat and b else np.roots([a, b, c])
    inside = [
        float(each.real) for each in roots if abs(np.imag(each)) < 1e-9 and still.mean < np.real(each) < moved.mean
    ]
    return inside[0] if inside else None


def _minimum_error(found: Histogram, otsu: float) -> Threshold:
    curves = two_gaussians(found, otsu)
    root = crossing(*curves)
    if root is not None:
        return Threshold(root, "em", curves=curves)
    at = found.centres
    between = (at > curves[0].mean) & (at < curves[1].mean)
    likelier = between & (curves[1].density(at) >= curves[0].density(at))
    if likelier.any():
        return Threshold(
            float(at[likelier][0]), "em", "The curves touch rather than cross: posterior one half.", curves
        )
    return Threshold(otsu, "em", "The two curves do not cross between their means: Otsu's threshold is used.", curves)


def _fitted(at: Numbers, counts: Numbers, total: float, width: float) -> Gaussian:
    here = max(float(counts.sum()), 1e-9)
    mean = float((counts * at).sum() / here)
    variance = float((counts * np.square(at - mean)).sum() / here)
    return Gaussian(here / total, mean, float(np.sqrt(max(variance, width**2 / 12))))


def _by_hand(values: Floats, wanted: Any) -> Threshold:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if not isinstance(wanted, int | float) or not np.isfinite(wanted) or not low <= wanted <= high:
        raise RasterError(
            f"The threshold {wanted} lies outside the magnitudes, {low:.4g} to {high:.4g}.",
            "Choose one inside, or let a rule choose.",
            code="threshold",
            details={"needed": [low, high], "found": str(wanted)[:40]},
        )
    return Threshold(float(wanted), "by hand")
