"""Small classifiers on features: a linear head, the nearest sample, a random forest. Same samples, same head."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

Kind = Literal["linear", "nearest", "forest"]
Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Rows = NDArray[np.floating[Any]]
KINDS: Mapping[Kind, str] = {"linear": "Linear head", "nearest": "Nearest sample", "forest": "Random forest"}
PENALTIES = (0.01, 0.1, 1.0)
"""Inverse strengths of the linear head's regularisation, the stronger ones first: they win where it makes no odds."""
TREES, SEEN = 40, 200
"""Of the forest: trees, and most samples that one of them sees."""


@dataclass(frozen=True, eq=False)
class Head:
    """A fitted classifier of features (row, feature) as `features.Ready` leaves them."""

    kind: Kind
    labels: tuple[int, ...]  # places of the classes it knows, in the order of its answers
    rows: Floats  # (sample, feature) what it was taught
    label: Whole  # (sample,) place in `labels`
    model: LogisticRegression | RandomForestClassifier | None
    penalty: float = 0.0

    def probabilities(self, rows: Rows) -> Floats:
        """(row, class known); not a number where a feature is none."""
        said = np.full((len(rows), len(self.labels)), np.nan, np.float32)
        known = np.isfinite(rows).all(1)
        if known.any():
            here = np.asarray(rows[known], np.float32)
            said[known] = (
                nearness(here, self.rows, self.label, len(self.labels))
                if self.model is None
                else self.model.predict_proba(here)
            )
        return said

    @property
    def matrix(self) -> tuple[Floats, Floats]:
        """Weights (class, feature) and bias (class,) of a linear head."""
        assert isinstance(self.model, LogisticRegression)
        weights, bias = np.asarray(self.model.coef_, np.float32), np.asarray(self.model.intercept_, np.float32)
        if len(self.labels) == 2:  # one row says both
            weights, bias = np.concatenate([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
        return weights, bias


def fitted(kind: Kind, rows: Floats, label: Whole, field: Whole, penalty: float = 0.1) -> Head:
    """A head from rows; every class counts alike, and every field of a class."""
    present, place = np.unique(label, return_inverse=True)
    model = None
    if kind == "linear":
        model = LogisticRegression(C=penalty * len(rows), max_iter=100, tol=1e-3)
    elif kind == "forest":
        most = SEEN if len(rows) > SEEN else None
        model = RandomForestClassifier(TREES, max_samples=most, random_state=0, n_jobs=1)
    if model is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: what it says is scored below
            model.fit(rows, place, sample_weight=weights_of(place, field))
    return Head(kind, tuple(present.tolist()), rows, place.astype(np.int64), model, penalty)


def weights_of(label: Whole, field: Whole) -> NDArray[np.float64]:
    """A weight per sample: classes share 1 alike, the fields of a class its share, the pixels of a field its own."""
    _, member, size = np.unique(field, return_inverse=True, return_counts=True)
    share = 1.0 / size[member]
    total = np.bincount(label, share)
    found: NDArray[np.float64] = share / total[label] / max(1, (total > 0).sum())
    return found


def nearness(rows: Floats, samples: Floats, label: Whole, classes: int) -> Floats:
    """(row, class): shares of the inverse squared distance to the nearest sample of each class."""
    near = np.stack([squared(rows, samples[label == one]).min(1) for one in range(classes)], axis=1)
    share = 1 / (near + 1e-3)
    return np.asarray(share / share.sum(1, keepdims=True), np.float32)


def squared(rows: Floats, others: Floats) -> Floats:
    """(row, other) squared distances."""
    lengths = (rows**2).sum(1)[:, None] + (others**2).sum(1)[None]
    return np.asarray(np.maximum(lengths - 2 * (rows @ others.T), 0), np.float32)
