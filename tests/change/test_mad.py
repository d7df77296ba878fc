"""MAD and IR-MAD: moved by change alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from eodash.change.mad import ir_mad, mad, survival
from eodash.errors import RasterError
from tests.change.made import ground, pair, planted


def test_affine_changes_of_the_bands_move_nothing() -> None:
    made, _ = planted(noise=0.01)
    mixing = np.array([[1.3, 0, 0, 0], [0.4, 2, 0, 0], [0, 0, 0.7, 0.1], [0, 0, 0, -1.5]])
    moved = np.einsum("ij,jyx->iyx", mixing, made.after.astype(np.float64)) + 7
    for method in (mad, ir_mad):
        here, there = method(made), method(replace(made, after=moved))
        np.testing.assert_allclose(there.correlations, here.correlations, atol=1e-6)
        np.testing.assert_allclose(there.chi2, here.chi2, rtol=2e-3)


def test_swapping_the_dates_leaves_the_distance() -> None:
    made, _ = planted(noise=0.01)
    np.testing.assert_allclose(ir_mad(made.swapped()).chi2, ir_mad(made).chi2, rtol=1e-6)


def test_where_nothing_changed_the_distance_is_chi_square_and_the_rounds_settle() -> None:
    rng, first = np.random.default_rng(0), ground(128)
    noisy = [each + rng.normal(0, 0.01, each.shape) for each in (first, first)]
    found = mad(pair(*noisy))
    assert found.chi2.mean() == pytest.approx(4, rel=0.02)  # the degrees of freedom: bands
    assert (found.unchanged < 0.05).mean() == pytest.approx(0.05, abs=0.01)
    again = ir_mad(pair(*noisy))
    assert again.settled
    assert again.rounds < 50


def test_rounds_raise_the_correlation_that_change_had_lowered() -> None:
    made, truth = planted(noise=0.01)
    once, often = mad(made), ir_mad(made)
    assert often.correlations.min() > once.correlations.min()
    usable = truth[made.usable]
    assert np.median(often.chi2[usable]) > np.median(once.chi2[usable])


def test_identical_dates_are_not_divided_by_zero() -> None:
    first = ground()
    found = ir_mad(pair(first, first.copy()))
    assert np.isfinite(found.chi2).all()
    assert found.chi2.max() < 1e-3
    assert found.correlations.min() == pytest.approx(1)


def test_blocks_do_not_show() -> None:
    made, _ = planted(noise=0.01)
    usable = made.usable.copy()
    usable[3, 5] = usable[40, 2:9] = False
    some = replace(made, usable=usable)
    first, second = some.series
    correlations = np.corrcoef(np.concatenate([first, second]))
    x, y, cross = correlations[:4, :4], correlations[4:, 4:], correlations[:4, 4:]
    by_hand = np.sqrt(np.linalg.eigvals(np.linalg.solve(x, cross) @ np.linalg.solve(y, cross.T)).real)
    np.testing.assert_allclose(mad(some).correlations, np.sort(by_hand), atol=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 6, 7, 10])
def test_the_chance_of_no_change_is_that_of_chi_square(degrees: int) -> None:
    distance = np.array([0.0, 0.1, 1, 5, 12, 60])
    np.testing.assert_allclose(survival(distance, degrees), chi2.sf(distance, degrees), rtol=1e-9)


def test_bands_that_are_sums_of_each_other_are_an_error_with_a_way_out() -> None:
    first = ground()
    first[3] = first[0] + 2 * first[1]
    rng = np.random.default_rng(0)
    with pytest.raises(RasterError, match="multiples or sums") as caught:
        ir_mad(pair(first.astype(np.float64), first + rng.normal(0, 0.01, first.shape)))
    assert caught.value.code == "singular"
    assert caught.value.advice
