"""The stopping head learns alone: it stops as early as its loss wants, and nothing else of the network moves."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from eodash import early, metrics
from eodash.backend.forward import answer
from eodash.cards import Input
from eodash.training.feeding import input_of
from eodash.training.loop import train
from eodash.training.stopping_head import learn_again
from models.contract import SeriesNetwork
from tests.training.toys import Toy, recipe, small

DATA = Toy(120)


@pytest.fixture(scope="module")
def known() -> tuple[SeriesNetwork, Input]:
    """A network that knows classes, and has not learned when to stop."""
    torch.manual_seed(0)
    got = train(recipe(epochs=4), small(), DATA, Toy(60, seed=1), None)
    return got.network, input_of(DATA, 1)


def earliness(network: SeriesNetwork, input: Input) -> float:
    batch = DATA.read(np.arange(len(DATA)))
    hazard = answer(network, input, batch).hazard
    assert hazard is not None
    stop = early.stopping(hazard, batch.mask)
    return float(metrics.earliness(stop.step, stop.dates))


def test_only_the_head_moves(known: tuple[SeriesNetwork, Input]) -> None:
    network, input = copy.deepcopy(known[0]), known[1]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    learn_again(network, input, DATA, 0.8, 5, 1)
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"stopping.weight", "stopping.bias"}
    assert all(each.grad is None for name, each in network.named_parameters() if not name.startswith("stopping"))


def test_the_less_being_right_counts_the_earlier_it_stops(known: tuple[SeriesNetwork, Input]) -> None:
    said = []
    for alpha in (1.0, 0.9, 0.2):
        network = copy.deepcopy(known[0])
        learn_again(network, known[1], DATA, alpha, 40, 1)
        said.append(earliness(network, known[1]))
    assert said[2] > 0.9
    assert said[0] <= said[1] <= said[2]


def test_a_recipe_ends_with_it_and_the_same_seed_gives_the_same_head() -> None:
    def head(rounds: int) -> torch.Tensor:
        mine = recipe(epochs=2, loss="early", alpha=0.3, stopping_rounds=rounds)
        return train(mine, small(), DATA, Toy(60, seed=1), None).network.state_dict()["stopping.weight"]

    assert torch.equal(head(5), head(5))
    assert not torch.equal(head(5), head(0))
