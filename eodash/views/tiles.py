"""The usual tile layers, by leafmap: the one file that imports it, because that takes two seconds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

OFFERED = {"OpenStreetMap.Mapnik": "Streets", "Esri.WorldImagery": "Satellite", "OpenTopoMap": "Relief"}


def tile_layers() -> list[dict[str, Any]]:
    """Name, address, attribution and deepest zoom of each layer that the map offers."""
    known = import_module("leafmap.basemaps").get_xyz_dict()
    found = []
    for name, title in OFFERED.items():
        tile = known.get(name)
        if tile is not None:
            found.append(
                {
                    "name": title,
                    "url": tile.build_url(),
                    "attribution": tile.get("html_attribution", tile.attribution),
                    "zoom": int(tile.get("max_zoom", 19)),
                }
            )
    return found
