"""Multivariate alteration detection: what of two images cannot be explained by each other. Affine changes move nothing.

Nielsen et al. 1998; iteratively reweighted: Nielsen 2007, doi:10.1109/TIP.2006.888195.

Canonical correlations ρ between the bands of both dates; MAD_i = a_i·x − b_i·y has variance 2(1 − ρ_i) where nothing
changed, so Z = Σ MAD_i² / 2(1 − ρ_i) is χ² there, and 1 − F(Z) the chance of no change: the weight of the next round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.special import gammaincc

from eodash.change.pair import Floats, Pair
from eodash.errors import RasterError

CLOSE = 1e-3
"""The correlations have settled when none moves more than this …"""
ROUNDS = 50
"""… or after so many rounds."""
SURE = 1e-9
"""1 − ρ is never taken for less: two identical bands have no variance to divide by."""
BLOCK = 4096
"""Pixels at a time: they stay in the processor's cache."""

SCALED = 20_000
"""Pixels that tell by what each band is scaled."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mad:
    """χ² distance and chance of no change of each usable pixel."""

    chi2: Floats  # (pixel,)
    unchanged: Floats  # (pixel,) 0–1
    correlations: Numbers  # of the last round, rising
    rounds: int
    settled: bool

    @property
    def magnitude(self) -> Floats:
        """√χ²: what is clustered. (As thresholds, the p-values flag most of a real pair.)"""
        return np.sqrt(self.chi2)


def mad(pair: Pair) -> Mad:
    """One round, every pixel alike."""
    return ir_mad(pair, rounds=1)


def ir_mad(pair: Pair, *, rounds: int = ROUNDS, close: float = CLOSE) -> Mad:
    """Rounds until the correlations settle."""
    blocks, bands = _standard_blocks(pair), len(pair.bands)
    plan: _Projection | None = None
    last, settled, done = np.full(bands, np.inf), False, 0
    while done < rounds and not settled:
        plan = _canonical(*_moments(blocks, plan), bands)
        settled = bool(np.abs(plan.correlations - last).max() < close)
        last, done = plan.correlations, done + 1
    assert plan is not None
    chi2 = np.concatenate([plan.distance(block).copy() for block in blocks])
    return Mad(chi2, survival(chi2, bands), plan.correlations, done, settled)


class _Projection:
    """From both images to χ²: each MAD variate divided by its expected deviation, squared, summed."""

    def __init__(self, matrix: Numbers, offset: Numbers, correlations: Numbers) -> None:
        self.matrix, self.offset, self.correlations = matrix, offset, correlations
        self._variates = np.empty((len(matrix), BLOCK))
        self._distance = np.empty(BLOCK)

    def distance(self, block: Numbers) -> Numbers:
        """In memory that the next call uses again."""
        variates, distance = self._variates[:, : block.shape[1]], self._distance[: block.shape[1]]
        np.matmul(self.matrix, block, out=variates)
        np.subtract(variates, self.offset, out=variates)
        return np.einsum("ij,ij->j", variates, variates, out=distance)


def _standard_blocks(pair: Pair) -> list[Numbers]:
    """Both images above each other, (2·band, pixel), a block after the other; scaled, which changes no answer."""
    images = [each.reshape(len(pair.bands), -1) for each in (pair.before, pair.after)]
    places = np.flatnonzero(pair.usable)
    some = np.concatenate([each[:, places[:: max(1, len(places) // SCALED)]] for each in images]).astype(np.float64)
    mean, spread = some.mean(1, keepdims=True), some.std(1, keepdims=True)
    spread[spread == 0] = 1
    blocks = []
    for start in range(0, len(places), BLOCK):
        here = places[start : start + BLOCK]
        chosen = slice(here[0], here[-1] + 1) if here[-1] - here[0] == len(here) - 1 else here
        block = np.concatenate([each[:, chosen] for each in images]).astype(np.float64)
        block -= mean
        block /= spread
        blocks.append(block)
    return blocks


def _moments(blocks: list[Numbers], plan: _Projection | None) -> tuple[Numbers, Numbers]:
    """Weighted mean and covariance in one pass; the weights of the last round are made on the way, never kept."""
    size = len(blocks[0])
    total, first, second = 0.0, np.zeros(size), np.zeros((size, size))
    memory = np.empty((size, BLOCK))
    for block in blocks:
        weighted = block
        if plan is None:
            total += block.shape[1]
        else:
            weights = survival(plan.distance(block), len(plan.correlations))
            weighted = np.multiply(block, weights, out=memory[:, : block.shape[1]])
            total += float(weights.sum())
        first += weighted.sum(1)
        second += weighted @ block.T
    if total < 1e-6:
        raise _singular()
    mean = first / total
    return mean, second / total - np.outer(mean, mean)


def _canonical(mean: Numbers, covariance: Numbers, bands: int) -> _Projection:
    """Canonical correlation analysis of the two halves."""
    x, y, cross = covariance[:bands, :bands], covariance[bands:, bands:], covariance[:bands, bands:]
    try:
        for each in (x, y):
            values = np.linalg.eigvalsh(each)
            if not values[0] > 1e-12 * values[-1]:
                raise _singular()
        lower_x, lower_y = cholesky(x, lower=True), cholesky(y, lower=True)
    except np.linalg.LinAlgError as error:
        raise _singular() from error
    inner = solve_triangular(lower_x, solve_triangular(lower_y, cross.T, lower=True).T, lower=True)
    left, correlations, right = np.linalg.svd(inner)
    correlations = np.minimum(correlations, 1.0)
    a = solve_triangular(lower_x, left, lower=True, trans="T").T
    b = solve_triangular(lower_y, right.T, lower=True, trans="T").T
    deviation = np.sqrt(2 * np.maximum(1 - correlations, SURE))[:, None]
    matrix = np.hstack([a, -b]) / deviation
    order = slice(None, None, -1)
    return _Projection(matrix[order], (matrix @ mean)[order, None], correlations[order])


def survival(distance: Floats, degrees: int) -> Numbers:
    """1 − F of the χ² distribution; for even degrees a short sum."""
    half = np.asarray(distance, np.float64) / 2
    if degrees % 2:
        odd: Numbers = gammaincc(degrees / 2, half)
        return odd
    terms = np.full_like(half, 1 / math.factorial(degrees // 2 - 1))
    for power in range(degrees // 2 - 2, -1, -1):
        terms *= half
        terms += 1 / math.factorial(power)
    np.negative(half, out=half)
    terms *= np.exp(half, out=half)
    return terms


def _singular(**details: Any) -> RasterError:
    return RasterError(
        "The bands of one image are multiples or sums of each other, so they cannot be told apart.",
        "Leave one of them out, or measure change by its vector (CVA).",
        code="singular",
        details=details,
    )
