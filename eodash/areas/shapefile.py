"""The bytes of a .shp → polygons (ESRI Shapefile Technical Description, July 1998).

    100 bytes of header | record: number, length (big-endian, 16-bit words) | type, box, parts, points (little-endian)

The order of corners, which many programmes get wrong, is not trusted: what lies inside a ring is its hole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely

from eodash.areas.apart import damaged
from eodash.areas.found import Found, empty, not_polygon
from eodash.areas.outline import Ring, closed, not_finite

_CODE, _HEADER = 9994, 100
_POLYGONS = {5, 15, 25}
_KINDS = {1: "Point", 3: "LineString", 8: "MultiPoint", 11: "Point", 13: "LineString", 18: "MultiPoint",
          21: "Point", 23: "LineString", 28: "MultiPoint", 31: "MultiPatch"}  # fmt: skip


def is_shapefile(data: bytes) -> bool:
    return len(data) >= _HEADER and struct.unpack_from(">i", data)[0] == _CODE


def has_polygons(data: bytes) -> bool:
    return is_shapefile(data) and struct.unpack_from("<i", data, 32)[0] in _POLYGONS


def read(data: bytes, found: Found) -> None:
    """Every polygon of a .shp, in the coordinates of the file."""
    if not is_shapefile(data):
        raise damaged("The .shp is not one.")
    kind = struct.unpack_from("<i", data, 32)[0]
    if kind not in _POLYGONS:
        if kind == 0:
            raise empty()
        raise not_polygon(_KINDS[kind]) if kind in _KINDS else damaged("The .shp is damaged.")
    for record in _records(data, found):
        own = struct.unpack_from("<i", record)[0]
        if own == 0:
            continue
        if own != kind:
            raise damaged("The .shp is damaged.")
        rings = list(_rings(record, found))
        if rings:
            found.keep(nested(rings))
    if not found.shapes:
        raise empty()


def nested(rings: list[Ring]) -> list[list[Ring]]:
    """Rings as polygons: one that lies in an odd number of larger ones is a hole of the smallest of these."""
    if len(rings) == 1:
        return [rings]
    bodies = shapely.make_valid(np.array([shapely.Polygon(ring) for ring in rings], object))
    sizes = shapely.area(bodies)
    points, holders = shapely.STRtree(bodies).query(shapely.point_on_surface(bodies), predicate="within")
    around: list[list[int]] = [[] for _ in rings]
    for point, holder in zip(points.tolist(), holders.tolist(), strict=True):
        if sizes[holder] > sizes[point]:
            around[point].append(holder)
    polygons = {number: [ring] for number, ring in enumerate(rings) if len(around[number]) % 2 == 0}
    for number, ring in enumerate(rings):
        if number not in polygons:
            polygons[_smallest(around[number], sizes, polygons)].append(ring)
    return list(polygons.values())


def _smallest(holders: list[int], sizes: np.ndarray, polygons: dict[int, list[Ring]]) -> int:
    """The smallest ring around a hole that is itself no hole; the largest of all is none."""
    ordered = sorted(holders, key=lambda holder: float(sizes[holder]))
    return next((holder for holder in ordered if holder in polygons), next(iter(polygons)))


def _records(data: bytes, found: Found) -> Iterator[memoryview]:
    position = _HEADER
    whole = memoryview(data)
    while position < len(data):
        if position + 12 > len(data):
            raise damaged("The .shp breaks off.")
        words = struct.unpack_from(">i", data, position + 4)[0]
        end = position + 8 + 2 * words
        if words < 2 or end > len(data):
            raise damaged("The .shp breaks off.")
        found.count_features()
        yield whole[position + 8 : end]
        position = end


def _rings(record: memoryview, found: Found) -> Iterator[Ring]:
    if len(record) < 44:
        raise damaged("The .shp is damaged.")
    parts, points = struct.unpack_from("<ii", record, 36)
    start = 44 + 4 * parts
    if parts < 0 or points < 0 or start + 16 * points > len(record):
        raise damaged("The .shp is damaged.")
    found.count_corners(points)
    begins = [*np.frombuffer(record, "<i4", parts, 44).tolist(), points]
    if parts and (begins[0] != 0 or any(first > second for first, second in pairwise(begins))):
        raise damaged("The .shp is damaged.")
    corners = np.frombuffer(record, "<f8", 2 * points, start).reshape(-1, 2)
    if not np.isfinite(corners).all():
        raise not_finite()
    whole = [(x, y) for x, y in corners.tolist()]
    for first, last in pairwise(begins):
        if last > first:
            yield closed(whole[first:last])
