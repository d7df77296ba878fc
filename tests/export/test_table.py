"""Series as CSV: the numbers of the cube, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from eodash.errors import RasterError
from eodash.export import area_of, geojson, table
from eodash.export.table import harmless
from eodash.views.outgoing import index_titles
from eodash.views.picture import index_values
from tests.export.cubes import TOLD, degrees, digital, nothing_seen, plain, strange_names


def read(made: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(made), comment="#")


def test_numbers_are_those_of_the_cube() -> None:
    cube = plain()
    frame = read(table(cube, [(0, 0), (5, 6)], index_titles(cube), index_values))
    assert len(frame) == 2 * 3
    second = frame[frame["pixel"] == 2]
    np.testing.assert_allclose(second["B02"], cube.values[:, 0, 5, 6] / 1e4)
    np.testing.assert_allclose(second["B04"], [-0.0057] * 3)
    assert second["clear"].tolist() == [1, 0, 1]
    assert frame[frame["pixel"] == 1]["B02"].isna().tolist() == [True, False, False]
    red, nir = cube.values[1, 2, 0, 0], cube.values[1, 6, 0, 0]
    assert frame["NDVI"][1] == pytest.approx((nir - red) / (nir + red), abs=1e-5)
    assert pd.to_datetime(frame["time"]).dt.tz_localize(None).tolist()[:3] == list(pd.to_datetime(cube.time.values))
    assert frame["longitude"][0] == pytest.approx(-2.919, abs=0.002)


def test_digital_numbers_stay_whole_and_degrees_have_a_place() -> None:
    assert "0.0" not in str(read(table(digital(), [(1, 1)]))["red"].tolist())
    assert read(table(digital(), [(1, 1)]))["red"].tolist() == digital().values[:, 0, 1, 1].tolist()
    frame = read(table(degrees(), [(2, 3)]))
    assert (frame["longitude"][0], frame["latitude"][0]) == (19.5035, 59.9975)


def test_a_pixel_that_was_never_seen_has_empty_cells() -> None:
    cube = nothing_seen()
    frame = read(table(cube, [(1, 2)], index_titles(cube), index_values))
    assert frame[["B02", "NDVI"]].isna().all().all()
    assert frame["clear"].tolist() == [0, 0]


def test_provenance_stands_first_and_is_whole() -> None:
    cube = plain()
    lines = table(cube, [(0, 0)]).decode().split("\r\n")
    said = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    for name in TOLD:
        assert json.loads(said[name]) == json.loads(cube.attrs[name])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_run_is_disarmed_and_numbers_are_not(start: str) -> None:
    assert harmless([f"{start}HYPERLINK(1)", -5, -0.5, "B04"]) == [f"'{start}HYPERLINK(1)", -5, -0.5, "B04"]


def test_no_cell_of_a_file_starts_a_formula() -> None:
    cube = strange_names()
    request = json.loads(cube.attrs["request"])
    request["area"]["name"] = 'x,=HYPERLINK("http://a"),@SUM(1)\n+1\t=2'
    cube.attrs |= {"request": json.dumps(request), "note": "free text, =1+1;-2\r\n=cmd", "=name": "x"}
    made = table(cube, [(0, 0)])
    for row in csv.reader(io.StringIO(made.decode())):
        for cell in row:
            text = cell.strip(" ")
            number = text.replace(".", "", 1).replace("-", "", 1).replace("e-", "", 1).isdigit()
            assert number or not text.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    header = next(row for row in csv.reader(io.StringIO(made.decode())) if row[0] == "pixel")
    assert header[7:11] == ["<b>red</b>", "近赤外", "'=HYPERLINK(1)", "a/b,c"]
    line = next(line for line in made.decode().split("\r\n") if line.startswith("# request: "))
    assert json.loads(line.removeprefix("# request: ")) == request


@pytest.mark.parametrize(("pixels", "code"), [([], "no_pixel"), ([(30, 0)], "outside"), ([(0, -1)], "outside")])
def test_pixels_that_are_not_there_are_refused(pixels: list[tuple[int, int]], code: str) -> None:
    with pytest.raises(RasterError) as refusal:
        table(plain(), pixels)
    assert refusal.value.code == code


def test_the_area_is_geojson_with_what_was_asked() -> None:
    cube = plain()
    found = json.loads(geojson(area_of(cube), cube))
    feature = found["features"][0]
    assert (found["type"], feature["properties"]["source"]) == ("FeatureCollection", "demo")
    assert feature["geometry"]["coordinates"][0][0] == [-2.92, 48.09]
    assert feature["properties"]["hectares"] == pytest.approx(661.5, rel=0.02)
    del cube.attrs["request"]
    extent = json.loads(geojson(area_of(cube)))["features"][0]
    assert extent["properties"]["name"] == "extent of the cube"
