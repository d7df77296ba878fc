"""The protocol on few real labels: honest folds, every series answered once per draw, means and deviations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eodash import cards
from eodash.cards import Card, Class, Input, Weights
from eodash.datasets.contract import Batch
from eodash.training import adapt, few_labels
from eodash.training.few_labels import Task, line, one_draw, protocol, put_on, summed, task
from eodash.training.fitting import SCRATCH, Course
from eodash.training.stored import Cells
from tests.training.toys import Toy, small

CLASSES = tuple(Class(name, "#000000", (number,)) for number, name in enumerate("abc"))
INPUT = Input("", ("1", "2"), (0.3, 0.3), (0.1, 0.1))
WEIGHTS = Weights("toy.safetensors", "0" * 64, 1)


class Polygons(Toy):
    """Ninety toys in eighteen polygons of five; class `d` has no series."""

    def __init__(self) -> None:
        super().__init__(90)
        self.classes = (*self.classes, "d")
        self.group = np.arange(90) // 15 * 3 + self.label


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(adapt.STARTS, "world", Course(steps=2, looks=2))
    monkeypatch.setitem(adapt.STARTS, "scratch", replace(SCRATCH, steps=2))


def card(*names: str) -> Card:
    classes = tuple(Class(name, "#000000", (number,)) for number, name in enumerate(names))
    return Card("toy", "Toy", "early-lstm", {}, INPUT, {"own": classes}, WEIGHTS, "-", "-", causal=True)


def given() -> Task:
    return task(card("a", "x", "b", "c", "d"), small(classes=5), Polygons())


def test_only_classes_that_both_know_and_that_have_series_are_told_apart() -> None:
    made = given()
    assert [one.name for one in made.classes] == ["a", "b", "c"]
    assert [one.outputs for one in made.classes] == [(0,), (2,), (3,)]
    assert np.bincount(made.batch.label).tolist() == [30, 30, 30]


@pytest.mark.parametrize("method", few_labels.METHODS)
def test_each_series_is_answered_once_by_a_model_that_never_saw_its_polygon(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[np.ndarray] = []

    def ask(given: Task, method: str, few: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        group, label = given.batch.group, given.batch.label
        assert not set(group[few]) & set(group[test])
        assert np.bincount(label[few]).tolist() == [2, 2, 2]
        asked.append(test)
        said = np.full((len(test), 3), 0.1)
        said[np.arange(len(test)), np.where(label[test] == 2, 0, label[test])] = 0.8  # one class of three is missed
        return said

    monkeypatch.setattr(few_labels, "_ask", ask)
    row = one_draw(given(), method, 2, 0, 3)
    assert sorted(np.concatenate(asked)) == list(range(90))
    assert row["accuracy"] == pytest.approx(2 / 3)
    assert row["labels"] == 6
    assert row["confusion"] == [[30, 0, 0], [0, 30, 0], [30, 0, 0]]


def test_a_polygon_that_is_never_tested_is_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    made = given()
    label = np.where((made.batch.label == 2) & (made.batch.group > 2), 1, made.batch.label)
    alone = Task(made.network, made.input, replace(made.batch, label=label), made.classes)  # class 2 has one polygon
    monkeypatch.setattr(few_labels, "_ask", lambda given, method, few, test, seed: np.eye(3)[given.batch.label[test]])
    row = one_draw(alone, "fine-tuned", 1, 0, 3)
    assert row["series"] == 85
    assert row["accuracy"] == 1


def test_means_and_deviations_over_draws_by_hand() -> None:
    figures = dict.fromkeys(few_labels.FIGURES, 0.5) | {"labels": 8, "seconds": 1, "series": 4}
    draws = [
        figures | {"accuracy": 0.7, "folds": [0.6, 0.8], "confusion": [[2, 0], [1, 1]]},
        figures | {"accuracy": 0.9, "folds": [0.9, 0.9], "confusion": [[2, 0], [0, 2]]},
    ]
    row = summed("fine-tuned", "one field", draws)
    assert row["what"] == "fine-tuned, one field per class"
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["deviation"] == pytest.approx(np.std([0.7, 0.9], ddof=1), abs=1e-6)
    assert row["fold_deviation"] == pytest.approx(np.std([0.6, 0.8], ddof=1) / 2, abs=1e-6)
    assert row["recall"] == [1, 0.75]
    assert "0.800 ± 0.141" in line(row)
    assert summed("from scratch", "all", draws[:1])["what"] == "from scratch, all labels"
    assert summed("from scratch", "all", draws[:1])["deviation"] == 0


def test_the_protocol_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cells.json"
    told: list[str] = []
    arguments = {"methods": ("fine-tuned", "random forest"), "counts": ("one field", 2), "draws": 2}
    rows = protocol(given(), **arguments, cells=Cells(path), on_cell=lambda row: told.append(row["what"]))
    assert told == [
        f"{method}, {count} per class" for count in ("one field", 2) for method in ("fine-tuned", "random forest")
    ]
    monkeypatch.setattr(few_labels, "one_draw", lambda *_: pytest.fail("made again"))
    assert protocol(given(), **arguments, cells=Cells(path)) == rows


def test_rows_are_put_on_the_card_in_place_of_older_ones(tmp_path: Path) -> None:
    data, here = Polygons(), card("a", "b", "c")
    rows = protocol(given(), methods=("random forest",), counts=(1, "all"), draws=2)
    record = {"history": [{"epoch": 1}], "real": [{"data": "other", "rows": []}]}
    kept = cards.write(here, tmp_path, record)
    for _ in range(2):
        kept = put_on(kept, tmp_path, rows, data, "toy", "python -m eodash …")
    assert [score.what for score in kept.scores] == ["random forest, 1 per class", "random forest, all labels"]
    score = kept.scores[0]
    assert (score.data, score.legend, score.draws, score.series) == ("toy", "own", 2, 90)
    assert score.accuracy == rows[0]["accuracy"]
    assert score.command == "python -m eodash …"
    assert kept.record["history"] == record["history"]
    assert [table["data"] for table in kept.record["real"]] == ["other", "toy"]
    assert cards.read(tmp_path / "toy.toml") == kept


def test_batches_are_taken_by_rows() -> None:
    made = given()
    some: Batch = made.take(np.array([4, 2]))
    assert some.label.tolist() == made.batch.label[[4, 2]].tolist()
    assert some.values.shape == (2, 8, 2)
