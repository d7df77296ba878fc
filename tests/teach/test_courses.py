"""The course of a series: gaps closed, dates anywhere, clouds of raw images passed over."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.teach.courses import STEPS, course, course_at, steps_of
from eodash.teach.region import from_arrays, region, to_arrays
from tests.toys import small_cube

DAYS = np.arange(0, 300, 10.0)


def test_a_gap_does_not_change_a_steady_series() -> None:
    values = np.full((2, 30, 1), 0.25, np.float32)
    mask = np.ones((2, 30), bool)
    mask[1, 5:20] = False
    values[1, 5:20] = 9.0
    made = course(values, mask, DAYS)
    assert made.shape == (2, STEPS)
    assert made[1] == pytest.approx(made[0], abs=1e-5)
    assert made[0] == pytest.approx(np.sqrt(0.255), abs=1e-4)


def test_ratios_stand_behind_the_bands() -> None:
    values = np.stack([np.full((1, 30), 0.6), np.full((1, 30), 0.2)], axis=-1).astype(np.float32)
    made = course(values, np.ones((1, 30), bool), DAYS, [(0, 1)]).reshape(1, STEPS, 3)
    assert made[0, :, 2] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("dates", [1, 2, 3])
def test_few_dates_do(dates: int) -> None:
    made = course(np.full((1, dates, 1), 0.5, np.float32), np.ones((1, dates), bool), DAYS[:dates])
    assert np.isfinite(made).all()
    assert made.shape[1] == len(steps_of(DAYS[:dates]))


def test_no_observation_is_no_number_and_one_is_taken_as_it_is() -> None:
    mask = np.zeros((2, 30), bool)
    mask[1, 4] = True
    made = course(np.full((2, 30, 1), 0.5, np.float32), mask, DAYS)
    assert np.isnan(made[0]).all()
    assert made[1] == pytest.approx(np.sqrt(0.505), abs=1e-4)


def test_raw_clouds_are_passed_over() -> None:
    """A cloud on the second of five dates of an L1C series leaves its course as it was."""
    cube = small_cube(dates=9)
    raw = cube.copy(data=np.asarray(cube.values).copy())
    raw.attrs |= {"sensor": "sentinel-2-l1c"}
    plain = course_at(raw, np.array([0, 1]))
    clouded = raw.copy(data=np.asarray(raw.values).copy())
    clouded.values[3, :, 0, 0] = 7000
    assert np.abs(course_at(clouded, np.array([0])) - plain[:1]).max() < 0.02


def test_a_region_comes_back_from_the_store_as_it_was() -> None:
    cube = small_cube()
    rng = np.random.default_rng(0)
    network = rng.normal(size=(7, 12, 16)).astype(np.float16)
    ticks: list[tuple[int, int]] = []
    made = region(cube, network, lambda done, of: ticks.append((done, of)))
    assert ticks[-1] == (192, 192)
    assert set(made.ready.blocks) == {"network", "series"}
    again = from_arrays(to_arrays(made), made.shape)
    assert (again.features == made.features).all()
    assert set(again.ready.blocks) == {"network", "series"}
    assert set(region(cube, None).ready.blocks) == {"series"}
