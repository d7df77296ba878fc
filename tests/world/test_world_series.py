"""Random pixel series: shapes, determinism, gaps filled by straight lines."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.sensors import SENSORS
from eodash.world import series
from eodash.world.legend import INDEX, NAMES
from eodash.world.series import bridge


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
