"""Area files as programmes write them, made by other libraries than those that read them."""

from __future__ import annotations

import io
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

SQUARE = shapely.box(2.0, 48.0, 2.1, 48.1)
DONUT = SQUARE.difference(shapely.box(2.02, 48.02, 2.05, 48.05))
WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def kml(
    inside: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>', namespace: str = "http://www.opengis.net/kml/2.2"
) -> str:
    return f'{head}<kml xmlns="{namespace}"><Document><name>doc</name>{inside}</Document></kml>'


def kml_ring(corners: Sequence[Sequence[float]]) -> str:
    text = " ".join(",".join(map(str, corner)) for corner in corners)
    return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"


def kml_polygon(polygon: shapely.Polygon = SQUARE) -> str:
    inner = "".join(f"<innerBoundaryIs>{kml_ring(ring.coords)}</innerBoundaryIs>" for ring in polygon.interiors)
    return f"<Polygon><outerBoundaryIs>{kml_ring(polygon.exterior.coords)}</outerBoundaryIs>{inner}</Polygon>"


def placemark(inside: str = "", name: str = "field") -> str:
    return f"<Placemark><name>{name}</name>{inside or kml_polygon()}</Placemark>"


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def written(geometries: Sequence[shapely.Geometry], driver: str, suffix: str, crs: object = 4326) -> dict[str, bytes]:
    """The files that GDAL writes for some geometries, by ending."""
    with tempfile.TemporaryDirectory() as folder:
        frame = gpd.GeoDataFrame({"name": ["é"] * len(geometries)}, geometry=list(geometries), crs=crs)
        if crs is not None:
            frame = frame.set_crs(4326, allow_override=True).to_crs(crs)
        options = {"SPATIAL_INDEX": "NO"} if driver == "GPKG" else {}  # its triggers call functions of GDAL
        frame.to_file(Path(folder) / f"fields{suffix}", driver=driver, **options)
        return {path.suffix: path.read_bytes() for path in Path(folder).iterdir()}


def shapefile(
    geometries: Sequence[shapely.Geometry] = (SQUARE,), crs: object = 4326, **changes: bytes | None
) -> dict[str, bytes]:
    """Members of a zipped shapefile; `prj=None` leaves one out, `shp=…` replaces one."""
    parts = written(geometries, "ESRI Shapefile", ".shp", crs)
    for suffix, content in changes.items():
        parts.pop(f".{suffix}", None)
        if content is not None:
            parts[f".{suffix}"] = content
    return {f"fields{suffix}": content for suffix, content in parts.items()}


def geopackage(geometries: Sequence[shapely.Geometry] = (SQUARE,), crs: object = 4326, *statements: str) -> bytes:
    """A GeoPackage, and what SQL does to it afterwards."""
    return changed(written(geometries, "GPKG", ".gpkg", crs)[".gpkg"], *statements)


def changed(data: bytes, *statements: str) -> bytes:
    if not statements:
        return data
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fields.gpkg"
        path.write_bytes(data)
        database = sqlite3.connect(path)
        database.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return path.read_bytes()


def shp(*records: Sequence[Sequence[tuple[float, float]]], kind: int = 5) -> bytes:
    """A .shp by hand: each record is a list of rings."""
    body = b""
    for number, rings in enumerate(records, 1):
        points = [corner for ring in rings for corner in ring]
        begins = [sum(len(ring) for ring in rings[:index]) for index in range(len(rings))]
        content = struct.pack("<i4dii", kind, 0, 0, 0, 0, len(rings), len(points))
        content += b"".join(struct.pack("<i", begin) for begin in begins)
        content += b"".join(struct.pack("<2d", *point) for point in points)
        body += struct.pack(">ii", number, len(content) // 2) + content
    return (
        struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2)
        + struct.pack("<ii8d", 1000, kind, *[0] * 8)
        + body
    )
