"""The maps: a base that never changes while one looks, and one element that shows everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import folium
import numpy as np
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.plugins import Draw
from folium.template import Template
from odc.geo.geom import point

from eodash.request import Area
from eodash.views.calendar_chart import Pixel
from eodash.views.picture import Warp
from eodash.views.theme import PALETTES, Mode

Bounds = tuple[tuple[float, float], tuple[float, float]]

Compare = Literal["one", "swipe", "side"]
"""One date, a divider between two dates on one map, or two maps side by side."""

WORLD: Bounds = ((-58.0, -150.0), (74.0, 170.0))


@dataclass(frozen=True)
class Assets:
    """Where the browser finds Leaflet and the rest; from this server, or from a CDN."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    draw_scripts: tuple[str, ...]
    draw_styles: tuple[str, ...]
    atlas: str
    local: bool


class _Base(JSCSSMixin):
    """Coast, borders, graticule and the choice of tile layers."""

    _template = Template(
        "{% macro script(this, kwargs) %}eodash.base({{ this._parent.get_name() }}, {{ this.options|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, assets: Assets, options: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Base"
        self.options = options
        self.default_js = [(link, link) for link in assets.scripts]
        self.default_css = [(link, link) for link in assets.styles]


class _Shown(MacroElement):
    """What the page shows now; the script of this element is all that travels when a slider moves."""

    _template = Template(
        "{% macro script(this, kwargs) %}eodash.show(window.map, {{ this.state|tojson }});{% endmacro %}"
    )

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Shown"
        self.state = state


def base_map(
    mode: Mode, assets: Assets, tiles: list[dict[str, Any]], bounds: Bounds = WORLD, draw: bool = False
) -> folium.Map:
    """A map whose generated code depends on nothing that changes while one works on it."""
    made = folium.Map(
        tiles=None, zoom_control=True, scroll_wheel_zoom=False, world_copy_jump=True, min_zoom=2, zoom_snap=0.25
    )
    made.default_js, made.default_css = [], []
    palette = PALETTES[mode]
    options = {"ground": palette.ground, "line": palette.axis, "atlas": assets.atlas, "tiles": tiles, "bounds": bounds}
    made.add_child(_Base(assets, options))
    if draw:
        shape = {"shapeOptions": {"color": palette.accent, "weight": 2.5}}
        control = Draw(
            export=False,
            draw_options={
                "rectangle": shape,
                "polygon": shape | {"allowIntersection": False},
                "polyline": False,
                "circle": False,
                "marker": False,
                "circlemarker": False,
            },
        )
        control.default_js = [(link, link) for link in assets.draw_scripts]
        control.default_css = [(link, link) for link in assets.draw_styles]
        made.add_child(control)
    return made


class Picture(NamedTuple):
    """A picture on the map: its address, where it lies, what it is in words, and two short lines for its tag."""

    url: str
    bounds: Bounds
    said: str
    tag: tuple[str, str] = ("", "")

    @property
    def state(self) -> dict[str, Any]:
        return {"url": self.url, "bounds": self.bounds, "alt": self.said}


def shown(
    *,
    picture: Picture | tuple[str, Bounds, str] | None = None,
    other: Picture | None = None,
    compare: Compare = "one",
    area: Area | None = None,
    pixels: list[dict[str, Any]] | None = None,
    fit: Bounds | None = None,
) -> folium.FeatureGroup:
    """The dynamic part: a picture, the one it is compared with, the area, pinned pixels, what to fit."""
    group = folium.FeatureGroup(name="shown")
    first = Picture(*picture) if picture else None
    two = first is not None and other is not None
    state = {
        "scene": first.state if first else None,
        "other": other.state if other else None,
        "compare": compare if two else "one",
        "tags": [drawn.tag for drawn in (first, other) if drawn] if two else [],
        "area": area.geojson["geometry"] if area else None,
        "pixels": pixels or [],
        "fit": fit,
    }
    group.add_child(_Shown(state))
    return group


def pin(pixel: Pixel, warp: Warp) -> dict[str, Any]:
    """A pinned pixel as the map draws it."""
    centre = warp.source.affine @ (pixel.column + 0.5, pixel.row + 0.5)
    longitude, latitude = point(*centre, warp.source.crs).to_crs("EPSG:4326").coords[0]
    return {"lat": latitude, "lng": longitude, "number": pixel.number, "colour": pixel.colour}


def pixel_at(latitude: float, longitude: float, warp: Warp) -> tuple[int, int] | None:
    """Row and column under a click; None outside the cube."""
    place = point(longitude, latitude, "EPSG:4326").to_crs(str(warp.source.crs))
    column, row = ~warp.source.affine @ place.coords[0]
    rows, columns = warp.source.shape
    inside = 0 <= row < rows and 0 <= column < columns
    return (int(np.floor(row)), int(np.floor(column))) if inside else None
