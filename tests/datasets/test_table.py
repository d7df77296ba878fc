"""Labelled CSV: read as its columns say, holes as holes, and every way of being something else refused in words."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from eodash.datasets import columns, open_dataset
from eodash.datasets.columns import COLUMNS
from eodash.datasets.table import Layout, TableDataset, legend_of, phase_days
from eodash.errors import EodashError
from eodash.settings import settings

TWO = Layout(bands=("B04", "B08"), start="2018-01-11", step=10, latitude=48.0)
HEAD = "lc_id,objectid,b0,b1,b2,b3,b4,b5\n"
ROWS = "1,7,100,200,300,400,500,600\n0,8,1000,2000,,4000,5000,nan\n1,7,0,0,1,2,-9999,600\n"


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "fields.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


def refused(path: Path, layout: Layout = TWO) -> EodashError:
    with pytest.raises(EodashError) as caught:
        TableDataset(path, layout)
    assert caught.value.advice
    return caught.value


def test_columns_are_dates_of_bands(write):
    data = TableDataset(write(HEAD + ROWS), TWO)
    batch = data.read(np.array([1, 0]))
    assert batch.values[1].tolist() == pytest.approx(np.array([[0.01, 0.02], [0.03, 0.04], [0.05, 0.06]]))
    assert batch.day.tolist() == [[10, 20, 30]] * 2
    assert batch.label.tolist() == [0, 1]
    assert batch.group.tolist() == [8, 7]
    assert (data.level, data.classes, data.name) == ("l2a", ("0", "1"), "csv:fields.csv")


def test_a_missing_value_hides_its_date_in_every_band(write):
    batch = TableDataset(write(HEAD + ROWS), TWO).read(np.array([1, 2]))
    assert batch.mask.tolist() == [[True, False, False], [False, True, False]]
    assert not batch.values[~batch.mask].any()


def test_a_row_with_nothing_is_left_out_and_counted(write):
    data = TableDataset(write(HEAD + ROWS + "0,9,,,,,,\n1,9,nan,1,2,nan,0,0\n0,9,1000,1000,,,,\n"), TWO)
    assert (len(data), data.left_out) == (4, 2)
    assert "2 series without any value left out" in data.origin
    assert data.read(np.array([3])).values[0, 0].tolist() == pytest.approx([0.1, 0.1])


def test_a_gzipped_table_and_one_with_windows_line_ends_are_the_same(write):
    plain = TableDataset(write(HEAD + ROWS), TWO).read(np.arange(3))
    for path in (
        write(gzip.compress((HEAD + ROWS).encode()), "z.csv.gz"),
        write("\ufeff" + (HEAD + ROWS).replace("\n", "\r\n") + "\r\n", "w.csv"),
    ):
        other = TableDataset(path, TWO).read(np.arange(3))
        assert np.array_equal(plain.values, other.values)
        assert np.array_equal(plain.mask, other.mask)


def test_many_blocks_are_read_as_one(write, monkeypatch):
    monkeypatch.setattr(columns, "BLOCK", 3 * 24)
    lines = "".join(
        f"{row % 3},{row // 2}," + ",".join(str(100 * row + 100) for _ in range(6)) + "\n" for row in range(20)
    )
    data = TableDataset(write(HEAD + lines), TWO)
    assert len(list(settings().home.glob("tables/*/0000[0-9].npy"))) >= 7
    rows = np.array([19, 0, 7, 8, 9, 3])
    assert (data.read(rows).values[:, 0, 0] * 100).tolist() == pytest.approx((rows + 1).tolist())
    assert data.group[rows].tolist() == (rows // 2).tolist()


def test_a_table_is_converted_once_and_again_when_it_has_changed(write, monkeypatch):
    path = write(HEAD + ROWS)
    TableDataset(path, TWO)
    convert = columns._convert
    monkeypatch.setattr(columns, "_convert", None)
    assert len(TableDataset(path, TWO)) == 3
    monkeypatch.setattr(columns, "_convert", convert)
    write(HEAD + ROWS + "0,9,1,1,1,1,1,1\n")
    assert len(TableDataset(path, TWO)) == 4
    before = path.stat()
    write(HEAD + ROWS + "0,9,2,2,2,2,2,2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1000))
    assert TableDataset(path, TWO).read(np.array([3])).values[0, 0, 0] == pytest.approx(2e-4)


def test_a_damaged_conversion_is_made_again(write):
    path = write(HEAD + ROWS)
    before = TableDataset(path, TWO).read(np.arange(3)).values
    for name in ("index.npy", "00000.npy"):
        for kept in settings().home.glob(f"tables/*/{name}"):
            kept.write_bytes(kept.read_bytes()[:100])
        assert np.array_equal(TableDataset(path, TWO).read(np.arange(3)).values, before)


def test_classes_have_the_names_of_the_map_beside_it_by_order_or_by_value(write):
    write("value,class,colour\n1,Bare,x\n2,Canola,y\n7,Trees,z\n", "class_map.txt")
    line = ",7,100,100,100,100,100,100\n"
    by_order = TableDataset(write(HEAD + "0" + line + "2" + line, "a.csv"), TWO)
    assert (by_order.classes, by_order.label.tolist()) == (("Bare", "Canola", "Trees"), [0, 2])
    by_value = TableDataset(write(HEAD + "7" + line + "1" + line, "b.csv"), TWO)
    assert [by_value.classes[label] for label in by_value.label] == ["Trees", "Bare"]
    assert refused(write(HEAD + "5" + line, "c.csv")).name == "ModelError classes"


def test_names_of_a_known_legend_are_known():
    assert legend_of(("cereals", "bare or fallow")) == "landcover"
    assert legend_of(("wheat", "corn")) == "breizhcrops"
    assert legend_of(("winter wheat",)) == "fine"
    assert legend_of(("cereals", "wheat")) == legend_of(()) == ""


def test_numbers_that_start_anywhere_are_their_own_names(write):
    data = TableDataset(write(HEAD + "40,7,90,1,90,1,90,1\n1000,7,20,20,20,20,20,20\n-5,7,20,20,20,20,20,20\n"), TWO)
    assert data.classes == ("40", "1000")
    assert data.label.tolist() == [0, 1, -1]


def test_rows_without_a_group_are_fields_of_their_own_and_groups_may_be_words(write):
    assert TableDataset(write("lc_id,a,b\n0,100,200\n1,300,400\n"), TWO).group.tolist() == [0, 1]
    words = TableDataset(write("lc_id,objectid,a,b\n0,x,100,200\n1,y,300,400\n1,x,300,400\n", "w.csv"), TWO)
    assert words.group.tolist() == [0, 1, 0]


def test_days_are_those_of_a_northern_year_in_both_hemispheres():
    assert phase_days("2018-01-11", 5, 3, 50).tolist() == [10, 15, 20]
    assert phase_days("2017-08-01", 5, 73, -36).tolist() == [29.5 + 5 * step for step in range(73)]
    assert phase_days("2017-10-15", 5, 73, 50)[0] == -78  # most of it lies in 2018
    assert phase_days("2018-06-01", 0, 1, 50).tolist() == [151]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"start": ""}, "DateError undated"),
        ({"step": 0}, "DateError undated"),
        ({"step": float("nan")}, "DateError undated"),
        ({"step": float("inf")}, "DateError too_long"),
        ({"start": "2018-02-30"}, "DateError parse"),
        ({"latitude": None}, "DateError no_hemisphere"),
        ({"latitude": 200.0}, "DateError no_hemisphere"),
        ({"bands": ("B02", "B03", "B04", "B08")}, "RasterError bands"),
        ({"bands": ()}, "RasterError bands"),
        ({"scale": 1.0}, "RasterError scale"),
        ({"scale": 1e-9}, "RasterError scale"),
        ({"scale": float("nan")}, "RasterError no_observation"),
        ({"scale": 1e300}, "RasterError no_observation"),
        ({"label": "crop"}, "RasterError no_label"),
        ({"classes": ("only one",)}, "ModelError classes"),
    ],
)
def test_what_a_table_does_not_say_must_be_said_and_be_right(write, change, name):
    text = HEAD + "1,7,100,200,300,400,500,600\n" * 3
    error = refused(write(text), Layout(**(vars(TWO) | change)))
    if name == "RasterError no_observation":
        assert error.name in (name, "RasterError scale")
    else:
        assert error.name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "RasterError empty"),
        ("\n\n", "RasterError empty"),
        (HEAD, "RasterError empty"),
        ("lc_id,objectid\n1,2\n", "RasterError empty"),
        (HEAD + "1,7,1,2,3\n", "RasterError columns"),
        (HEAD + "1,7,1,2,3,4,5,6,7\n", "RasterError columns"),
        (HEAD + "wheat,7,1,2,3,4,5,6\n", "RasterError label"),
        (HEAD + ",7,1,2,3,4,5,6\n", "RasterError label"),
        (HEAD + "1.5,7,1,2,3,4,5,6\n", "RasterError label"),
        (HEAD + "1e99,7,1,2,3,4,5,6\n", "RasterError label"),
        (HEAD + "nan,7,1,2,3,4,5,6\n", "RasterError label"),
        (HEAD + '=HYPERLINK("http://x"),7,1,2,3,4,5,6\n', "RasterError label"),
        (HEAD + "1,7,1,2,3,4,5,=1+2\n", "RasterError not_a_number"),
        (HEAD + "1,7,1,2,3,4,5,@SUM(A1)\n", "RasterError not_a_number"),
        (HEAD + "1,7,,,,,,\n", "RasterError no_observation"),
        (HEAD + "1,7,inf,inf,inf,-inf,1e300,nan\n", "RasterError no_observation"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "RasterError not_text"),
        ("lc_id,b0\n1,2\n".encode("utf-16"), "RasterError not_text"),
        (b"lc_id,\xff\xfe\n", "RasterError not_text"),
        (b"lc_id,b0\n1,\xff\n", "RasterError not_a_number"),
        (b"\x1f\x8b" + b"no gzip at all", "RasterError corrupt"),
        (gzip.compress((HEAD + ROWS * 999).encode())[:-50], "RasterError corrupt"),
        ("lc_id" + ",x" * COLUMNS, "CapacityError too_large"),
        ("lc_id,objectid" + ",x" * 802 + "\n1,2" + ",1" * 802 + "\n", "CapacityError too_many"),
        ("<html><body>Not found</body></html>", "RasterError no_label"),
    ],
)
def test_what_is_no_table_is_refused_in_words(write, text, name):
    error = refused(write(text))
    assert error.name == name
    assert len(error.message) < 300
    assert not list(settings().home.glob("tables/*/*.part"))


def test_a_line_without_an_end_is_not_read_to_it(write, monkeypatch):
    monkeypatch.setattr(columns, "LINE", 10_000)
    assert refused(write("lc_id" + "x" * 20_000)).name == "RasterError too_large"


def test_a_bomb_of_rows_stops_at_the_limit(write, monkeypatch):
    monkeypatch.setattr(columns, "ROWS", 1000)
    bomb = gzip.compress((HEAD + "1,7,1,2,3,4,5,6\n" * 100_000).encode())
    assert refused(write(bomb)).name == "CapacityError too_large"


def test_what_is_no_regular_file_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert refused(tmp_path / "pipe.csv").name == "RasterError not_regular"
    assert refused(tmp_path).name == "RasterError not_regular"
    assert refused(Path("/dev/zero")).name == "RasterError not_regular"
    assert refused(tmp_path / "none.csv").name == "RasterError not_found"
    assert refused(tmp_path / ("x" * 5000)).name == "RasterError not_found"


def test_a_failed_conversion_leaves_nothing_behind(write):
    before = set(settings().home.glob("tables/*"))
    refused(write(HEAD + ROWS + "1,7,x,1,1,1,1,1\n"))
    assert set(settings().home.glob("tables/*")) == before


def test_options_as_they_are_typed(write):
    path = write(HEAD + ROWS)
    data = open_dataset(
        f"csv:{path}", bands="B04, B08", start="2018-01-11", step="10", hemisphere="north", classes="a,b", latitude=None
    )
    assert data.bands == ("B04", "B08")
    assert data.classes == ("a", "b")
    assert data.read(np.array([0])).day[0].tolist() == [10, 20, 30]
    for change, name in (
        ({"hemisphere": "up"}, "ModelError unknown_option"),
        ({"stepp": 1}, "ModelError unknown_option"),
        ({"step": "ten"}, "ModelError option"),
    ):
        with pytest.raises(EodashError) as caught:
            open_dataset(f"csv:{path}", **({"start": "2018-01-11", "step": 5, "hemisphere": "south"} | change))
        assert caught.value.name == name


def test_one_date_is_a_series_of_one_date(write):
    data = TableDataset(write("lc_id,objectid,a,b\n0,1,100,200\n1,2,100,200\n"), TWO)
    assert data.read(np.array([0])).values.shape == (1, 1, 2)
