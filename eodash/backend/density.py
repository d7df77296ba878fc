"""How common something is among what was seen: a mixture of Gaussians, nearest neighbours, ranks. Arrays in and out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NEAREST = 5
STEPS = 129  # of a scale


@dataclass(frozen=True, eq=False)
class Axes:
    """A turn onto the directions in which the samples differ most."""

    mean: Floats  # (F,)
    scale: Floats  # (F,)
    basis: Floats  # (F, K)

    @classmethod
    def fit(cls, samples: Floats, most: int) -> Self:
        mean, scale = samples.mean(0), samples.std(0)
        scale = np.maximum(scale, max(1e-3 * float(scale.max()), 1e-6))
        _, strength, turn = np.linalg.svd((samples - mean) / scale, full_matrices=False)
        kept = max(1, min(most, int((strength > 1e-3 * strength[0]).sum())))
        return cls(mean, scale, turn[:kept].T)

    def turn(self, samples: Floats) -> tuple[Floats, Floats]:
        """Places (n, K) along the axes, and how far off them (n,)."""
        centred = (samples - self.mean) / self.scale
        places = centred @ self.basis
        off = np.log(((centred - places @ self.basis.T) ** 2).mean(1) + 1e-4)
        return places.astype(np.float32), off.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Mixture:
    """Gaussians over places along axes and the distance from them."""

    axes: Axes
    centre: Floats  # (K + 1,) of what `Axes.turn` gives
    spread: Floats  # (K + 1,)
    weight: Floats  # (M,) logarithm
    mean: Floats  # (M, K + 1)
    root: Floats  # (M, K + 1, K + 1) Cholesky root of the precision

    @classmethod
    def fit(cls, samples: Floats, most: int, parts: int) -> Self:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        axes = Axes.fit(samples, min(most, max(1, len(samples) // 8)))
        raw = cls._joined(axes, samples)
        centre, spread = raw.mean(0), np.maximum(raw.std(0), 1e-3)
        held = max(1, min(parts, len(samples) // (8 * raw.shape[1])))
        mixture = GaussianMixture(held, reg_covar=0.01, max_iter=40, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # nearly is good enough
            mixture.fit((raw - centre) / spread)
        found = (np.log(mixture.weights_), mixture.means_, mixture.precisions_cholesky_)
        return cls(axes, centre, spread, *(np.asarray(each, np.float32) for each in found))

    def score(self, samples: Floats) -> NDArray[np.float64]:
        """The less common, the larger."""
        raw = (self._joined(self.axes, samples) - self.centre) / self.spread
        parts = []
        for weight, mean, root in zip(self.weight, self.mean, self.root, strict=True):
            square = (((raw - mean) @ root) ** 2).sum(1, dtype=np.float64)
            parts.append(weight + np.log(np.diag(root)).sum() - square / 2)
        return -np.asarray(np.logaddexp.reduce(parts, axis=0))

    @staticmethod
    def _joined(axes: Axes, samples: Floats) -> Floats:
        places, off = axes.turn(samples)
        return np.concatenate([places, off[:, None]], axis=1)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Samples in a space where those of one class lie one unit apart."""

    axes: Axes
    root: Floats  # (K, K)
    points: Floats  # (N, K)

    @classmethod
    def fit(cls, samples: Floats, label: NDArray[np.int64], most: int, points: int) -> Self:
        axes = Axes.fit(samples, min(most, max(1, len(samples) // 8)))
        places, _ = axes.turn(samples)
        within = places.copy()
        for one in np.unique(label):
            within[label == one] -= within[label == one].mean(0)
        scatter = within.T @ within / len(within)
        scatter += (1e-3 * np.trace(scatter) / len(scatter) + 1e-9) * np.eye(len(scatter), dtype=np.float32)
        value, turn = np.linalg.eigh(scatter)
        root = (turn / np.sqrt(np.maximum(value, 1e-9))).astype(np.float32)
        return cls(axes, root, (places @ root)[:points])

    def score(self, samples: Floats) -> NDArray[np.float64]:
        """Mean distance to the nearest."""
        places = (self.axes.turn(samples)[0] @ self.root).astype(np.float64)
        points = self.points.astype(np.float64)
        square = (places**2).sum(1)[:, None] + (points**2).sum(1) - 2 * places @ points.T
        near = np.partition(square, min(NEAREST, len(points)) - 1, axis=1)[:, :NEAREST]
        return np.asarray(np.sqrt(np.maximum(near, 0)).mean(1))


@dataclass(frozen=True, eq=False)
class Scale:
    """Which share of held-out samples scored less, as a surprise −ln(1 − share); goes on beyond the largest of them."""

    score: Floats  # (STEPS,) rising
    surprise: Floats  # (STEPS,)
    tail: Floats  # (1,) by how much a score rises while the share above falls to 1/e

    @classmethod
    def fit(cls, scores: NDArray[np.floating]) -> Self:
        surprise = np.linspace(0, np.log(len(scores) + 1), STEPS)
        score = np.quantile(scores, np.minimum(1 - np.exp(-surprise), 1))
        high = np.quantile(scores, 0.9)
        tail = np.maximum(np.mean(scores[scores >= high] - high), 1e-6)
        return cls(*(np.asarray(each, np.float32) for each in (score, surprise, [tail])))

    def read(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        beyond = np.maximum(scores - self.score[-1], 0) / self.tail[0]
        return np.asarray(np.interp(scores, self.score, self.surprise) + beyond)


def flat(held: Any, before: str = "") -> dict[str, NDArray[Any]]:
    """The arrays of such an object by dotted names."""
    found: dict[str, NDArray[Any]] = {}
    for each in fields(held):
        value = getattr(held, each.name)
        found |= {before + each.name: value} if isinstance(value, np.ndarray) else flat(value, f"{before}{each.name}.")
    return found


def part(held: Mapping[str, NDArray[Any]], before: str) -> dict[str, Floats]:
    """Those whose names begin so, without it."""
    return {name.removeprefix(before): value for name, value in held.items() if name.startswith(before)}
