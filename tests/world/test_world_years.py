"""Years in a world where things change: the same crop looks the same again, a little earlier or later."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.world.crops import NEVER
from eodash.world.growth import YEAR, Plants
from eodash.world.legend import INDEX
from eodash.world.sowing import sow
from eodash.world.years import DAYS, alike

WHEAT, MAIZE = INDEX["winter wheat"], INDEX["corn"]
MAIN = 1


@pytest.fixture(scope="module")
def sown() -> tuple[Plants, Plants, np.ndarray]:
    kind = np.full((300, 4), WHEAT)
    kind[0, 2:] = MAIZE
    drawn = sow(np.random.default_rng(1), kind, "temperate", np.zeros((300, 1), np.float32), MAIN)
    return drawn, alike(np.random.default_rng(2), drawn, kind, MAIN), kind


def test_the_main_year_stays_as_it_was_drawn(sown: tuple[Plants, Plants, np.ndarray]) -> None:
    drawn, again, _ = sown
    for name in (*DAYS, "lai", "pace", "cover"):
        assert np.array_equal(getattr(again, name)[:, MAIN], getattr(drawn, name)[:, MAIN])


def test_other_years_are_the_main_one_moved_by_a_few_days(sown: tuple[Plants, Plants, np.ndarray]) -> None:
    drawn, again, _ = sown
    for name in ("green_up", "senescence", "harvest", "tillage"):
        moved = (getattr(again, name)[1:, 3] - getattr(again, name)[1:, MAIN]) - 2 * YEAR
        assert abs(moved.mean()) < 15
        assert 1 < moved.std() < 3.5
        assert moved.std() < (getattr(drawn, name)[1:, 3] - getattr(drawn, name)[1:, MAIN]).std() / 1.5
    ratio = again.lai[1:, 3] / again.lai[1:, MAIN]
    assert 0.01 < ratio.std() < 0.06


def test_what_never_happens_does_not_happen_in_another_year(sown: tuple[Plants, Plants, np.ndarray]) -> None:
    _, again, _ = sown
    never = again.flower[:, MAIN] >= NEVER / 2
    assert never[1:].all()  # wheat does not flower for a satellite
    assert (again.flower[1:] >= NEVER / 2).all()


def test_a_field_that_rotates_keeps_the_new_crop_as_it_began(sown: tuple[Plants, Plants, np.ndarray]) -> None:
    drawn, again, _ = sown
    assert again.lai[0, 2] == drawn.lai[0, 2]
    assert abs(again.harvest[0, 3] - again.harvest[0, 2] - YEAR) < 20
