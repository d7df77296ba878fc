"""GeoJSON text → polygons: read with distrust, within the limits.

Depth, as it is limited here, is the nesting of GeometryCollections; brackets are counted before JSON is read.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from eodash.areas.bounded_json import not_geojson, read_json
from eodash.areas.found import Found, empty, not_polygon, too_deep
from eodash.areas.outline import not_finite
from eodash.errors import AoiError
from eodash.settings import settings

_WGS84 = re.compile(r"CRS84|EPSG:{1,2}(?:[\d.]*:)?4326|WGS ?84", re.IGNORECASE)


def polygons_of(data: bytes | str) -> Found:
    """The polygons of each geometry, and the first name that a feature has."""
    said = read_json(data)
    found = Found()
    if _is(said, "FeatureCollection"):
        for feature in _features(said, found):
            _read_feature(feature, found)
    elif _is(said, "Feature"):
        _read_feature(said, found)
    else:
        _read_geometry(said, found, 1)
    if not found.shapes:
        raise empty()
    return found


def _features(said: dict[str, Any], found: Found) -> list[Any]:
    _check_crs(said)
    features = said.get("features")
    if not isinstance(features, list):
        raise not_geojson("Its features are not a list.")
    found.count_features(len(features))
    return features


def _read_feature(said: Any, found: Found) -> None:
    if not _is(said, "Feature"):
        raise not_geojson("A feature collection holds features only.")
    _check_crs(said)
    found.name = found.name or _feature_name(said.get("properties"))
    geometry = said.get("geometry")
    if geometry is not None:
        _read_geometry(geometry, found, 1)


def _is(said: Any, kind: str) -> bool:
    return isinstance(said, dict) and said.get("type") == kind


def _feature_name(properties: Any) -> str:
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""


def _read_geometry(said: Any, found: Found, depth: int) -> None:
    if depth > settings().aoi_depth:
        raise too_deep()
    if not isinstance(said, dict):
        raise not_geojson("A geometry is missing.")
    _check_crs(said)
    kind = said.get("type")
    if kind == "GeometryCollection":
        for part in _list(said.get("geometries")):
            _read_geometry(part, found, depth + 1)
    elif kind == "Polygon":
        _keep(found, [_list(said.get("coordinates"))])
    elif kind == "MultiPolygon":
        _keep(found, [_list(polygon) for polygon in _list(said.get("coordinates"))])
    elif kind in ("Point", "MultiPoint", "LineString", "MultiLineString"):
        _positions_finite(said.get("coordinates"))
        raise not_polygon(kind)
    else:
        raise not_geojson("It has no geometry that GeoJSON knows.")


def _keep(found: Found, polygons: list[list[Any]]) -> None:
    found.count_corners(sum(len(_list(ring)) for polygon in polygons for ring in polygon))
    found.keep([[_position(position) for position in ring] for ring in polygon] for polygon in polygons)


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise not_geojson("A list of coordinates is missing.")
    return said


def _position(said: Any) -> tuple[float, float]:
    """Longitude and latitude; a height is dropped."""
    position = _list(said)
    if len(position) < 2 or any(isinstance(value, bool) or not isinstance(value, int | float) for value in position):
        raise not_geojson("A position is two numbers, longitude and latitude.")
    longitude, latitude = float(position[0]), float(position[1])
    if not all(math.isfinite(value) for value in position):
        raise not_finite()
    return longitude, latitude


def _positions_finite(said: Any) -> None:
    """Say of a point or line that its numbers are none, which is worse than having no area."""
    for value in said if isinstance(said, list) else ():
        if isinstance(value, float) and not math.isfinite(value):
            raise not_finite()
        _positions_finite(value)


def _check_crs(said: dict[str, Any]) -> None:
    crs = said.get("crs")
    if crs is not None and not _WGS84.search(json.dumps(crs)[:1000]):
        raise AoiError(
            "The file is in another coordinate system than WGS 84.",
            "Export it as GeoJSON in longitude and latitude (EPSG:4326).",
            code="crs",
        )
