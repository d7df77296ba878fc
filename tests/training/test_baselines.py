"""Random forest and support vector machine on stacked dates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.cards import Card, Class, Input
from eodash.datasets.contract import Batch
from eodash.errors import ModelError
from eodash.training import baselines
from eodash.training.baselines import LENGTH, START, STEP, fit, fitted, softmax, stacked
from tests.training.toys import Toy

INPUT = Input("", ("1", "2"), (0.3, 0.3), (0.1, 0.2))
KINDS = ("random-forest", "support-vector-machine")
SMALL = {"trees": 20, "seed": 0}


def toy(n: int = 90, seed: int = 0) -> Batch:
    return Toy(n, seed=seed).read(np.arange(n))


def test_dates_are_stacked_on_the_grid_by_straight_lines() -> None:
    """Two looks twenty days apart, around the grid date between them; the second band is at its mean."""
    day = np.array([[START + 2 * STEP, START + 4 * STEP, 0]], np.float32)
    values = np.array([[[0.3, 0.3], [0.5, 0.3], [9, 9]]], np.float32)
    rows = stacked(Batch(values, day, np.array([[True, True, False]]), np.zeros(1, int), np.zeros(1, int)), INPUT)
    grid = rows.reshape(3, LENGTH)  # bands, then which dates lie within the series
    np.testing.assert_allclose(grid[0, 2:5], [0, 1, 2], atol=1e-4)
    assert not grid[1].any()
    np.testing.assert_array_equal(np.flatnonzero(grid[2]), [2, 3, 4])


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_what_is_easy_and_its_probabilities_sum_to_one(kind: str) -> None:
    said = fit(kind, INPUT, toy(), 4, SMALL).probabilities(toy(60, seed=1))
    assert said.shape == (60, 4)
    np.testing.assert_allclose(said.sum(1), 1, atol=1e-5)
    assert (said[:, 3] == 0).all()  # nobody showed it that class
    assert (said.argmax(1) == toy(60, seed=1).label).mean() > 0.8  # a fifth of the dates is lost


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_answers(kind: str) -> None:
    first, again = (fit(kind, INPUT, toy(), 3, SMALL).probabilities(toy(20, seed=2)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("kind", KINDS)
def test_two_classes_and_a_series_without_observation_do_no_harm(kind: str) -> None:
    batch = toy(40)
    batch = replace(batch, label=np.where(batch.label == 2, -1, batch.label))
    blind = replace(toy(6), mask=np.arange(6)[:, None] + np.zeros(8, int) > 0)
    said = fit(kind, INPUT, batch, 2, SMALL).probabilities(blind)
    assert np.isnan(said[0]).all()
    np.testing.assert_allclose(said[1:].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "batch", "code"),
    [
        ("oracle", toy(), "architecture"),
        (KINDS[0], replace(toy(), label=np.zeros(90, int)), "one_class"),
        (KINDS[1], replace(toy(), values=np.full((90, 8, 2), np.nan, np.float32)), "not_finite"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(kind: str, batch: Batch, code: str) -> None:
    with pytest.raises(ModelError) as error:
        fit(kind, INPUT, batch, 3)
    assert error.value.code == code


def test_softmax_of_scores_by_hand() -> None:
    np.testing.assert_allclose(softmax(np.log(np.array([[1.0, 3.0]]))), [[0.25, 0.75]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_enough_to_fit_one_to_the_world(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, str, str, int]] = []

    class Shuffled(Toy):
        """Bands of the card come last."""

        bands = ("0", "1", "2")

        def read(self, rows: np.ndarray) -> Batch:
            batch = super().read(rows)
            return replace(batch, values=np.concatenate([np.full_like(batch.values[..., :1], 7), batch.values], 2))

    def world(n: int, level: str, split: str, seed: int) -> Toy:
        asked.append((n, level, split, seed))
        return Shuffled(min(n, 200), seed=len(asked))

    monkeypatch.setattr(baselines, "WorldDataset", world)
    baselines._fitted.cache_clear()
    classes = tuple(Class(name, "#000000", (number,)) for number, name in enumerate("abc"))
    config = {"series": 120, "seed": 4, "trees": 20}
    card = Card("x", "X", kind, config, INPUT, {"own": classes}, None, "-", "-", causal=False)
    made = fitted(card)
    assert asked[0] == (120, "", "train", 4)
    assert fitted(card) is made
    test = toy(60, seed=9)
    said = made.probabilities(test)
    assert (said.argmax(1) == test.label).mean() > 0.8  # a fifth of the dates is lost
    if kind == "support-vector-machine":  # it was told on other series how sure it may be
        assert [split for _, _, split, _ in asked] == ["train", "valid"]
        assert said.max(1).mean() > 0.7
