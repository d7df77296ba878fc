"""The area page's left half: draw, edit, delete, type or upload an area."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import shapely
import streamlit as st

from eodash.areas import parse_area, parse_box, repaired
from eodash.errors import AoiError, EodashError
from eodash.request import Area, Request
from eodash.settings import settings
from eodash.shrink import smaller_area
from eodash.sources.demo import demo_request, region_area
from eodash.store import plain_name
from eodash.ui import cached, choices
from eodash.ui.kept_areas import kept_areas, remember
from eodash.ui.map import assets, drawn_map, on_map_change
from eodash.ui.page import caption, failed
from eodash.ui.regions import HOME, extent
from eodash.ui.viewed import clearest
from eodash.views.calendar_chart import day
from eodash.views.map import Bounds, shown
from eodash.views.picture import Look, warp_of
from eodash.world import REGIONS

KEY = "area-map"
FORMATS = ("geojson", "json", "kml", "kmz", "zip", "gpkg")
"""How area files may be called; which format one has is told by its content."""


def draw_map() -> None:
    """The map to draw on; the area shown is always the stored one."""
    area = choices.draft().area
    on_map_change(KEY, _drawn)
    picture, said = _ground()
    drawn_map(shown(picture=picture, area=area, fit=_around(area)), KEY, draw=True, height=420)
    left, right = st.columns([1.25, 1])
    with left:
        caption(said if assets().local else f"{said}. Map assets come from a CDN: run npm ci to serve them here.")
    if area is not None:
        with right:
            st.html(f"<p class='eo-caption' style='text-align:right'>{extent(area.bounds)}</p>")
    if (error := st.session_state.get("area-error")) is not None:
        _explain(error)
    with st.expander("Type or upload an area", icon=":material/edit_location_alt:"):
        _type_or_upload()
    kept_areas()


def _ground() -> tuple[tuple[str, Bounds, str] | None, str]:
    """What lies under the area: the open run's clearest image, the demo region's summer, or nothing but the coast."""
    opened = choices.run()
    if opened is not None and (request := _asked()) is not None and opened.key == request.key:
        here = cached.cube(opened.key)
        if here is not None:
            moment = here["time"].values.astype("datetime64[s]")[clearest(here)]
            said = f"{day(moment, year=True)}, the clearest image of this run"
            return (
                cached.picture_of(opened, moment, Look()),
                warp_of(here.odc.geobox).bounds,
                said,
            ), f"Base: {said}"
    if choices.draft().source != "demo":
        return None, "Base: coast and borders; more at the top right"
    name = demo_region()
    return demo_picture(name), f"Base: {REGIONS[name].title}, a clear day"


def _asked() -> Request | None:
    try:
        return choices.draft().request
    except EodashError:  # said where the price stands
        return None


def demo_region() -> str:
    """The demo region that the area touches; the first where there is none."""
    area = choices.draft().area
    if area is not None:
        for name in REGIONS:
            if area.geometry.intersects(region_area(name).geometry):
                return name
    return next(iter(REGIONS))


def demo_picture(name: str) -> tuple[str, Bounds, str]:
    box = region_area(name).bounds
    bounds = ((box.south, box.west), (box.north, box.east))
    return f"/eodash/assets/regions/{name}-map.webp", bounds, f"True colour of {REGIONS[name].title}"


def _around(area: Area | None) -> Bounds | None:
    """A view with some margin around an area; without one, the demo region's."""
    if area is None and choices.draft().source != "demo":
        return None
    box = (area or region_area(demo_region())).bounds
    height, width = box.north - box.south, box.east - box.west
    return (
        (box.south - 0.12 * height, box.west - 0.12 * width),
        (box.north + 0.12 * height, box.east + 0.12 * width),
    )


def _drawn() -> None:
    """A drawing was made, edited or deleted: a new one replaces the area, edits change it."""
    answer: dict[str, Any] = st.session_state.get(KEY) or {}
    drawings = answer.get("all_drawings")
    if drawings is None:
        return
    before = choices.draft().area
    parts = shapely.get_num_geometries(before.geometry) if before else 0
    made = drawings[-1:] if len(drawings) > parts else drawings
    if made:
        _accept(lambda: parse_area(json.dumps({"type": "FeatureCollection", "features": made})))
    else:
        _forget_error()
        choices.keep(area=None)


def _typed() -> None:
    text = st.session_state.get("typed-area", "")
    if text.strip():
        _accept(lambda: parse_box(text))


def _uploaded() -> None:
    file = st.session_state.get("uploaded-area")
    if file is not None:
        _accept(lambda: _named(parse_area(file.getvalue()), file.name))


def _named(area: Area, file: str) -> Area:
    """An area that has no name of its own is called as its file, which names nothing else."""
    label = plain_name(file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return area if area.name else replace(area, name=label)


def _accept(parse: Callable[[], Area]) -> None:
    """Take an area and keep it among the recent ones, or say why not; what was there before stays."""
    try:
        area = parse()
    except EodashError as error:
        st.session_state["area-error"] = error
        return
    _forget_error()
    choices.keep(area=area)
    remember(area)


def _forget_error() -> None:
    st.session_state.pop("area-error", None)


def _type_or_upload() -> None:
    st.text_input(
        "West, south, east, north in degrees; or a list of longitude latitude pairs",
        key="typed-area",
        placeholder="-2.92, 48.09, -2.88, 48.11",
        on_change=_typed,
        max_chars=2000,
    )
    st.file_uploader(
        "GeoJSON, KML or KMZ, zipped shapefile, GeoPackage", type=list(FORMATS), key="uploaded-area",
        on_change=_uploaded, max_upload_size=math.ceil(settings().aoi_upload_mib),
    )  # fmt: skip
    st.caption("Or a whole demo region:")
    with st.container(horizontal=True):
        for name, region in REGIONS.items():
            st.button(region.title, key=f"region-{name}", on_click=take_region, args=(name,))


def take_region(name: str = HOME) -> None:
    """Ask for the whole season of a demo region."""
    _forget_error()
    choices.keep(**vars(choices.Draft.of(demo_request(name))))
    choices.show_draft()


def _explain(error: EodashError) -> None:
    ways = {}
    if isinstance(error, AoiError) and error.code == "self_intersection" and "valid" in error.details:
        ways["Use the repaired shape"] = lambda: _accept(lambda: repaired(error))
    if isinstance(error, AoiError) and (smaller := smaller_area(error)) is not None:
        ways["Take the middle of it"] = lambda: _accept(lambda: smaller)
    ways["Keep the area I had"] = _forget_error
    failed(error, ways, key="area-failed")
