"""How plausible a spectrum is at the surface (l2a) or above the atmosphere (l1c), for any choice of bands."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash.sensors import SENSORS

PATH = Path(__file__).with_name("spectra.csv")
"""Rows: level, weight, mean per band, lower triangle of the covariance; of asinh(reflectance / KNEE)."""
KNEE = 0.02
WIDER, NOISE = 1.6, 0.10
"""The worlds that the table was learned from are not the earth: covariances times this, and this spread per band."""
BRIGHT_BLUE = 0.24
"""Mean reflectance in blue from which a part of the mixture is cloud or snow."""
FLOOR = -4.0
"""Worst score of a pixel, per band: one odd pixel says no more than that."""
LEVELS = {"l2a": SENSORS["sentinel-2-l2a"], "l1c": SENSORS["sentinel-2-l1c"]}
_CODES = {band.code: band.name for band in LEVELS["l1c"].bands if band.code}


@dataclass(frozen=True, eq=False)
class Library:
    """A mixture over some bands."""

    logs: NDArray[np.float64]  # of the weights and determinants
    means: NDArray[np.float64]
    roots: NDArray[np.float64]  # inverse Cholesky factors

    def score(self, reflectance: NDArray[np.floating]) -> NDArray[np.float64]:
        """Log-density per band of each pixel (…, band), at least FLOOR."""
        x = np.arcsinh(reflectance.reshape(-1, reflectance.shape[-1]).astype(np.float64) / KNEE)
        best = np.full(len(x), -np.inf)
        for log, mean, root in zip(self.logs, self.means, self.roots, strict=True):
            away = np.einsum("ij,kj->ik", x - mean, root)  # no BLAS: its threads cost more than such thin matrices
            best = np.logaddexp(best, log - 0.5 * np.einsum("ij,ij->i", away, away))
        return np.asarray(np.maximum(best / x.shape[1], FLOOR).reshape(reflectance.shape[:-1]))


@lru_cache(maxsize=2)
def _table(level: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    bands = len(LEVELS[level].bands)
    with PATH.open(newline="", encoding="utf-8") as file:
        rows = np.array([row[1:] for row in csv.reader(file) if row[0] == level], dtype=np.float64)
    covariances = np.zeros((len(rows), bands, bands))
    below = np.tril_indices(bands)
    covariances[:, below[0], below[1]] = rows[:, 1 + bands :]
    covariances[:, below[1], below[0]] = rows[:, 1 + bands :]
    return rows[:, 0], rows[:, 1 : 1 + bands], covariances


@lru_cache(maxsize=16)
def library(level: str, bands: tuple[str, ...]) -> Library:
    """The mixture over these bands, by their Sentinel-2 names, in this order."""
    weights, means, covariances = _table(level)
    kept = [LEVELS[level].names.index(band) for band in bands]
    means, covariances = means[:, kept], covariances[:, kept][:, :, kept]
    wide = covariances * WIDER + np.eye(len(kept)) * NOISE**2
    chol = np.linalg.cholesky(wide)
    roots = np.linalg.inv(chol)
    half = np.log(np.diagonal(chol, axis1=1, axis2=2)).sum(1)
    logs = np.log(weights) - half - 0.5 * len(kept) * np.log(2 * np.pi)
    return Library(logs, means, roots)


def known_as(codes: Sequence[str], names: Sequence[str], level: str) -> list[str]:
    """The Sentinel-2 name of each band, by its name or its code; empty where the library has none."""
    there = LEVELS[level].names
    said = [name if name in there else _CODES.get(code, "") for code, name in zip(codes, names, strict=True)]
    return [name if name in there and said.count(name) == 1 else "" for name in said]


@lru_cache(maxsize=32)
def expected(level: str, band: str) -> tuple[float, float]:
    """The range of reflectance in which 98 of 100 pixels of ground or water lie in a band, without cloud and snow."""
    weights, means, covariances = _table(level)
    names = LEVELS[level].names
    column, ground = names.index(band), means[:, names.index("B02")] < np.arcsinh(BRIGHT_BLUE / KNEE)
    rng = np.random.default_rng(0)
    chosen = rng.choice(np.flatnonzero(ground), 20_000, p=weights[ground] / weights[ground].sum())
    spread = np.sqrt(covariances[chosen, column, column])
    drawn = KNEE * np.sinh(means[chosen, column] + spread * rng.standard_normal(len(chosen)))
    low, high = np.percentile(drawn, [1, 99])
    return round(max(float(low), 0.0), 3), round(float(high), 3)
