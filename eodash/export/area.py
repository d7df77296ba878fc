"""The area of a cube as GeoJSON."""

from __future__ import annotations

import json

import xarray as xr

from eodash import preparation
from eodash.cube import geobox_of
from eodash.errors import AoiError
from eodash.request import Area


def area_of(cube: xr.DataArray) -> Area:
    """The area that was asked for; where the cube does not say, the ground that its pixels cover."""
    if (asked := preparation.area_of(cube)) is not None:
        return asked
    try:
        return Area.of(geobox_of(cube).extent.to_crs("EPSG:4326").geom, "extent of the cube")
    except Exception as error:  # pyproj's own errors have no common parent
        raise AoiError(
            "The place of this cube on the Earth is not known.", "Export the cube instead.", code="no_place"
        ) from error


def geojson(area: Area, cube: xr.DataArray | None = None) -> bytes:
    """A feature collection (RFC 7946) with the name, the hectares and what was asked."""
    feature = area.geojson
    feature["properties"] |= {"hectares": round(area.hectares, 4)}
    if cube is not None and preparation.area_of(cube) is not None:
        asked = json.loads(cube.attrs["request"])
        feature["properties"] |= {name: asked[name] for name in ("source", "product", "period") if name in asked}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False, indent=1).encode()
