"""Accuracy against earliness: the early LSTM, once per α. Cells are kept as in `tables`."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eodash import early, metrics
from eodash.backend.forward import answer
from eodash.backend.weights import load
from eodash.cards import Card, Input
from eodash.datasets.contract import Dataset
from eodash.errors import ModelError
from eodash.training import recipe
from eodash.training.feeding import PIECE, input_of
from eodash.training.loop import train
from eodash.training.recipe import Recipe
from eodash.training.starting import network_for
from eodash.training.stopping_head import learn_again
from eodash.training.stored import Cells
from eodash.training.tables import SEED_OF_TEST, Say, Sizes, World, world, worlds
from models.contract import SeriesNetwork

ALPHAS = (0.6, 0.7, 0.8, 0.9, 0.95)
ROUNDS = 30


def accuracy_against_earliness(
    cells: Cells,
    sizes: Sizes,
    *,
    alphas: Sequence[float] = ALPHAS,
    chosen: Recipe | None = None,
    level: str = "l1c",
    seed: int = 1,
    open_world: World = world,
    work: Path | None = None,
    say: Say = lambda line: None,
) -> list[dict[str, Any]]:
    """A row per α of the early LSTM, all gone on from one network that knew classes but not when to stop."""
    chosen = (chosen or recipe.read("early-lstm")).with_(level=level, seed=seed)
    data, validation, test = worlds(level, seed, sizes, open_world)
    input, state = input_of(data, seed), f"{level} seed {seed}, {sizes.said()}, {chosen.loss}"
    common: list[SeriesNetwork] = []

    def first() -> SeriesNetwork:
        """Cross-entropy alone; its checkpoint is found again."""
        if not common:
            plain = chosen.with_(
                loss="cross-entropy", cross_entropy_epochs=0, stopping_rounds=0, epochs=sizes.first_epochs
            )
            folder = work / f"early {level} {seed} first" if work else None
            network = network_for(plain, data)
            common.append(train(plain, network, data, validation, folder, input=input, device=sizes.device).network)
        return common[0]

    def second(alpha: float) -> dict[str, Any]:
        going_on = chosen.with_(alpha=alpha, cross_entropy_epochs=0, epochs=sizes.epochs)
        folder = work / f"early {level} {seed} alpha {alpha}" if work else None
        network = copy.deepcopy(first())
        trained = train(going_on, network, data, validation, folder, input=input, device=sizes.device)
        return _early(trained.network, input, test)

    rows = []
    for alpha in alphas:
        row = cells.get(f"alpha {alpha}, {state}", lambda: second(alpha))  # noqa: B023
        say(f"alpha {alpha}: accuracy {row['accuracy']:.3f} at earliness {row['earliness']:.3f}")
        rows.append({"network": "Early LSTM", "alpha": alpha} | row)
    return rows


def heads_of(
    cells: Cells,
    card: Card,
    sizes: Sizes,
    *,
    alphas: Sequence[float],
    open_world: World = world,
    say: Say = lambda line: None,
) -> list[dict[str, Any]]:
    """A row per α of a model of the shelf: what it knows stays, its stopping head alone is learned again."""
    test = open_world(card.input.level, "test", sizes.test, SEED_OF_TEST)
    sha = card.weights.sha256[:12] if card.weights else ""

    def learned(alpha: float) -> dict[str, Any]:
        network = load(card)
        data = open_world(card.input.level, "train", sizes.series, 0)
        learn_again(network, card.input, data, alpha, ROUNDS, recipe.read(card.architecture).seed)
        return _early(network, card.input, test)

    rows = []
    for alpha in alphas:
        row = cells.get(f"{card.name} {sha} alpha {alpha}, {sizes.said()}", lambda: learned(alpha))  # noqa: B023
        say(f"alpha {alpha}: accuracy {row['accuracy']:.3f} at earliness {row['earliness']:.3f}")
        rows.append({"network": card.title, "alpha": alpha} | row)
    return rows


def _early(network: SeriesNetwork, input: Input, test: Dataset) -> dict[str, Any]:
    """Where it stops on held-out series, and how often it is right there."""
    truth, stopped, last, step, dates = [], [], [], [], []
    for start in range(0, len(test), PIECE):
        batch = test.read(np.arange(start, min(start + PIECE, len(test))))
        said = answer(network, input, batch)
        if said.hazard is None:
            raise ModelError("This network never learns when to stop.", "Take early-lstm.", code="recipe")
        stop = early.stopping(said.hazard, batch.mask)
        truth.append(batch.label)
        stopped.append(said.probabilities[np.arange(len(stop.date)), stop.date].argmax(1))
        last.append(said.final.argmax(1))
        step.append(stop.step)
        dates.append(stop.dates)
    true = np.concatenate(truth)
    accuracy = metrics.accuracy(true, np.concatenate(stopped))
    earliness = metrics.earliness(np.concatenate(step), np.concatenate(dates))
    figures = {
        "accuracy": accuracy,
        "earliness": earliness,
        "harmonic_mean": metrics.harmonic_mean(accuracy, earliness),
        "accuracy_of_whole_series": metrics.accuracy(true, np.concatenate(last)),
    }
    return {name: round(float(value), 6) for name, value in figures.items()}
