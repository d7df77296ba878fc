"""Worlds for training: separate scenes, the same every time, whole files only, bounded."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.datasets import open_dataset, world
from eodash.datasets.cache import ABSENT
from eodash.datasets.world import DATES, WorldDataset, dates, generate, packed, sensed, unpacked
from eodash.errors import CapacityError, EodashError, StorageError
from eodash.settings import settings
from eodash.world.legend import NAMES

CHUNK = 200
EVERY = np.arange(CHUNK)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch) -> None:
    monkeypatch.setattr(world, "CHUNK", CHUNK)


@pytest.fixture(params=["l1c", "l2a"])
def made(request, home) -> WorldDataset:
    return WorldDataset(CHUNK, request.param, "train", seed=1)


def test_a_batch_is_what_the_contract_says(made):
    rows = np.array([7, 3, 7, 199])
    batch = made.read(rows)
    assert batch.values.shape == (4, batch.day.shape[1], {"l1c": 13, "l2a": 10}[made.level])
    assert (batch.values.dtype, batch.day.dtype, batch.mask.dtype) == (np.float32, np.float32, bool)
    assert np.array_equal(batch.label, made.label[rows])
    assert np.array_equal(batch.group, rows)
    assert np.array_equal(batch.values[0], batch.values[2])
    assert not batch.values[~batch.mask].any()
    assert (batch.values[batch.mask] > 0).all()
    assert batch.mask.any(1).all()


def test_all_eighteen_kinds_are_there_about_equally_often(made):
    assert made.classes == NAMES
    counts = np.bincount(made.label, minlength=18)
    assert counts.min() >= 10
    assert counts.max() <= 14


def test_days_rise_and_what_is_missing_stands_behind(made):
    batch = made.read(EVERY)
    steps = np.diff(batch.day, axis=1)
    assert (steps[batch.mask[:, 1:] & batch.mask[:, :-1]] > 4).all()
    assert (steps >= 0).all()
    if made.level == "l1c":  # clouds are left in: a date either exists, or stands behind
        assert (np.diff(batch.mask.astype(int), axis=1) <= 0).all()


def test_raw_series_hold_clouds_and_half_of_the_others_is_filled():
    raw, clean = (WorldDataset(CHUNK, level, "train", seed=1).read(EVERY) for level in ("l1c", "l2a"))
    blue = raw.values[..., 1][raw.mask], clean.values[..., 0][clean.mask]
    assert (blue[0] > 0.3).mean() > 0.25
    assert (blue[1] > 0.3).mean() < 0.03
    ends = clean.mask.shape[1] - np.argmax(clean.mask[:, ::-1], axis=1)
    filled = clean.mask.sum(1) == ends
    assert 0.4 < filled.mean() < 0.6
    bent = np.abs(np.diff(clean.values, 2, axis=1)).max(2) > 4e-4  # a straight line over a gap
    inside = clean.mask[:, 2:]
    assert bent[filled][inside[filled]].mean() < 0.75
    assert np.median(clean.mask[~filled].sum(1)) < 0.6 * DATES


def test_splits_seeds_and_chunks_are_scenes_of_their_own():
    parts = [
        generate("l2a", *key)[0].tobytes()
        for key in (("train", 0, 0), ("valid", 0, 0), ("test", 0, 0), ("train", 1, 0), ("train", 0, 1))
    ]
    assert len(set(parts)) == 5


def test_both_levels_show_the_same_fields():
    raw, clean = (WorldDataset(CHUNK, level, "train", seed=1) for level in ("l1c", "l2a"))
    assert np.array_equal(raw.label, clean.label)
    first, second = raw.read(EVERY[:50]), clean.read(EVERY[:50])
    assert np.allclose(first.day[:, 0] % 5, second.day[:, 0] % 5)


def test_the_same_seed_gives_the_same_series_and_fewer_are_the_first_of_many(made):
    again, label = generate(made.level, "train", 1, 0)
    few = WorldDataset(10, made.level, "train", seed=1)
    assert np.array_equal(few.label, label[:10])
    assert np.array_equal(few.read(np.arange(10)).label, made.label[:10])
    assert np.array_equal(unpacked(again, made.label, EVERY).values, made.read(EVERY).values)


def test_a_chunk_is_made_once_and_a_damaged_one_again(made, monkeypatch):
    path = next(settings().home.glob(f"worlds/*/{made.level}-train-1/0000.npy"))
    monkeypatch.setattr(world, "generate", None)
    WorldDataset(CHUNK, made.level, "train", seed=1)
    monkeypatch.setattr(world, "generate", generate)
    before = path.read_bytes()
    path.write_bytes(before[:1000])
    WorldDataset(CHUNK, made.level, "train", seed=1)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.part"))


def test_other_code_makes_other_worlds(made, tmp_path, monkeypatch):
    before = world.state()
    monkeypatch.setattr(world, "__file__", str(tmp_path / "changed.py"))
    (tmp_path / "changed.py").write_text("changed")
    world.state.cache_clear()
    try:
        assert world.state() != before
    finally:
        world.state.cache_clear()


def test_series_begin_when_they_like_and_some_are_short(made):
    batch = made.read(EVERY)
    first = batch.day[:, 0]
    last = batch.day.max(1)
    assert -75.1 < first.min() < -30
    assert (((first > -20) & (first < 75)).mean()) > 0.75
    assert 0.1 < (last - first < 320).mean() < 0.5
    assert (last - first <= 361).all()


def test_one_climate_is_made_when_it_is_asked_for(home):
    dry = WorldDataset(250, "l2a", "valid", climate="winter-rain")
    assert len(dry) == 250
    assert list(home.glob("worlds/*/l2a-valid-0-winter-rain"))


def test_dates_are_kept_in_part_and_never_too_few():
    rng = np.random.default_rng(0)
    there, regular = dates(rng, 4000)
    assert (there <= regular).all()
    assert there.sum(1).min() >= 3
    share = there.sum(1) / regular.sum(1)
    assert share.mean() == pytest.approx(0.3 + 0.7 * 0.7, abs=0.02)
    thinned = ~regular[:, 1::2].any(1)
    assert thinned.mean() == pytest.approx(0.25, abs=0.03)


def test_a_series_that_lost_nearly_all_dates_gets_them_back(monkeypatch):
    monkeypatch.setattr(world, "FEWEST", 14)
    there, _ = dates(np.random.default_rng(0), 4000)
    assert there.sum(1).min() >= 14


def test_the_first_of_a_chunk_are_of_every_sort(made):
    first = made.read(np.arange(75)).day[:, 0]
    assert (first < -16).any()


def test_a_sensor_is_a_few_per_cent_off_by_series_and_band_and_the_same_on_every_date():
    seen = sensed(np.random.default_rng(0), np.full((2000, 3, 2), 0.3, np.float32), "l1c")
    assert seen[:, 0].tobytes() == seen[:, 2].tobytes()
    assert seen.std() / 0.3 == pytest.approx(0.025, abs=0.005)


def test_packing_moves_lost_dates_behind_and_keeps_clouded_ones_in_place():
    values = np.array([[[0.1], [0.2], [0.3], [0.4]]], np.float32)
    day = np.array([[-2.5, 2.5, 7.5, 12.5]], np.float32)
    there, seen = np.array([[True, False, True, True]]), np.array([[True, False, False, True]])
    raw = packed(values, day, there, seen)
    assert raw[0, :, 1].tolist() == [1000, ABSENT, 4000, ABSENT]
    batch = unpacked(raw, np.zeros(1, np.int64), np.zeros(1, np.int64))
    assert batch.day.tolist() == [[-2.5, 7.5, 12.5]]
    assert batch.mask.tolist() == [[True, False, True]]
    assert batch.values[0, :, 0].tolist() == pytest.approx([0.1, 0, 0.4])


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"n": 400_001}, "CapacityError too_many"),
        ({"n": 0}, "ModelError count"),
        ({"n": 2.5}, "ModelError option"),
        ({"n": "many"}, "ModelError option"),
        ({"seed": -1}, "ModelError count"),
        ({"level": "l3"}, "DateError unknown_level"),
        ({"climate": "polar"}, "ModelError unknown_climate"),
        ({"split": "train+test"}, "ModelError unknown_split"),
        ({"size": 3}, "ModelError unknown_option"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(options, name):
    with pytest.raises(EodashError) as caught:
        open_dataset("world", **options)
    assert caught.value.name == name
    assert caught.value.advice


def test_a_full_disk_is_told_before_anything_is_made(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2**20}))
    with pytest.raises(StorageError, match="MiB are free") as caught:
        WorldDataset(100_000, "l1c", "test", seed=9)
    assert caught.value.code == "full"


def test_a_folder_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "file"))
    settings.cache_clear()
    with pytest.raises(StorageError):
        WorldDataset(1)


def test_four_hundred_thousand_would_be_allowed():
    world._check(400_000, "l2a", "train", 0, "")
    with pytest.raises(CapacityError):
        world._check(400_001, "l2a", "train", 0, "")
