"""Folders in BreizhCrops' format with something wrong: a typed error, or left out and counted; never a wrong series."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from eodash.datasets.breizhcrops import open_breizhcrops
from eodash.datasets.contract import Batch
from eodash.errors import EodashError
from tests.datasets.breizhcrops_folder import CODES, GROWN, write_csv, write_folder

HOME = "2017/L1C"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("sound"), parcels=1, levels=("L1C",), regions=("frh03", "frh04"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return tmp_path


def everything(folder: Path, **options: Any) -> Batch:
    part = open_breizhcrops(folder, **options)
    return part.read(np.arange(len(part)))


def refused(folder: Path, **options: Any) -> str:
    with pytest.raises(EodashError) as error:
        everything(folder, **options)
    assert error.value.message
    assert error.value.advice
    return error.value.name


def index(folder: Path, change: Callable[[dict[str, str]], None], region: str = "frh04") -> None:
    """Change every row of an index."""
    path = folder / HOME / f"{region}.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    write_csv(path, list(rows[0]), [list(row.values()) for row in rows])


def tables(folder: Path, change: Callable[[Any, str, np.ndarray], None], only: int | None = None) -> None:
    """Write tables of the tested region anew."""
    with h5py.File(folder / HOME / "frh04.h5", "a") as file:
        group = file[f"breizhcrops_dataset/{HOME}/frh04/csv"]
        for number, name in enumerate(sorted(group)):
            if only is None or number == only:
                values = group[name][()]
                del group[name]
                change(group, name, values)


def test_a_folder_of_something_else_is_refused(tmp_path):
    assert refused(tmp_path) == "RasterError not_found"
    assert refused(tmp_path / "nowhere") == "RasterError not_found"


@pytest.mark.parametrize("name", ["classmapping.csv", f"{HOME}/frh04.csv", f"{HOME}/frh04.h5"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(EodashError, match=name.rpartition("/")[2]) as error:
        open_breizhcrops(folder)
    assert error.value.name == "RasterError missing"


@pytest.mark.parametrize(("options", "expected"), [
    ({"split": "best"}, "ModelError unknown_split"),
    ({"level": "l3"}, "DateError unknown_level"),
    ({"level": "l2a"}, "RasterError not_found"),
    ({"year": "2018"}, "RasterError not_found"),
    ({"year": "new"}, "DateError parse"),
    ({"regions": "frh01,frh03"}, "RasterError unknown_region"),
    ({"test_region": "frh09"}, "RasterError unknown_region"),
    ({"test_region": "../../frh04", "split": "train"}, "RasterError unknown_region"),
    ({"regions": ("frh04",), "split": "train"}, "ModelError unknown_region"),
    ({"order": "upside down"}, "RasterError band_order"),
    ({"clouds": "none"}, "ModelError clouds"),
])  # fmt: skip
def test_options_that_do_not_exist_are_refused(folder, options, expected):
    assert refused(folder, **options) == expected


@pytest.mark.parametrize("path", ["../../../etc/passwd", "a/../../b.csv", "./x", "", "/", "a\0b"])
def test_paths_that_try_to_leave_the_file_are_refused(folder, path):
    index(folder, lambda row: row.update(path=path))
    expected = {"a\0b": ("RasterError unsafe_path", "RasterError not_text")}
    assert refused(folder) in expected.get(path, ("RasterError unsafe_path",))


def test_links_are_never_followed(folder, tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["table"] = np.ones((5, 17))
    for link in (h5py.ExternalLink(str(secret), "/table"), h5py.SoftLink("/elsewhere")):
        with h5py.File(folder / HOME / "frh04.h5", "a") as file:
            group = file[f"breizhcrops_dataset/{HOME}/frh04/csv"]
            first = sorted(group)[0]
            del group[first]
            group[first] = link
        assert refused(folder) == "RasterError external_link"


def test_a_group_behind_a_link_is_refused(folder, tmp_path):
    with h5py.File(folder / HOME / "frh04.h5", "a") as file:
        file.move("breizhcrops_dataset", "real")
        file["breizhcrops_dataset"] = h5py.SoftLink("/real")
    assert refused(folder) == "RasterError external_link"


def test_tables_that_lie_in_other_files_are_refused(folder, tmp_path):
    raw = tmp_path / "raw.bin"
    raw.write_bytes(np.ones((5, 17)).tobytes())

    def outside(group: Any, name: str, values: np.ndarray) -> None:
        group.create_dataset(name, (5, 17), "f8", external=[(str(raw), 0, 5 * 17 * 8)])

    tables(folder, outside, only=0)
    assert refused(folder) == "RasterError external_link"


def test_virtual_tables_are_refused(folder, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["t"] = np.ones((5, 17))

    def virtual(group: Any, name: str, values: np.ndarray) -> None:
        layout = h5py.VirtualLayout((5, 17), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "t", (5, 17))
        group.create_virtual_dataset(name, layout)

    tables(folder, virtual, only=0)
    assert refused(folder) == "RasterError external_link"


def rewritten(change: Callable[[np.ndarray], Any], **options: Any) -> Callable[[Any, str, np.ndarray], None]:
    return lambda group, name, values: group.create_dataset(name, data=change(values), **options)


def create(**options: Any) -> Callable[[Any, str, np.ndarray], None]:
    return lambda group, name, values: group.create_dataset(name, **options)


@pytest.mark.parametrize(("change", "expected"), [
    (create(data=np.ones((40, 14))), "RasterError columns"),
    (create(data=np.ones((40, 18))), "RasterError columns"),
    (create(data=np.ones(17)), "RasterError columns"),
    (create(data=1.0), "RasterError columns"),
    (create(shape=(10**9, 17), dtype="f8", chunks=(10, 17)), "RasterError too_large"),
    (create(shape=(10, 17), dtype="f8", chunks=(10**6, 17), maxshape=(None, 17)), "RasterError too_large"),
    (create(data=np.full((5, 17), b"x")), "RasterError dtype"),
    (create(data=np.zeros((5, 17), complex)), "RasterError dtype"),
    (lambda group, name, values: group.create_group(name), "RasterError no_table"),
])  # fmt: skip
def test_headers_are_held_against_the_limits_before_anything_is_read(folder, change, expected):
    tables(folder, change, only=0)
    assert refused(folder) == expected


@pytest.mark.parametrize("damage", [b"", b"no HDF5 at all" * 100, None])
def test_damaged_files_are_refused(folder, damage):
    path = folder / HOME / "frh04.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage is None else damage)
    assert refused(folder) == "RasterError corrupt"


def test_bytes_changed_inside_a_packed_table_are_refused(folder):
    tables(folder, rewritten(np.copy, compression="gzip", fletcher32=True))
    path = folder / HOME / "frh04.h5"
    with h5py.File(path) as file:
        group = file[f"breizhcrops_dataset/{HOME}/frh04/csv"]
        chunk = group[sorted(group)[0]].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    for at in range(chunk.byte_offset + 20, chunk.byte_offset + 200):
        data[at] ^= 0xFF
    path.write_bytes(data)
    assert refused(folder) == "RasterError corrupt"


@pytest.mark.parametrize(("text", "expected"), [
    ("", "RasterError columns"),
    ("CODE_CULTU,elsewhere\nMIS,a\n", "RasterError columns"),
    ("CODE_CULTU,path\nMIS\n", "RasterError corrupt"),
    ("CODE_CULTU,path\n", "RasterError empty"),
    ("CODE_CULTU,path\nZZZ,a/b\n", "RasterError empty"),
    ("CODE_CULTU,path\nMIS,a/b\n", "RasterError empty"),
    ('CODE_CULTU,path\nMIS,"' + "x" * 200_000, "RasterError not_text"),
    ("CODE_CULTU,path\nMIS,\udcff\n", "RasterError not_text"),
])  # fmt: skip
def test_a_bad_index_is_refused(folder, text, expected):
    (folder / HOME / "frh04.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert refused(folder) == expected


@pytest.mark.parametrize("text", ["id,classname,code\n", "id,classname,code\n0,,MIS\n"])
def test_a_class_mapping_without_classes_is_refused(folder, text):
    (folder / "classmapping.csv").write_text(text)
    assert refused(folder) == "RasterError empty"


def test_rows_whose_table_is_missing_are_left_out_and_counted(folder):
    tables(folder, lambda group, name, values: None, only=0)
    tables(folder, lambda group, name, values: None, only=0)
    part = open_breizhcrops(folder)
    assert len(part) == len(GROWN) - 2
    assert "left out, without a table: 2" in part.notices


def test_parcels_without_a_date_are_left_out_whoever_says_so(folder):
    tables(folder, rewritten(lambda values: values[:0]), only=0)
    tables(folder, create(data=np.empty(0)), only=1)
    tables(folder, create(data=np.full((9, 17), np.nan)), only=2)
    part = open_breizhcrops(folder)
    assert "left out, without a usable date: 3" in part.notices
    index(folder, lambda row: row.update(sequencelength="0") if row["id"].endswith("0003") else None)
    again = open_breizhcrops(folder)
    assert "left out, without a date: 1" in again.notices
    assert len(again) == len(part) - 1 == len(GROWN) - 4


def test_a_large_folder_says_which_row_has_no_usable_date(folder, monkeypatch):
    monkeypatch.setattr("eodash.datasets.breizhcrops_parcels.SCANNED", 3)
    tables(folder, create(data=np.full((9, 17), np.nan)), only=2)
    part = open_breizhcrops(folder)
    with pytest.raises(EodashError, match="2000002") as error:
        part.read(np.arange(len(part)))
    assert error.value.name == "RasterError no_observation"
    assert part.read(np.array([0, 1])).mask.any(1).all()


def test_nothing_but_gaps_is_refused(folder):
    tables(
        folder,
        rewritten(lambda values: np.where(np.arange(17) < 13, np.nan, values)),
    )
    assert refused(folder) == "RasterError no_observation"


def test_dates_in_seconds_are_refused(folder):
    tables(folder, rewritten(lambda values: values * ([1] * 16 + [1e-9])))
    assert refused(folder) == "RasterError doa"


def test_reflectance_that_was_not_multiplied_is_taken_as_it_is(folder):
    before = open_breizhcrops(folder).read(np.arange(3))
    tables(folder, rewritten(lambda values: values * ([1e-4] * 13 + [1] * 4)))
    part = open_breizhcrops(folder)
    np.testing.assert_allclose(part.read(np.arange(3)).values, before.values, atol=1e-6)
    assert any("0–1" in notice for notice in part.notices)


def test_one_class_one_sample_and_one_date_can_be_opened(folder):
    def thin(row: dict[str, str]) -> None:
        row["CODE_CULTU"] = "NOX" if row["id"].endswith("0000") else "MIS"

    index(folder, thin)
    tables(folder, rewritten(lambda values: values[:1]))
    part = open_breizhcrops(folder)
    assert np.bincount(part.label, minlength=9)[list(CODES).index("nuts")] == 1
    batch = part.read(np.arange(len(part)))
    assert batch.values.shape[1] == 1
    assert batch.mask.all()


def test_whole_numbers_are_as_good_as_others(folder):
    before = open_breizhcrops(folder).read(np.arange(9))
    tables(folder, rewritten(lambda values: np.rint(values).astype(np.int64)))
    np.testing.assert_allclose(open_breizhcrops(folder).read(np.arange(9)).values, before.values, atol=1e-4)


def test_nothing_is_written_into_the_folder(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path in before:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        part = open_breizhcrops(folder)
        part.read(np.arange(len(part)))
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    finally:
        for path in before:
            path.chmod(0o700)
