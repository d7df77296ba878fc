"""Dates of change against the truth, on four pixels by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.change.breaks import NONE, Breaks
from eodash.change.dated import dated

TIMES = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "datetime64[s]")
NEVER = "NaT"


def found(*dates: int) -> Breaks:
    zero = np.zeros((1, len(dates)), np.float32)
    return Breaks(np.array([dates], np.uint16), zero, zero)


def test_a_date_is_good_within_twenty_days_of_the_truth() -> None:
    truth = np.array([["2024-01-20", "2024-01-20", "2024-01-20", NEVER, NEVER]], "datetime64[s]")
    still = np.array([[False, False, False, True, True]])
    told = dated(found(1, 2, NONE, NONE, 0), TIMES, truth, still)
    assert told.pixels == 3
    assert told.near == pytest.approx(1 / 3)
    assert told.found == pytest.approx(2 / 3)
    assert told.error == pytest.approx((12 + 41) / 2)
    assert told.false == 0.5


def test_what_has_no_day_is_neither_missed_nor_false() -> None:
    truth = np.array([[NEVER, "2024-02-01"]], "datetime64[s]")
    told = dated(found(2, 1), TIMES, truth, np.zeros((1, 2), bool))
    assert (told.pixels, told.near, told.error, told.false) == (1, 1.0, 0.0, 0.0)


def test_where_nothing_is_found_there_is_no_error_to_speak_of() -> None:
    told = dated(found(NONE), TIMES, np.array([["2024-02-01"]], "datetime64[s]"), np.zeros((1, 1), bool))
    assert np.isnan(told.error)
    assert told.near == 0.0
