"""Where magnitudes become change."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.change.thresholds import Gaussian, crossing, histogram, threshold, two_gaussians
from eodash.errors import RasterError

STILL, MOVED = Gaussian(0.8, 1.0, 0.2), Gaussian(0.2, 3.0, 0.4)


def magnitudes(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(1, 0.2, 80_000), rng.normal(3, 0.4, 20_000)])


def test_two_populations_are_found_again() -> None:
    still, moved = two_gaussians(histogram(magnitudes()), 2.0)
    assert still.share == pytest.approx(0.8, abs=0.01)
    assert (still.mean, still.deviation) == pytest.approx((1, 0.2), abs=0.01)
    assert (moved.mean, moved.deviation) == pytest.approx((3, 0.4), abs=0.02)


def test_the_curves_cross_where_they_are_equal() -> None:
    root = crossing(STILL, MOVED)
    assert root is not None
    assert 1 < root < 3
    assert STILL.density(np.array(root)) == pytest.approx(MOVED.density(np.array(root)))


def test_equal_widths_cross_in_the_middle_moved_by_the_shares() -> None:
    assert crossing(Gaussian(0.5, 0, 1), Gaussian(0.5, 4, 1)) == pytest.approx(2)
    assert crossing(Gaussian(0.9, 0, 1), Gaussian(0.1, 4, 1)) == pytest.approx(2 + np.log(9) / 4)


def test_curves_that_do_not_cross_have_no_root() -> None:
    assert crossing(Gaussian(0.999, 0, 1), Gaussian(0.001, 0.1, 1)) is None


@pytest.mark.parametrize("rule", ["otsu", "triangle", "em"])
def test_the_rules_agree_where_the_populations_are_far_apart(rule: str) -> None:
    assert 1.3 < threshold(magnitudes(), rule).value < 2.3


def test_the_same_numbers_give_the_same_threshold() -> None:
    assert threshold(magnitudes(), "em") == threshold(magnitudes(), "em")


def test_a_few_enormous_values_do_not_move_it() -> None:
    values = magnitudes()
    spoilt = np.concatenate([values, np.full(20, 1e6)])
    assert threshold(spoilt, "em").value == pytest.approx(threshold(values, "em").value, rel=0.02)


@pytest.mark.parametrize("wanted", [-1.0, 99.0, np.nan, np.inf, None, "3"])
def test_a_threshold_outside_the_magnitudes_is_refused(wanted: object) -> None:
    with pytest.raises(RasterError, match="lies outside") as caught:
        threshold(magnitudes(), "by hand", wanted)  # type: ignore[arg-type]
    assert caught.value.code == "threshold"


def test_magnitudes_that_are_all_alike_have_no_threshold() -> None:
    with pytest.raises(RasterError, match="equally far"):
        threshold(np.full(100, 0.5), "otsu")
    with pytest.raises(RasterError, match="no magnitude"):
        threshold(np.full(100, np.nan), "em")
