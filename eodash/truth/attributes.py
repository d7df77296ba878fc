"""Polygons with their attributes out of a zipped shapefile or a GeoPackage: tasks of the sandbox."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from eodash.areas import geopackage as packages
from eodash.areas import zipped as archives
from eodash.areas.apart import damaged, told
from eodash.areas.archive import Archive
from eodash.areas.found import Found
from eodash.areas.wkb import Wkb
from eodash.errors import AoiError

if TYPE_CHECKING:
    import numpy as np

FEATURES, CORNERS = 20_000, 1_000_000
CELLS = 2_000_000
"""Values of a table, all columns together."""
Row = dict[str, str]
Told = tuple[dict[str, Any], "dict[str, np.ndarray]"]


class Numbered(Found):
    """Polygons that know which record of the file they were; labels may be more than the outlines of an area."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[int] = []

    def count_features(self, count: int = 1) -> None:
        self._features += count
        if self._features > FEATURES:
            raise AoiError(
                f"The file has more than {FEATURES:,} features.", "Keep only those in the area.",
                code="too_many_features",
            )  # fmt: skip

    def check_corners(self, more: int) -> None:
        if self._corners + more > CORNERS:
            raise AoiError(
                f"The labels have more than {CORNERS:,} corners.", "Simplify them.", code="too_many_vertices"
            )

    def keep(self, polygons: Any) -> None:
        before = len(self.shapes)
        super().keep(polygons)
        if len(self.shapes) > before:
            self.records.append(self._features - 1)


def zipped(arguments: dict[str, Any], data: bytes | None) -> Told:
    """The polygons of a shapefile in degrees, each with its row of the .dbf beside it."""
    from pathlib import PurePosixPath

    from eodash.areas import projected, shapefile

    archive = Archive(data or b"")
    names = archive.ending(".shp")
    name = next((one for one in names if shapefile.has_polygons(archive.start(one, archives.HEADER))), "")
    table = archive.beside(name, ".dbf") if name else None
    if table is None:
        raise AoiError(
            "The zip file holds no shapefile of polygons with a table."
            if not name
            else f"{PurePosixPath(name).name} has no .dbf: the table with the classes.",
            "Zip the .shp, .shx, .dbf and .prj of one shapefile together.",
            code="zip_incomplete",
        )
    found = Numbered()
    shapefile.read(archive.read(name), found)
    rows = dbf(archive.read(table))
    projection = archive.beside(name, ".prj")
    if projection is None:
        projected.check_degrees(found, "The shapefile has no .prj")
    else:
        definition = archive.read(projection)[: projected.DEFINITION + 1].decode("utf-8-sig", "replace")
        projected.to_degrees(found, projected.system_of(definition.strip("\0 \r\n\t")))
    return _told(found, [rows[record] if record < len(rows) else {} for record in found.records])


def dbf(data: bytes) -> list[Row]:
    """The rows of a dBASE table: fixed widths, declared in its header."""
    if len(data) < 33:
        raise damaged("The .dbf is damaged.")
    count, header, width = struct.unpack_from("<IHH", data, 4)
    fields, place = [], 1
    for start in range(32, min(header, len(data)) - 31, 32):
        if data[start] == 0x0D:
            break
        name = data[start : start + 11].split(b"\0")[0].decode("utf-8", "replace")
        size = data[start + 16]
        fields.append((name, chr(data[start + 11]), place, size))
        place += size
    if not fields or place > width or count * len(fields) > CELLS or header + count * width > len(data) + 1:
        raise damaged("The .dbf is damaged, or too large.")
    rows = []
    for record in range(count):
        line = data[header + record * width :][:width]
        cells = ((name, kind, line[at : at + size]) for name, kind, at, size in fields)
        rows.append({name: text for name, kind, raw in cells if kind in "CNF" and (text := _text(raw))})
    return rows


def _text(raw: bytes) -> str:
    """UTF-8 where it is, else Latin."""
    raw = raw.strip(b"\0 ")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def geopackage(arguments: dict[str, Any], data: bytes | None) -> Told:
    """The polygons of the first layer that has any, in degrees, each with its row."""
    import sqlite3

    try:
        with packages._opened(data or b"") as database:
            return _layer(database)
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
        raise damaged("The GeoPackage is damaged.") from error


def _layer(database: Any) -> Told:
    tables = packages._plain_tables(database)
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= tables:
        raise AoiError("This database is no GeoPackage.", "Export the labels as GeoPackage.", code="not_geopackage")
    listed = database.execute(
        "SELECT table_name, column_name, srs_id, geometry_type_name FROM gpkg_geometry_columns LIMIT 100"
    ).fetchall()
    for table, column, system, kind in listed:
        layer = packages._Layer(str(table), str(column), packages._number(system), str(kind))
        if layer.table.lower() not in tables or layer.kind.upper() in packages._WITHOUT_AREA:
            continue
        found = Numbered()
        rows = _rows(database, layer, found)
        if found.shapes:
            packages._place(database, layer, found)
            return _told(found, [rows[record] for record in found.records])
    raise AoiError("The GeoPackage holds no polygons.", "Export a layer of polygons.", code="empty")


def _rows(database: Any, layer: packages._Layer, found: Numbered) -> list[Row]:
    """Geometry into `found`, and the plain values of each row."""
    quoted = layer.table.replace('"', '""')
    asked = database.execute(f'SELECT * FROM "{quoted}" LIMIT {FEATURES + 1}')
    names = [str(column[0]) for column in asked.description]
    if layer.column not in names or len(names) > CELLS // 1000:
        raise damaged("The GeoPackage is damaged.")
    place, rows = names.index(layer.column), []
    for values in asked:
        found.count_features()
        rows.append(
            {
                name: str(value)[:200]
                for name, value in zip(names, values, strict=True)
                if isinstance(value, str | int | float)
            }
        )
        if values[place] is not None:
            geometry = Wkb(packages._wkb(values[place]), found)
            found.keep(rings for rings in geometry.polygons() if rings)
    return rows


def _told(found: Numbered, rows: list[Row]) -> Told:
    said, arrays = told(found)
    return said | {"properties": rows}, arrays
