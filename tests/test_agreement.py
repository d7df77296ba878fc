"""Two answers about the same pixels: four dates of six pixels, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from eodash.agreement import (
    AGREE,
    ALWAYS,
    DIFFER,
    NOWHERE,
    UNKNOWN,
    agreeing,
    class_hectares,
    first_divergence,
    on_one_legend,
    pixel_hectares,
    swaps,
    transitions,
    verdict,
)
from eodash.backend.questions import NOTHING
from tests.toys import geobox

U = UNKNOWN
#          always the same  apart at 2  apart at 1 only  one is silent first  one is silent ever  other, then same
FIRST = np.array([[0, 1, 0, U, 0, 2], [0, 1, 0, U, 0, 2], [0, 1, 2, 1, 0, 1], [0, 1, 2, 1, 0, 1]], np.uint8)
SECOND = np.array([[0, 1, 0, 0, U, 1], [0, 1, 1, 0, U, 1], [0, 2, 2, 0, U, 1], [0, 2, 2, 1, U, 1]], np.uint8)
first, second = FIRST.reshape(4, 2, 3), SECOND.reshape(4, 2, 3)


def test_nothing_is_unknown() -> None:
    assert UNKNOWN == NOTHING


def test_a_pixel_without_two_answers_neither_agrees_nor_differs() -> None:
    assert verdict(first, second)[0].tolist() == [[AGREE, AGREE, AGREE], [U, U, DIFFER]]


def test_shares_count_pixels_with_two_answers_only() -> None:
    assert agreeing(first, second) == pytest.approx([3 / 4, 2 / 4, 3 / 5, 4 / 5])
    assert np.isnan(agreeing(np.full((1, 2, 2), U, np.uint8), np.zeros((1, 2, 2), np.uint8))).all()


def test_divergence_is_the_first_date_with_two_different_answers() -> None:
    found = first_divergence(first, second)
    assert found.tolist() == [[ALWAYS, 2, 1], [2, NOWHERE, 0]]


def test_agreeing_again_later_does_not_undo_a_divergence() -> None:
    assert first_divergence(first, second)[0, 2] == 1
    assert verdict(first, second)[3, 0, 2] == AGREE


def test_divergence_does_not_depend_on_who_comes_first() -> None:
    assert (first_divergence(first, second) == first_divergence(second, first)).all()


def test_transitions_are_from_row_to_column() -> None:
    assert transitions(first[3], second[3], 3).tolist() == [[1, 0, 0], [0, 2, 1], [0, 0, 1]]
    assert transitions(second[3], first[3], 3)[2, 1] == 1


def test_swaps_are_disagreements_with_the_largest_first() -> None:
    counts = np.array([[90, 3, 7], [0, 50, 0], [1, 0, 20]])
    found = swaps(counts, 0.5)
    assert [(one.first, one.second, one.pixels, one.hectares) for one in found] == [
        (0, 2, 7, 3.5), (0, 1, 3, 1.5), (2, 0, 1, 0.5),
    ]  # fmt: skip
    assert len(swaps(counts, 1, most=2)) == 2
    assert swaps(np.diag([3, 4]), 1) == []


def test_two_legends_meet_by_name() -> None:
    names, table = on_one_legend(("wheat", "maize"), ("maize", "rye", "wheat"))
    assert names == ("wheat", "maize", "rye")
    assert table[:3].tolist() == [1, 2, 0]
    assert table[UNKNOWN] == UNKNOWN


def test_a_pixel_has_the_ground_that_its_grid_says() -> None:
    assert pixel_hectares(geobox()) == pytest.approx(0.01)
    third = GeoBox((2, 2), Affine(0.001, 0, 10, 0, -0.001, 60.001), "EPSG:4326")
    assert pixel_hectares(third) == pytest.approx(
        111.195 * 111.195 / 2 / 1e4, rel=1e-3
    )  # the cosine of 60° is one half


def test_hectares_of_all_classes_and_nothing_make_the_whole() -> None:
    found = class_hectares(first, 3, 0.01)
    assert found[0].tolist() == pytest.approx([0.03, 0.01, 0.01])
    assert found.shape == (4, 3)
