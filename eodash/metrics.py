"""How good answers are: counts of truth against what was said, calibration, earliness. A truth of −1 is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
BINS = 15


def confusion(truth: ArrayLike, said: ArrayLike, classes: int) -> Counts:
    """How often each class (row) was called what (column)."""
    truth, said = np.asarray(truth, np.int64), np.asarray(said, np.int64)
    known = truth >= 0
    if np.any(truth >= classes) or np.any(said[known] < 0) or np.any(said[known] >= classes):
        raise ValueError(f"labels outside 0 to {classes - 1}")
    pairs = truth[known] * classes + said[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def accuracy(truth: ArrayLike, said: ArrayLike) -> float:
    """Share that is right; not a number where nothing has a truth."""
    return _accuracy(_counted(truth, said))


def balanced(truth: ArrayLike, said: ArrayLike) -> float:
    """Mean recall over the classes that occur in the truth."""
    return _balanced(_counted(truth, said))


def kappa(truth: ArrayLike, said: ArrayLike) -> float:
    """Cohen's: agreement beyond chance; 0 where chance alone would always agree."""
    return _kappa(_counted(truth, said))


def macro_f1(truth: ArrayLike, said: ArrayLike) -> float:
    """Mean F1 over the classes that occur in the truth or were said."""
    return _macro_f1(_counted(truth, said))


def precision_recall(truth: ArrayLike, said: ArrayLike, classes: int) -> tuple[Floats, Floats]:
    """Per class; not a number where it was never said (precision) or never occurs (recall)."""
    matrix = confusion(truth, said, classes)
    return _share(np.diag(matrix), matrix.sum(0)), _share(np.diag(matrix), matrix.sum(1))


def per_class(truth: ArrayLike, said: ArrayLike, names: Sequence[str]) -> list[dict[str, Any]]:
    """A row for every class: how many series, precision, recall and F1; None where there is no such figure."""
    matrix = confusion(truth, said, len(names))
    precision, recall = precision_recall(truth, said, len(names))
    columns = (precision, recall, _f1(matrix))
    return [
        {"class": name, "series": int(series)}
        | {key: _plain(column[row]) for key, column in zip(("precision", "recall", "f1"), columns, strict=True)}
        for row, (name, series) in enumerate(zip(names, matrix.sum(1), strict=True))
    ]


@dataclass(frozen=True, eq=False)
class Calibration:
    """How far confidence is from accuracy, and the bins it was measured in: empty ones are not a number."""

    error: float  # expected calibration error: mean of |accuracy − confidence|, weighted by the series in a bin
    edges: Floats  # (bins + 1,) of the confidence, equal widths; a bin includes its upper edge
    confidence: Floats  # (bins,) mean confidence
    accuracy: Floats  # (bins,) share that is right
    series: Counts  # (bins,)

    def row(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "error": _plain(self.error),
            "edges": [round(float(edge), 6) for edge in self.edges],
            "confidence": [_plain(value) for value in self.confidence],
            "accuracy": [_plain(value) for value in self.accuracy],
            "series": self.series.tolist(),
        }


def calibration(truth: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Calibration:
    """Confidence of the winning class against how often it is right."""
    truth, probabilities = np.asarray(truth, np.int64), np.asarray(probabilities, np.float64)
    known = truth >= 0
    sure, right = probabilities[known].max(1, initial=0), probabilities[known].argmax(1) == truth[known]
    # right-closed: a confidence of exactly 1 belongs to the last bin, and rounding above 1 too
    place = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    series = np.bincount(place, minlength=bins)
    confidence = _share(np.bincount(place, sure, bins), series)
    accurate = _share(np.bincount(place, right, bins), series)
    gaps = np.nan_to_num(np.abs(accurate - confidence))
    error = float((gaps * series).sum() / series.sum()) if series.sum() else float("nan")
    return Calibration(error, np.linspace(0, 1, bins + 1), confidence, accurate, series)


def earliness(stop: ArrayLike, dates: ArrayLike) -> float:
    """1 − mean of stop/(dates − 1): 1 when all stop at their first date (0), 0 at the last, and for a single date."""
    stop, dates = np.broadcast_arrays(np.asarray(stop, np.float64), np.asarray(dates, np.float64))
    if stop.size == 0:
        return float("nan")
    waited = np.where(dates > 1, stop / np.maximum(dates - 1, 1), 1.0)
    return float(1 - waited.mean())


def harmonic_mean(accurate: float, early: float) -> float:
    """Of accuracy and earliness; 0 where either is."""
    return 2 * accurate * early / (accurate + early) if accurate > 0 and early > 0 else 0.0


def spread_over_groups(right: NDArray[np.bool_], group: NDArray[np.int64], draws: int = 200) -> float:
    """Standard deviation of the accuracy over draws of groups, which stand or fall together; 0 for a single one."""
    _, member = np.unique(group, return_inverse=True)
    groups = int(member.max(initial=-1)) + 1
    if groups < 2:
        return 0.0
    hits, size = np.bincount(member, right), np.bincount(member)
    random = np.random.default_rng(0)
    drawn = (random.integers(0, groups, groups) for _ in range(draws))
    return float(np.std([hits[some].sum() / size[some].sum() for some in drawn]))


def summary(truth: ArrayLike, probabilities: ArrayLike, classes: Sequence[str]) -> dict[str, Any]:
    """Everything above of one set of answers (series, class), as JSON takes it."""
    truth, probabilities = np.asarray(truth, np.int64), np.asarray(probabilities)
    said = probabilities.argmax(1)
    matrix = confusion(truth, said, len(classes))
    calibrated = calibration(truth, probabilities)
    return {
        "series": int(matrix.sum()),
        "accuracy": _plain(_accuracy(matrix)),
        "balanced": _plain(_balanced(matrix)),
        "kappa": _plain(_kappa(matrix)),
        "macro_f1": _plain(_macro_f1(matrix)),
        "calibration": _plain(calibrated.error),
        "classes": list(classes),
        "confusion": matrix.tolist(),
        "per_class": per_class(truth, said, classes),
        "reliability": calibrated.row(),
    }


def _counted(truth: ArrayLike, said: ArrayLike) -> Counts:
    truth, said = np.asarray(truth, np.int64), np.asarray(said, np.int64)
    return confusion(truth, said, int(max(truth.max(initial=0), said.max(initial=0))) + 1)


def _accuracy(matrix: Counts) -> float:
    return float(np.trace(matrix) / matrix.sum()) if matrix.sum() else float("nan")


def _balanced(matrix: Counts) -> float:
    present = matrix.sum(1) > 0
    return float((np.diag(matrix)[present] / matrix.sum(1)[present]).mean()) if present.any() else float("nan")


def _kappa(matrix: Counts) -> float:
    total = matrix.sum()
    if not total:
        return float("nan")
    chance = float((matrix.sum(0) / total) @ (matrix.sum(1) / total))
    return (_accuracy(matrix) - chance) / (1 - chance) if chance < 1 else 0.0


def _f1(matrix: Counts) -> Floats:
    return _share(2 * np.diag(matrix), matrix.sum(0) + matrix.sum(1))


def _macro_f1(matrix: Counts) -> float:
    scores = _f1(matrix)
    return float(np.nanmean(scores)) if not np.isnan(scores).all() else float("nan")


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


def _plain(value: float | np.floating[Any]) -> float | None:
    """A figure for JSON, which has no way to say "not a number"."""
    return None if np.isnan(value) else round(float(value), 6)
