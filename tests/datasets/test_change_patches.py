"""Patches that change networks learn from: their truth is the world's, and they are made once."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.datasets import change_patches
from eodash.datasets.change_pairs import KnownPair, known_pair, scene_of
from eodash.datasets.change_patches import Patches, patches, spoiled
from eodash.settings import settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Patches:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EODASH_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(change_patches, "SIZE", 96)
        settings.cache_clear()
        found = patches("train", 1, side=48)
        patch.setattr(change_patches, "_scene_patches", None)  # what was made is read
        assert np.array_equal(patches("train", 1, side=48).before, found.before)
    settings.cache_clear()
    return found


def test_patches_are_standardised_squares_of_six_bands(made: Patches) -> None:
    assert made.before.shape[1:] == made.after.shape[1:] == (6, 48, 48)
    assert made.before.dtype == np.float16
    assert np.isfinite(made.before).all()
    assert not made.before[np.broadcast_to(~made.usable[:, None], made.before.shape)].any()
    assert len(made) == len(made.scene) >= 8


def test_about_half_of_the_patches_hold_change_and_it_stays_rare(made: Patches) -> None:
    assert 0.35 < made.changed.any((1, 2)).mean() < 0.9
    assert 0.003 < made.changed.mean() < 0.1


def test_land_cover_differs_only_where_something_changed(made: Patches) -> None:
    assert not (made.cover_before != made.cover_after)[~made.changed].mean() > 0.002  # coarse edges


def test_truth_is_the_worlds_whatever_a_pair_is_put_through() -> None:
    rng = np.random.default_rng(3)
    scene = scene_of(rng, "x", 96)
    first, last = int(scene.clear[0]), int(scene.clear[-1])
    known = known_pair(scene.world, first, last, "")
    known = KnownPair("", change_patches._six(known), known.changed, known.known, covers=known.covers)
    truth = scene.world.changed(scene.world.times[first], scene.world.times[last]) > 0
    sizes = set()
    for _ in range(8):
        found = spoiled(rng, known, 48)
        sizes.add(found.changed.shape[0])
        expected = truth if len(found.changed) == 96 else truth.reshape(48, 2, 48, 2).mean((1, 3)) > 0.5
        assert np.array_equal(found.changed, expected)
        assert found.pair.before.shape[1:] == found.changed.shape == found.pair.usable.shape
    assert 96 in sizes
