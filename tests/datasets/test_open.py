"""A set by its name: what there is opens, what there is not is told with what there is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eodash.datasets import KINDS, open_dataset
from eodash.datasets.phiweek import THEIRS, PhiweekDataset, landcover
from eodash.errors import EodashError, RasterError, StorageError
from eodash.settings import settings


@pytest.mark.parametrize(
    "spec", ["", "worlds", "http://x", "csv", "csv:", "ucr:", "breizhcrops", "labels:", "world:big", "gunpoint:x", "\0"]
)
def test_an_unknown_set_is_refused_with_the_list(spec):
    with pytest.raises(EodashError) as caught:
        open_dataset(spec)
    assert caught.value.name == "ModelError unknown_data"
    assert all(form in caught.value.advice for form, _ in KINDS.values())


@pytest.mark.parametrize("spec", ["victoria", "phiweek19", "gunpoint"])
def test_real_data_that_are_not_there_are_told_with_a_way_to_them(spec, monkeypatch, tmp_path):
    for folder, what in ((None, "not known"), (tmp_path, "not in the folder")):
        monkeypatch.delenv("EODASH_REAL_DATA", raising=False)
        if folder:
            monkeypatch.setenv("EODASH_REAL_DATA", str(folder))
        settings.cache_clear()
        with pytest.raises(StorageError, match=what) as caught:
            open_dataset(spec)
        assert "EODASH_REAL_DATA" in caught.value.advice


def parcels(folder: Path, **change: np.ndarray) -> Path:
    """Three parcels of four dates in the layout of phiweek19; a band's value is its place in the authors' order."""
    values = np.broadcast_to(np.arange(13, dtype=np.float32) / 100, (3, 4, 13)).copy()
    arrays = {"reflectance": values, "label": np.array([1, 0, 2]), "parcel": np.array([11, 12, 13])} | change
    np.savez(folder / "parcels.npz", **arrays)
    (folder / "classnames.json").write_text(json.dumps(["Mais", "Winterweizen", "Stilllegungen"]))
    return folder


def test_parcels_come_in_the_order_of_the_sensor(tmp_path):
    data = open_dataset(f"phiweek19:{parcels(tmp_path)}")
    batch = data.read(np.array([0, 2]))
    assert (batch.values[0, 0] * 100).round().tolist() == [THEIRS.index(band) for band in data.bands]
    assert [data.classes[label] if label >= 0 else "" for label in data.label] == ["cereals", "maize", ""]
    assert batch.group.tolist() == [11, 13]
    assert batch.day[0].tolist() == pytest.approx([0, 365 / 3, 730 / 3, 365])


def test_a_hole_in_the_parcels_is_a_hole(tmp_path):
    values = np.ones((3, 4, 13), np.float32)
    values[1, 2, 5] = np.nan
    batch = PhiweekDataset(parcels(tmp_path, reflectance=values)).read(np.arange(3))
    assert (~batch.mask).sum() == 1
    assert not batch.values[1, 2].any()


@pytest.mark.parametrize(
    "change",
    [
        {"reflectance": np.ones((3, 4, 12), np.float32)},
        {"reflectance": np.ones((3, 0, 13), np.float32)},
        {"label": np.array([0, 1, 9])},
        {"label": np.array([0, 1])},
        {"parcel": np.array([{}, {}, {}], dtype=object)},
    ],
)
def test_other_arrays_are_refused(tmp_path, change):
    with pytest.raises(RasterError) as caught:
        PhiweekDataset(parcels(tmp_path, **change))
    assert caught.value.code == "corrupt"


def test_a_broken_archive_is_refused(tmp_path):
    parcels(tmp_path)
    (tmp_path / "parcels.npz").write_bytes((tmp_path / "parcels.npz").read_bytes()[:200])
    with pytest.raises(RasterError):
        PhiweekDataset(tmp_path)
    with pytest.raises(RasterError):
        PhiweekDataset(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("Winterdinkel", "cereals"),
        ("GPS Wintermenggetreide ohne Weizen", "cereals"),
        ("Winterroggen, Winter-Waldstaudenroggen", "cereals"),
        ("Mais", "maize"),
        ("Winterraps", ""),
        ("DG mitViehbesatz", "grassland"),
        ("Klee- u./o. Luzernen u./o. Eiweißpflanzen", "grassland"),
        ("Gräser", "grassland"),
        ("Stilllegungen DG", ""),
        ("Eiweißpflanzengemenge", ""),
        ("GPS Gemenge Körnerleguminosen mit Stützfrucht (ÖVF)", ""),
        ("Rüben", ""),
    ],
)
def test_declarations_are_read_as_land_cover(declared, name):
    number = landcover(declared)
    assert (PhiweekDataset.classes[number] if number >= 0 else "") == name
