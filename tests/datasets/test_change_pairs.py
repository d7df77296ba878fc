"""Pairs whose change is known: one in which things happened, and some in which nothing did."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.datasets.change_pairs import NUISANCES, KnownPair, world_pairs


@pytest.fixture(scope="module")
def scene() -> list[KnownPair]:
    return list(world_pairs(1, size=96))


def test_a_scene_has_one_pair_with_change_and_one_for_each_nuisance(scene: list[KnownPair]) -> None:
    assert [each.nuisance for each in scene] == ["", *NUISANCES]
    assert 0 < scene[0].changed.mean() < 0.06
    assert not any(each.changed.any() for each in scene[1:])
    assert all(each.pair.usable.mean() > 0.7 for each in scene)


def test_land_cover_differs_exactly_where_something_became_another_class(scene: list[KnownPair]) -> None:
    assert scene[0].covers is not None
    before, after = scene[0].covers
    assert not (before != after)[~scene[0].changed].any()
    assert (before != after)[scene[0].changed].mean() > 0.5


def test_nuisances_are_what_they_are_called(scene: list[KnownPair]) -> None:
    light, haze, moved = (next(each.pair for each in scene if each.nuisance == name) for name in NUISANCES[1:])
    assert np.median(light.after / light.before) < 0.9
    assert np.median(haze.after[0] - haze.before[0]) > np.median(haze.after[-1] - haze.before[-1]) > -0.03
    edges = np.abs(np.diff(moved.before, axis=2)).max(0) > 0.05
    assert np.abs(moved.after - moved.before).max(0)[:, 1:][edges].mean() > 0.02


def test_the_same_seed_gives_the_same_pairs_and_splits_are_apart(scene: list[KnownPair]) -> None:
    again = next(world_pairs(1, size=96))
    assert np.array_equal(again.pair.after, scene[0].pair.after)
    assert not np.array_equal(next(world_pairs(1, "train", size=96)).changed, scene[0].changed)
