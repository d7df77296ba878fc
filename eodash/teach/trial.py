"""What a few labels are worth: heads taught some pixels of every class, asked about all the others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.teach.features import Ready
from eodash.teach.heads import KINDS, Floats, Kind, Whole
from eodash.teach.lesson import teach
from eodash.teach.samples import Classes, Field, Samples

CHOSEN = "Best of the three where fields were left out"


@dataclass(frozen=True, eq=False)
class Pool:
    """Pixels with raw features by origin, classes and fields."""

    raw: Mapping[str, Floats]  # (pixel, feature)
    label: Whole
    field: Whole  # pixels of one are never taught and asked both, where that is said
    names: tuple[str, ...]
    asked: NDArray[np.bool_] | None = None  # which may be asked; None: all


def trial(
    pool: Pool, per_class: int = 10, draws: int = 5, seed: int = 0, kinds: tuple[Kind, ...] = tuple(KINDS)
) -> list[dict[str, Any]]:
    """A row per set of features and method: accuracy on the rest, mean and deviation over draws."""
    found: list[dict[str, Any]] = []
    for title, origins in sets_of(pool.raw).items():
        ready = Ready.of({name: pool.raw[name] for name in origins})
        features = ready({name: pool.raw[name] for name in origins})
        cells: dict[str, list[tuple[float, float, float, float]]] = {}
        left_out: dict[str, list[float]] = {}
        for draw in range(draws):
            taught = drawn(pool.label, per_class, seed + draw)
            rest = np.ones(len(pool.label), bool) if pool.asked is None else pool.asked.copy()
            rest[taught] = False
            apart = rest & ~np.isin(pool.field, pool.field[taught])
            began = time.perf_counter()
            lesson = teach(features, samples_of(pool, taught), kinds)
            seconds = time.perf_counter() - began
            answers: dict[Kind, Whole] = {}
            for kind in kinds:
                head = lesson.head(kind)
                answers[kind] = np.array(head.labels)[head.probabilities(features).argmax(1)]
                if (score := lesson.scored[kind].kept.accuracy) is not None:
                    left_out.setdefault(KINDS[kind], []).append(score)
            for name, said in [*((KINDS[kind], answers[kind]) for kind in kinds), (CHOSEN, answers[lesson.best])]:
                figures = (
                    metrics.accuracy(pool.label[rest], said[rest]),
                    metrics.balanced(pool.label[rest], said[rest]),
                    metrics.accuracy(pool.label[apart], said[apart]),
                    seconds,
                )
                cells.setdefault(name, []).append(figures)
            left_out.setdefault(CHOSEN, []).append(lesson.scored[lesson.best].kept.accuracy or float("nan"))
        found += [
            row_of(title, name, np.array(cell), left_out.get(name, []), per_class) for name, cell in cells.items()
        ]
    return found


def sets_of(raw: Mapping[str, Floats]) -> dict[str, tuple[str, ...]]:
    """Each origin by itself, then a network with the series."""
    found: dict[str, tuple[str, ...]] = {name: (name,) for name in raw}
    for name in raw:
        if name != "series" and "series" in raw:
            found[f"{name} + series"] = (name, "series")
    return found


def drawn(label: Whole, per_class: int, seed: int) -> Whole:
    """So many pixels of each class, by chance."""
    rng = np.random.default_rng(seed)
    picked = [rng.permutation(np.flatnonzero(label == one))[:per_class] for one in np.unique(label[label >= 0])]
    return np.sort(np.concatenate(picked))


def samples_of(pool: Pool, taught: Whole) -> Samples:
    """As if somebody had clicked them: those of one field and class belong together."""
    groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for at in taught.tolist():
        groups.setdefault((int(pool.field[at]), int(pool.label[at])), []).append((0, at))
    fields = tuple(Field(label, tuple(places)) for (_, label), places in groups.items())
    return Samples((1, len(pool.label)), Classes(pool.names, ("#000000",) * len(pool.names)), fields)


def row_of(
    title: str, method: str, cells: NDArray[np.float64], left_out: list[float], per_class: int
) -> dict[str, Any]:  # fmt: skip
    mean = cells.mean(0)
    deviation = float(cells[:, 0].std(ddof=1)) if len(cells) > 1 else 0.0
    figures = {
        "accuracy": mean[0], "deviation": deviation, "balanced": mean[1], "other_fields": mean[2],
        "left_out": float(np.mean(left_out)) if left_out else np.nan, "seconds": mean[3],
    }  # fmt: skip
    plain = {name: None if np.isnan(value) else round(float(value), 4) for name, value in figures.items()}
    return {"features": title, "method": method, "per_class": per_class, "draws": len(cells), **plain}
