"""The pixel grid of a request: UTM, snapped to whole pixels so that 10 m scenes are not resampled."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from odc.geo.geobox import GeoBox
from odc.geo.geom import Geometry
from rasterio.features import geometry_mask

from eodash.errors import AoiError
from eodash.request import Area


def utm_epsg(longitude: float, latitude: float) -> int:
    """The UTM zone of a place, as an EPSG code."""
    if not -80 <= latitude <= 84:
        raise AoiError(
            f"{latitude:.1f}° lies outside the UTM zones (80° S to 84° N).",
            "Choose an area away from the poles.",
            code="polar",
        )
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return (32600 if latitude >= 0 else 32700) + zone


def grid(area: Area, resolution: int) -> GeoBox:
    """The smallest grid of whole pixels around an area, in the UTM zone of its middle."""
    middle = area.geometry.envelope.centroid
    outline = Geometry(area.geometry, "EPSG:4326").to_crs(f"EPSG:{utm_epsg(middle.x, middle.y)}", resolution=0.01)
    return GeoBox.from_geopolygon(outline, resolution=resolution, anchor="edge", tol=0.05)


@lru_cache(maxsize=32)
def inside(area: Area, geobox: GeoBox) -> np.ndarray:
    """Which pixels have their centre in the area, (y, x)."""
    outline = Geometry(area.geometry, "EPSG:4326").to_crs(str(geobox.crs), resolution=0.01)
    within: np.ndarray = geometry_mask([outline.geom], geobox.shape, geobox.affine, invert=True)
    return within
