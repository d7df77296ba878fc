"""What is known beside what is said: the demo's truth, own labels, fields, cells of the matrix, the season."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords

from eodash.errors import AoiError
from eodash.sources.demo import demo_request, demo_world, region_geobox
from eodash.truth import UNKNOWN, Truth, by_field, majority, truth_of
from eodash.truth.attributes import dbf
from eodash.truth.features import columns_of, features_of, packed, unpacked
from eodash.truth.labels import guessed, labelled, likeliest, mapped
from eodash.truth.scored import Pick, called, over_season, picked, sample, scored
from eodash.truth.simulated import onto
from eodash.world import REGIONS
from eodash.world.legend import LANDCOVER

NAMES = ("maize", "grassland", "water")
GRID = GeoBox((10, 12), Affine(10.0, 0.0, 506_000.0, 0.0, -10.0, 5_328_000.0), "EPSG:32630")
EVERYWHERE = np.ones((2, 4), bool)


def cut_of(name: str, step: int, top: int = 0, left: int = 0, size: int = 8) -> xr.DataArray:
    """An empty cube on a part of a demo region."""
    grid = region_geobox(REGIONS[name])
    place = grid.affine * Affine.translation(left, top) * Affine.scale(step)
    box = GeoBox((size, size), place, str(grid.crs))
    attrs = {"provenance": json.dumps({"region": name})}
    return xr.DataArray(np.zeros((size, size), np.int16), xr_coords(box, always_yx=True), ("y", "x"), attrs=attrs)


def test_the_demo_knows_the_truth_of_its_own_pixels() -> None:
    here = truth_of(demo_request(), cut_of("temperate-north", 1, 5, 7), "landcover")
    whole = demo_world("temperate-north").truth()
    assert here is not None
    assert here.names == LANDCOVER.names
    assert np.array_equal(here.classes, whole.landcover[5:13, 7:15])
    assert here.parcels is not None
    assert np.array_equal(here.parcels, whole.parcels[5:13, 7:15])


def test_classes_go_by_the_names_of_the_card_and_not_by_its_order() -> None:
    cube = cut_of("temperate-north", 1)
    plain = truth_of(demo_request(), cube, "landcover")
    turned = truth_of(demo_request(), cube, "landcover", LANDCOVER.names[::-1])
    assert plain is not None
    assert turned is not None
    assert np.array_equal(11 - plain.classes, turned.classes)


def test_no_other_source_and_no_unknown_legend_has_a_truth() -> None:
    cube = cut_of("temperate-north", 1)
    assert truth_of(replace(demo_request(), source="files"), cube, "landcover") is None
    assert truth_of(demo_request(), cube, "of my own") is None
    assert truth_of(demo_request(), cube.assign_attrs(provenance="[1, {"), "landcover") is None
    assert truth_of(demo_request(), cube.assign_attrs(provenance='{"region": ["x"]}'), "landcover") is None


def test_a_coarse_pixel_has_the_class_of_more_than_half_of_it_or_none() -> None:
    fine = np.array([[1, 1, 2, 2], [1, 3, 4, 4], [5, 5, 9, 9], [6, 6, 9, 9]], np.uint8)
    grid = GeoBox((4, 4), GRID.affine, "EPSG:32630")
    coarse = GeoBox((3, 2), GRID.affine * Affine.scale(2), "EPSG:32630")
    assert onto(fine, grid, coarse, UNKNOWN).tolist() == [[1, UNKNOWN], [UNKNOWN, 9], [UNKNOWN, UNKNOWN]]


def test_a_field_is_called_what_most_of_its_answered_pixels_are_and_of_two_alike_the_first() -> None:
    said = np.array([[1, UNKNOWN, UNKNOWN, UNKNOWN], [2, 2, UNKNOWN, 1]], np.uint8)
    parcels = np.array([[7, 7, 7, 7], [0, 4, 3, 4]], np.uint16)
    assert majority(said, parcels).tolist() == [[1, 1, 1, 1], [2, 1, UNKNOWN, 1]]


TRUTH = Truth(
    np.array([[0, 0, 0, 1], [1, 1, UNKNOWN, 2]], np.uint8), np.array([[1, 1, 1, 2], [2, 2, 0, 3]], np.uint16), NAMES, ""
)
SAID = np.array([[0, 0, 1, 1], [0, 0, 2, UNKNOWN]], np.uint8)


def test_counts_are_of_pixels_with_a_truth_and_an_answer() -> None:
    here = scored(TRUTH, SAID, EVERYWHERE)
    assert here.matrix.tolist() == [[2, 1, 0], [2, 1, 0], [0, 0, 0]]
    assert here.accuracy == pytest.approx(0.5)
    assert here.balanced == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert here.unanswered == 1
    assert (here.fields, here.field_accuracy) == (2, pytest.approx(0.5))  # nothing is said of the third
    assert here.rows[0]["precision"] == pytest.approx(0.5)
    assert here.rows[2]["recall"] is None


def test_nothing_outside_the_area_counts() -> None:
    left = np.zeros((2, 4), bool)
    left[:, :2] = True
    assert scored(TRUTH, SAID, left).matrix.tolist() == [[2, 0, 0], [2, 0, 0], [0, 0, 0]]
    assert not picked(TRUTH, SAID, left, Pick(0, 1)).any()


def test_fields_count_by_their_pixels_that_have_a_truth() -> None:
    half = replace(TRUTH, classes=np.array([[0, UNKNOWN, UNKNOWN, 1], [1, 1, UNKNOWN, 2]], np.uint8))
    real, said = by_field(half, SAID)
    assert (real.tolist(), said.tolist()) == ([0, 1], [0, 0])
    assert all(not len(each) for each in by_field(replace(TRUTH, parcels=None), SAID))


def test_a_cell_a_row_and_a_column_choose_the_pixels_that_they_count() -> None:
    here = scored(TRUTH, SAID, EVERYWHERE)
    for row in range(3):
        for column in range(3):
            assert picked(TRUTH, SAID, EVERYWHERE, Pick(row, column)).sum() == here.matrix[row, column]
        assert picked(TRUTH, SAID, EVERYWHERE, Pick(truth=row)).sum() == here.matrix[row].sum()
        assert picked(TRUTH, SAID, EVERYWHERE, Pick(said=row)).sum() == here.matrix[:, row].sum()
    assert np.argwhere(picked(TRUTH, SAID, EVERYWHERE, Pick(0, 1))).tolist() == [[0, 2]]
    assert picked(TRUTH, SAID, EVERYWHERE, Pick()).sum() == here.pixels


def test_the_season_starts_without_answers_and_gets_better() -> None:
    none = np.full((2, 4), UNKNOWN, np.uint8)
    course = over_season(TRUTH, np.stack([none, SAID, TRUTH.classes]), EVERYWHERE)
    assert np.isnan(course.accuracy[0])
    assert course.accuracy[1:].tolist() == [pytest.approx(0.5), 1.0]
    assert course.answered.tolist() == [0.0, pytest.approx(6 / 7), 1.0]
    assert np.isnan(course.fields[0])
    assert course.fields[2] == 1.0


def test_what_pixels_were_called_adds_up_to_what_was_answered() -> None:
    share = called(np.stack([np.full_like(SAID, UNKNOWN), SAID]), TRUTH.classes == 1, 3)
    assert share.tolist() == [[0, 0, 0], [pytest.approx(2 / 3), pytest.approx(1 / 3), 0]]


def test_a_sample_is_bounded_and_reaches_both_ends() -> None:
    row, column = sample(np.ones((50, 50), bool), 10)
    assert len(row) == 10
    assert (row[0], column[0], row[-1], column[-1]) == (0, 0, 49, 49)


def field(left: int, top: int, right: int, bottom: int, **properties: Any) -> dict[str, Any]:
    """A rectangle of pixels of the grid, in degrees."""
    corners = [GRID.affine * corner for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]
    ring = gpd.GeoSeries([shapely.Polygon(corners)], crs=32630).to_crs(4326)[0]
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(ring))}


FIELDS = [field(0, 0, 5, 5, crop="Mais", plot=1), field(6, 0, 11, 5, crop="meadow", plot=2)]


def uploaded(features: list[Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize(
    ("value", "meant"),
    [("Maize", "maize"), ("corn", "maize"), ("silage_maize", "maize"), ("mais", "maize"), ("permanent meadows",
     "grassland"), ("Grass-land", "grassland"), ("lake", "water"), ("asphalt", ""), ("", ""), ("1", "")],
)  # fmt: skip
def test_names_are_matched_when_they_are_equal_or_alike(value: str, meant: str) -> None:
    assert guessed(value, NAMES) == meant


def test_what_the_user_said_counts_before_what_is_likely() -> None:
    assert mapped(["corn", "hay"], NAMES, {"corn": "water", "hay": "no such class"}) == {
        "corn": "water", "hay": "grassland",
    }  # fmt: skip
    assert mapped(["corn"], NAMES, {"corn": ""}) == {"corn": ""}


def test_labels_become_a_truth_on_the_grid() -> None:
    features = features_of(uploaded(FIELDS), "labels.geojson")
    columns = columns_of(features)
    assert likeliest(columns, NAMES) == "crop"
    here = labelled(features, "crop", mapped(columns["crop"], NAMES, {}), NAMES, GRID, "labels")
    assert sorted(map(tuple, np.argwhere(here.classes == 0))) == [
        (row, column) for row in (0, 1, 2, 3) for column in range(4)
    ]
    assert here.parcels is not None
    assert {int(here.parcels[2, 2]), int(here.parcels[2, 8])} == {1, 2}
    assert (here.classes == 1).any()
    assert not here.notices


def test_disputed_narrow_distant_and_nameless_polygons_are_counted_in_words() -> None:
    more = [
        field(3, 0, 8, 5, crop="lake"), field(0, 8, 12, 9, crop="lake"), field(400, 0, 420, 5, crop="corn"),
        field(0, 6, 3, 8, crop="thistles"),
    ]  # fmt: skip
    features = features_of(uploaded([*FIELDS, *more]), "labels.geojson")
    here = labelled(features, "crop", mapped(columns_of(features)["crop"], NAMES, {}), NAMES, GRID, "labels")
    told = " · ".join(here.notices)
    for part in (
        "without a class of the legend: 1", "outside the area: 1", "of different classes: 20", "border: 2",
    ):  # fmt: skip
        assert part in told
    assert here.classes[2, 4] == UNKNOWN  # claimed by two


def test_one_class_is_said_and_no_class_is_refused() -> None:
    features = features_of(uploaded(FIELDS), "labels.geojson")
    one = labelled(features, "crop", {"Mais": "maize", "meadow": ""}, NAMES, GRID, "labels")
    assert "one class" in one.notices[-1]
    with pytest.raises(AoiError, match="left out") as refused:
        labelled(features, "crop", {"Mais": "", "meadow": ""}, NAMES, GRID, "labels")
    assert refused.value.code == "no_class"
    with pytest.raises(AoiError) as refused:
        labelled(features, "crop", {"Mais": "maize"}, NAMES, GRID.translate_pix(2000, 0), "labels")
    assert refused.value.code == "labels_outside"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "not_geojson"), (b"<kml/>", "not_geojson"), (uploaded([]), "empty"), (uploaded([1]), "not_geojson"),
     (uploaded([{"type": "Feature", "properties": None, "geometry": None}]), "no_column"),
     (uploaded([field(0, 0, 5, 5, number=place) for place in range(70)]), "no_column"),
     (b"PK\x03\x04 no zip", "not_zip"), (b"SQLite format 3\0 no database", "corrupt")],
)  # fmt: skip
def test_files_without_labels_are_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(AoiError) as refused:
        features_of(data, "../x")
    assert refused.value.code == code


def test_a_points_file_is_refused_when_it_is_placed() -> None:
    point = {"type": "Feature", "properties": {"crop": "corn"}, "geometry": {"type": "Point", "coordinates": [0, 0]}}
    with pytest.raises(AoiError) as refused:
        labelled(features_of(uploaded([point]), "x"), "crop", {"corn": "maize"}, NAMES, GRID, "labels")
    assert refused.value.code == "not_polygon"


def test_properties_are_plain_lines() -> None:
    hostile = field(0, 0, 5, 5, **{"crop\n<b>": "a\0b" + "x" * 500, "list": [1], "flag": True, "area": 1.5})
    (one,) = unpacked(packed(features_of(uploaded([hostile]), "x")))
    assert one["properties"].keys() == {"crop <b>", "area"}
    assert one["properties"]["area"] == "1.5"
    assert len(one["properties"]["crop <b>"]) <= 80


def written(driver: str, suffix: str, crs: int) -> bytes:
    """The two fields as GDAL writes them, a shapefile zipped."""
    frame = gpd.GeoDataFrame.from_features(FIELDS, crs=4326).to_crs(crs)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / f"fields{suffix}", driver=driver)
        files = list(Path(folder).iterdir())
        if len(files) == 1:
            return files[0].read_bytes()
        packed_files = io.BytesIO()
        with zipfile.ZipFile(packed_files, "w") as archive:
            for file in files:
                archive.write(file, file.name)
        return packed_files.getvalue()


@pytest.mark.parametrize(("driver", "suffix", "crs"), [("GPKG", ".gpkg", 32630), ("ESRI Shapefile", ".shp", 32630)])
def test_binary_files_tell_the_same_as_geojson(driver: str, suffix: str, crs: int) -> None:
    features = features_of(written(driver, suffix, crs), "fields")
    assert [one["properties"]["crop"] for one in features] == ["Mais", "meadow"]
    classes = mapped(columns_of(features)["crop"], NAMES, {})
    here = labelled(features, "crop", classes, NAMES, GRID, "labels")
    plain = labelled(features_of(uploaded(FIELDS), "x"), "crop", classes, NAMES, GRID, "labels")
    assert np.array_equal(here.classes, plain.classes)


@pytest.mark.parametrize("length", [0, 20, 33, 70, 90])
def test_a_table_that_breaks_off_is_refused(length: int) -> None:
    header = bytes([3]) + bytes(3) + (2).to_bytes(4, "little") + (65).to_bytes(2, "little") + (6).to_bytes(2, "little")
    column = b"crop".ljust(11, b"\0") + b"C" + bytes(4) + bytes([5]) + bytes(15)
    whole = header.ljust(32, b"\0") + column + b"\r" + b" corn  hay  "
    assert dbf(whole) == [{"crop": "corn"}, {"crop": "hay"}]
    if length < len(whole):
        with pytest.raises(AoiError):
            dbf(whole[:length])
