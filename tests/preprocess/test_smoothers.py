"""The smoothers against dense algebra and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import savgol_filter

from eodash.preprocess.savgol import savgol
from eodash.preprocess.whittaker import whittaker

RNG = np.random.default_rng(3)


def dense(days: np.ndarray, values: np.ndarray, weights: np.ndarray, smoothness: float) -> np.ndarray:
    """(W + λD'D)⁻¹ W y, with D written row by row; time in tens of days."""
    count, time = len(days), days / 10
    rows = np.zeros((count - 2, count))
    for i in range(count - 2):
        left, right = time[i + 1] - time[i], time[i + 2] - time[i + 1]
        stands_for = (left + right) / 2
        rows[i, i : i + 3] = np.array([1 / left, -1 / left - 1 / right, 1 / right]) / stands_for * np.sqrt(stands_for)
    return np.linalg.solve(np.diag(weights) + smoothness * rows.T @ rows, weights * np.nan_to_num(values))


@pytest.mark.parametrize("smoothness", [0.001, 1, 100, 10_000])
@pytest.mark.parametrize("dates", [3, 4, 40, 400])
def test_whittaker_is_the_dense_solution_on_uneven_dates(dates: int, smoothness: float) -> None:
    days = np.cumsum(RNG.uniform(0.5, 20, dates))
    values = RNG.normal(3000, 800, (dates, 2, 5)).astype(np.float32)
    known = RNG.random((dates, 1, 5)) > 0.3
    known[[0, -1]] = True
    values[np.broadcast_to(~known, values.shape)] = np.nan
    got = whittaker(days, values, known, smoothness)
    for band in range(2):
        for pixel in range(5):
            expected = dense(days, values[:, band, pixel], known[:, 0, pixel].astype(float), smoothness)
            np.testing.assert_allclose(got[:, band, pixel], expected, atol=0.5, rtol=1e-4)


def test_whittaker_on_ten_day_steps_is_the_textbook_form() -> None:
    values = RNG.normal(0, 1000, (30, 1, 1)).astype(np.float32)
    differences = np.diff(np.eye(30), 2, axis=0)
    expected = np.linalg.solve(np.eye(30) + 5 * differences.T @ differences, values[:, 0, 0])
    got = whittaker(10.0 * np.arange(30), values, np.ones((30, 1, 1), bool), 5)[:, 0, 0]
    np.testing.assert_allclose(got, expected, atol=0.01)


def test_whittaker_leaves_a_straight_line_alone() -> None:
    days = np.array([0, 1, 30, 31, 90.5, 200])
    line = (40 * days + 100).astype(np.float32)[:, None, None]
    np.testing.assert_allclose(whittaker(days, line, np.ones(line.shape, bool), 10_000), line, rtol=1e-4)


def test_two_images_of_one_pass_do_not_rule_the_curve() -> None:
    days = np.array([0, 10, 20, 20 + 1e-9, 30, 40])
    values = np.array([1000, 1000, 1000, 3000, 1000, 1000], np.float32)[:, None, None]
    got = whittaker(days, values, np.ones(values.shape, bool), 1.0)
    assert np.isfinite(got).all()
    assert got.min() > 0
    assert got.max() < 3000


def test_a_lonely_date_stays_as_it_is() -> None:
    values = np.array([np.nan, 700, np.nan, np.nan], np.float32)[:, None, None]
    got = whittaker(10.0 * np.arange(4), values, ~np.isnan(values), 1.0)
    assert got[1, 0, 0] == 700
    assert np.isnan(got[[0, 2, 3]]).all()


@pytest.mark.parametrize(("window", "order"), [(3, 1), (5, 2), (7, 2), (7, 5), (21, 3), (9, 0)])
def test_savgol_is_scipys_on_even_dates(window: int, order: int) -> None:
    values = RNG.normal(3000, 800, (40, 3, 4)).astype(np.float32)
    got = savgol(5.0 * np.arange(40), values, np.ones((40, 1, 4), bool), window, order)
    np.testing.assert_allclose(got, savgol_filter(values, window, order, axis=0, mode="interp"), rtol=1e-4, atol=0.5)


def test_savgol_keeps_a_parabola_on_uneven_dates_with_gaps() -> None:
    days = np.cumsum(RNG.uniform(1, 20, 40))
    curve = (0.05 * days**2 - 9 * days + 4000).astype(np.float32)[:, None, None]
    known = (RNG.random(40) > 0.3)[:, None, None]
    got = savgol(days, np.where(known, curve, np.nan), known, 9, 2)
    np.testing.assert_allclose(got[known], curve[known], rtol=1e-3)
    assert np.isnan(got[~known]).all()


def test_savgol_honours_true_days() -> None:
    """By index the middle of 0, 10, 100 would be the middle; by days a line runs through all three."""
    days = np.array([0.0, 1, 10])
    line = (100 * days).astype(np.float32)[:, None, None]
    np.testing.assert_allclose(savgol(days, line, np.ones(line.shape, bool), 3, 1), line, atol=0.5)


def test_bands_that_are_known_on_different_dates_are_smoothed_apart() -> None:
    days = 5.0 * np.arange(20)
    values = RNG.normal(3000, 500, (20, 2, 3)).astype(np.float32)
    values[4:8, 1] = np.nan
    known = ~np.isnan(values)
    for band in range(2):
        alone = savgol(days, values[:, band : band + 1], known[:, band : band + 1], 7, 2)
        np.testing.assert_array_equal(savgol(days, values, known, 7, 2)[:, band], alone[:, 0])
        curve = whittaker(days, values[:, band : band + 1], known[:, band : band + 1], 1.0)
        np.testing.assert_allclose(whittaker(days, values, known, 1.0)[:, band], curve[:, 0], rtol=1e-5)
