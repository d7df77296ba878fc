"""STAC items in the shape of Earth Search; hrefs start with FILES until the files have an address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers.cogs import Tile

FILES = "https://files.invalid"
COLLECTION = "sentinel-2-l2a"
ASSETS = {
    "B01": ("coastal", 60),
    "B02": ("blue", 10),
    "B03": ("green", 10),
    "B04": ("red", 10),
    "B05": ("rededge1", 20),
    "B06": ("rededge2", 20),
    "B07": ("rededge3", 20),
    "B08": ("nir", 10),
    "B8A": ("nir08", 20),
    "B09": ("nir09", 60),
    "B11": ("swir16", 20),
    "B12": ("swir22", 20),
    "SCL": ("scl", 20),
}
"""Band → asset key and pixel size in metres, as in Earth Search v1."""


def item(
    name: str, time: str, tile: Tile, files: Mapping[str, str], cloud: float = 5.0, **properties: Any
) -> dict[str, Any]:
    """One item; `files` are asset key → path below the folder. Properties that are None are left out."""
    ring = tile.ring
    longitudes, latitudes = [x for x, _ in ring], [y for _, y in ring]
    stated = {
        "datetime": time,
        "created": time,
        "platform": "sentinel-2a",
        "eo:cloud_cover": cloud,
        "proj:code": f"EPSG:{tile.epsg}",
        "grid:code": f"MGRS-{tile.name}",
        **properties,
    }
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": ["https://stac-extensions.github.io/projection/v2.0.0/schema.json"],
        "id": name,
        "collection": COLLECTION,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "properties": {key: value for key, value in stated.items() if value is not None},
        "links": [],
        "assets": {
            key: {"href": f"{FILES}/{path}", "type": "image/tiff; application=geotiff", "roles": ["data"]}
            for key, path in files.items()
        },
    }


def save(folder: Path, items: list[dict[str, Any]]) -> Path:
    """Write the items beside their files; `catalogue.serve` finds them there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    return folder
