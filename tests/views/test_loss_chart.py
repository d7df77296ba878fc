"""The loss curve: the running mean by hand, an axis as long as the training, and words that do not flatter."""

from __future__ import annotations

import numpy as np

from eodash.change.scored import scores
from eodash.views.learnt_words import agreement, compared
from eodash.views.loss_chart import WINDOW, loss_chart, loss_table, loss_words, running


def test_the_running_mean_by_hand() -> None:
    assert running([4, 2, 0]).tolist() == [4, 3, 2]
    assert running([*[1.0] * WINDOW, *[3.0] * WINDOW])[-1] == 3
    assert running([]).tolist() == []


def test_the_axis_is_as_long_as_the_training_from_the_first_step_on() -> None:
    for count in (0, 1, 7, 20):
        drawn = loss_chart([1.0] * count, 20, "light")
        assert list(drawn.layout.xaxis.range) == [0, 20]
        assert [len(each.x) for each in drawn.data][:2] == [count, count]
    assert loss_chart([3.0, 1.0], 20, "dark").layout.yaxis.range[0] == 0


def test_it_says_when_nothing_was_learnt() -> None:
    assert "fell from 2.00 to 1.00" in loss_words([2.0] * 5 + [1.0] * WINDOW)
    assert "did not fall" in loss_words([1.0, 1.0, 2.0])
    assert "1 step." in loss_words([1.0])
    assert loss_words([]) == "Nothing has been learnt yet."
    assert loss_table([2.0, 1.0]).to_dict("list") == {"step": [1, 2], "loss": [2, 1], "running mean": [2, 1.5]}


def test_accuracy_never_stands_alone() -> None:
    truth, known = np.eye(4, dtype=bool), np.ones((4, 4), bool)
    said = compared({"One": scores(truth, truth, known), "Other": scores(~truth, truth, known)})
    for words in ("kappa", "Dice", "accuracy", "false alarm", "1.00", "25 % changed", "accuracy 0.750"):
        assert words in said


def test_what_both_ways_agree_on_in_hectares() -> None:
    one, other = np.array([[True, True, True, False]]), np.array([[True, False, False, True]])
    said = agreement(one, other, 2.0)
    assert "<b>2.0 ha</b> changed by either" in said
    assert "4.0 ha by reflectance alone" in said
