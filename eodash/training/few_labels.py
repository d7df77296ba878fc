"""What few real labels are worth: fine-tuned from the world, the same network from scratch, and a random forest.

Folds keep a polygon whole. In each draw every series is answered once, by a model that was given labels of the polygons
of the other folds alone; what is printed is the mean over draws with its standard deviation. `one field` is all pixels,
five at most, of one polygon per class; a class with fewer labels than asked for gives all that it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.backend.forward import answer, fold
from eodash.cards import Card, Class, Input, Score, write
from eodash.datasets.contract import Batch, Dataset
from eodash.training import baselines
from eodash.training.adapt import fine_tune
from eodash.training.asking import fitting
from eodash.training.folds import Rows, draw, grouped
from eodash.training.matching import match
from eodash.training.stored import Cells
from models.contract import SeriesNetwork

METHODS = ("fine-tuned", "from scratch", "random forest")
COUNTS: tuple[int | str, ...] = ("one field", 1, 2, 5, 10, 20, "all")
DRAWS = 5
FOLDS = 3
FOREST = {"trees": 300}
NOTE = "means over draws of labels, each scored on all polygons that gave none; deviation over draws"
FIGURES = ("accuracy", "balanced", "kappa", "macro_f1", "calibration")


@dataclass(frozen=True, eq=False)
class Task:
    """A network, and real series that it is to learn from."""

    network: SeriesNetwork
    input: Input
    batch: Batch  # of the network's bands; labels count `classes`
    classes: tuple[Class, ...]  # with the outputs of the network

    def take(self, rows: Rows) -> Batch:
        held = self.batch
        return Batch(held.values[rows], held.day[rows], held.mask[rows], held.label[rows], held.group[rows])


def task(card: Card, network: SeriesNetwork, data: Dataset) -> Task:
    """The series whose classes the model knows, all of them in memory."""
    pick, _ = fitting(card, data)
    matched = match(card, data)
    truth = matched.truth(data.label)
    present, label = np.unique(truth[truth >= 0], return_inverse=True)
    batch = pick(data.read(np.flatnonzero(truth >= 0)))
    classes = tuple(matched.classes[matched.shared[place]] for place in present)
    return Task(network, card.input, replace(batch, label=label), classes)


def protocol(
    given: Task,
    *,
    methods: Sequence[str] = METHODS,
    counts: Sequence[int | str] = COUNTS,
    draws: int = DRAWS,
    folds: int = FOLDS,
    cells: Cells | None = None,
    on_cell: Callable[[dict[str, Any]], None] = lambda row: None,
) -> list[dict[str, Any]]:
    """A row per method and number of labels; draws that `cells` holds already are not made again."""
    cells = cells or Cells(None)
    rows = []
    for count in counts:
        for method in methods:
            made = []
            for number in range(draws):
                key = f"{method}, {count}, draw {number}, {folds} folds"
                made.append(cells.get(key, lambda: one_draw(given, method, count, number, folds)))  # noqa: B023
            rows.append(summed(method, count, made))
            on_cell(rows[-1])
    return rows


def one_draw(given: Task, method: str, count: int | str, number: int, folds: int) -> dict[str, Any]:
    """Figures of one draw of labels, of which every fold gets its own."""
    label, group = given.batch.label, given.batch.group
    said = np.full((len(label), len(given.classes)), np.nan, np.float32)
    labels, seconds, each = 0, 0.0, []
    for place, fold_ in enumerate(grouped(label, group, folds, number)):
        seed = number * folds + place
        few = fold_.train if count == "all" else draw(label, group, fold_.train, _per_class(count), seed)
        began = time.perf_counter()
        said[fold_.test] = _ask(given, method, few, fold_.test, seed)
        seconds += time.perf_counter() - began
        labels += len(few)
        each.append(metrics.accuracy(label[fold_.test], said[fold_.test].argmax(1)))
    tested = np.isfinite(said).all(1)
    figures = metrics.summary(np.where(tested, label, -1), np.nan_to_num(said), [one.name for one in given.classes])
    return {name: figures[name] for name in (*FIGURES, "series", "confusion")} | {
        "labels": labels / folds,
        "seconds": seconds / folds,
        "folds": each,
    }


def summed(method: str, count: int | str, draws: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over draws, and the standard deviation of the accuracy over them."""
    accuracy = np.array([one["accuracy"] for one in draws])
    confusion = np.sum([one["confusion"] for one in draws], axis=0)
    recall = np.diag(confusion) / np.maximum(confusion.sum(1), 1)
    mean = {name: float(np.mean([one[name] for one in draws])) for name in (*FIGURES, "labels", "seconds")}
    row: dict[str, Any] = {"what": f"{method}, {_said(count)}", "method": method, "count": count, "draws": len(draws)}
    row |= {name: round(value, 6) for name, value in mean.items()}
    row["series"] = draws[0]["series"]
    row["deviation"] = round(float(accuracy.std(ddof=1)), 6) if len(draws) > 1 else 0.0
    row["fold_deviation"] = round(float(np.mean([np.std(one["folds"], ddof=1) for one in draws])), 6)
    return row | {"recall": [round(float(value), 4) for value in recall]}


def score_of(row: dict[str, Any], data: str, legend: str, command: str) -> Score:
    """A row as the card prints it."""
    return Score(
        data, row["what"], legend, row["series"], row["accuracy"], row["balanced"], row["kappa"], row["macro_f1"],
        deviation=row["deviation"], draws=row["draws"], calibration=row["calibration"], command=command, note=NOTE,
    )  # fmt: skip


def line(row: dict[str, Any]) -> str:
    """A row as the command prints it."""
    return (
        f"{row['what']}: accuracy {row['accuracy']:.3f} ± {row['deviation']:.3f}, balanced {row['balanced']:.3f}, "
        f"kappa {row['kappa']:.3f} · {row['draws']} draws of {row['labels']:.0f} labels, {row['seconds']:.1f} s per fit"
    )


def put_on(card: Card, shelf: Path, rows: list[dict[str, Any]], data: Dataset, spec: str, command: str) -> Card:
    """Write the card anew with these rows among its scores and in its record, in place of those of the same set."""
    legend, told = match(card, data).legend, {row["what"] for row in rows}
    scores = [score for score in card.scores if score.data != spec or score.what not in told]
    scores += [score_of(row, spec, legend, command) for row in rows]
    kept = [one for one in card.record.get("real", []) if one["data"] != spec]
    tables = [*kept, {"data": spec, "title": f"Few labels, {spec}: {data.origin}", "rows": rows}]
    return write(replace(card, scores=tuple(scores), folder=""), shelf, {**card.record, "real": tables})


def _ask(given: Task, method: str, few: Rows, test: Rows, seed: int) -> NDArray[np.float32]:
    learnt, asked = given.take(few), given.take(test)
    if method == "random forest":
        config = FOREST | {"seed": seed}
        forest = baselines.fit("random-forest", given.input, learnt, len(given.classes), config)
        return forest.probabilities(asked)
    start = {"fine-tuned": "world", "from scratch": "scratch"}[method]
    adapted = fine_tune(given.network, given.input, learnt, given.classes, start=start, seed=seed)
    return fold(answer(adapted.network, given.input, asked).final, adapted.classes)


def _per_class(count: int | str) -> int | None:
    return count if isinstance(count, int) else None


def _said(count: int | str) -> str:
    return "all labels" if count == "all" else f"{count} per class"
