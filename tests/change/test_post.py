"""Cleaning a mask: each step counts what it did."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.change.cva import angle, direction, magnitude
from eodash.change.post import Cleaning, clean, majority, pixels_of
from eodash.change.scored import FALSE_ALARM, HIT, MISS, NOT_KNOWN, REJECTED, scores, verdicts

SEEN = np.ones((20, 20), bool)


def mask() -> np.ndarray:
    """A block of 6 × 6 with a hole of 2 × 2, and a single pixel far away."""
    made = np.zeros((20, 20), bool)
    made[2:8, 2:8] = True
    made[4:6, 4:6] = False
    made[15, 15] = True
    return made


def test_the_median_takes_single_pixels() -> None:
    after = majority(mask())
    assert not after[15, 15]
    assert after[3, 4]


def test_what_is_smaller_than_the_unit_goes_and_is_counted() -> None:
    after, steps = clean(mask(), SEEN, Cleaning(median=False, opening=False, unit=0.5), 0.1)
    assert not after[15, 15]
    assert after.sum() == 32
    assert [(step.removed, step.added) for step in steps] == [(1, 0)]
    assert steps[0].hectares == pytest.approx(3.2)


def test_holes_are_filled_up_to_their_size() -> None:
    cleaning = Cleaning(median=False, opening=False, unit=0, holes=0.4)
    after, steps = clean(mask(), SEEN, cleaning, 0.1)
    assert after[4:6, 4:6].all()
    assert steps[0].added == 4
    left, _ = clean(mask(), SEEN, Cleaning(median=False, opening=False, unit=0, holes=0.3), 0.1)
    assert not left[4:6, 4:6].any()


def test_no_step_marks_what_was_not_seen() -> None:
    seen = SEEN.copy()
    seen[4:6, 4:6] = False
    after, _ = clean(mask(), seen, Cleaning(median=False, opening=False, unit=0, holes=1), 0.1)
    assert not after[4:6, 4:6].any()


def test_without_steps_nothing_happens() -> None:
    after, steps = clean(mask(), SEEN, Cleaning(median=False, opening=False, unit=0), 0.1)
    assert np.array_equal(after, mask())
    assert steps == ()


def test_the_unit_in_pixels() -> None:
    assert pixels_of(1, 0.09) == 12
    assert pixels_of(1, 0.01) == 100
    assert pixels_of(0, 0.01) == 0


def test_length_and_direction_of_a_vector() -> None:
    before, after = np.zeros((2, 3)), np.array([[3, 0, -1], [4, 1, -1]])
    np.testing.assert_allclose(magnitude(before, after), [5, 1, np.sqrt(2)])
    np.testing.assert_allclose(direction(before, after), [np.arctan2(4, 3), np.pi / 2, -3 * np.pi / 4])
    np.testing.assert_allclose(angle(before, after), [np.arccos(7 / (5 * np.sqrt(2))), np.pi / 4, np.pi], atol=1e-6)
    assert np.isnan(angle(before, before)).all()


def test_scores_know_how_rare_change_is() -> None:
    truth = np.zeros((10, 10), bool)
    truth[0, :4] = True
    said = np.zeros((10, 10), bool)
    said[0, 2:6] = True
    known = np.ones((10, 10), bool)
    known[9] = False
    found = scores(said, truth, known)
    assert (found.hits, found.misses, found.false_alarms, found.rejected) == (2, 2, 2, 84)
    assert found.rare == pytest.approx(4 / 90)
    assert found.still == pytest.approx(86 / 90)
    assert found.accuracy == pytest.approx(86 / 90)
    assert found.dice == pytest.approx(0.5)
    assert found.kappa == pytest.approx((86 / 90 - (86**2 + 4**2) / 90**2) / (1 - (86**2 + 4**2) / 90**2))
    assert verdicts(said, truth, known)[0, :7].tolist() == [MISS, MISS, HIT, HIT, FALSE_ALARM, FALSE_ALARM, REJECTED]
    assert verdicts(said, truth, known)[9, 0] == NOT_KNOWN
