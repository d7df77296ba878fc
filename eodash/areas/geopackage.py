"""A GeoPackage → polygons of its first layer that has any (OGC 12-128r19): a task of the sandbox.

The database is opened in memory. Only plain tables are read: no view, no trigger, no function, no other file.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import pyproj
from pyproj.exceptions import CRSError

from eodash.areas.apart import damaged, told
from eodash.areas.formats import TAKEN
from eodash.areas.found import Found, empty, not_polygon
from eodash.areas.projected import check_degrees, system_of, to_degrees
from eodash.areas.wkb import Wkb
from eodash.errors import AoiError
from eodash.settings import settings

if TYPE_CHECKING:
    import numpy as np

LAYERS = 100
_TABLES = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")
_WITHOUT_AREA = ("POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING")
_ENVELOPES = (0, 32, 48, 48, 64)
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)


class _Layer(NamedTuple):
    table: str
    column: str
    system: int
    kind: str


def read(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The polygons, in WGS 84; the name is that of the layer they are in."""
    try:
        with _opened(data or b"") as database:
            return told(_found(database))
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
        raise damaged("The GeoPackage is damaged.") from error


def _opened(data: bytes) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.deserialize(data[:18] + b"\1\1" + data[20:])  # a log beside the file, which WAL needs, is not there
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    return database


def _found(database: sqlite3.Connection) -> Found:
    tables = _plain_tables(database)
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= tables:
        raise AoiError("This database is no GeoPackage.", f"Export the area as {TAKEN}.", code="not_geopackage")
    others: list[str] = []
    rows = database.execute(
        "SELECT table_name, column_name, srs_id, geometry_type_name FROM gpkg_geometry_columns LIMIT ?", (LAYERS,)
    ).fetchall()
    for layer in [_Layer(str(table), str(column), _number(system), str(kind)) for table, column, system, kind in rows]:
        if layer.table.lower() not in tables:
            continue
        if layer.kind.upper() in _WITHOUT_AREA:
            others.append(layer.kind.capitalize())
            continue
        found = Found()
        found.name = layer.table
        _read_layer(database, layer, found, others)
        if found.shapes:
            _place(database, layer, found)
            return found
    raise not_polygon(others[0]) if others else empty()


def _plain_tables(database: sqlite3.Connection) -> set[str]:
    """Tables by name; a view or a virtual table would compute something."""
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return {str(name).lower() for name, sql in rows if not str(sql).upper().lstrip().startswith("CREATE VIRTUAL")}


def _read_layer(database: sqlite3.Connection, layer: _Layer, found: Found, others: list[str]) -> None:
    table, column = (name.replace('"', '""') for name in (layer.table, layer.column))
    limit = settings().aoi_features + 1
    for (blob,) in database.execute(f'SELECT "{column}" FROM "{table}" LIMIT {limit}'):
        found.count_features()
        if blob is None:
            continue
        geometry = Wkb(_wkb(blob), found)
        found.keep(rings for rings in geometry.polygons() if rings)
        others += geometry.others


def _wkb(blob: Any) -> bytes:
    """What follows the header: GP, version, flags, system, envelope."""
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP" or blob[3] >> 1 & 7 >= len(_ENVELOPES):
        raise damaged("A geometry of the file is damaged.")
    return blob[8 + _ENVELOPES[blob[3] >> 1 & 7] :]


def _place(database: sqlite3.Connection, layer: _Layer, found: Found) -> None:
    rows = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (layer.system,),
    ).fetchmany(1)
    if layer.system in (0, -1) or not rows:
        check_degrees(found, "The GeoPackage names no coordinate system")
        return
    organization, code, definition = rows[0]
    if str(organization).upper() == "EPSG":
        try:
            to_degrees(found, pyproj.CRS.from_epsg(_number(code)))
            return
        except CRSError:
            pass  # a code of the file's own; its definition counts
    to_degrees(found, system_of(str(definition)))


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise damaged("The GeoPackage is damaged.")
    return value
