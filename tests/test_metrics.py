"""Figures of merit against answers known by hand, and against scikit-learn."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from sklearn import metrics as reference

from eodash import metrics

TRUTH = np.array([0, 0, 1, 1, 2, 2, -1])
SAID = np.array([0, 1, 1, 1, 2, 0, 2])


def test_a_truth_of_minus_one_counts_nowhere() -> None:
    assert metrics.confusion(TRUTH, SAID, 3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert metrics.accuracy(TRUTH, SAID) == pytest.approx(4 / 6)
    assert metrics.calibration(TRUTH, np.eye(3)[SAID]).series.sum() == 6


@pytest.mark.parametrize("seed", range(8))
def test_figures_agree_with_scikit_learn(seed: int) -> None:
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 6 - seed % 3, 60)  # some classes never occur …
    said = np.where(chance.random(60) < 0.6, truth, chance.integers(seed % 2, 6, 60))  # … and some are never said
    assert metrics.accuracy(truth, said) == pytest.approx(reference.accuracy_score(truth, said))
    assert metrics.kappa(truth, said) == pytest.approx(reference.cohen_kappa_score(truth, said))
    assert metrics.macro_f1(truth, said) == pytest.approx(reference.f1_score(truth, said, average="macro"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that never occur
        assert metrics.balanced(truth, said) == pytest.approx(reference.balanced_accuracy_score(truth, said))
        precision, recall, _, _ = reference.precision_recall_fscore_support(truth, said, labels=range(7))
    ours = metrics.precision_recall(truth, said, 7)
    assert np.nan_to_num(ours[0]) == pytest.approx(precision)
    assert np.nan_to_num(ours[1]) == pytest.approx(recall)
    assert np.isnan(ours[0][6])
    assert np.isnan(ours[1][6])


def test_classes_that_never_occur_do_not_pull_the_means_down() -> None:
    truth, said = np.array([0, 0, 5, 5]), np.array([0, 0, 5, 5])
    assert metrics.balanced(truth, said) == 1
    assert metrics.macro_f1(truth, said) == 1
    # a class that is said but never occurs is a mistake that F1 sees, and balanced accuracy only through recall
    said = np.array([0, 0, 5, 3])
    assert metrics.balanced(truth, said) == pytest.approx(0.75)
    assert metrics.macro_f1(truth, said) == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_agreement_that_chance_explains_is_worth_nothing() -> None:
    assert metrics.kappa([1, 1, 1], [1, 1, 1]) == 0
    assert metrics.kappa([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(0)


def test_calibration_is_the_weighted_gap_between_confidence_and_accuracy() -> None:
    # three at .6, of which one is right; one at 1, right
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.4, 0.6], [1.0, 0.0]])
    found = metrics.calibration([0, 1, 0, 0], probabilities)
    assert found.error == pytest.approx(3 / 4 * (0.6 - 1 / 3))
    assert found.series.tolist() == [0] * 8 + [3] + [0] * 5 + [1]  # .6 is the upper edge of the ninth of fifteen bins
    assert found.confidence[8] == pytest.approx(0.6)
    assert found.accuracy[8] == pytest.approx(1 / 3)
    assert np.isnan(found.accuracy[0])


def test_answers_that_are_as_sure_as_they_are_right_are_calibrated() -> None:
    probabilities = np.tile([0.75, 0.25], (8, 1))
    assert metrics.calibration([0, 0, 0, 1] * 2, probabilities).error == pytest.approx(0)


def test_earliness_is_one_at_the_first_date_and_zero_at_the_last() -> None:
    assert metrics.earliness([0, 0], [5, 9]) == 1
    assert metrics.earliness([4, 8], [5, 9]) == 0
    assert metrics.earliness([1, 8], [5, 9]) == pytest.approx(1 - (1 / 4 + 1) / 2)
    assert metrics.earliness([0], [1]) == 0
    assert metrics.harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    assert metrics.harmonic_mean(0.9, 0.0) == 0


def test_a_summary_is_json_and_says_what_the_single_figures_say() -> None:
    probabilities = np.eye(4)[SAID] * 0.7 + 0.075
    found = metrics.summary(TRUTH, probabilities, ("a", "b", "c", "never"))
    json.dumps(found, allow_nan=False)
    assert found["series"] == 6
    assert found["accuracy"] == pytest.approx(4 / 6, abs=1e-6)
    assert found["kappa"] == pytest.approx(metrics.kappa(TRUTH, SAID), abs=1e-6)
    assert found["classes"] == ["a", "b", "c", "never"]
    assert found["confusion"][0] == [1, 1, 0, 0]
    assert found["reliability"]["series"] == [0] * 11 + [6] + [0] * 3
    assert (found["reliability"]["confidence"][11], found["reliability"]["accuracy"][11]) == (0.775, 0.666667)
    assert found["per_class"][1] == {"class": "b", "series": 2, "precision": 0.666667, "recall": 1.0, "f1": 0.8}
    assert found["per_class"][3] == {"class": "never", "series": 0, "precision": None, "recall": None, "f1": None}


def test_nothing_to_score_is_no_figure_and_no_warning() -> None:
    found = metrics.summary([-1, -1], np.full((2, 2), 0.5), ("a", "b"))
    assert (found["series"], found["accuracy"], found["kappa"], found["calibration"]) == (0, None, None, None)


def test_a_label_outside_the_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="labels outside"):
        metrics.confusion([0, 3], [0, 0], 3)
    with pytest.raises(ValueError, match="labels outside"):
        metrics.confusion([0, 1], [0, -1], 3)


def test_the_spread_is_that_of_groups_and_not_of_their_members() -> None:
    right, group = np.repeat([True, False] * 50, 10), np.repeat(np.arange(100), 10)
    assert metrics.spread_over_groups(right, group) == pytest.approx(0.05, abs=0.01)  # √(½ · ½ / 100)
    assert metrics.spread_over_groups(right, np.arange(1000)) == pytest.approx(0.016, abs=0.004)
    assert metrics.spread_over_groups(right, np.zeros(1000, np.int64)) == 0
