"""A map against the truth: counts, figures, which pixels a cell of the matrix stands for, the course of the season."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.truth.known import UNKNOWN, Classes, Truth, Where, by_field

Floats = NDArray[np.float64]
ANY = -1
"""In a pick: whatever the truth, or the answer, is."""


@dataclass(frozen=True)
class Pick:
    """A cell of the matrix, a whole row (any answer), a whole column (any truth), or everything."""

    truth: int = ANY
    said: int = ANY

    @property
    def everything(self) -> bool:
        return self.truth == ANY and self.said == ANY


@dataclass(frozen=True, eq=False)
class Scored:
    """How one date of a map stands against the truth."""

    matrix: NDArray[np.int64]  # truth down, answer across; pixels
    rows: list[dict[str, Any]]  # of metrics.per_class
    accuracy: float
    balanced: float
    kappa: float
    macro_f1: float
    unanswered: int  # pixels with a truth that the map says nothing of
    fields: int  # 0 where fields are not known
    field_accuracy: float

    @property
    def pixels(self) -> int:
        return int(self.matrix.sum())


def compared(truth: Truth, said: Classes, where: Where) -> Where:
    """Pixels with a truth and an answer, inside the area."""
    both: Where = truth.known & (said != UNKNOWN) & where
    return both


def scored(truth: Truth, said: Classes, where: Where) -> Scored:
    """Everything that one date of a map is worth."""
    there = compared(truth, said, where)
    real, called = truth.classes[there].astype(np.int64), said[there].astype(np.int64)
    matrix = metrics.confusion(real, called, len(truth.names))
    field_truth, field_said = by_field(truth, said, where)
    return Scored(
        matrix,
        metrics.per_class(real, called, truth.names),
        metrics.accuracy(real, called),
        metrics.balanced(real, called),
        metrics.kappa(real, called),
        metrics.macro_f1(real, called),
        int((truth.known & where & (said == UNKNOWN)).sum()),
        len(field_truth),
        metrics.accuracy(field_truth, field_said),
    )


def picked(truth: Truth, said: Classes, where: Where, pick: Pick) -> Where:
    """The pixels that a cell, a row or a column of the matrix counts."""
    there = compared(truth, said, where)
    if pick.truth != ANY:
        there &= truth.classes == pick.truth
    if pick.said != ANY:
        there &= said == pick.said
    return there


@dataclass(frozen=True, eq=False)
class Season:
    """How often the map is right, date by date; not a number where nothing can be compared."""

    accuracy: Floats  # (date,)
    fields: Floats  # (date,) of whole fields
    answered: Floats  # (date,) share of the pixels with a truth that have an answer


def over_season(truth: Truth, said: Classes, where: Where) -> Season:
    """Of a map (date, y, x)."""
    known = truth.known & where
    real = truth.classes[known]
    total = max(1, len(real))
    accuracy, fields, answered = [], [], []
    for date in said:
        called = date[known]
        there = called != UNKNOWN
        accuracy.append(float((called[there] == real[there]).mean()) if there.any() else float("nan"))
        answered.append(float(there.sum()) / total)
        fields.append(metrics.accuracy(*by_field(truth, date, where)))
    return Season(np.array(accuracy), np.array(fields), np.array(answered))


def called(said: Classes, where: Where, classes: int) -> Floats:
    """What share of some pixels each class was at each date of a map: (date, class)."""
    chosen = said[:, where]
    counts = np.stack([np.bincount(date[date != UNKNOWN], minlength=classes)[:classes] for date in chosen])
    share: Floats = counts / max(1, chosen.shape[1])
    return share


def sample(where: Where, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of at most so many of some pixels, evenly over all of them."""
    row, column = np.nonzero(where)
    if len(row) > most:
        keep = np.linspace(0, len(row) - 1, most).round().astype(np.int64)
        row, column = row[keep], column[keep]
    return row, column
