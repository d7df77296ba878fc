"""Bad areas in one table: the number of the fault, what comes in, and what is said about it; None is an area."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import numpy as np
import pyproj
import pytest
import shapely

from eodash.areas import parse_area
from eodash.errors import AoiError
from tests.areas.written import (
    DONUT,
    SQUARE,
    WGS84_PRJ,
    geopackage,
    kml,
    kml_polygon,
    kml_ring,
    placemark,
    shapefile,
    shp,
    zipped,
)

Made = Callable[[], bytes | str]
BOW_TIE = shapely.Polygon([(0, 0), (0.1, 0.1), (0.1, 0), (0, 0.1)])
EAST, WEST = shapely.box(179, 1, 179.5, 2), shapely.box(-179.5, 1, -179, 2)
WORLD = shapely.box(-180, -90, 180, 90)
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)
LAUGHS = (
    '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
XXE = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
MANY = shapely.Polygon(
    [(2 + 0.05 * np.cos(a), 48 + 0.05 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 10_001, endpoint=False)]
)


def geojson(geometry: shapely.Geometry) -> str:
    return shapely.to_geojson(geometry)


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>'


def marked(polygon: shapely.Polygon) -> str:
    return kml(placemark(kml_polygon(polygon)))


def coordinates(text: str) -> str:
    ring = f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"
    return kml(placemark(f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"))


def by_hand(*records: object, prj: str | None = WGS84_PRJ, **more: int) -> bytes:
    members: dict[str, bytes | str] = {"a.shp": shp(*records, **more), "a.shx": b""}  # type: ignore[arg-type]
    return zipped(members if prj is None else members | {"a.prj": prj})


def named(name: str, mode: int = 0) -> bytes:
    """A shapefile and one more member."""
    file = io.BytesIO(zipped(shapefile()))
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("x" * len(name))
        info.external_attr = mode << 16
        archive.writestr(info, "/etc/passwd")
    return file.getvalue().replace(b"x" * len(name), name.encode()) if name != "x" * len(name) else file.getvalue()


def lying(size: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A member that is 60 MB of zeros and says that it is small."""
    data = bytearray(zipped({"a.shp": bytes(60_000_000), "a.shx": b"", "a.prj": b""}, method))
    where = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, where + 24, size)
    struct.pack_into("<I", data, 22, size)
    return bytes(data)


def crowd(count: int) -> bytes:
    """A directory of very many members, none of which is there."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    head = b"PK\x03\x04" + bytes(26)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, len(head), 0)
    return head + entry * count + end


def encrypted() -> bytes:
    data = bytearray(zipped(shapefile()))
    position = -1
    while (position := data.find(b"PK\x01\x02", position + 1)) >= 0:
        data[position + 8] |= 1
    return bytes(data)


def long_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in shapefile().items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return file.getvalue()


def broken_pages() -> bytes:
    data = geopackage()
    return data[:4096] + b"\xff" * (len(data) - 4096)


def deep_shape() -> bytes:
    """A GeoPackage whose geometry is nested a hundred thousand times."""
    wkb = struct.pack("<BII", 1, 7, 1) * 100_000 + shapely.to_wkb(SQUARE)
    return geopackage([SQUARE], 4326, f"UPDATE fields SET geom = X'{(b'GP' + bytes([0, 1, 0, 0, 0, 0]) + wkb).hex()}'")


def repeated(count: int) -> list[shapely.Polygon]:
    return [shapely.box(2 + 1e-4 * n, 48, 2 + 1e-4 * n + 5e-5, 48.01) for n in range(count)]


def database() -> bytes:
    import sqlite3

    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE secrets (a)")
    return made.serialize()


POINT, LINE = shapely.Point(2, 48), shapely.LineString([(2, 48), (3, 48)])
NAN_RING = [(2.0, 48.0), (float("nan"), 48.1), (2.1, 48.1), (2.0, 48.0)]
LOOKS = [list(ring.coords) for ring in (DONUT.exterior, *DONUT.interiors)]

TABLE: list[tuple[str, str | None, Made]] = [
    ("1 geojson", "not_finite", lambda: '{"type":"Polygon","coordinates":[[[NaN,Infinity],[2,1],[2,2],[NaN,1]]]}'),
    ("1 kml nan", "not_finite", lambda: coordinates("nan,48 2.1,48 2.1,48.1")),
    ("1 kml inf", "not_finite", lambda: coordinates("-Infinity,48 2.1,48 2.1,48.1")),
    ("1 kml huge", "not_finite", lambda: coordinates("1e999,48 2.1,48 2.1,48.1")),
    ("1 kml 5000 digits", "not_finite", lambda: coordinates("9" * 5000 + ",48 2.1,48 2.1,48.1")),
    ("1 shp", "not_finite", lambda: by_hand([NAN_RING])),
    ("1 gpkg", "not_finite", lambda: geopackage().replace(
        struct.pack("<d", 2.1), struct.pack("<d", float("nan")))),
    ("2 geojson", "self_intersection", lambda: geojson(BOW_TIE)),
    ("2 kml", "self_intersection", lambda: marked(BOW_TIE)),
    ("2 shp", "self_intersection", lambda: zipped(shapefile([BOW_TIE]))),
    ("2 gpkg", "self_intersection", lambda: geopackage([BOW_TIE])),
    ("2 shp overlapping rings", "self_intersection", lambda: by_hand(
        [list(box.exterior.coords) for box in (SQUARE, shapely.box(2.05, 48.05, 2.15, 48.15))])),
    ("3 geojson", "out_of_range", lambda: geojson(shapely.box(48, 100, 48.1, 200))),
    ("3 kml", "out_of_range", lambda: marked(shapely.box(2, 200, 3, 201))),
    ("3 shp", "out_of_range", lambda: zipped(shapefile([shapely.box(2, 200, 3, 201)]))),
    ("3 shp in another datum", "out_of_range", lambda: by_hand(
        [[(48, 100), (48, 101), (49, 101), (48, 100)]], prj=WGS84_PRJ.replace("6378137", "6378206.4"))),
    ("3 gpkg", "out_of_range", lambda: geopackage([shapely.box(2, 200, 3, 201)])),
    ("4 geojson", "antimeridian", lambda: geojson(shapely.MultiPolygon([EAST, WEST]))),
    ("4 kml", "antimeridian", lambda: marked(shapely.box(179.5, 10, 180.5, 11))),
    ("4 shp", "antimeridian", lambda: zipped(shapefile([EAST, WEST]))),
    ("4 gpkg projected", "antimeridian", lambda: geopackage([EAST, WEST], 3832)),
    ("5 geojson", "too_large", lambda: geojson(WORLD)),
    ("5 kml", "too_large", lambda: marked(WORLD)),
    ("5 shp", "too_large", lambda: zipped(shapefile([WORLD]))),
    ("5 gpkg", "too_large", lambda: geopackage([shapely.box(0, 40, 12, 52)], 3035)),
    ("6 geojson point", "not_polygon", lambda: geojson(POINT)),
    ("6 kml point", "not_polygon", lambda: kml(placemark("<Point><coordinates>2,48</coordinates></Point>"))),
    ("6 kml line", "not_polygon", lambda: kml(placemark(f"<LineString>{kml_ring([(2, 48), (3, 48)])}</LineString>"))),
    ("6 kml two corners", "not_polygon", lambda: coordinates("2,48 3,48 2,48")),
    ("6 kml no area", "not_polygon", lambda: coordinates("2,48 3,48 4,48 2,48")),
    ("6 kml empty ring", "not_polygon", lambda: coordinates(" ")),
    ("6 shp point", "not_polygon", lambda: zipped(shapefile([POINT]))),
    ("6 shp line", "not_polygon", lambda: zipped(shapefile([LINE]))),
    ("6 shp two corners", "not_polygon", lambda: by_hand([[(2, 48), (3, 48), (2, 48)]])),
    ("6 gpkg line", "not_polygon", lambda: geopackage([LINE])),
    ("7 geojson", None, lambda: '{"type":"Polygon","coordinates":[[[2,48],[2.1,48],[2.1,48.1],[2,48.1]]]}'),
    ("7 kml", None, lambda: coordinates("2,48 2.1,48 2.1,48.1 2,48.1")),
    ("7 shp", None, lambda: by_hand([[(2, 48), (2.1, 48), (2.1, 48.1), (2, 48.1)]])),
    ("9 geojson", "too_deep", lambda: "[" * 100_000),
    ("9 kml elements", "too_deep", lambda: "<kml>" + "<a>" * 100_000),
    ("9 kml folders", "too_deep", lambda: kml("<Folder>" * 9 + placemark() + "</Folder>" * 9)),
    ("9 kml geometries", "too_deep", lambda: kml(
        placemark("<MultiGeometry>" * 8 + kml_polygon() + "</MultiGeometry>" * 8))),
    ("9 kml within limits", None, lambda: kml(
        "<Folder>" * 7 + placemark("<MultiGeometry>" * 7 + kml_polygon() + "</MultiGeometry>" * 7) + "</Folder>" * 7)),
    ("9 gpkg", "too_deep", deep_shape),
    ("11 no bytes", "not_geojson", lambda: b""),
    ("11 not JSON", "not_geojson", lambda: "hello"),
    ("11 UTF-16", "not_geojson", lambda: geojson(SQUARE).encode("utf-16")),
    ("11 BOM", None, lambda: geojson(SQUARE).encode("utf-8-sig")),
    ("11 no features", "empty", lambda: '{"type":"FeatureCollection","features":[]}'),
    ("11 kml", "empty", lambda: kml("")),
    ("11 kml link", "empty", lambda: kml("<NetworkLink><Link><href>file:///etc/passwd</href></Link></NetworkLink>")),
    ("11 kml BOM", None, lambda: kml(placemark()).encode("utf-8-sig")),
    ("11 kml UTF-16", None, lambda: kml(placemark(), head="").encode("utf-16")),
    ("11 kml UTF-16 declared", None, lambda: kml(placemark(), declared("UTF-16")).encode("utf-16")),
    ("11 kml Latin-1", None, lambda: kml(placemark(name="é"), declared("ISO-8859-1")).encode("latin-1")),
    ("11 kml UTF-7", "not_geojson", lambda: kml(placemark(), declared("UTF-7")).encode()),
    ("11 kml breaks off", "not_kml", lambda: kml(placemark())[:-20]),
    ("11 GPX", "not_geojson", lambda: '<?xml version="1.0"?><gpx><trk/></gpx>'),
    ("11 XML", "not_geojson", lambda: "<<<"),
    ("11 HTML", "not_geojson", lambda: "<!doctype-less><html>"),
    ("11 picture", "not_geojson", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
    ("11 empty zip", "empty", lambda: zipped({})),
    ("11 zip of text", "empty", lambda: zipped({"a.txt": "a"})),
    ("11 shp without records", "empty", lambda: by_hand()),
    ("11 empty gpkg", "empty", lambda: geopackage([SQUARE], 4326, "DELETE FROM fields")),
    ("13 geojson", None, lambda: geojson(shapely.force_3d(shapely.MultiPolygon([DONUT]), 5))),
    ("13 kml", None, lambda: marked(shapely.force_3d(DONUT, 5))),
    ("13 shp", None, lambda: zipped(shapefile([shapely.force_3d(DONUT, 5)]))),
    ("13 gpkg", None, lambda: geopackage([shapely.force_3d(shapely.MultiPolygon([DONUT]), 5)])),
    ("14 kml", None, lambda: kml(placemark(name="&lt;img src=x onerror=alert(1)>"))),
    ("15 geojson", "not_geojson", lambda: VRT),
    ("15 with a declaration", "not_geojson", lambda: '<?xml version="1.0"?>\n' + VRT),
    ("15 as .shp", "corrupt", lambda: zipped(shapefile() | {"fields.shp": VRT})),
    ("15 as .kml", "not_geojson", lambda: zipped({"doc.kml": VRT})),
    ("16 billion laughs", "xml_entities", lambda: kml(placemark(name="&j;"), LAUGHS)),
    ("16 external entity", "xml_entities", lambda: kml(placemark(name="&x;"), XXE)),
    ("16 document type", "xml_entities", lambda: kml(placemark(), "<!DOCTYPE kml>")),
    ("16 parameter entity", "xml_entities", lambda: kml("", '<!DOCTYPE kml [<!ENTITY % x SYSTEM "http://x/">%x;]>')),
    ("16 UTF-16", "xml_entities", lambda: kml(placemark(name="&x;"), XXE).encode("utf-16")),
    ("16 in a zip", "xml_entities", lambda: zipped({"doc.kml": kml(placemark(name="&x;"), XXE)})),
    ("18 parent", "zip_unsafe", lambda: named("../../x")),
    ("18 parent inside", "zip_unsafe", lambda: named("a/../../x")),
    ("18 backslash", "zip_unsafe", lambda: named("..\\..\\y")),
    ("18 absolute", "zip_unsafe", lambda: named("/etc/passwd")),
    ("18 drive", "zip_unsafe", lambda: named("C:\\passwd")),
    ("18 drive-relative", "zip_unsafe", lambda: named("c:passwd")),
    ("18 server", "zip_unsafe", lambda: named("\\\\host\\share")),
    ("18 NUL", "zip_unsafe", lambda: named("a\0b.shp")),
    ("18 link", "zip_unsafe", lambda: named("link.shp", stat.S_IFLNK | 0o777)),
    ("18 pipe", "zip_unsafe", lambda: named("pipe.shp", stat.S_IFIFO | 0o777)),
    ("18 twice", "zip_unsafe", lambda: named("fields.shp")),
    ("18 folder", None, lambda: zipped({f"a/b/{name}": content for name, content in shapefile().items()})),
    ("18 other system's folder", None, lambda: zipped(
        shapefile() | {"__MACOSX/._fields.shp": b"x", ".DS_Store": b"x", "inner.zip": zipped({"../x": b"x"})})),
    ("19 bomb", "zip_too_big", lambda: zipped({"a.shp": bytes(100_000_000)})),
    ("19 dense", "zip_too_big", lambda: zipped({"a.shp": bytes(10_000_000)})),
    ("19 dense and small", "zip_too_big", lambda: zipped({"a.shp": bytes(500_000)})),
    ("19 dense beside noise", "zip_too_big", lambda: zipped(
        {"a.shp": bytes(40_000_000), "b": np.random.default_rng(0).bytes(500_000)})),
    ("19 lies", "zip_too_big", lambda: lying(5_000_000)),
    ("19 100,000 members", "zip_too_big", lambda: crowd(100_000)),
    ("19 zip64", None, long_zip),
    ("19 encrypted", "zip_encrypted", encrypted),
    ("19 unusual method", "not_zip", lambda: zipped(shapefile(), zipfile.ZIP_LZMA)),
    ("19 breaks off", "not_zip", lambda: zipped(shapefile())[:-200]),
    ("19 kml in a zip", None, lambda: zipped({"doc.kml": kml(placemark())})),
    ("19 large kml in a zip", "file_too_large", lambda: zipped(
        {"doc.kml": kml(placemark()) + "".join(f"<!--{n * 7919 % 1000003}-->" for n in range(450_000))})),
    ("20 no .shp", "zip_incomplete", lambda: zipped(shapefile(shp=None))),
    ("20 no .shx", "zip_incomplete", lambda: zipped(shapefile(shx=None))),
    ("20 no .dbf", None, lambda: zipped(shapefile(dbf=None))),
    ("20 no .prj, degrees", None, lambda: zipped(shapefile(prj=None))),
    ("20 no .prj, metres", "no_crs", lambda: zipped(shapefile(crs=32631, prj=None))),
    ("20 .prj of nonsense", "crs", lambda: zipped(shapefile(prj=b"hello"))),
    ("20 .prj of PROJ", "crs", lambda: zipped(shapefile(prj=b"+proj=hgridshift +grids=/etc/passwd"))),
    ("20 .prj of another place", "crs", lambda: by_hand(
        [[(1e12, 1e12), (1e12, 2e12), (2e12, 2e12), (1e12, 1e12)]],
        prj=pyproj.CRS.from_epsg(32631).to_wkt("WKT1_ESRI"))),
    ("20 .prj of metres within a room", "crs", lambda: zipped(shapefile(prj=b'LOCAL_CS["room",UNIT["metre",1]]'))),
    ("20 long .prj", "crs", lambda: zipped(shapefile(prj=np.random.default_rng(0).bytes(100_000)))),
    ("20 .shp breaks off", "corrupt", lambda: zipped(shapefile(shp=shp(LOOKS)[:-30]))),
    ("20 .shp of too many points", "corrupt", lambda: zipped(shapefile(
        shp=shp(LOOKS).replace(struct.pack("<ii", 2, 10), struct.pack("<ii", 2, 2**31 - 1))))),
    ("20 .shp of negative parts", "corrupt", lambda: zipped(shapefile(
        shp=shp(LOOKS).replace(struct.pack("<ii", 2, 10), struct.pack("<ii", -2, 10))))),
    ("20 .shp in wrong order", None, lambda: by_hand([ring[::-1] for ring in LOOKS])),
    ("20 .shp hole first", None, lambda: by_hand(LOOKS[::-1])),
    ("20 foreign database", "not_geopackage", database),
    ("20 gpkg with broken pages", "corrupt", broken_pages),
    ("20 gpkg breaks off", "corrupt", lambda: geopackage()[:20_000]),
    ("20 gpkg of one page", "corrupt", lambda: geopackage()[:100]),
    ("20 gpkg with a view", "empty", lambda: geopackage(
        [SQUARE], 4326, "CREATE VIEW spy AS SELECT * FROM fields", "DELETE FROM gpkg_geometry_columns",
        "INSERT INTO gpkg_geometry_columns VALUES ('spy', 'geom', 'POLYGON', 4326, 0, 0)")),
    ("20 gpkg with a computed column", "corrupt", lambda: geopackage(
        [SQUARE], 4326, "ALTER TABLE fields ADD COLUMN spy AS (randomblob(1000000000))",
        "UPDATE gpkg_geometry_columns SET column_name = 'spy'")),
    ("20 gpkg with a hostile name", "empty", lambda: geopackage(
        [SQUARE], 4326, """UPDATE gpkg_geometry_columns SET table_name = 'x"; ATTACH ''/tmp/x'' AS x; --'""")),
    ("20 gpkg without systems", "no_crs", lambda: geopackage([SQUARE], 32631, "DELETE FROM gpkg_spatial_ref_sys")),
    ("20 gpkg of text", "corrupt", lambda: geopackage([SQUARE], 4326, "UPDATE fields SET geom = 'hello'")),
    ("20 gpkg of half a geometry", "corrupt", lambda: geopackage(
        [SQUARE], 4326, "UPDATE fields SET geom = CAST(substr(geom, 1, 60) AS BLOB)")),
    ("20 gpkg with a log", None, lambda: geopackage()[:18] + b"\2\2" + geopackage()[20:]),
    ("21 too large", "file_too_large", lambda: geopackage() + bytes(5 * 2**20)),
    ("21 kml too large", "file_too_large", lambda: kml(placemark()) + " " * 5 * 2**20),
    ("21 kml features", "too_many_features", lambda: kml(placemark() * 501)),
    ("21 shp features", "too_many_features", lambda: zipped(shapefile(repeated(501)))),
    ("21 gpkg features", "too_many_features", lambda: geopackage(repeated(501))),
    ("21 shp 500 features", None, lambda: zipped(shapefile(repeated(500)))),
    ("21 kml corners", "too_many_vertices", lambda: marked(MANY)),
    ("21 shp corners", "too_many_vertices", lambda: zipped(shapefile([MANY]))),
    ("21 gpkg corners", "too_many_vertices", lambda: geopackage([MANY])),
    ("21 kml elements", "too_many_features", lambda: kml("<a/>" * 100_001)),
    ("21 kml no commas", "not_kml", lambda: coordinates("2 48 2.1 48 2.1 48.1")),
    ("21 kml words", "not_kml", lambda: coordinates("two,fortyeight 2.1,48 2.1,48.1")),
    ("21 kml separators", "not_kml", lambda: coordinates("2_0,48 2.1,48 2.1,48.1")),
    ("21 kml two outer rings", "not_kml", lambda: kml(placemark(kml_polygon().replace(
        "<Polygon>", f"<Polygon><outerBoundaryIs>{kml_ring(SQUARE.exterior.coords)}</outerBoundaryIs>")))),
    ("21 kml no outer ring", "not_kml", lambda: kml(placemark("<Polygon/>"))),
    ("21 kml polygon in polygon", "not_kml", lambda: kml(placemark(f"<Polygon>{kml_polygon()}</Polygon>"))),
    ("21 kml spaces", None, lambda: coordinates("\n\t2 , 48 ,0\r\n 2.1,48,0 2.1,\t48.1,0 2,48.1  ")),
    ("21 kml old namespace", None, lambda: kml(placemark(), namespace="http://earth.google.com/kml/2.1")),
    ("21 kml no namespace", None, lambda: f"<kml>{placemark()}</kml>"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "made"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_bad_area_is_named_and_a_good_one_taken(code: str | None, made: Made) -> None:
    data = made()
    if code is None:
        area = parse_area(data)
        assert area.geometry.is_valid
        assert not area.geometry.has_z
        return
    with pytest.raises(AoiError) as caught:
        parse_area(data)
    assert caught.value.code == code, caught.value
    assert caught.value.message.endswith((".", ")."))
    assert caught.value.advice.endswith((".", "?"))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 14, 15, 16, 18, 19, 20, 21])
def test_every_fault_stands_in_the_table(number: int) -> None:
    assert any(row[0].startswith(f"{number} ") for row in TABLE)


@pytest.mark.parametrize("made", [made for number, code, made in TABLE if number.startswith("13 ")])
def test_holes_are_kept_whatever_the_format(made: Made) -> None:
    assert parse_area(made()).geometry.equals(DONUT)


@pytest.mark.parametrize("name", ["../../app.py", "n" * 300, "a\0b", "🌾", "<img src=x onerror=alert(1)>"])
def test_a_name_is_never_a_path(name: str) -> None:
    for data in (zipped(shapefile()), geopackage(), kml(placemark())):
        area = parse_area(data, name)
        assert len(area.name) <= 80
        assert area.name.isprintable()
