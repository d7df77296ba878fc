"""Dates are chosen by rule and by hand; nothing is ever deleted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash.choice import Choice, Seen, decide, second, seen
from eodash.errors import RasterError
from tests.toys import small_cube


def dates(*clear: float, step: int = 3, coverage: float = 1.0) -> list[Seen]:
    start = np.datetime64("2024-04-01T10:00", "s")  # a Monday
    return [Seen(start + np.timedelta64(step * i, "D"), coverage, share) for i, share in enumerate(clear)]


def used(made: list[Seen], choice: Choice) -> list[bool]:
    return [decision.used for decision in decide(made, choice)]


def test_no_choice_takes_every_date():
    assert used(dates(0.0, 0.5, 1.0), Choice()) == [True] * 3


def test_a_limit_leaves_out_what_is_cloudier_and_says_why():
    decisions = decide(dates(0.19, 0.2, 0.9), Choice(clear=20))
    assert [d.used for d in decisions] == [False, True, True]
    assert decisions[0].reason == "19 % of the area clear"
    assert used(dates(1.0, coverage=0.4), Choice(coverage=50)) == [False]


def test_one_per_week_is_the_clearest_and_weeks_begin_on_monday():
    made = dates(0.3, 0.8, 0.5, 0.6, step=3)  # Mon 1, Thu 4, Sun 7 | Wed 10
    assert used(made, Choice(every="week")) == [False, True, False, True]
    assert used(dates(0.3, 0.8, 0.5, 0.6, step=20), Choice(every="month")) == [False, True, False, True]


def test_what_was_said_by_hand_wins_over_every_rule():
    made = dates(0.1, 0.9, 0.5)
    choice = Choice(clear=50).with_date(made[0].time, True).with_date(made[1].time, False)
    assert used(made, choice) == [True, False, True]
    assert [d.by_hand for d in decide(made, choice)] == [True, True, False]


def test_a_date_taken_by_hand_stands_for_its_week():
    made = dates(0.3, 0.8, 0.5)
    assert used(made, Choice(every="week").with_date(made[0].time, True)) == [True, False, False]


def test_a_date_left_out_by_hand_lets_the_next_clearest_stand_in():
    made = dates(0.3, 0.8, 0.5)
    assert used(made, Choice(every="week").with_date(made[1].time, False)) == [False, False, True]


def test_a_second_word_replaces_the_first():
    time = dates(1.0)[0].time
    choice = Choice().with_date(time, False).with_date(time, True)
    assert choice.left_out == ()
    assert choice.taken == (second(time),)


def test_a_choice_survives_its_json():
    choice = Choice(40, 10, "month", ("2024-04-01T10:00:00",), ("2024-05-01T10:00:00",))
    assert Choice.from_json(json.loads(json.dumps(choice.to_json()))) == choice
    assert Choice().to_json() == {}


@pytest.mark.parametrize(
    "said",
    [{"clear": 101}, {"clear": "x"}, {"every": "day"}, {"taken": ["../../x"]}, {"unknown": 1}, {"left_out": [1e99]}],
)
def test_a_foreign_choice_is_refused_in_words(said: dict[str, object]):
    with pytest.raises(RasterError) as caught:
        Choice.from_json(said)
    assert caught.value.code == "choice"


def test_coverage_and_clear_share_are_measured_on_the_cube():
    cube = small_cube(dates=2, rows=4, columns=4)
    values = cube.values.copy()
    values[0, :, :2] = -32768
    cube = cube.copy(data=values)
    first, second_date = seen(cube)
    assert (first.coverage, first.clear) == (0.5, 1.0)
    assert (second_date.coverage, second_date.clear) == (1.0, 0.0)
