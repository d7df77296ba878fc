"""One series, date by date."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.backend.forward import answer, fold, prefixes
from eodash.backend.inspect import inspect_series
from eodash.early import stopping
from eodash.errors import ModelError
from tests.backend.linear import Ahead, Causal
from tests.backend.shipped import ARCHITECTURES, shipped, world
from tests.backend.test_tile import CARD, tile


@pytest.mark.parametrize("name", [f"{each}-l1c" for each in ARCHITECTURES])
def test_every_beginning_of_a_series_is_answered_as_if_it_had_ended_there(name: str) -> None:
    network, card = shipped(name)
    one = world(card, 2).take(slice(1, 2))
    found = inspect_series(network, card, "landcover", one)
    dates = [0, 9, 10, 30, 45]
    truth = fold(prefixes(network, card.input, one, dates), card.legends["landcover"])[0]
    assert found["probabilities"].shape == (46, 12)
    assert found["probabilities"].dtype == np.float32
    assert np.isnan(found["probabilities"][:10]).all()
    assert found["probabilities"][dates] == pytest.approx(truth, abs=1e-5, nan_ok=True)
    assert found["seen"].tolist() == [False] * 10 + [True] * 36
    assert ("hazard" in found) == network.causal


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_a_cloudy_date_repeats_the_answer_before_it(network: Ahead) -> None:
    values = [[[9000], [0]], [[0], [20000]], [[0], [0]], [[0], [32000]]]
    said = inspect_series(network, CARD, "two", tile(values, [[True], [True], [False], [True]]))["probabilities"]
    assert said[2].tolist() == said[1].tolist()
    assert said[1].tolist() != said[0].tolist()
    assert said[3].tolist() != said[2].tolist()


def test_where_a_network_stops_its_rule_is_told() -> None:
    found = inspect_series(Causal(), CARD, "two", tile(np.full((4, 2, 1), 1000), [[False], [True], [True], [True]]))
    # hazard ½ at every date that was observed
    assert found["hazard"].tolist() == [0, 0.5, 0.5, 0.5]
    assert found["chance"].tolist() == [0, 0.5, 0.25, 0.25]
    assert found["budget"].tolist() == [1, 0.5, 0.25, 0]
    assert found["stop"] == 1


def test_the_rule_is_that_of_the_whole_house() -> None:
    network, card = shipped("early-lstm-l2a")
    one = world(card, 40).take(slice(7, 8))
    found = inspect_series(network, card, "landcover", one)
    hazard = answer(network, card.input, one).hazard
    assert hazard is not None
    rule = stopping(hazard, one.mask)
    assert found["chance"] == pytest.approx(rule.chance[0], abs=1e-6)
    assert found["chance"].sum() == pytest.approx(1, abs=1e-5)
    assert found["stop"] == (rule.date[0] if rule.decided[0] else -1)


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_nothing_is_said_of_a_series_that_nobody_observed(network: Ahead) -> None:
    found = inspect_series(network, CARD, "two", tile(np.full((3, 2, 1), 1000), np.zeros((3, 1))))
    assert np.isnan(found["probabilities"]).all()
    assert found["stop"] == -1
    assert not found["seen"].any()


def test_a_network_that_does_not_stop_has_no_date_of_decision() -> None:
    found = inspect_series(Ahead(), CARD, "two", tile(np.full((3, 2, 1), 1000)))
    assert sorted(found) == ["probabilities", "seen", "stop"]
    assert found["stop"] == -1


def test_one_date_will_do() -> None:
    assert inspect_series(Causal(), CARD, "two", tile(np.full((1, 2, 1), 1000)))["probabilities"].shape == (1, 2)


def test_a_legend_that_the_card_does_not_have_is_refused() -> None:
    with pytest.raises(ModelError, match="two") as caught:
        inspect_series(Ahead(), CARD, "three", tile(np.full((1, 2, 1), 1000)))
    assert caught.value.code == "legend"
