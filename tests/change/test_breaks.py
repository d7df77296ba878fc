"""The date of change in a series: found where there is one, none where only the season turns."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.change.breaks import NONE, _stepped, breaks, seasonal
from eodash.change.twin import twin
from eodash.errors import DateError

TIMES = np.datetime64("2022-01-01") + np.arange(0, 730, 8).astype("timedelta64[D]")
DAYS = (TIMES - TIMES[0]) / np.timedelta64(1, "D")
GREEN = 0.5 + 0.3 * np.sin(2 * np.pi * DAYS / 365.25 + 0.4)


def series(step: float = 0.0, at: int = 50, noise: float = 0.03, pixels: int = 200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = GREEN[:, None] + rng.normal(0, noise, (len(TIMES), pixels))
    made[at:] += step
    return made.reshape(len(TIMES), 10, -1)


def gaps(share: float = 0.4, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(series().shape) > share


def test_a_step_is_dated_to_a_date_or_two_through_gaps() -> None:
    found = breaks(series(-0.3), gaps(), TIMES)
    assert (found.date != NONE).mean() > 0.99
    assert (np.abs(found.date.astype(int) - 50) <= 2).mean() > 0.95
    assert np.median(found.step) == pytest.approx(-0.3, abs=0.03)


def test_a_season_is_no_break() -> None:
    found = breaks(series(), gaps(), TIMES)
    assert (found.date == NONE).mean() > 0.995


def test_a_step_too_small_to_matter_is_none() -> None:
    assert (breaks(series(0.04, noise=0.002), gaps(), TIMES).date == NONE).all()


def test_what_comes_and_goes_is_not_change_for_good() -> None:
    flooded = series(noise=0.02)
    flooded[40:44] = 0.0
    found = breaks(flooded, np.ones(flooded.shape, bool), TIMES)
    assert (found.date == NONE).mean() > 0.9


def test_running_sums_are_the_fits_that_they_replace() -> None:
    values = series(0.2, at=30, pixels=10).reshape(len(TIMES), -1).T[:3]
    seen = gaps().reshape(len(TIMES), -1).T[:3]
    best, step, _ = _stepped(values, seen, seasonal(DAYS))
    for value, there, at, size in zip(values, seen, best, step, strict=True):
        errors, sizes = {}, {}
        for k in np.flatnonzero(there)[1:]:
            after = (np.arange(len(TIMES)) >= k)[there]
            if min(after.sum(), (~after).sum()) < 4:
                continue
            design = np.column_stack([seasonal(DAYS)[there], after])
            fit, *_ = np.linalg.lstsq(design, value[there], rcond=None)
            errors[k], sizes[k] = np.square(value[there] - design @ fit).sum(), fit[-1]
        by_hand = min(errors, key=errors.__getitem__)
        assert errors[int(at)] == pytest.approx(errors[by_hand], rel=1e-6)
        assert size == pytest.approx(sizes[by_hand], rel=1e-4)


def test_a_pixel_that_was_hardly_seen_has_none() -> None:
    hidden = np.zeros(series().shape, bool)
    hidden[::20] = True
    found = breaks(series(-0.3), hidden, TIMES)
    assert (found.date == NONE).all()
    assert np.isfinite(found.strength).all()


def test_too_few_dates_are_an_error() -> None:
    with pytest.raises(DateError, match="too few"):
        breaks(series()[:6], gaps()[:6], TIMES[:6])


def test_the_twin_lies_a_year_before_on_a_usable_date() -> None:
    usable = np.ones(len(TIMES), bool)
    late = len(TIMES) - 2
    found = twin(TIMES, late, usable)
    assert found is not None
    assert abs((TIMES[late] - TIMES[found]) / np.timedelta64(1, "D") - 365) <= 4
    usable[found] = False
    other = twin(TIMES, late, usable)
    assert other is not None
    assert other != found
    assert twin(TIMES, 3, usable) is None
