"""Maps on pages: the one place that speaks to the map component."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import folium
import streamlit as st

from eodash.settings import settings
from eodash.ui.folders import local_assets
from eodash.ui.page import mode
from eodash.ui.sparing import spare_the_libraries
from eodash.views.map import WORLD, Assets, Bounds, base_map

_LOCAL = "/eodash"
_CDN = "https://cdn.jsdelivr.net/npm"


@lru_cache(maxsize=1)
def assets() -> Assets:
    """Map assets from this server; from the CDN where `npm ci` has not run."""
    local = local_assets()

    def place(name: str, version: str, path: str, dist: str = "dist/") -> str:
        return f"{_LOCAL}/{name.split('-client')[0]}/{path}" if local else f"{_CDN}/{name}@{version}/{dist}{path}"

    return Assets(
        scripts=(
            place("leaflet", "1.9.4", "leaflet.js"),
            place("topojson-client", "3.1.0", "topojson-client.min.js"),
            "/eodash/assets/map.js",
            "/eodash/assets/compare.js",
        ),
        styles=(place("leaflet", "1.9.4", "leaflet.css"), "/eodash/assets/map.css"),
        draw_scripts=(place("leaflet-draw", "1.0.4", "leaflet.draw.js"),),
        draw_styles=(place("leaflet-draw", "1.0.4", "leaflet.draw.css"),),
        atlas=f"{_LOCAL}/atlas/countries-50m.json" if local else f"{_CDN}/world-atlas@2.0.2/countries-50m.json",
        local=local,
    )


@lru_cache(maxsize=1)
def tiles() -> list[dict[str, Any]]:
    """The usual tile layers; none where this server is told to keep the browser at home."""
    if not settings().online:
        return []
    from eodash.views.tiles import tile_layers

    return tile_layers()


@lru_cache(maxsize=1)
def _component() -> Callable[..., dict[str, Any]]:
    """The map component. It registers itself with the running server, so start-up would be too early."""
    from streamlit_folium import st_folium

    spare_the_libraries()
    found: Callable[..., dict[str, Any]] = st_folium
    return found


def drawn_map(
    shown: folium.FeatureGroup, key: str, *, bounds: Bounds = WORLD, draw: bool = False, height: int = 450
) -> dict[str, Any]:
    """A map that keeps clicks and drawings: they are in `st.session_state[key]` when `on_change` runs."""
    returned = ["all_drawings"] if draw else ["last_clicked"]
    result: dict[str, Any] = _component()(
        base_map(mode(), assets(), tiles(), bounds, draw),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=returned,
        feature_group_to_add=shown,
        on_change=st.session_state.get(f"{key}-on-change"),
        pixelated=True,
    )
    return result


def on_map_change(key: str, act: Callable[[], None]) -> None:
    """What to do when the map of that key was clicked or drawn on."""
    st.session_state[f"{key}-on-change"] = act
