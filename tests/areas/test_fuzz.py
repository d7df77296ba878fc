"""Valid files, a few bytes of them changed: an area or an error that says why, never anything else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as pace
from hypothesis import strategies as st

from eodash.areas import parse_area
from eodash.errors import AoiError
from tests.areas.written import (
    DONUT,
    SQUARE,
    WGS84_PRJ,
    geopackage,
    kml,
    kml_polygon,
    placemark,
    shapefile,
    shp,
    zipped,
)

VALID = {
    "kml": (kml(placemark(kml_polygon(DONUT)) * 2)).encode(),
    "kml in UTF-16": kml(placemark(), head="").encode("utf-16"),
    "zip": zipped(shapefile([SQUARE, DONUT], 32631)),
    "geopackage": geopackage([SQUARE, DONUT], 32631),
}
RINGS = [list(ring.coords) for ring in (DONUT.exterior, *DONUT.interiors)]
changes = st.lists(st.tuples(st.floats(0, 0.999999), st.integers(0, 255)), max_size=8)
tails = st.one_of(st.just(1.0), st.floats(0, 1))


def changed(data: bytes, where: list[tuple[float, int]], tail: float) -> bytes:
    bytes_ = bytearray(data)
    for place, value in where:
        bytes_[int(place * len(data))] = value
    return bytes(bytes_[: int(tail * len(data))])


def judged(data: bytes) -> None:
    try:
        area = parse_area(data)
    except AoiError:
        return
    assert area.geometry.is_valid
    assert area.geometry.area > 0


slowly = pace(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", VALID)
@slowly
@given(where=changes, tail=tails)
def test_a_changed_file_gives_an_area_or_an_area_error(kind: str, where: list[tuple[float, int]], tail: float) -> None:
    judged(changed(VALID[kind], where, tail))


@slowly
@given(where=changes, tail=tails)
def test_a_changed_shp_in_a_sound_zip(where: list[tuple[float, int]], tail: float) -> None:
    judged(zipped({"a.shp": changed(shp(RINGS), where, tail), "a.shx": b"", "a.prj": WGS84_PRJ}))


@slowly
@given(where=changes, tail=tails)
def test_a_changed_prj_in_a_sound_zip(where: list[tuple[float, int]], tail: float) -> None:
    judged(zipped({"a.shp": shp(RINGS), "a.shx": b"", "a.prj": changed(WGS84_PRJ.encode(), where, tail)}))


@slowly
@given(st.binary(max_size=300))
def test_any_bytes_behind_a_mark(data: bytes) -> None:
    for mark in (b"PK\x03\x04", b"PK\x05\x06", b"SQLite format 3\0", b"<", b"\xff\xfe<\0"):
        judged(mark + data)
