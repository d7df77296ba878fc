"""Polygons drawn in rows and columns of a cube, as GeoJSON features."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
import xarray as xr

from eodash.errors import EodashError

EDGE = 0.1  # polygons end a tenth of a pixel inside the pixels they cover


def feature(
    cube: xr.DataArray, said: Any, shape: shapely.Geometry | tuple[float, float, float, float]
) -> dict[str, Any]:
    """A shape in columns and rows (or left, top, right, bottom) with its class in `crop`."""
    drawn = shapely.box(*shape) if isinstance(shape, tuple) else shape
    grid = cube.odc.geobox
    degrees = pyproj.Transformer.from_crs(str(grid.crs), "EPSG:4326", always_xy=True)

    def place(x: Any, y: Any) -> Any:
        return degrees.transform(*(grid.affine * (x, y)))

    geometry = json.loads(shapely.to_geojson(shapely.transform(drawn, place, interleaved=False)))
    return {"type": "Feature", "properties": {"crop": said}, "geometry": geometry}


def collection(features: list[Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def write(path: Path, features: list[Any], **more: Any) -> Path:
    path.write_bytes(collection(features, **more))
    return path


def rectangle(left: int, top: int, columns: int, rows: int) -> tuple[float, float, float, float]:
    return left + EDGE, top + EDGE, left + columns - EDGE, top + rows - EDGE


def two(cube: xr.DataArray) -> list[dict[str, Any]]:
    """Five by four pixels of wheat, four by four of maize."""
    return [feature(cube, "wheat", rectangle(3, 2, 5, 4)), feature(cube, "corn", rectangle(10, 5, 4, 4))]


def named(error: pytest.ExceptionInfo[EodashError]) -> str:
    assert error.value.message
    assert error.value.advice
    return error.value.name
