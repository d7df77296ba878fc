"""The small map beside an explanation: what the model says, or any number per pixel; a click asks about that pixel."""

from __future__ import annotations

import html
import json
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from streamlit.runtime import get_instance

from eodash.cube import geobox_of
from eodash.ui import cached, choices
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import mode
from eodash.ui.redrawing import only
from eodash.ui.said import Said
from eodash.ui.said_models import images, plain_title
from eodash.ui.viewed import clearest
from eodash.views import class_map
from eodash.views.agreement_map import coloured_span
from eodash.views.calendar_chart import Pixel, day
from eodash.views.map import Picture, pin, pixel_at, shown
from eodash.views.picture import Look, Warp, warp_of
from eodash.views.theme import PIXELS
from eodash.views.value_map import Ramp, limits_for, shades, toned, toned_dates

HEIGHT = 360
INK, PINNED = "#1A2126", PIXELS[0]
"""Of the rings at the asked pixel and at the pinned one."""
TITLES: dict[class_map.Layer, str] = {
    "said": "Class of each pixel",
    "fields": "Class of each field, by majority",
    "confidence": "Confidence: probability of the class",
    "margin": "Margin: lead over the second class",
    "entropy": "Entropy: how undecided it is",
}


def pixel_map(
    said: Said, key: str, *, height: int = HEIGHT, picture: Picture | None = None, legend_html: str = "", part: str = ""
) -> None:
    """A map with a ring at the pixel; the class map if it is kept, else the scene, unless a picture is given.

    `part`: all that a click draws anew; it says where the rings are then, see `rings_html`.
    """
    warp = warp_of(geobox_of(said.cube))
    on_map_change(key, lambda: clicked(key, warp, part))
    drawn = picture or said_picture(said, None if said.place is None else "said")
    drawn_map(
        shown(picture=drawn, area=said.run.request.area, pixels=rings(said, warp)),
        key,
        bounds=warp.bounds,
        height=height,
    )
    if legend_html:
        st.html(legend_html)


def clicked(key: str, warp: Warp, part: str = "") -> None:
    """A click on the map of that key asks about its pixel."""
    answer: dict[str, Any] = st.session_state.get(key) or {}
    place = answer.get("last_clicked")
    found = pixel_at(place["lat"], place["lng"], warp) if place else None
    if found is not None:
        choices.keep_view(asked=list(found))
        if part:
            only(part)


def rings(said: Said, warp: Warp) -> list[dict[str, Any]]:
    """The asked pixel, and the pinned one with its number."""
    kept = pinned(said)
    found = []
    if (asked := said.asked) is not None:
        found.append(pin(Pixel(1, *asked), warp) | {"number": 1 if kept else 0, "colour": INK})
    if kept is not None:
        found.append(pin(Pixel(2, *kept), warp) | {"colour": PINNED})
    return found


def rings_html(said: Said) -> str:
    """Attributes that tell the map of the page where its rings are, without the map being drawn anew."""
    found = json.dumps(rings(said, warp_of(geobox_of(said.cube))))
    return f"data-eo-rings='{html.escape(found, quote=True)}'"


def pinned(said: Said) -> tuple[int, int] | None:
    """Row and column of the pinned pixel, if it is one of this region."""
    if choices.view("pinned-of") not in (None, said.run.key):  # it was pinned in another region
        return None
    rows, columns = said.cube.shape[2:]
    match choices.view("pinned"):
        case [int(row), int(column)] if 0 <= row < rows and 0 <= column < columns:
            return row, column
    return None


def said_picture(here: Said, layer: class_map.Layer | None) -> Picture:
    """The answer, or until there is one the image of the date itself."""
    bounds = warp_of(geobox_of(here.cube)).bounds
    date = day(here.time, year=True)
    found = images(here.run)
    shown_over = here.cube if found is None else found
    times = shown_over["time"].values
    if layer is None or here.place is None:
        url = cached.picture_of(here.run, times[np.abs(times - here.time).argmin()].astype("datetime64[s]"), Look())
        return Picture(url, bounds, f"Image of {date}; the model has not answered yet")
    url = cached.map_url(here.run.key, here.answer, here.place, layer, scene_of(here), opacity(), mode())
    return Picture(url, bounds, f"{TITLES[layer]}, as {plain_title(here.card)} says after {date}")


def scene_of(said: Said) -> np.datetime64:
    """The date whose image lies in grey under what is told of each pixel."""
    found = images(said.run)
    over = said.cube if found is None else found
    moment: np.datetime64 = over["time"].values[clearest(over)].astype("datetime64[s]")
    return moment


def opacity() -> float:
    wanted = choices.view("opacity")
    return next((float(each) for each in class_map.OPACITIES if each == wanted), class_map.OPACITY)


def raster_url(
    said: Said,
    name: str,
    values: NDArray[Any],
    *,
    ramp: Ramp,
    limits: tuple[float, float] | None = None,
    key: str,
) -> Picture:
    """Any (y, x) numbers of an explanation as a picture over the grey scene; hatched where there is none.

    Of `calendar` the values are date numbers of the series, 65535 for none; of the others plain numbers, NaN for none.
    """
    light = mode()
    tones = (
        toned_dates(values, said.times, coloured_span(said.run.request.period))
        if ramp == "calendar"
        else toned(values, ramp, limits or limits_for(values, ramp))
    )
    scene = str(scene_of(said))
    geobox = geobox_of(said.cube)
    solid = 1.0 if ramp == "calendar" else class_map.OPACITY
    body = _drawn(tones.tobytes(), tones.shape, shades(ramp, light), said.run.key, scene, geobox, solid)
    url = str(get_instance().media_file_mgr.add(body, "image/png", f"{key}-{name}"))
    return Picture(url, warp_of(geobox).bounds, name)


@lru_cache(maxsize=32)
def _drawn(
    tones: bytes, shape: tuple[int, ...], colours: tuple[str, ...], key: str, scene: str, geobox: GeoBox, solid: float
) -> bytes:
    grey, seen = cached.grey_scene(key, scene)
    told = class_map.of_classes(np.frombuffer(tones, np.uint8).reshape(shape), colours)
    return class_map.over(told, grey, seen, solid, warp_of(geobox))
