"""The pixel that stands for its class."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.truth.known import UNKNOWN, Truth
from eodash.truth.typical import typical
from tests.toys import small_cube

NAMES = ("meadow", "maize", "water")


def known(rows: int = 12, columns: int = 20) -> Truth:
    """Three maize fields of 5 × 5 (numbers 1, 2, 3) in a row, one of 3 × 3 (4), meadow around; row 0 is unknown."""
    classes, parcels = np.zeros((rows, columns), np.uint8), np.zeros((rows, columns), np.uint16)
    for number, column in enumerate((1, 7, 13), 1):
        classes[2:7, column : column + 5], parcels[2:7, column : column + 5] = 1, number
    classes[8:11, 2:5], parcels[8:11, 2:5] = 1, 4
    classes[0] = UNKNOWN
    return Truth(classes, parcels, NAMES, "a toy")


def test_it_lies_in_the_middle_of_the_field_that_is_most_like_the_others() -> None:
    cube = small_cube(3, 12, 20).copy(deep=True)
    cube.values[:, :, 2:7, 1:6] += 300  # one field is brighter
    cube.values[:, :, 2:7, 13:18] -= 10  # and one a little darker than the rest
    assert typical(known(), cube, "maize") == (4, 9)


def test_what_lies_under_clouds_counts_for_nothing() -> None:
    cube = small_cube(3, 12, 20).copy(deep=True)
    cube.values[1] = 9000  # the second date is cloudy everywhere
    cube.values[1, :, 2:7, 7:12] = 0
    cube.values[0, :, 2:7, 1:6] += 5
    assert typical(known(), cube, "maize") == (4, 9)


def test_a_field_that_was_never_seen_stands_for_nothing() -> None:
    cube = small_cube(3, 12, 20).copy(deep=True)
    cube["clear"].values[:, 2:7, 7:12] = False
    found = typical(known(), cube, "maize")
    assert found is not None
    assert found != (4, 9)


def test_neighbours_of_one_class_are_two_fields() -> None:
    truth = known()
    truth.classes[2:7, 1:18] = 1
    truth.parcels[2:7, 1:9], truth.parcels[2:7, 9:18] = 1, 2
    assert typical(truth, small_cube(3, 12, 20), "maize") in {(4, 3), (4, 4), (4, 5), (4, 6), (4, 11), (4, 12), (4, 13)}


@pytest.mark.parametrize("name", ["water", "rapeseed", ""])
def test_a_class_that_grows_nowhere_has_none(name: str) -> None:
    assert typical(known(), small_cube(3, 12, 20), name) is None


def test_a_season_of_clouds_still_has_a_middle() -> None:
    cube = small_cube(3, 12, 20).copy(deep=True)
    cube["clear"].values[:] = False
    assert typical(known(), cube, "maize") in {(4, 3), (4, 9), (4, 15)}
