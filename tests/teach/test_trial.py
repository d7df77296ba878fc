"""What ten labels are worth: on toys, and on MODIS where it is at hand (vwmaus/dtwSat @ 4218264, GPL-3)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from eodash.commands.teach import lines
from eodash.errors import RasterError
from eodash.teach.courses import course
from eodash.teach.mato_grosso import BANDS, Seasons, open_seasons
from eodash.teach.trial import CHOSEN, Pool, drawn, samples_of, trial
from tests.teach.made import features, quarter

FOLDER = os.environ.get("EODASH_REAL_DATA", "")


def pool() -> Pool:
    label = np.array([quarter(at // 20, at % 20) for at in range(400)])
    return Pool({"network": features(), "series": features(2.0)}, label, np.arange(400) // 5, ("a", "b", "c", "d"))


def test_a_trial_has_a_row_per_features_and_method() -> None:
    rows = trial(pool(), 3, 2, kinds=("linear", "nearest"))
    assert [row["features"] for row in rows[::3]] == ["network", "series", "network + series"]
    assert [row["method"] for row in rows[:3]][-1] == CHOSEN
    assert rows[0]["accuracy"] > 0.97
    assert rows[3]["accuracy"] < rows[0]["accuracy"]
    printed = lines(rows)
    assert len(printed) == 10
    assert "±" in printed[1]


def test_so_many_are_drawn_of_each_class_always_the_same() -> None:
    label = pool().label
    first, again, other = drawn(label, 10, 0), drawn(label, 10, 0), drawn(label, 10, 1)
    assert np.bincount(label[first]).tolist() == [10, 10, 10, 10]
    assert (first == again).all()
    assert (first != other).any()


def test_pixels_of_one_field_stay_together() -> None:
    made = samples_of(pool(), np.arange(20))
    assert [len(field.places) for field in made.fields] == [5, 5, 5, 5]


def test_bands_of_another_sensor_lie_between_those_there_are() -> None:
    values = np.arange(6, dtype=np.float32)[None, None]
    here = Seasons(values, np.zeros((1, 1), "datetime64[s]"), np.zeros(1, int), np.zeros(1, int), ("a",), -12.0)
    centres = np.array([400.0, 469.0, 557.0, 858.5, 3000.0])
    assert list(BANDS) == ["blue", "red", "nir", "mir"]
    assert here.as_sensor(centres)[0, 0].tolist() == pytest.approx([0, 0, 0.5, 2, 3])


def test_a_folder_without_the_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(RasterError) as error:
        open_seasons(tmp_path)
    assert error.value.code == "unreadable"


@pytest.mark.skipif(not FOLDER, reason="EODASH_REAL_DATA does not name the folder of real data")
def test_ten_seasons_of_each_sequence_tell_the_others() -> None:
    here = open_seasons(Path(FOLDER) / "modis_mato_grosso")
    assert here.values.shape == (603, 23, 6)
    assert np.bincount(here.label).tolist() == [68, 138, 79, 134, 184]
    assert (np.diff(here.days, axis=1) > 0).mean() > 0.99
    series = course(np.nan_to_num(here.values), here.known, 16.0 * np.arange(23), [(2, 1), (2, 3)])
    rows = trial(Pool({"series": series}, here.label, here.place, here.names), 10, 1)
    assert rows[-1]["accuracy"] > 0.94
