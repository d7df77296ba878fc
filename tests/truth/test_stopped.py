"""Stops under any threshold, against what is counted by hand and against the median rule."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from eodash.early import stopping
from eodash.truth.stopped import NEVER, THRESHOLDS, Rule, by_fields, decide, decided_by, rule_of, stopped_class
from eodash.truth.stopped_scored import course, per_class, traded

CHANCES = np.array([0.2, 0.5, 0.5, 0.9], np.float32)
"""What is left after each date: .8, .4, .2, and nothing after the last."""
EVERY = np.ones((4, 1, 1), bool)


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float32)[:, None, None]


@pytest.mark.parametrize(
    ("threshold", "date"), [(0.1, 0), (0.19, 0), (0.21, 1), (0.5, 1), (0.59, 1), (0.61, 2), (0.79, 2), (0.81, NEVER)]
)
def test_a_pixel_stops_once_its_chance_to_have_stopped_reaches_the_threshold(threshold: float, date: int) -> None:
    (rule,) = decide(column(*CHANCES), EVERY, [threshold])
    assert rule.date[0, 0] == date


def test_the_median_is_the_rule_of_the_models() -> None:
    random = np.random.default_rng(1)
    hazard, seen = random.uniform(0, 0.3, (9, 7, 11)).astype(np.float32), random.random((9, 7, 11)) < 0.6
    (rule,) = decide(hazard, seen, [0.5])
    flat = stopping(hazard.reshape(9, -1).T, seen.reshape(9, -1).T)
    expected = np.where(flat.decided & seen.any(0).ravel(), flat.date, NEVER).reshape(7, 11)
    assert (rule.date == expected).all()
    share = np.where(flat.decided, 1 - flat.step / np.maximum(flat.dates - 1, 1), 0).reshape(7, 11)
    assert np.allclose(rule.earliness[rule.decided], share[rule.decided], atol=1e-3)
    assert 0 < rule.decided.mean() < 1  # else this says little


def test_a_higher_threshold_never_stops_sooner() -> None:
    random = np.random.default_rng(2)
    rules = decide(random.uniform(0, 0.4, (12, 5, 5)), random.random((12, 5, 5)) < 0.7, THRESHOLDS)
    for sooner, later in pairwise(rules):
        assert (sooner.date <= later.date).all()


def test_nobody_stops_at_a_date_that_nobody_saw() -> None:
    seen = EVERY.copy()
    seen[1] = False
    (rule,) = decide(column(0, 1, 1, 0), seen, [0.5])
    assert rule.date[0, 0] == 2
    assert rule.earliness[0, 0] == 0.5  # the second of three looks


def test_what_was_never_seen_is_never_decided_and_one_date_decides_nothing() -> None:
    assert not decide(column(1, 1), np.zeros((2, 1, 1), bool))[0].decided.any()
    (rule,) = decide(column(0.9), np.ones((1, 1, 1), bool))
    assert not rule.decided.any()
    assert rule.earliness[0, 0] == 0


def test_a_map_gives_the_same_earliness_as_its_chances() -> None:
    random = np.random.default_rng(3)
    hazard, seen = random.uniform(0, 0.4, (8, 70, 3)), random.random((8, 70, 3)) < 0.8
    (rule,) = decide(hazard, seen)
    assert (rule_of(rule.date, seen).earliness == rule.earliness).all()


SAID = np.array([[[0, 0, 1, 1]], [[0, 1, 1, 1]], [[0, 1, 0, 1]]], np.uint8)
"""Three dates of four pixels."""
RULE = Rule(np.array([[0, 1, NEVER, 2]], np.uint16), np.array([[1, 0.5, 0, 0]], np.float16))
TRUTH = np.array([[0, 0, 0, 255]], np.uint8)
ALL = np.ones((1, 4), bool)


def test_the_class_is_that_of_the_stop_and_stays_so() -> None:
    assert stopped_class(SAID, RULE).tolist() == [[0, 1, 0, 1]]
    assert decided_by(RULE, SAID, 0).tolist() == [[0, 255, 255, 255]]
    assert decided_by(RULE, SAID, 1).tolist() == [[0, 1, 255, 255]]
    assert decided_by(RULE, SAID, 2).tolist() == [[0, 1, 255, 1]]


def test_what_a_threshold_buys_counts_pixels_with_a_truth() -> None:
    found = traded(RULE, 0.5, SAID, TRUTH, ALL)
    assert found.accuracy == pytest.approx(2 / 3)  # the third waits to the end and is right
    assert found.earliness == pytest.approx(0.5)
    assert found.decided == pytest.approx(2 / 3)
    unknown = traded(RULE, 0.5, SAID, None, ALL)
    assert np.isnan(unknown.accuracy)
    assert unknown.decided == 0.75
    assert np.isnan(traded(RULE, 0.5, SAID, TRUTH, ~ALL).earliness)


def test_the_stopped_are_counted_as_what_they_were_at_their_stop() -> None:
    found = course(RULE, SAID, TRUTH, ALL)
    assert found.share.tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert found.stopped.tolist() == pytest.approx([1, 0.5, 0.5])
    assert found.everywhere.tolist() == pytest.approx([2 / 3, 1 / 3, 2 / 3])


def test_dates_of_a_class_are_of_all_of_its_pixels() -> None:
    first, second = per_class(RULE, np.array([[0, 0, 0, 1]], np.uint8), ALL, 3, 3)
    assert (first.place, first.counts.tolist(), first.undecided) == (0, [1, 1, 0], 1)
    assert (first.quantile(0.25), first.quantile(0.5), first.quantile(0.95)) == (0, 1, None)
    assert (second.place, second.quantile(0.5)) == (1, 2)


def test_a_field_locks_when_half_of_its_pixels_are_decided() -> None:
    rule = Rule(np.array([[3, 1, 2, NEVER, NEVER, 4]], np.uint16), np.zeros((1, 6), np.float16))
    assert by_fields(rule, np.array([[1, 1, 1, 2, 2, 0]], np.uint16)).tolist() == [[2, 2, 2, NEVER, NEVER, 4]]
