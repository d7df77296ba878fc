"""From a pair to changed areas: what was planted is found, what was not is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.change.chain import METHODS, Settings, detect, rethresholded
from eodash.change.post import Cleaning
from eodash.change.scored import scores
from eodash.change.thresholds import RULES, threshold
from tests.change.made import ground, pair, planted

BARE = Cleaning(median=False, opening=False, unit=0)


@pytest.mark.parametrize("way", ["none", "pif"])
@pytest.mark.parametrize("rule", ["otsu", "em"])
def test_a_planted_change_is_found_to_the_pixel_where_there_is_no_noise(way: str, rule: str) -> None:
    made, truth = planted()
    found = detect(made, Settings(normalise=way, threshold=rule, cleaning=BARE))
    assert np.array_equal(found.mask, truth)
    assert found.hectares == pytest.approx(600 * 0.04)
    assert found.share == pytest.approx(600 / 96**2)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_it_in_noise(method: str) -> None:
    made, truth = planted(noise=0.01)
    found = detect(made, Settings(method=method, threshold="otsu"))
    assert scores(found.mask, truth, made.usable).kappa > (0.7 if method == "mad" else 0.9)  # change bends one round


def test_the_suggested_chain_leaves_a_pair_alone_in_which_only_noise_and_light_changed() -> None:
    rng, first = np.random.default_rng(3), ground(160)
    second = 1.3 * first + 0.04
    noisy = [each + rng.normal(0, 0.01, each.shape).astype(np.float32) for each in (first, second)]
    found = detect(pair(*noisy))
    assert found.share <= 0.01
    assert detect(pair(*noisy), Settings(floor=False, cleaning=BARE)).share > 0.01  # two curves always cross somewhere


@pytest.mark.parametrize("way", ["none", "z-score", "pif"])
def test_swapping_the_dates_changes_neither_magnitude_nor_mask(way: str) -> None:
    made, _ = planted(noise=0.01)
    lit = replace(made, after=1.2 * made.after + 0.02)
    here, there = (detect(each, Settings(normalise=way)) for each in (lit, lit.swapped()))
    np.testing.assert_allclose(there.magnitude, here.magnitude, rtol=1e-3, atol=1e-5)
    assert (here.mask != there.mask).sum() <= 2


def test_two_dates_that_are_the_same_have_not_changed_and_that_is_said() -> None:
    first = ground()
    for method in METHODS:
        found = detect(pair(first, first.copy()), Settings(method=method))
        assert not found.mask.any()
        assert any("same image" in notice for notice in found.notices)


def test_a_slider_changes_the_mask_and_measures_nothing_anew() -> None:
    made, truth = planted(noise=0.01)
    found = detect(made)
    higher = threshold(found.magnitude[made.usable], "by hand", by_hand=0.2)
    again = rethresholded(found.normalised, found.magnitude, higher, found.settings)
    assert again.magnitude is found.magnitude
    assert again.threshold.value == 0.2
    assert scores(again.mask, truth, made.usable).kappa > 0.9


def test_nothing_is_marked_where_a_date_shows_nothing() -> None:
    made, truth = planted()
    usable = np.ones_like(truth)
    usable[:, 60:] = False
    found = detect(replace(made, usable=usable), Settings(threshold="otsu"))
    assert not found.mask[:, 60:].any()
    assert np.isnan(found.magnitude[:, 60:]).all()
    assert scores(found.mask, truth, usable).kappa > 0.95


def test_every_rule_can_be_asked_for() -> None:
    made, _ = planted(noise=0.01)
    values = {rule: detect(made, Settings(threshold=rule, by_hand=0.15, floor=False)).threshold.value for rule in RULES}
    assert all(0.02 < value < 0.25 for value in values.values()), values
    assert values["by hand"] == 0.15
