"""Random pixel series: shapes, determinism, gaps filled by straight lines."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.sensors import SENSORS
from eodash.world import series
from eodash.world.legend import INDEX, NAMES
from eodash.world.series import beside, bridge, mixed


@pytest.mark.parametrize(("level", "bands"), [("l1c", 13), ("l2a", 12)])
@pytest.mark.parametrize("climate", ["temperate", "winter-rain"])
def test_series_have_the_promised_shape(level, bands, climate):
    made = series(40, climate, level, seed=1)
    assert made.values.shape == (40, 73, bands)
    assert made.bands == SENSORS[f"sentinel-2-{level}"].names
    assert np.isfinite(made.values).all()
    assert made.values.min() > 0
    assert set(made.label) == set(range(len(NAMES)))
    np.testing.assert_allclose(np.diff(made.day, axis=1), 5, atol=1e-3)


def test_the_same_seed_gives_the_same_series():
    first, second, other = series(20, seed=4), series(20, seed=4), series(20, seed=5)
    assert first.values.tobytes() == second.values.tobytes()
    assert first.values.tobytes() != other.values.tobytes()


def test_gaps_are_bridged_by_straight_lines():
    values = np.array([[[9.0], [1.0], [7.0], [7.0], [4.0], [8.0]]], np.float32)
    clear = np.array([[False, True, False, False, True, False]])
    assert bridge(values, clear)[0, :, 0].tolist() == pytest.approx([1, 1, 2, 3, 4, 4])


def test_raw_series_keep_their_clouds_and_filled_ones_lose_them():
    raw, filled = (series(200, "temperate", "l1c", 2, filled=choice) for choice in (False, True))
    assert (raw.values[..., 1] > 0.4).mean() > 0.15
    assert (filled.values[..., 1] > 0.4).mean() < 0.02
    assert raw.values[..., 1][~raw.clear].mean() > 2 * raw.values[..., 1][raw.clear].mean()


def test_chosen_kinds_and_seasons_are_kept():
    made = series(30, "winter-rain", kinds=("rapeseed", "water"), start=(31, 31), days=100, step=10)
    assert set(made.label) == {INDEX["rapeseed"], INDEX["water"]}
    assert made.day[0].tolist() == list(range(31, 131, 10))


def test_an_unknown_level_is_refused():
    with pytest.raises(Exception, match="l9"):
        series(2, level="l9")


def test_a_mixed_pixel_lies_between_its_field_and_one_of_another_kind():
    ground = np.array([[[0.0]], [[1.0]], [[0.0]], [[1.0]]], np.float32)
    label, begin = np.array([3, 5, 3, 5]), np.array([0, 1, 2, 3], np.float32)
    pixels = mixed(np.random.default_rng(0), ground, label, begin, 0.2)[:, 0, 0]
    assert (pixels[[0, 2]] > 0).all()
    assert (pixels[[0, 2]] <= 0.45).all()
    assert (pixels[[1, 3]] < 1).all()
    assert (pixels[[1, 3]] >= 0.55).all()


def test_a_neighbour_is_of_another_kind_and_was_seen_on_nearly_the_same_day():
    rng = np.random.default_rng(1)
    label, begin = rng.integers(0, 18, 1000), rng.uniform(-15, 60, 1000).astype(np.float32)
    partner = beside(label, begin)
    assert (label[partner] != label).all()
    assert np.abs(begin[partner] - begin).max() < 1
    assert beside(np.zeros(5, np.int64), begin[:5]).tolist() == list(range(5))


def test_mixing_is_mostly_small_and_changes_no_label_or_day():
    plain, edge = series(300, "temperate", "l1c", 7), series(300, "temperate", "l1c", 7, mixing=0.08)
    assert np.array_equal(plain.label, edge.label)
    assert np.array_equal(plain.day, edge.day)
    assert plain.values.tobytes() != edge.values.tobytes()


def test_careless_masks_leave_more_clouds_in():
    careful, careless = (series(400, "temperate", "l2a", 7, filled=False, careless=share) for share in (0, 1))
    bright = [(made.values[..., 1][made.clear] > 0.2).mean() for made in (careful, careless)]
    assert bright[1] > 1.5 * bright[0]
    assert careless.clear.mean() > careful.clear.mean() + 0.05
