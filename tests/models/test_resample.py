"""Irregular dates on a fixed grid, and days of other years."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models.days import Positions, into_the_grid, near_the_season
from models.resample import Resample


def on_the_grid(
    values: list[float], day: list[float], mask: list[bool] | None = None
) -> tuple[list[float], list[float]]:
    """One band on the grid 0, 10, 20, 30: its values, and which grid dates are covered."""
    seen = torch.tensor([mask or [True] * len(day)])
    line = Resample(0.0, 10.0, 4)(torch.tensor(values)[None, :, None], torch.tensor([day]), seen)
    assert line.shape == (1, 2, 4)
    return [round(value, 4) for value in line[0, 0].tolist()], line[0, 1].tolist()


def test_values_lie_on_the_line_between_observations() -> None:
    assert on_the_grid([1.0, 3.0, 0.0], [0.0, 20.0, 30.0]) == ([1.0, 2.0, 3.0, 0.0], [1, 1, 1, 1])
    assert on_the_grid([1.0, 5.0], [5.0, 25.0]) == ([0.0, 2.0, 4.0, 5.0], [0, 1, 1, 1])


def test_beyond_half_a_step_from_the_series_there_is_nothing() -> None:
    assert on_the_grid([4.0, 4.0], [14.0, 16.0]) == ([0.0, 4.0, 4.0, 0.0], [0, 1, 1, 0])


@pytest.mark.parametrize(("day", "place"), [(-4.9, 0), (0.0, 0), (4.9, 0), (5.1, 1), (15.1, 2), (30.0, 3), (34.9, 3)])
def test_a_single_date_stands_at_the_nearest_grid_date(day: float, place: int) -> None:
    only = [1.0 if k == place else 0.0 for k in range(4)]
    assert on_the_grid([7.0], [day]) == ([7 * value for value in only], only)


@pytest.mark.parametrize("day", [5.0, 15.0, 25.0])
def test_a_single_date_just_between_is_not_lost(day: float) -> None:
    assert sum(on_the_grid([7.0], [day])[1]) == 1


def test_what_is_not_observed_is_not_used() -> None:
    assert on_the_grid([1.0, 99.0, 3.0], [0.0, 10.0, 20.0], [True, False, True])[0] == [1.0, 2.0, 3.0, 0.0]


def test_dates_outside_the_grid_are_left_out_but_lines_towards_them_count() -> None:
    assert on_the_grid([0.0, 4.0, 50.0], [-20.0, 20.0, 500.0])[0] == [2.0, 3.0, 4.0, pytest.approx(4.9583, abs=1e-3)]


def test_a_series_wholly_outside_moves_by_years() -> None:
    for years in (-2, -1, 1, 2, 9):
        values, covered = on_the_grid([1.0, 3.0], [10 + 365.25 * years, 20 + 365.25 * years])
        assert covered == [0, 1, 1, 0]
        assert values == pytest.approx([0, 1, 3, 0], abs=0.01)


def test_two_observations_of_one_day_and_dates_out_of_order_do_no_harm() -> None:
    values, covered = on_the_grid([1.0, 3.0, 5.0], [10.0, 10.0, 20.0])
    assert covered == [0, 1, 1, 0]
    assert values[1] in (1.0, 3.0)
    assert values[2] == 5.0
    assert on_the_grid([5.0, 1.0, 3.0], [20.0, 0.0, 10.0]) == ([1.0, 3.0, 5.0, 0.0], [1, 1, 1, 0])


def test_a_series_without_observation_is_all_zero() -> None:
    assert on_the_grid([1.0, 3.0], [10.0, 20.0], [False, False]) == ([0.0] * 4, [0.0] * 4)


def days(*day: float) -> tuple[Tensor, Tensor]:
    return torch.tensor([day]), torch.ones(1, len(day), dtype=torch.bool)


def test_a_series_of_another_year_moves_into_the_main_one() -> None:
    assert into_the_grid(*days(200.0, 500.0), 0.0, 400.0).tolist() == [[200.0, 500.0]]
    assert into_the_grid(*days(380.0, 645.25), 0.0, 400.0).tolist() == [[14.75, 280.0]]
    assert into_the_grid(*days(-715.5, -450.5), 0.0, 400.0).tolist() == [[15.0, 280.0]]
    assert into_the_grid(*days(-300.0, -100.0), 0.0, 400.0).tolist() == [[65.25, 265.25]]


def test_a_season_that_has_not_reached_the_grid_is_read_as_a_year_later() -> None:
    assert into_the_grid(*days(-90.0, -40.0), 0.0, 400.0).tolist() == [[275.25, 325.25]]
    assert into_the_grid(*days(-90.0, -40.0, 10.0), 0.0, 400.0).tolist() == [[-90.0, -40.0, 10.0]]


def test_two_years_keep_the_main_one_in_place() -> None:
    assert into_the_grid(*days(-300.0, 100.0, 400.0), 0.0, 400.0).tolist() == [[-300.0, 100.0, 400.0]]


def test_days_of_the_usual_range_stay_as_they_are() -> None:
    assert near_the_season(*days(-190.0, 0.0, 200.0, 560.0)).tolist() == [[-190.0, 0.0, 200.0, 560.0]]


def test_days_of_other_years_are_read_as_days_of_this_one() -> None:
    assert near_the_season(*days(400.0, 600.0)).tolist() == [[34.75, 234.75]]  # begins late: moves as a whole
    assert near_the_season(*days(720.0, 900.0)).tolist() == [[-10.5, 169.5]]  # to the season it is nearest to
    assert near_the_season(*days(-715.5, -450.5)).tolist() == [[15.0, 280.0]]  # so does one that begins early
    assert near_the_season(*days(100.0, 600.0)).tolist() == [[100.0, 234.75]]  # runs on: date by date
    assert near_the_season(*days(-300.0, 100.0)).tolist() == [[65.25, 100.0]]


def test_a_first_date_that_was_not_observed_moves_nothing() -> None:
    day = torch.tensor([[0.0, 400.0]])
    assert near_the_season(day, torch.tensor([[False, True]])).tolist()[0][1] == 34.75


def test_positions_tell_days_apart_and_move_smoothly() -> None:
    day = torch.arange(-200.0, 565.0)[None]
    sinusoids = Positions(16)(day, torch.ones_like(day, dtype=torch.bool))[0]
    far = torch.cdist(sinusoids, sinusoids) + 9 * torch.eye(len(sinusoids))
    assert far.min() > 0.5
    assert (sinusoids[0] ** 2 + sinusoids[0] ** 2).sum() == pytest.approx(16.0, abs=1e-4)  # sine and cosine in pairs
    assert torch.linalg.norm(sinusoids[1:] - sinusoids[:-1], dim=1).max() < 1.2
