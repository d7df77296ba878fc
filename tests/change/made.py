"""Pairs whose answer is known."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from eodash.change.pair import Floats, Mask, Pair


def ground(side: int = 96, bands: int = 4, seed: int = 0) -> Floats:
    """Smooth reflectance, bands correlated but not the same."""
    rng = np.random.default_rng(seed)
    fields = np.stack([gaussian_filter(rng.standard_normal((side, side)), 3) for _ in range(bands)])
    fields /= fields.std((1, 2), keepdims=True)
    mixed = np.einsum("ij,jyx->iyx", rng.uniform(0.2, 1, (bands, bands)), fields)
    made: Floats = (0.25 + 0.03 * mixed).astype(np.float32)
    return made


def pair(before: Floats, after: Floats, usable: Mask | None = None, hectares: float = 0.04) -> Pair:
    seen = np.ones(before.shape[1:], bool) if usable is None else usable
    return Pair(before, after, seen, tuple(f"b{band}" for band in range(len(before))), hectares)


def planted(noise: float = 0.0, seed: int = 1) -> tuple[Pair, Mask]:
    """Nothing moved but one rectangle of 20 × 30 pixels."""
    first = ground()
    second, rng = first.copy(), np.random.default_rng(seed)
    truth = np.zeros(first.shape[1:], bool)
    truth[30:50, 40:70] = True
    second[:, truth] += np.array([0.15, 0.1, -0.12, 0.2], np.float32)[: len(first), None]
    if noise:
        first, second = (each + rng.normal(0, noise, each.shape).astype(np.float32) for each in (first, second))
    return pair(first, second), truth
