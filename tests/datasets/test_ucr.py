"""Archives of plain series, as the .ts format writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eodash.datasets import open_dataset, ucr
from eodash.datasets.ucr import UcrDataset, parse
from eodash.errors import EodashError

HEAD = "#a comment\n@problemName toy\n@timeStamps false\n@univariate true\n@classLabel true up down\n@data\n"


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "Toy.ts") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


def test_one_channel(write):
    data = UcrDataset(write(HEAD + "1,2,3:down\n4,5,6:up\n"))
    assert data.classes == ("down", "up")
    assert (data.bands, data.level, data.legend, data.dated) == (("1",), "", "", False)
    batch = data.read(np.array([1, 0]))
    assert batch.values[..., 0].tolist() == [[4, 5, 6], [1, 2, 3]]
    assert batch.label.tolist() == [1, 0]
    assert batch.day[0].tolist() == pytest.approx([0, 365 / 3, 730 / 3])


def test_several_channels_missing_values_and_unequal_lengths(write):
    data = UcrDataset(write(HEAD.replace("true up", "true 10 2 up") + "1,?,3:4,5,6:2\n7,9:8,9:10\n"))
    assert data.classes == ("2", "10", "down", "up")
    batch = data.read(np.array([0, 1]))
    assert batch.values.shape == (2, 3, 2)
    assert batch.mask.tolist() == [[True, False, True], [True, True, False]]
    assert batch.values[0].tolist() == [[1, 4], [0, 0], [3, 6]]
    assert batch.values[1, 0].tolist() == [7, 8]
    assert data.read(np.array([1])).values.shape == (1, 2, 2)
    assert np.array_equal(data.read(np.array([1])).day[0], batch.day[1, :2])


def test_windows_line_ends_comments_and_blank_lines_change_nothing(write):
    plain = parse(write(HEAD + "1,2:up\n3,4:down\n"))
    other = parse(write("\ufeff" + (HEAD + "\n#more\n1,2:up\n\n3,4:down\n\n").replace("\n", "\r\n"), "w.ts"))
    assert plain[0] == other[0]
    assert plain[2] == other[2]
    assert all(np.array_equal(*pair) for pair in zip(plain[1], other[1], strict=True))


def test_classes_have_one_order_in_both_parts_of_an_archive(write):
    write(HEAD + "1,2:up\n" * 5 + "2,1:down\n" * 5, "Toy_TRAIN.ts")
    path = write(HEAD.replace("up down", "down up") + "1,2:up\n", "Toy_TEST.ts")
    parts = {split: open_dataset(f"ucr:{path}", split=split) for split in ("train", "valid", "train+valid", "test")}
    assert {part.classes for part in parts.values()} == {("down", "up")}
    assert [len(part) for part in parts.values()] == [8, 2, 10, 1]
    assert parts["test"].label.tolist() == [1]


def test_a_series_of_nothing_is_left_out(write):
    data = UcrDataset(write(HEAD + "?,?:up\n1,2:down\n"))
    assert data.label.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "RasterError empty"),
        (HEAD, "RasterError empty"),
        (HEAD + "?,NaN:up\n", "RasterError empty"),
        (HEAD.replace("timeStamps false", "timeStamps true") + "(0,1),(1,2):up\n", "RasterError time_stamps"),
        (HEAD + "(0,1),(1,2):up\n", "RasterError time_stamps"),
        (HEAD.replace("@classLabel true up down", "@classLabel false") + "1,2\n", "RasterError no_label"),
        (HEAD.replace("@classLabel true up down\n", "") + "1,2\n", "RasterError no_label"),
        (HEAD.replace("@classLabel true up down", "@targetLabel true") + "1,2:0.5\n", "RasterError no_label"),
        (HEAD + "1,2:sideways\n", "ModelError label"),
        (HEAD + "1,2\n", "RasterError channels"),
        (HEAD + "1,=2+2:up\n", "RasterError not_a_number"),
        (HEAD + "1,2:1,2,3:up\n", "RasterError channels"),
        (HEAD + "1,2:up\n1,2:1,2:up\n", "RasterError channels"),
        (HEAD + "up\n", "RasterError channels"),
        ("1,2:up\n", "RasterError not_ts"),
        ("<html>\n", "RasterError not_ts"),
        (b"PK\x03\x04\x00\x00", "RasterError not_text"),
        (b"@problemName \xff\xfe\n", "RasterError not_text"),
        (HEAD + "1," * 30_000 + "1:up\n", "CapacityError too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(write, text, name):
    with pytest.raises(EodashError) as caught:
        UcrDataset(write(text))
    assert caught.value.name == name
    assert caught.value.advice


def test_a_line_without_an_end_and_a_file_that_is_none(write, monkeypatch, tmp_path):
    monkeypatch.setattr(ucr, "LINE", 1000)
    for path, name in (
        (write(HEAD + "1," * 600 + "1:up\n"), "RasterError not_text"),
        (tmp_path, "RasterError not_found"),
        (tmp_path / "none.ts", "RasterError not_found"),
        (Path("/dev/zero"), "RasterError not_found"),
    ):
        with pytest.raises(EodashError) as caught:
            UcrDataset(path)
        assert caught.value.name == name
