"""The real sets, against what is known of them.

Origins: charlotte-pel/igarss2019-dl4sits (GPL-3), MarcCoru/phiweek19 (CC BY 4.0), UCR archive.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from eodash.datasets import open_dataset
from eodash.world.legend import LANDCOVER

FOLDER = os.environ.get("EODASH_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="EODASH_REAL_DATA does not name the folder of real data")


def test_victoria_is_eight_land_covers_of_fifty_pixels():
    data = open_dataset("victoria")
    assert len(data) == 400
    assert set(data.classes) < set(LANDCOVER.names)
    assert np.bincount(data.label).tolist() == [50] * 8
    fields = [len(set(data.group[data.label == label].tolist())) for label in range(8)]
    assert fields == [3, 15, 27, 30, 8, 22, 3, 5]
    batch = data.read(np.arange(400))
    assert batch.values.shape == (400, 73, 10)
    assert batch.mask.all()
    assert batch.day[0, 0] == pytest.approx(31, abs=2)
    assert (np.diff(batch.day, axis=1) == 5).all()
    with gzip.open(Path(FOLDER) / "sentinel2_victoria" / "train_dataset.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    assert np.allclose(batch.values, table[:, 2:].reshape(400, 73, 10) * 1e-4, atol=1e-6)
    rapeseed = batch.values[data.label == data.classes.index("rapeseed")]
    green = (rapeseed[..., 6] - rapeseed[..., 2]) / (rapeseed[..., 6] + rapeseed[..., 2])
    assert np.median(green[:, 0]) > 0.8
    assert np.median(green[:, 36]) < 0.25  # harvested: the bands and dates are where they are thought to be


def test_another_file_of_victoria_s_columns_is_read_the_same_way(tmp_path):
    with gzip.open(Path(FOLDER) / "sentinel2_victoria" / "train_dataset.csv.gz") as file:
        lines = file.read().splitlines(keepends=True)
    (tmp_path / "more.csv").write_bytes(b"".join([lines[0], lines[400], lines[1]]))
    more, whole = open_dataset(f"victoria:{tmp_path / 'more.csv'}"), open_dataset("victoria")
    assert more.classes == whole.classes
    assert np.array_equal(more.read(np.array([0])).values, whole.read(np.array([399])).values)
    assert more.label.tolist() == whole.label[[399, 0]].tolist()


def test_the_parcels_are_as_many_as_their_authors_say():
    data = open_dataset("phiweek19")
    counts = dict(zip(*np.unique(data.label, return_counts=True), strict=True))
    named = {data.classes[label]: count for label, count in counts.items() if label >= 0}
    assert named == {"cereals": 24, "maize": 11, "grassland": 58}
    batch = data.read(np.arange(100))
    assert batch.values.shape == (100, 50, 13)
    assert (batch.values[..., data.bands.index("B02")] > 0.3).mean() == pytest.approx(0.491, abs=0.001)
    assert np.median(batch.values[..., data.bands.index("B10")]) < 0.01


def test_gunpoint_is_fifty_and_a_hundred_and_fifty_series():
    train, test = open_dataset("gunpoint", split="train+valid"), open_dataset("gunpoint")
    assert (len(train), len(test)) == (50, 150)
    assert train.classes == test.classes == ("1", "2")
    assert np.bincount(test.label).tolist() == [76, 74]
    batch = test.read(np.arange(150))
    assert batch.values.shape == (150, 150, 1)
    assert batch.values.mean(axis=1) == pytest.approx(np.zeros((150, 1)), abs=1e-4)
