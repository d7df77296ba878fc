"""Folds keep polygons whole, and draws give what a user would give."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.errors import ModelError
from eodash.training.folds import FIELD, draw, grouped

# three polygons of class 0 (27, 14 and 9 pixels, as bare ground of Victoria), four of class 1, two of class 2
SIZES = {10: (0, 27), 11: (0, 14), 12: (0, 9), 20: (1, 4), 21: (1, 3), 22: (1, 3), 23: (1, 2), 30: (2, 6), 31: (2, 1)}
GROUP = np.concatenate([np.full(size, name) for name, (_, size) in SIZES.items()])
LABEL = np.concatenate([np.full(size, label) for label, size in SIZES.values()])


@pytest.mark.parametrize("seed", range(5))
def test_no_polygon_is_on_both_sides_and_every_series_is_tested_once(seed: int) -> None:
    folds = grouped(LABEL, GROUP, 3, seed)
    for fold in folds:
        assert not set(GROUP[fold.train]) & set(GROUP[fold.test])
        assert len(fold.train) + len(fold.test) == len(LABEL)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(LABEL)))


@pytest.mark.parametrize("seed", range(5))
def test_a_class_of_three_polygons_is_in_every_fold_and_one_of_two_always_in_training(seed: int) -> None:
    for fold in grouped(LABEL, GROUP, 3, seed):
        assert {0, 1} <= set(LABEL[fold.test])
        assert set(LABEL[fold.train]) == {0, 1, 2}


def test_a_class_of_one_polygon_is_trained_on_and_never_tested() -> None:
    label = np.append(LABEL, [3, 3])
    group = np.append(GROUP, [40, 40])
    for fold in grouped(label, group, 3, 0):
        assert (label[fold.train] == 3).sum() == 2
        assert 3 not in label[fold.test]


def test_rows_without_a_label_are_on_neither_side() -> None:
    label = np.where(GROUP == 20, -1, LABEL)
    for fold in grouped(label, GROUP, 3, 0):
        assert 20 not in GROUP[fold.train]
        assert 20 not in GROUP[fold.test]


def test_the_seed_decides_the_folds() -> None:
    group = np.arange(24) // 2  # twelve polygons of one size
    label = group % 2
    first, again, *others = (grouped(label, group, 3, seed) for seed in (1, 1, 2, 3, 4))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, again, strict=True))
    assert len({tuple(fold.test.tolist()) for folds in (first, *others) for fold in folds}) > 3


def test_too_few_polygons_are_refused() -> None:
    with pytest.raises(ModelError, match="2 polygons") as error:
        grouped(np.array([0, 0, 0]), np.array([1, 1, 2]), 3)
    assert error.value.code == "few_polygons"


def test_a_draw_takes_so_many_of_each_class_or_all_that_there_are() -> None:
    rows = np.flatnonzero(GROUP != 30)  # class 2 has one pixel left
    few = draw(LABEL, GROUP, rows, 5, seed=3)
    assert np.bincount(LABEL[few]).tolist() == [5, 5, 1]
    assert set(few) <= set(rows)
    assert not np.array_equal(few, draw(LABEL, GROUP, rows, 5, seed=4))


def test_one_field_is_one_polygon_per_class_and_five_pixels_at_most() -> None:
    for seed in range(6):
        few = draw(LABEL, GROUP, np.arange(len(LABEL)), None, seed)
        for label in range(3):
            mine = GROUP[few][LABEL[few] == label]
            assert len(set(mine)) == 1
            assert len(mine) == min(FIELD, SIZES[int(mine[0])][1])
