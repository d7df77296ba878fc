"""Areas: what is taken, and what is refused with which words."""

from __future__ import annotations

import contextlib
import json

import pytest
import shapely
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from eodash.areas import parse_area, parse_box, repaired
from eodash.errors import AoiError
from eodash.request import Area

SQUARE = [[2.0, 48.0], [2.1, 48.0], [2.1, 48.1], [2.0, 48.1], [2.0, 48.0]]
HOLE = [[2.02, 48.02], [2.02, 48.05], [2.05, 48.05], [2.05, 48.02], [2.02, 48.02]]
BOW_TIE = [[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0]]


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    return polygon([[west, south], [east, south], [east, north], [west, north], [west, south]])


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(features)}


def nested(depth: int) -> dict[str, object]:
    inner = polygon(SQUARE)
    for _ in range(depth):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    return inner


def brief(value: object) -> str:
    """A short name of a case."""
    return str(value)[:40]


def refused(data: object) -> AoiError:
    text = data if isinstance(data, str | bytes) else json.dumps(data)
    with pytest.raises(AoiError) as caught:
        parse_area(text)
    assert caught.value.message
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize(
    "said",
    [
        polygon(SQUARE),
        feature(polygon(SQUARE)),
        collection(feature(polygon(SQUARE)), feature(None)),
        collection(feature({"type": "MultiPolygon", "coordinates": [[SQUARE]]})),
        nested(7),
        polygon(SQUARE[:-1]),
        polygon([[*corner, 120.5] for corner in SQUARE]),
        polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
        polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}}},
        polygon([SQUARE[0], *SQUARE]),
    ],
)
def test_every_legal_way_to_write_a_square_gives_the_same_area(said: dict[str, object]) -> None:
    expected = Area.of(shapely.box(2.0, 48.0, 2.1, 48.1))
    assert parse_area(json.dumps(said)).wkt == expected.wkt
    assert parse_area(("\ufeff" + json.dumps(said)).encode()).wkt == expected.wkt


def test_holes_are_kept_and_heights_dropped() -> None:
    area = parse_area(json.dumps(polygon(SQUARE, [[*corner, 3.0] for corner in HOLE])))
    assert area.geometry.area == pytest.approx(0.01 - 0.0009)
    assert not area.geometry.has_z


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("not_finite", '{"type":"Point","coordinates":[NaN,Infinity]}'),
        ("not_finite", '{"type":"Polygon","coordinates":[[[NaN,1],[2,1],[2,2],[NaN,1]]]}'),
        ("not_finite", '{"type":"Polygon","coordinates":[[[1e999,1],[2,1],[2,2],[1e999,1]]]}'),
        ("not_finite", '{"type":"Polygon","coordinates":[[[' + "9" * 5000 + ",1],[2,1],[2,2],[1,1]]]}"),
        ("self_intersection", polygon(BOW_TIE)),
        ("self_intersection", polygon(SQUARE, [[3, 48], [3.1, 48], [3.1, 48.1], [3, 48]])),
        ("self_intersection", {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}),
        ("out_of_range", box(48, 100, 48.1, 100.1)),
        ("out_of_range", box(2, 200, 3, 201)),
        ("out_of_range", box(200, 20, 201, 21)),
        ("antimeridian", box(179, 10, -179, 11)),
        ("antimeridian", box(179.5, 10, 180.5, 11)),
        ("antimeridian", box(-180.5, 10, -179.5, 11)),
        ("antimeridian", collection(feature(box(179, 1, 179.5, 2)), feature(box(-179.5, 1, -179, 2)))),
        ("too_large", box(-180, -90, 180, 90)),
        ("too_large", box(0, 0, 9, 9)),
        ("too_large", box(0, 0, 12, 0.01)),
        ("too_large", collection(feature(box(0, 1, 0.1, 1.1)), feature(box(100, 1, 100.1, 1.1)))),
        ("not_polygon", {"type": "Point", "coordinates": [1, 2]}),
        ("not_polygon", {"type": "LineString", "coordinates": [[1, 2], [2, 3]]}),
        ("not_polygon", polygon([[1, 1], [2, 2]])),
        ("not_polygon", polygon([[1, 1], [2, 2], [1, 1]])),
        ("not_polygon", polygon([[1, 1], [2, 2], [3, 3], [1, 1]])),
        ("not_polygon", polygon([])),
        ("not_polygon", box(1, 1, 1 + 1e-9, 1 + 1e-9)),
        ("too_deep", "[" * 100_000),
        ("too_deep", '{"a":' * 100_000),
        ("too_deep", nested(8)),
        ("empty", collection()),
        ("empty", collection(feature(None))),
        ("empty", polygon()),
        ("empty", {"type": "GeometryCollection", "geometries": []}),
        ("not_geojson", b""),
        ("not_geojson", b"  \n"),
        ("not_geojson", b"hello"),
        ("not_geojson", json.dumps(polygon(SQUARE)).encode("utf-16")),
        ("not_geojson", json.dumps(polygon(SQUARE)).encode("utf-16-le")),
        ("not_geojson", '<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>'),
        ("not_geojson", "[]"),
        ("not_geojson", "null"),
        ("not_geojson", "7"),
        ("not_geojson", {"type": "Topology"}),
        ("not_geojson", {"type": "FeatureCollection"}),
        ("not_geojson", collection(polygon(SQUARE))),
        ("not_geojson", polygon([[True, False], [1, 2], [2, 2]])),
        ("not_geojson", polygon([["1", "2"], ["2", "2"], ["2", "3"]])),
        ("not_geojson", polygon([[1], [2], [3]])),
        ("not_geojson", {"type": "Polygon", "coordinates": 5}),
        ("not_geojson", '{"type":"Polygon","type":"Point","coordinates":[]}'),
        ("crs", polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": "EPSG:32631"}}}),
        ("too_many_features", collection(*[feature(None)] * 501)),
        ("too_many_vertices", polygon([[index * 1e-6, 0] for index in range(10_001)])),
        ("file_too_large", b" " * (5 * 2**20 + 1)),
    ],
    ids=brief,
)  # fmt: skip
def test_a_bad_area_is_refused_by_name(code: str, said: object) -> None:
    assert refused(said).code == code


def test_an_outline_that_crosses_itself_comes_with_a_repair() -> None:
    error = refused(feature(polygon(BOW_TIE), name="tie"))
    area = repaired(error)
    assert area.geometry.is_valid
    assert area.geometry.area == pytest.approx(0.005)
    assert area.name == "tie"


def test_swapped_coordinates_are_suspected() -> None:
    assert "swapped" in refused(box(48, 100, 48.1, 100.1)).advice


def test_too_large_says_how_large_and_how_large_it_may_be() -> None:
    error = refused(box(0, 0, 9, 9))
    assert error.details["megabytes"] > error.details["limit_megabytes"]
    assert f"{error.details['megabytes']:,} MB" in error.message
    assert str(error.details["side_km"]) in error.advice


def test_the_largest_allowed_size_is_accepted() -> None:
    degrees = refused(box(0, 0, 9, 9)).details["side_km"] / 111.3
    parse_area(json.dumps(box(0, 0, degrees * 0.99, degrees * 0.99)))


def test_brackets_in_strings_are_not_depth() -> None:
    said = feature(polygon(SQUARE), note='["' * 5000 + "\\")
    parse_area(json.dumps(said))


@pytest.mark.parametrize("text", ['"' * 500_000, '"\\' * 500_000, '"' + "\\" * 999_999, "[" * 5_000_000], ids=brief)
def test_hostile_strings_are_read_in_linear_time(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("name", ["../../app.py", "n" * 300, "a\0b", "🌾", "<img src=x onerror=alert(1)>", "\ud800"])
def test_a_name_is_plain_text(name: str) -> None:
    area = parse_area(json.dumps(polygon(SQUARE)), name)
    assert len(area.name) <= 80
    assert area.name.isprintable()
    assert parse_area(json.dumps(feature(polygon(SQUARE), name=name))).name == area.name


@pytest.mark.parametrize(
    "text",
    [
        "2, 48, 2.1, 48.1",
        "2 48 2.1 48.1",
        "2; 48; 2.1; 48.1",
        "[2, 48, 2.1, 48.1]",
        "2°E, 48°N, 2.1°E, 48.1°N",
        "48N 2E 48.1N 2.1E",
        "N48 E2 N48.1 E2.1",
        "2 48, 2.1 48, 2.1 48.1, 2 48.1",
        json.dumps(polygon(SQUARE)),
    ],
)
def test_typed_coordinates_are_understood(text: str) -> None:
    assert parse_box(text).wkt == Area.of(shapely.box(2.0, 48.0, 2.1, 48.1)).wkt


def test_west_and_south_are_negative() -> None:
    assert parse_box("2.92°W 10.2°S 2.88°W 10.1°S").geometry.bounds == pytest.approx((-2.92, -10.2, -2.88, -10.1))
    assert parse_box("−2.92 48.1 −2.88 48.2").geometry.bounds[0] == pytest.approx(-2.92)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("not_coordinates", ""),
        ("not_coordinates", "somewhere"),
        ("not_coordinates", "1, 2, 3"),
        ("not_coordinates", "2E 48N 2.1E 3E"),
        ("not_coordinates", "1, 2, 3, 4; DROP"),
        ("not_finite", "nan, 48, 3, 49"),
        ("not_finite", "1e999, 48, 3, 49"),
        ("not_finite", "9" * 5000 + " 1 2 3"),
        ("out_of_range", "48, 100, 49, 101"),
        ("antimeridian", "179, 10, -179, 11"),
        ("antimeridian", "179E 10N 179W 11N"),
        ("too_large", "-180 -90 180 90"),
        ("not_polygon", "2 48 2 48"),
        ("not_polygon", "2 49 3 48"),
        ("self_intersection", "0 0, 0.1 0.1, 0.1 0, 0 0.1"),
        ("not_kml", "<kml>"),
        ("not_geojson", "<gpx/>"),
        ("too_large", "1 " * 60_000),
    ],
    ids=brief,
)
def test_bad_typed_coordinates_are_refused_by_name(code: str, text: str) -> None:
    with pytest.raises(AoiError) as caught:
        parse_box(text)
    assert caught.value.code == code


numbers = st.one_of(st.floats(), st.integers(), st.floats(-180, 180), st.booleans(), st.none(), st.text(max_size=3))
rings = st.lists(st.lists(numbers, max_size=3), max_size=6)
geometries = st.recursive(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "Feature", "FeatureCollection", "x"]),
            "coordinates": st.one_of(st.lists(rings, max_size=3), st.lists(st.lists(rings, max_size=2), max_size=2)),
        }
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.sampled_from(["GeometryCollection", "Feature", "FeatureCollection"]),
            "geometries": st.lists(inner, max_size=2),
            "features": st.lists(inner, max_size=2),
            "geometry": inner,
        }
    ),
    max_leaves=4,
)
near = st.tuples(st.floats(2.0, 2.1), st.floats(48.0, 48.1)).map(list)


def judged(data: bytes | str) -> None:
    try:
        area = parse_area(data)
    except AoiError:
        return
    assert area.geometry.is_valid
    assert area.geometry.area > 0


@pace(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_area_or_an_area_error(data: bytes) -> None:
    judged(data)


@pace(max_examples=150, deadline=None)
@given(geometries)
def test_anything_like_geojson_gives_an_area_or_an_area_error(said: object) -> None:
    judged(json.dumps(said))


@pace(max_examples=150, deadline=None)
@given(st.lists(st.lists(near, min_size=3, max_size=8), min_size=1, max_size=3))
def test_any_polygon_gives_a_valid_area_or_an_area_error(said: object) -> None:
    judged(json.dumps({"type": "Polygon", "coordinates": said}))


@pace(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_typed_text_gives_an_area_or_an_area_error(text: str) -> None:
    with contextlib.suppress(AoiError):
        parse_box(text)
