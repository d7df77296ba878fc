"""Corners in any coordinate system → longitude and latitude, WGS 84."""

from __future__ import annotations

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError

from eodash.areas.found import Found
from eodash.areas.outline import Ring
from eodash.errors import AoiError
from eodash.settings import settings

WGS84 = pyproj.CRS.from_epsg(4326)
DEFINITION = 20_000
"""Characters of a coordinate system's definition; real ones have hundreds."""
BEND = 1e-4
"""Degrees, about ten metres: an edge that bends more on the way to WGS 84 gets a corner in its middle."""
HALVINGS = 6


def system_of(definition: str) -> pyproj.CRS:
    """The coordinate system that a text in WKT defines; other ways to define one may name files."""
    try:
        if len(definition) > DEFINITION:
            raise CRSError(f"a definition of {len(definition)} characters")
        return pyproj.CRS.from_wkt(definition)
    except (CRSError, ProjError, UnicodeError, ValueError) as error:
        raise _unknown() from error


def to_degrees(found: Found, system: pyproj.CRS) -> None:
    """Bring every ring to WGS 84, in place."""
    system = system.to_2d() if len(system.axis_info) > 2 else system
    if system.equals(WGS84, ignore_axis_order=True) or _beyond_the_earth(found, system):
        return
    try:
        transformer = pyproj.Transformer.from_crs(system, WGS84, always_xy=True)
        found.shapes = [[[_ring(ring, transformer) for ring in rings] for rings in shape] for shape in found.shapes]
    except (CRSError, ProjError) as error:
        raise _unknown() from error


def check_degrees(found: Found, why: str) -> None:
    """Without a coordinate system, coordinates are taken as degrees where they can be some; the name says so."""
    if not all(abs(x) <= 180 and abs(y) <= 90 for ring in _rings(found) for x, y in ring):
        raise AoiError(
            f"{why}, and its coordinates are no degrees.",
            "Add the coordinate system (for a shapefile, its .prj), or export the area as GeoJSON in WGS 84.",
            code="no_crs",
        )
    found.name = f"{found.name} (taken as longitude, latitude)"


def _rings(found: Found) -> list[Ring]:
    return [ring for shape in found.shapes for rings in shape for ring in rings]


def _beyond_the_earth(found: Found, system: pyproj.CRS) -> bool:
    """Whether degrees are out of range, which is said later in words that help more."""
    return system.is_geographic and any(abs(x) > 360 or abs(y) > 90 for ring in _rings(found) for x, y in ring)


def _ring(ring: Ring, transformer: pyproj.Transformer) -> Ring:
    corners = np.array(ring)
    degrees = _transformed(corners, transformer)
    for _ in range(HALVINGS):
        middles = (corners[:-1] + corners[1:]) / 2
        there = _transformed(middles, transformer)
        bent = np.abs(there - (degrees[:-1] + degrees[1:]) / 2).max(axis=1) > BEND
        if not bent.any() or len(corners) + bent.sum() > settings().aoi_vertices:
            break
        where = np.flatnonzero(bent) + 1
        corners = np.insert(corners, where, middles[bent], axis=0)
        degrees = np.insert(degrees, where, there[bent], axis=0)
    return [(x, y) for x, y in degrees.tolist()]


def _transformed(corners: np.ndarray, transformer: pyproj.Transformer) -> np.ndarray:
    degrees = np.column_stack(transformer.transform(corners[:, 0], corners[:, 1]))
    if not np.isfinite(degrees).all():
        raise AoiError(
            "The coordinates do not fit the file's coordinate system.",
            "Check that the coordinate system is the right one, or export the area as GeoJSON in WGS 84.",
            code="crs",
        )
    return degrees


def _unknown() -> AoiError:
    return AoiError(
        "The file's coordinate system is not understood.",
        "Export the area in longitude and latitude (EPSG:4326).",
        code="crs",
    )
