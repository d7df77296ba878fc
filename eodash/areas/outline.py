"""Corners → Area: rings closed, in range, valid, and of a size that can be fetched."""

from __future__ import annotations

import math
from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry

from eodash.errors import AoiError
from eodash.request import EARTH_RADIUS, Area, antimeridian
from eodash.settings import settings

COARSEST = 60
"""Metres: the coarsest pixel that any product has."""
LEAST_BYTES = 3 * 5 * 2
"""Bytes of a pixel in the smallest cube worth looking at: three bands, five dates."""
WIDEST = 1000
"""Kilometres: no area is wider or higher."""
NAME_LENGTH = 80

Ring = list[tuple[float, float]]
"""Longitude, latitude corners."""
Shape = list[list[Ring]]
"""The polygons of one geometry, each an outer ring and its holes."""


def closed(corners: Ring) -> Ring:
    """A closed ring of at least three corners."""
    if len(set(corners)) < 3:
        raise AoiError("The outline has fewer than three corners.", "Draw a polygon or a box.", code="not_polygon")
    return corners if corners[0] == corners[-1] else [*corners, corners[0]]


def judged(shapes: list[Shape], name: str) -> Area:
    """One area from the polygons of a file."""
    _check_range([corner for shape in shapes for rings in shape for ring in rings for corner in ring])
    try:
        return sized(_joined(shapes, name), name)
    except shapely.errors.ShapelyError as error:
        raise _no_area() from error


def _joined(shapes: list[Shape], name: str) -> BaseGeometry:
    geometries: list[BaseGeometry] = [
        shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in shape]) for shape in shapes
    ]
    broken = next((geometry for geometry in geometries if not geometry.is_valid), None)
    if broken is None:
        return shapely.union_all(geometries)
    reason = shapely.is_valid_reason(broken)
    valid = shapely.union_all([_polygons(shapely.make_valid(geometry)) for geometry in geometries])
    if valid.area == 0:
        raise _no_area()
    raise AoiError(
        f"The outline crosses itself or lies twice on itself ({reason}).",
        "Use the repaired shape if it is what you meant, or draw it again.",
        code="self_intersection",
        details={"valid": valid.wkt, "reason": reason, "name": _clean(name)},
    )


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """The parts of a geometry that have an area."""
    return shapely.union_all([part for part in _parts(geometry) if part.geom_type == "Polygon"])


def _parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(geometry):
        if part.geom_type in ("MultiPolygon", "GeometryCollection"):
            yield from _parts(part)
        else:
            yield part


def _check_range(corners: Ring) -> None:
    longitudes, latitudes = [corner[0] for corner in corners], [corner[1] for corner in corners]
    west, east = min(longitudes), max(longitudes)
    south, north = min(latitudes), max(latitudes)
    latitude_fits = south >= -90 and north <= 90
    if latitude_fits and ((180 < east <= 360 and -180 <= west < 180) or (-360 <= west < -180 and -180 < east <= 180)):
        raise antimeridian()  # a map that was dragged over the date line goes on counting
    if not (latitude_fits and west >= -180 and east <= 180):
        raise AoiError(
            f"Longitudes {west:g} to {east:g} and latitudes {south:g} to {north:g} lie outside "
            "longitudes ±180 and latitudes ±90.",
            "Longitude comes first (x, y), in degrees. Are the two swapped?",
            code="out_of_range",
        )
    if east - west > 180:
        shifted = [longitude % 360 for longitude in longitudes]
        if 0 < max(shifted) - min(shifted) < 180:  # 0 is the whole world
            raise antimeridian()


def sized(geometry: BaseGeometry, name: str) -> Area:
    """An area, unless it has none or too much."""
    if geometry.is_empty or geometry.area == 0:
        raise _no_area()
    west, south, east, north = geometry.bounds
    metres = math.radians(1) * EARTH_RADIUS
    nearest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    width, height = (east - west) * metres * math.cos(math.radians(nearest)), (north - south) * metres
    size = width * height / COARSEST**2 * LEAST_BYTES
    limit = settings().cube_mib * 2**20
    if size > limit or max(width, height) > WIDEST * 1000:
        side = min(math.sqrt(limit / LEAST_BYTES) * COARSEST / 1000, WIDEST)
        raise AoiError(
            f"The area is {width / 1000:,.0f} × {height / 1000:,.0f} km: about {size / 2**20:,.0f} MB for three bands "
            f"and five dates at {COARSEST} m; {limit / 2**20:,.0f} MB are allowed.",
            f"Draw at most about {side:,.0f} × {side:,.0f} km.",
            code="too_large",
            details={
                "megabytes": round(size / 2**20),
                "limit_megabytes": limit / 2**20,
                "side_km": round(side),
                "wkt": geometry.wkt,
                "name": _clean(name),
            },
        )
    area = Area.of(geometry, _clean(name))
    if area.geometry.is_empty or area.geometry.area == 0:
        raise _no_area()
    return area


def _clean(name: str) -> str:
    """A name as plain text: one line, no control characters, short; it is never a path."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name[: 4 * NAME_LENGTH])
    return " ".join(plain.split())[:NAME_LENGTH]


def not_finite() -> AoiError:
    return AoiError("A coordinate is not a finite number.", "Give every corner two finite numbers.", code="not_finite")


def _no_area() -> AoiError:
    return AoiError(
        "The outline has no area.", "Draw a polygon or a box with some width and height.", code="not_polygon"
    )
