"""Splits of labelled series that keep a polygon whole, and draws of a few labels as a user would give them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from eodash.errors import ModelError

Rows = NDArray[np.int64]
FIELD = 5  # pixels that one polygon gives at most


@dataclass(frozen=True, eq=False)
class Fold:
    """Row numbers of the two sides; no polygon is on both."""

    train: Rows
    test: Rows


def grouped(label: NDArray[np.int64], group: NDArray[np.int64], count: int = 3, seed: int = 0) -> tuple[Fold, ...]:
    """Folds that share the polygons of each class out as evenly as they go; a class of two or more is on both sides.

    A class of one polygon is always trained on and never tested; rows without a label (−1) are on neither side.
    """
    known = np.flatnonzero(label >= 0)
    polygons = {one: len(np.unique(group[label == one])) for one in np.unique(label[known]).tolist()}
    several = np.array([one for one, many in polygons.items() if many > 1], dtype=np.int64)
    tested = known[np.isin(label[known], several)]
    if len(np.unique(group[tested])) < count or count < 2:
        raise ModelError(
            f"{len(np.unique(group[tested]))} polygons cannot be shared out among {count} folds.",
            "Give labels of more polygons per class, or ask for fewer folds.",
            code="few_polygons",
        )
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # classes with fewer rows than folds: said above
        pairs = list(splitter.split(tested, label[tested], group[tested]))
    left = {side: tested[test] for side, (_, test) in enumerate(pairs)}
    return tuple(Fold(known[~np.isin(group[known], group[test])], test) for test in left.values())


def draw(label: NDArray[np.int64], group: NDArray[np.int64], rows: Rows, per_class: int | None, seed: int) -> Rows:
    """Rows of `per_class` labels of every class, as many as there are; None: up to five of one polygon per class."""
    rng = np.random.default_rng(seed)
    chosen = []
    for one in np.unique(label[rows]):
        mine = rows[label[rows] == one]
        if per_class is None:
            mine = mine[group[mine] == rng.choice(np.unique(group[mine]))]
        chosen.append(rng.permutation(mine)[: FIELD if per_class is None else per_class])
    return np.sort(np.concatenate(chosen)) if chosen else rows
