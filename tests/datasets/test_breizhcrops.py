"""Folders in the format of BreizhCrops: split by region, bands in our order, phase days, read a piece at a time."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest

from eodash.datasets.breizhcrops import open_breizhcrops
from eodash.datasets.breizhcrops_table import ORDERS, USUAL, Order, looks_of, order_of
from eodash.errors import EodashError
from eodash.sensors import SENSORS
from tests.datasets.breizhcrops_folder import GROWN, REGIONS, dates, write_csv, write_folder

L1C = SENSORS["sentinel-2-l1c"].names


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_folder(tmp_path_factory.mktemp("breizhcrops"))


def name_of(error: pytest.ExceptionInfo[EodashError]) -> str:
    assert error.value.message
    assert error.value.advice
    return error.value.name


@pytest.mark.parametrize("level", ["l1c", "l2a"])
def test_three_regions_train_and_the_fourth_tests(folder, level):
    parts = {split: open_breizhcrops(folder, level=level, split=split) for split in ("train", "valid", "test")}
    regions = {split: set((part.group // 1_000_000 - 1).tolist()) for split, part in parts.items()}
    assert regions["test"] == {3}
    assert regions["train"] == {0, 1, 2}
    groups = [set(part.group.tolist()) for part in parts.values()]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert len(groups[0] | groups[1]) == 3 * 6 * len(GROWN)
    assert 0.03 < len(groups[1]) / len(groups[0] | groups[1]) < 0.2
    assert np.bincount(parts["test"].label).tolist() == [6] * 9
    assert parts["test"].classes[0] == "barley"
    assert parts["test"].legend == "breizhcrops"


def test_another_region_can_be_the_one_to_test_on(folder):
    assert set(open_breizhcrops(folder, level="l1c", test_region="frh02").group // 1_000_000) == {2}
    part = open_breizhcrops(folder, level="l1c", split="train", test_region="frh02", regions="frh01,frh02")
    assert set(part.group // 1_000_000) == {1}


@pytest.mark.parametrize("level", ["l1c", "l2a"])
def test_a_parcel_reads_the_same_whatever_it_is_read_with(folder, level):
    whole, last = open_breizhcrops(folder, level=level, split="all"), open_breizhcrops(folder, level=level)
    assert len(whole) == 4 * 6 * len(GROWN)
    rows = np.array([len(whole) - 7, 3, len(whole) - 1])
    batch, alone = whole.read(rows), last.read(rows[[0, 2]] - len(whole) + len(last))
    length = min(batch.mask.shape[1], alone.mask.shape[1])
    np.testing.assert_array_equal(batch.values[[0, 2], :length], alone.values[:, :length])
    np.testing.assert_array_equal(batch.group[[0, 2]], alone.group)


def test_pieces_of_a_region_take_part_only_where_they_are_named(tmp_path):
    write_folder(tmp_path, parcels=1, levels=("L1C",), regions=("belle-ile", "frh01"))
    assert set(open_breizhcrops(tmp_path, split="all").group // 1_000_000) == {2}
    assert set(open_breizhcrops(tmp_path, split="all", regions="belle-ile").group // 1_000_000) == {1}
    assert set(open_breizhcrops(tmp_path, test_region="belle-ile").group // 1_000_000) == {1}


def test_crops_without_a_class_are_left_out_and_counted(folder):
    part = open_breizhcrops(folder, level="l2a")
    assert part.notices == ("left out, without a class for its crop: 1",)
    assert part.notices[0] in part.origin
    assert "frh04" in part.origin


@pytest.mark.parametrize("order", ["alphabetic", "numeric"])
def test_bands_come_in_our_order_whichever_order_the_file_has(tmp_path, order):
    write_folder(tmp_path, parcels=1, levels=("L1C",), order=order)
    part = open_breizhcrops(tmp_path, level="l1c")
    batch = part.read(np.arange(len(part)))
    assert part.bands == L1C
    usual = np.median(batch.values[batch.mask], axis=0)
    assert usual.argmin() == L1C.index("B10")
    assert usual[L1C.index("B09")] < 0.7 * usual[L1C.index("B8A")]
    other = {"alphabetic": "numeric", "numeric": "alphabetic"}[order]
    with pytest.raises(EodashError) as error:
        open_breizhcrops(tmp_path, level="l1c", order=other)
    assert name_of(error) == "RasterError band_order"
    same = open_breizhcrops(tmp_path, level="l1c", order=order).read(np.arange(len(part)))
    np.testing.assert_array_equal(same.values, batch.values)


def flat_table(values: dict[str, float], order: str = "alphabetic", days: tuple[float, ...] = (10, 20)) -> np.ndarray:
    columns = [np.full(len(days), 1e4 * values[name]) for name in ORDERS[order]]
    return np.column_stack([*columns, np.zeros((len(days), 3)), dates(np.array(days), 2017)])


def test_values_that_tell_no_order_are_read_as_written_by_the_authors_and_say_so():
    grey = dict.fromkeys(USUAL, 0.2)
    order, told = order_of([flat_table(grey)], "l1c")
    assert order.bands == tuple(ORDERS["alphabetic"].index(name.replace("B0", "B")) for name in L1C)
    assert len(told) == 1
    assert "order" in told[0]
    assert order_of([flat_table(grey)], "l1c", "numeric")[1] == []


def test_an_order_of_ones_own_is_taken_unless_the_values_speak_against_it():
    swapped = tuple({"B2": "B10", "B10": "B2"}.get(name, name) for name in ORDERS["numeric"])
    bands = [np.full(3, 1e4 * USUAL[name]) for name in swapped]
    table = np.column_stack([*bands, np.zeros((3, 3)), dates(np.arange(3), 2017)])
    order, _ = order_of([table], "l1c", ",".join(swapped))
    values, _, _ = looks_of(table, order)
    assert values[0, L1C.index("B10")] == pytest.approx(USUAL["B10"])
    assert values[0, L1C.index("B02")] == pytest.approx(USUAL["B2"])
    for wrong in ("B1,B2", "B1," * 12 + "B1"):
        with pytest.raises(EodashError) as error:
            order_of([table], "l1c", wrong)
        assert name_of(error) == "RasterError band_order"


def test_dates_may_stand_first_or_last():
    table = flat_table(USUAL)
    front = np.column_stack([table[:, -1:], table[:, :-1]])
    expected = looks_of(table, order_of([table], "l1c")[0])
    for one, two in zip(expected, looks_of(front, order_of([front], "l1c")[0]), strict=True):
        np.testing.assert_array_equal(one, two)


def test_dates_are_phase_days_and_go_on_over_the_new_year():
    order = order_of([flat_table(USUAL)], "l1c")[0]
    values, day, mask = looks_of(flat_table(USUAL, days=(-2.5, 100.25, 200, 364, 371)), order)
    np.testing.assert_allclose(day, [-2.5, 100.25, 200, 364, 371], atol=1e-3)
    assert mask.all()
    np.testing.assert_allclose(values[0, L1C.index("B08")], USUAL["B8"], rtol=1e-6)


def test_overlapping_tiles_of_one_day_are_one_date_and_order_is_that_of_time():
    table = flat_table(USUAL, days=(20.4, 10.4, 10.4001, 30.4))
    table[1, :13], table[2, :13] = 1000, 3000
    order = order_of([flat_table(USUAL)], "l1c")[0]
    values, day, mask = looks_of(table, order)
    np.testing.assert_allclose(day, [10.4, 20.4, 30.4], atol=1e-3)
    np.testing.assert_allclose(values[0], 0.2, rtol=1e-6)
    table[2, 4] = np.nan  # then the other one counts alone
    np.testing.assert_allclose(looks_of(table, order)[0][0], 0.1, rtol=1e-6)
    assert mask.all()


def surface(flags: list[tuple[float, float, float]], blue: list[float]) -> np.ndarray:
    doa = dates(10.0 * np.arange(len(blue)), 2017)
    return np.column_stack([doa, 1e4 * np.array(blue), np.full((len(blue), 9), 2000.0), np.array(flags)])


SURFACE = Order(0, tuple(range(1, 11)), (11, 12, 13), 1e4)


def test_flagged_dates_of_l2a_are_masked():
    table = surface([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0.02, 0, 0)], [0.05] * 5)
    values, _, mask = looks_of(table, SURFACE)
    assert mask.tolist() == [True, False, False, False, True]
    assert (values[~mask] == 0).all()


def test_where_flags_leave_nothing_what_is_dark_in_blue_counts_and_else_all():
    assert looks_of(surface([(1, 0, 0), (1, 0, 0)], [0.05, 0.4]), SURFACE)[2].tolist() == [True, False]
    assert looks_of(surface([(1, 1, 0), (1, 0, 0)], [0.05, 0.4]), SURFACE)[2].tolist() == [True, True]
    table = surface([(0, 0, 0), (1, 0, 0)], [0.4, 0.05])
    assert looks_of(table, SURFACE)[2].tolist() == [True, False]
    assert looks_of(table, SURFACE, "blue")[2].tolist() == [False, True]


@pytest.mark.parametrize("filler", [np.nan, np.inf, -10_000.0, 1e30])
def test_what_is_no_number_is_no_observation(filler):
    table = flat_table(USUAL, days=(10, 20, 30))
    table[1, 3] = filler
    values, _, mask = looks_of(table, order_of([flat_table(USUAL)], "l1c")[0])
    assert mask.tolist() == [True, False, True]
    assert np.isfinite(values).all()


def test_series_of_different_length_stand_in_one_batch(folder):
    part = open_breizhcrops(folder, level="l1c")
    rows = np.array([5, 0, 17])
    batch = part.read(rows)
    alone = [part.read(rows[at : at + 1]) for at in range(3)]
    lengths = [one.mask.shape[1] for one in alone]
    assert len(set(lengths)) > 1
    assert batch.mask.shape == (3, max(lengths))
    for at, one in enumerate(alone):
        np.testing.assert_array_equal(batch.values[at, : lengths[at]], one.values[0])
        np.testing.assert_array_equal(batch.day[at, : lengths[at]], one.day[0])
        assert not batch.mask[at, lengths[at] :].any()
        assert (batch.day[at, lengths[at] :] == one.day[0, -1]).all()
    assert (np.diff(batch.day, axis=1) >= 0).all()
    np.testing.assert_array_equal(batch.label, part.label[rows])
    np.testing.assert_array_equal(batch.group, part.group[rows])
    assert (batch.values.dtype, batch.day.dtype) == (np.float32, np.float32)


def test_raw_series_keep_their_clouds_and_corrected_ones_mask_them(folder):
    raw, corrected = (open_breizhcrops(folder, level=level) for level in ("l1c", "l2a"))
    one, two = raw.read(np.arange(len(raw))), corrected.read(np.arange(len(corrected)))
    assert (one.values[one.mask][:, L1C.index("B02")] > 0.4).mean() > 0.15
    assert (two.values[two.mask][:, 0] > 0.4).mean() < 0.01
    assert (~two.mask).mean() > 0.3


def test_nothing_is_read_before_it_is_asked_for(folder, monkeypatch):
    part = open_breizhcrops(folder, level="l1c")
    read: list[str] = []
    before = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda self, key: read.append(self.name) or before(self, key))
    part.read(np.array([1, 2]))
    assert len(read) == 2


def test_classes_of_another_list_make_a_legend_of_their_own(tmp_path):
    write_folder(tmp_path, parcels=2, levels=("L1C",))
    codes = [(1, "maïs", "MIS"), (0, "noix", "NOX"), (1, "maïs", "MIE"), (1, "maïs", "MID")]
    write_csv(tmp_path / "classmapping.csv", ["", "id", "classname", "code"], [[0, *code] for code in codes])
    part = open_breizhcrops(tmp_path, level="l1c")
    assert (part.legend, part.classes) == ("", ("noix", "maïs"))
    assert set(part.label) <= {0, 1}


def test_the_only_level_and_year_need_not_be_named(tmp_path, folder):
    write_folder(tmp_path, parcels=1, levels=("L2A",), year=2018)
    part = open_breizhcrops(tmp_path)
    assert part.level == "l2a"
    assert part.read(np.array([0])).day.max() < 366
    with pytest.raises(EodashError) as error:
        open_breizhcrops(folder)
    assert name_of(error) == "DateError unknown_level"
    assert part.bands == SENSORS["sentinel-2-l2a"].default


def test_the_longer_path_that_some_archives_unpack_into_is_found(tmp_path):
    write_folder(tmp_path, parcels=1, levels=("L2A",), regions=("frh04",))
    home = tmp_path / "2017/L2A"
    (home / "data/BreizhCrops/L2A_img/data/2017/L2A").mkdir(parents=True)
    (home / "frh04.h5").rename(home / "data/BreizhCrops/L2A_img/data/2017/L2A/frh04.h5")
    assert len(open_breizhcrops(tmp_path)) == len(GROWN)


def test_an_index_of_the_older_kind_names_its_parcels_by_their_paths(tmp_path):
    write_folder(tmp_path, parcels=1, levels=("L1C",), regions=("frh04",))
    expected = open_breizhcrops(tmp_path)
    path = tmp_path / "2017/L1C/frh04.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    write_csv(path, ["CODE_CULTU", "path"], [[row["CODE_CULTU"], row["path"]] for row in rows])
    again = open_breizhcrops(tmp_path)
    np.testing.assert_array_equal(again.group, expected.group)
    assert set(REGIONS) > {"frh04"}
