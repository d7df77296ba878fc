"""Stopping: against the product written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.early import stopping


def brute(hazard: list[float], mask: list[bool]) -> list[float]:
    """P(t) as the formula says it, over the observed dates alone."""
    seen = [at for at, there in enumerate(mask) if there]
    chance = [0.0] * len(mask)
    for place, at in enumerate(seen):
        left = 1.0
        for earlier in seen[:place]:
            left *= 1 - hazard[earlier]
        chance[at] = left if at == seen[-1] else hazard[at] * left
    return chance


@pytest.mark.parametrize("seed", range(10))
def test_the_chance_of_stopping_is_the_brute_force_product(seed: int) -> None:
    chance = np.random.default_rng(seed)
    hazard, mask = chance.random((7, 12)) ** 2, chance.random((7, 12)) < 0.7
    mask[:, 3] = True
    stop = stopping(hazard, mask)
    expected = np.array([brute(list(one), list(there)) for one, there in zip(hazard, mask, strict=True)])
    assert stop.chance == pytest.approx(expected)
    assert stop.chance.sum(1) == pytest.approx(np.ones(7))
    assert stop.budget == pytest.approx(1 - expected.cumsum(1), abs=1e-12)
    for row in range(7):
        first = next(at for at, sum_ in enumerate(expected[row].cumsum()) if sum_ >= 0.5)
        assert stop.date[row] == first
        assert stop.step[row] == mask[row, :first].sum()


def test_padding_and_gaps_take_no_part() -> None:
    mask = np.array([[True, False, True, True, False, False]])
    hazard = np.array([[0.2, 0.9, 0.5, 0.1, 0.9, 0.9]])
    stop = stopping(hazard, mask)
    assert stop.chance[0] == pytest.approx([0.2, 0, 0.4, 0.4, 0, 0])
    assert (stop.date[0], stop.step[0], stop.dates[0], bool(stop.decided[0])) == (2, 1, 3, True)


def test_a_first_date_that_is_sure_stops_at_once() -> None:
    stop = stopping(np.array([[1.0, 0.0, 0.0]]), np.ones((1, 3), bool))
    assert (stop.date[0], bool(stop.decided[0])) == (0, True)


def test_a_series_that_never_decides_counts_as_stopped_at_its_last_date() -> None:
    mask = np.array([[True, True, True, False]])
    stop = stopping(np.zeros((1, 4)), mask)
    assert stop.chance[0].tolist() == [0, 0, 1, 0]
    assert (stop.date[0], stop.step[0], bool(stop.decided[0])) == (2, 2, False)


def test_half_of_it_left_for_the_last_date_is_undecided() -> None:
    half, less = np.array([[0.5, 0.0, 0.0]]), np.array([[0.5, 0.01, 0.0]])
    assert (stopping(half, np.ones((1, 3), bool)).date[0], stopping(less, np.ones((1, 3), bool)).date[0]) == (2, 0)
    assert not stopping(half, np.ones((1, 3), bool)).decided[0]


def test_one_date_is_the_last() -> None:
    stop = stopping(np.array([[0.9]]), np.ones((1, 1), bool))
    assert (stop.date[0], stop.dates[0], bool(stop.decided[0])) == (0, 1, False)


def test_nothing_observed_is_undecided() -> None:
    stop = stopping(np.full((1, 3), 0.9), np.zeros((1, 3), bool))
    assert (stop.dates[0], stop.step[0], bool(stop.decided[0])) == (0, 0, False)


def test_the_same_series_always_stops_at_the_same_date() -> None:
    hazard, mask = np.full((1, 30), 0.05), np.ones((1, 30), bool)
    assert {int(stopping(hazard, mask).date[0]) for _ in range(20)} == {13}  # .95^14 is the first power below ½
