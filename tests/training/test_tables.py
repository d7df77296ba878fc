"""Comparisons across models: what their cells hold, and that a broken run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eodash.cards import Card, Class, Input
from eodash.datasets.contract import Dataset
from eodash.training import early_table, published, recipe, tables
from eodash.training.asking import Said
from eodash.training.early_table import accuracy_against_earliness
from eodash.training.stored import Cells
from eodash.training.tables import Sizes, raw_against_preprocessed, stacked_dates, table
from eodash.world.legend import LANDCOVER, NAMES
from tests.training.toys import Toy

SIZES = Sizes(series=60, validation=30, test=45, epochs=1, first_epochs=2, device="cpu")


class Seen(Toy):
    """A toy of one level; raw ones are noise."""

    def __init__(self, level: str, split: str, series: int, seed: int) -> None:
        super().__init__(series, seed=seed + {"train": 10, "valid": 20, "test": 30}[split])
        self.level = level
        if level == "l1c":
            self.values = np.random.default_rng(seed).random(self.values.shape, dtype=np.float32)


@pytest.fixture
def opened() -> list[tuple[str, str, int, int]]:
    return []


@pytest.fixture
def open_world(opened: list[tuple[str, str, int, int]]) -> tables.World:
    def open_(level: str, split: str, series: int, seed: int) -> Dataset:
        opened.append((level, split, series, seed))
        return Seen(level, split, series, seed)

    return open_


def test_both_inputs_are_trained_on_alike_and_tested_on_the_same_world(
    opened: list[tuple[str, str, int, int]], open_world: tables.World, tmp_path: Path
) -> None:
    rows = raw_against_preprocessed(
        Cells(None), SIZES, architectures=("random-forest",), seeds=(1, 2), open_world=open_world, work=tmp_path
    )
    assert [row["network"] for row in rows] == ["Random forest"]
    assert rows[0]["preprocessed"] > 0.8 > rows[0]["raw"]
    assert rows[0]["cost_of_raw"] == pytest.approx(rows[0]["preprocessed"] - rows[0]["raw"], abs=1e-4)
    assert {"raw_deviation", "raw_kappa", "preprocessed_kappa_deviation"} <= set(rows[0])
    raw = [rest for level, *rest in opened if level == "l1c"]
    assert raw == [rest for level, *rest in opened if level == "l2a"]
    assert {(series, seed) for split, series, seed in raw if split == "test"} == {(45, 0)}
    assert [seed for split, _, seed in raw if split == "train"] == [1, 2]


def test_a_network_is_trained_by_its_recipe_with_the_seed_of_the_cell(open_world: tables.World, tmp_path: Path) -> None:
    said: list[str] = []
    rows = raw_against_preprocessed(
        Cells(None), SIZES, architectures=("l-tae",), seeds=(3,), open_world=open_world, work=tmp_path, say=said.append
    )
    assert 0 <= rows[0]["raw"] <= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l-tae l1c 3", "l-tae l2a 3"]
    assert len(said) == 2


def test_what_was_measured_is_not_measured_again_unless_sizes_change(
    opened: list[tuple[str, str, int, int]], open_world: tables.World, tmp_path: Path
) -> None:
    def made(sizes: Sizes) -> list[dict[str, Any]]:
        return raw_against_preprocessed(
            Cells(tmp_path / "cells.json"), sizes, architectures=("random-forest",), seeds=(1,), open_world=open_world
        )

    first = made(SIZES)
    opened.clear()
    assert made(SIZES) == first
    assert not opened
    made(Sizes(series=61, validation=30, test=45))
    assert opened


def test_every_alpha_goes_on_from_one_network(
    open_world: tables.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[tuple[str, float]] = []
    began: list[float] = []
    train = early_table.train

    def spy(chosen: recipe.Recipe, network: Any, *rest: Any, **more: Any) -> Any:
        trained.append((chosen.loss, chosen.alpha))
        began.append(float(network.classifier.weight.detach().sum()))
        return train(chosen, network, *rest, **more)

    monkeypatch.setattr(early_table, "train", spy)
    chosen = recipe.read("early-lstm").with_(config={"hidden": 8, "dropout": 0.0})
    cells = Cells(tmp_path / "cells.json")
    rows = accuracy_against_earliness(
        cells, SIZES, alphas=(0.2, 0.9), chosen=chosen, level="l2a", open_world=open_world, work=tmp_path / "work"
    )
    assert trained == [("cross-entropy", chosen.alpha), (chosen.loss, 0.2), (chosen.loss, 0.9)]
    assert began[1] == began[2] != began[0]
    assert [row["alpha"] for row in rows] == [0.2, 0.9]
    for row in rows:
        assert 0 <= row["earliness"] <= 1
        assert {"network", "accuracy", "harmonic_mean", "accuracy_of_whole_series"} <= set(row)
    trained.clear()
    more = accuracy_against_earliness(
        cells, SIZES, alphas=(0.2, 0.9, 0.5), chosen=chosen, level="l2a", open_world=open_world, work=tmp_path / "work"
    )
    assert more[:2] == rows
    assert trained == [("cross-entropy", chosen.alpha), (chosen.loss, 0.5)]
    assert began[-1] == began[1]  # the checkpoint of the first phase was found again


def test_models_are_asked_about_the_sets_of_their_own_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class World(Toy):
        """Toys that are called winter barley, winter wheat and summer barley; the first two only by that name."""

        classes = NAMES
        legend = "fine"

        def __init__(self, level: str) -> None:
            super().__init__(30)
            self.classes = NAMES
            self.level = level

    def right(card: Card) -> Any:
        return lambda batch: Said(np.eye(12, dtype=np.float32)[np.zeros(len(batch.label), int)])  # cereals, always

    monkeypatch.setattr(tables, "asker", right)
    classes = tuple(Class(label.name, label.colour, (number,)) for number, label in enumerate(LANDCOVER.labels))
    cards = [
        Card(f"{kind}-{level}", kind, kind, {}, Input(level, ("1", "2"), (0, 0), (1, 1)), {"landcover": classes},
             None, "-", "-", causal=False)
        for kind, level in (("temp-cnn", "l2a"), ("random-forest", "l2a"), ("temp-cnn", "l1c"))
    ]  # fmt: skip
    rows = stacked_dates(
        Cells(None),
        cards,
        sets={"raw set": lambda card: World("l1c"), "simulated": lambda card: World(card.input.level)},
    )
    assert [row["model"] for row in rows] == ["temp-cnn", "random-forest", "temp-cnn"]
    assert [row["input"] for row in rows] == ["raw", "preprocessed", "preprocessed"]
    assert ["raw set" in row for row in rows] == [True, False, False]
    assert rows[0]["simulated"] == 1  # all three kinds are cereals


def test_published_rows_have_the_columns_of_ours_and_their_source() -> None:
    drawn = {"raw", "preprocessed"}
    assert all(drawn < set(row) and row["source"] for row in published.RAW_AGAINST_PREPROCESSED)
    assert all({"accuracy", "earliness", "source"} <= set(row) for row in published.ACCURACY_AGAINST_EARLINESS)
    assert {row["network"] for row in published.RAW_AGAINST_PREPROCESSED} == {
        tables.TITLES[name] for name in (*tables.NETWORKS, "random-forest")
    }
    made = table("T", "command", [{"a": 1}], [], "about", "note")
    assert made["rows"] == [{"a": 1}]
    assert len(made["made"]) == 10
