"""file or text → Area: GeoJSON, KML and KMZ, zipped shapefile, GeoPackage and typed coordinates.

    first bytes → reader → polygons within the limits → judged → Area  |  AoiError

The format is what the first bytes say; binary formats are parsed in the sandbox. Judged before anything is searched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import shapely

from eodash.areas import geojson, kml
from eodash.areas.apart import found_apart
from eodash.areas.formats import TAKEN, Format, check_size, format_of
from eodash.areas.found import Found
from eodash.areas.outline import closed, judged, sized
from eodash.areas.typed import pairs_of
from eodash.errors import AoiError
from eodash.request import Area, Box, check_box

__all__ = ["SUFFIXES", "TAKEN", "parse_area", "parse_box", "repaired"]

SUFFIXES = ("geojson", "json", "kml", "kmz", "zip", "gpkg")
"""How files of these formats are usually called; what is in them decides."""

_READERS: dict[Format, Callable[[bytes | str], Found]] = {
    "text": geojson.polygons_of,
    "xml": kml.polygons_of,
    "zip": partial(found_apart, "area.zip"),
    "sqlite": partial(found_apart, "area.geopackage"),
}


def parse_area(data: bytes | str, name: str = "") -> Area:
    """The area of a file, or an AoiError that says why it has none."""
    check_size(data)
    found = _READERS[format_of(data)](data)
    return judged(found.shapes, name or found.name)


def parse_box(text: str, name: str = "") -> Area:
    """The area of typed numbers: west, south, east, north; or a polygon as longitude, latitude pairs."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "<")):
        return parse_area(text, name)
    pairs = pairs_of(text)
    if len(pairs) == 2:
        (west, south), (east, north) = pairs
        check_box(west, south, east, north)
        return sized(Box(west, south, east, north).polygon, name)
    return judged([[[closed(pairs)]]], name)


def repaired(error: AoiError) -> Area:
    """The area that a self_intersection error offers in its details."""
    return sized(shapely.from_wkt(error.details["valid"]), str(error.details.get("name", "")))
