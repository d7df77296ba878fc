"""What a network says after every date is the same, whether the beginnings of a series share their work or not."""

import numpy as np
import pytest
import torch

import models
from eodash.backend import forward
from eodash.backend.fast import prepared
from eodash.backend.fast_convolutions import FastTempCnn
from eodash.backend.prefix_sharing import prefixes
from eodash.backend.prefix_windows import beginnings
from eodash.cards import Input
from tests.backend.drawn import Series, fresh

DATES = 14
INPUT = Input("", tuple("abcd"), (0.0,) * 4, (1.0,) * 4)


def _series(shared: bool = False, order: bool = True, gaps: float = 0.4) -> Series:
    draw = np.random.default_rng(1)
    day = draw.choice(430, DATES, replace=False) - 60.0
    days = (
        np.tile(day, (9, 1)) if shared else np.stack([draw.choice(430, DATES, replace=False) - 60.0 for _ in range(9)])
    )
    days = np.sort(days, axis=1) if order else days
    mask = draw.random((9, DATES)) > gaps
    mask[0], mask[1], mask[2, :5] = False, True, False
    return Series(draw.normal(size=(9, DATES, 4)).astype(np.float32), days.astype(np.float32), mask)


def _shared(network, series, dates):
    tensors = (torch.from_numpy(each) for each in (series.values, series.day, series.mask))
    return prefixes(network, *tensors, dates).softmax(-1).numpy()


def _same(network, series, dates, within=1e-6):
    plain = forward.prefixes(getattr(network, "plain", network), INPUT, series, dates)
    known = np.isfinite(plain).all(-1)
    found = _shared(network, series, dates)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[known], plain[known], atol=within)
    return found


@pytest.mark.parametrize("architecture", models.SHELF)
@pytest.mark.parametrize("shared", [True, False])
def test_beginnings_that_share_their_work_say_what_each_says_by_itself(architecture, shared):
    network = fresh(architecture, bands=4, classes=3)
    found = _same(network, _series(shared), range(DATES))
    assert np.ptp(found[1, :, 0]) > 1e-3, "every beginning says the same: nothing was tested"


@pytest.mark.parametrize("architecture", ["temp-cnn", "lstm", "transformer", "l-tae"])
def test_a_prepared_network_shares_as_well(architecture):
    network = fresh(architecture, bands=4, classes=3)
    _same(prepared(network, torch.float32), _series(), range(DATES))
    _same(prepared(network), _series(), range(DATES), within=0.03)


@pytest.mark.parametrize("dates", [[13], [0, 6], [1, 3, 4, 9, 13]])
@pytest.mark.parametrize("architecture", ["temp-cnn", "ms-resnet", "l-tae"])
def test_some_dates_are_as_good_as_all(architecture, dates):
    _same(fresh(architecture, bands=4, classes=3), _series(), dates)


def test_windows_hold_at_both_ends_of_the_grid_and_far_beyond():
    network = fresh("temp-cnn", bands=4, classes=3, kernel=7, grid_length=11, grid_start=0.0, grid_step=10.0)
    days = np.array([[-80, -6, -4, 0, 3, 5, 15.1, 40, 98, 100, 104.9, 105.1, 130, 300]], np.float32)
    series = Series(
        np.random.default_rng(2).normal(size=(1, DATES, 4)).astype(np.float32), days, np.ones((1, DATES), bool)
    )
    _same(network, series, range(DATES))


@pytest.mark.parametrize("moved", [0.0, -400.0, 360.0, 800.0])
def test_a_series_of_other_years_is_read_as_each_of_its_beginnings_is(moved):
    series = _series(shared=True)
    series = Series(series.values, series.day + np.float32(moved), series.mask)
    _same(fresh("temp-cnn", bands=4, classes=3), series, range(DATES))


def test_windows_answer_for_most_beginnings():
    network = FastTempCnn(fresh("temp-cnn", bands=4, classes=3), torch.float32)
    series = _series()
    values, day, mask = (torch.from_numpy(each) for each in (series.values, series.day, series.mask))
    newest = torch.where(mask, torch.arange(DATES), 0).cummax(1).values
    told = beginnings(network, values, day, mask, newest)[1]
    assert told[1:].float().mean() > 0.8
    assert not beginnings(network, values, -day, mask, newest)[1][1].any()


def test_dates_out_of_order_take_the_plain_way():
    _same(fresh("temp-cnn", bands=4, classes=3), _series(order=False), range(DATES))


def test_two_observations_of_one_day_take_the_plain_way():
    series = _series()
    series.day[:, 7] = series.day[:, 8]
    _same(fresh("temp-cnn", bands=4, classes=3), series, range(DATES))
