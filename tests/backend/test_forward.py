"""From series to probabilities, with networks whose answers are known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from eodash.backend.forward import answer, columns, fold, normalise, prefixes
from eodash.cards import Class
from eodash.errors import ModelError
from tests.backend.linear import CLASSES, INPUT, Ahead, Causal, batch

SERIES = batch([[[1, 0], [3, 0], [9, 9]], [[0, 2], [9, 9], [0, 4]]], [[1, 1, 0], [1, 0, 1]])


def softmax(*logits: float) -> list[float]:
    powers = np.exp(logits)
    return list(powers / powers.sum())


def test_the_answer_is_that_of_the_formula() -> None:
    given = answer(Ahead(), INPUT, SERIES)
    assert given.probabilities.shape == (2, 1, 3)
    assert given.probabilities.dtype == np.float32
    assert given.final[0] == pytest.approx(softmax(2, 0, 0), abs=1e-6)
    assert given.final[1] == pytest.approx(softmax(0, 3, 0), abs=1e-6)
    assert given.features == pytest.approx(np.array([[2, 0], [0, 3]]))
    assert given.hazard is None


def test_a_causal_network_s_last_word_is_at_the_last_observation() -> None:
    given = answer(Causal(), INPUT, SERIES)
    assert given.probabilities.shape == (2, 3, 3)
    assert given.last.tolist() == [1, 2]
    assert given.final[0] == pytest.approx(softmax(2, 0, 0), abs=1e-6)
    assert given.hazard is not None
    assert given.hazard.shape == (2, 3)


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_prefixes_are_the_answers_had_the_series_ended(network: Ahead) -> None:
    said = prefixes(network, INPUT, SERIES, [0, 1, 2])
    assert said.shape == (2, 3, 3)
    assert said[0] == pytest.approx(np.array([softmax(1, 0, 0), softmax(2, 0, 0), softmax(2, 0, 0)]), abs=1e-6)
    assert said[1] == pytest.approx(np.array([softmax(0, 2, 0), softmax(0, 2, 0), softmax(0, 3, 0)]), abs=1e-6)


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_nothing_is_said_before_the_first_observation(network: Ahead) -> None:
    late = batch([[[9, 9], [0, 1]], [[1, 0], [1, 0]]], [[0, 1], [1, 1]])
    said = prefixes(network, INPUT, late, [0, 1])
    assert np.isnan(said[0, 0]).all()
    assert np.isfinite(said[0, 1]).all()
    assert np.isfinite(said[1]).all()


def test_nothing_is_said_of_a_series_that_nobody_observed() -> None:
    values = np.full((2, 2, 2), np.nan, np.float32)
    values[1] = 1
    given = answer(Ahead(), INPUT, batch(values, [[0, 0], [1, 1]]))
    assert np.isnan(given.final[0]).all()
    assert given.final[1] == pytest.approx(softmax(1, 1, 0), abs=1e-6)


def test_the_size_of_a_batch_changes_nothing() -> None:
    many = batch(np.random.default_rng(0).random((23, 4, 2)))
    whole = answer(Causal(), INPUT, many)
    parts = answer(Causal(), INPUT, many, size=5)
    assert parts.probabilities == pytest.approx(whole.probabilities, abs=1e-6)
    assert parts.features.shape == whole.features.shape


def test_no_series_is_an_empty_answer() -> None:
    none = batch(np.zeros((0, 4, 2)))
    assert answer(Causal(), INPUT, none).final.shape == (0, 3)
    assert prefixes(Ahead(), INPUT, none, [1]).shape == (0, 1, 3)


def test_asking_leaves_the_network_as_it_was() -> None:
    network = Ahead().train()
    before = torch.random.get_rng_state()
    answer(network, INPUT, SERIES)
    assert network.training
    assert torch.equal(before, torch.random.get_rng_state())
    network.eval()
    answer(network, INPUT, SERIES)
    assert not network.training


def test_values_are_normalised_as_the_card_says() -> None:
    card = replace(INPUT, mean=(1.0, 2.0), scale=(2.0, 4.0))
    values = np.array([[[3.0, 10.0], [np.nan, 5.0]]])
    assert normalise(values, np.array([[True, False]]), card).tolist() == [[[1.0, 2.0], [0.0, 0.0]]]


def test_what_is_hidden_counts_for_nothing() -> None:
    hidden = SERIES.values.copy()
    hidden[~SERIES.mask] = np.nan
    assert answer(Ahead(), INPUT, replace(SERIES, values=hidden)).final == pytest.approx(
        answer(Ahead(), INPUT, SERIES).final
    )


def test_outputs_add_up_to_classes() -> None:
    said = np.array([[[0.5, 0.2, 0.3]]])
    assert fold(said, CLASSES)[0, 0] == pytest.approx([0.5, 0.5])
    # outputs without a counterpart are left out, and the rest is scaled up
    assert fold(said, (Class("a", "", (0,)), Class("b", "", (1,))))[0, 0] == pytest.approx([5 / 7, 2 / 7])


def test_an_answer_without_any_counterpart_is_even() -> None:
    assert fold(np.array([[0.0, 0.0, 1.0]]), (Class("a", "", (0,)), Class("b", "", (1,)))).tolist() == [[0.5, 0.5]]
    assert np.isnan(fold(np.full((1, 3), np.nan), CLASSES)).all()


def test_bands_are_found_by_name() -> None:
    assert columns(("B08", "B03", "B04"), INPUT) == [2, 0]
    with pytest.raises(ModelError, match="B08") as caught:
        columns(("B03", "B04"), INPUT)
    assert caught.value.code == "bands"


def test_values_that_are_no_numbers_are_refused() -> None:
    broken = SERIES.values.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(ModelError) as caught:
        answer(Ahead(), INPUT, replace(SERIES, values=broken))
    assert caught.value.code == "not_finite"
    with pytest.raises(ModelError) as caught:
        answer(Ahead(), INPUT, batch(np.zeros((1, 2, 3))))
    assert caught.value.code == "bands"
