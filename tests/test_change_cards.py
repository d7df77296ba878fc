"""The shelf of change networks: cards that name what they need, weights that fit, scores that can be made again."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.backend import weights
from eodash.cards import Card, change_card, change_shelf, shelf
from eodash.change.standard import BANDS
from eodash.datasets.change_pairs import world_pairs
from eodash.errors import ModelError
from eodash.training.change_card import SCENES, chance, line_of

FUSED = ("fc-ef", "fc-siam-conc", "fc-siam-diff")


@pytest.fixture(params=FUSED)
def card(request: pytest.FixtureRequest) -> Card:
    return change_card(request.param)


def test_change_networks_have_a_shelf_of_their_own_below_ten_megabytes() -> None:
    assert set(FUSED) <= set(change_shelf())
    assert not set(change_shelf()) & set(shelf())
    assert sum(each.weights.bytes for each in change_shelf().values() if each.weights) <= 10e6


def test_a_card_tells_how_rare_change_was_and_its_weights_fit(card: Card) -> None:
    assert card.input.bands == BANDS
    world = next(score for score in card.scores if score.data == "world")
    assert world.dice is not None
    assert 0 < (world.rare or 0) < 0.03
    assert set(world.alarms) == {"season", "light", "haze", "shift"}
    network = weights.load(card)
    images = np.random.default_rng(1).normal(0, 1, (2, 6, 20, 30)).astype(np.float32)
    said = chance(network, *images)
    assert said.shape == (20, 30)
    assert ((said >= 0) & (said <= 1)).all()


def test_it_does_not_matter_to_siam_diff_which_date_comes_first() -> None:
    network = weights.load(change_card("fc-siam-diff"))
    one, other = np.random.default_rng(2).normal(0, 1, (2, 6, 32, 32)).astype(np.float32)
    assert np.allclose(chance(network, one, other), chance(network, other, one), atol=1e-6)


def test_a_name_that_is_not_on_the_shelf_is_refused() -> None:
    with pytest.raises(ModelError, match="no such change network"):
        change_card("fc-else")


@pytest.mark.slow
def test_scores_on_held_out_scenes_can_be_made_again(card: Card) -> None:
    line = line_of(weights.load(card), card.architecture, list(world_pairs(SCENES)), "world")
    world = next(score for score in card.scores if score.data == "world")
    assert line.scores is not None
    assert abs(line.scores.kappa - world.kappa) < 0.005
