"""text → Area: GeoJSON and typed coordinates, judged before anything is searched."""

from __future__ import annotations

import shapely

from eodash.areas.geojson import polygons_of
from eodash.areas.outline import closed, judged, sized
from eodash.areas.typed import pairs_of
from eodash.errors import AoiError
from eodash.request import Area, Box, check_box


def parse_area(data: bytes | str, name: str = "") -> Area:
    """The area of a GeoJSON text, or an AoiError that says why it has none."""
    shapes, own_name = polygons_of(data)
    return judged(shapes, name or own_name)


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
