"""Three pictures: both dates, side by side or under a swipe, and what changed; how good that is, in figures."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from odc.geo.geobox import GeoBox
from streamlit.runtime import get_instance

from eodash.change.pair import Mask
from eodash.ui import cached, choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import mode, section
from eodash.views import class_map
from eodash.views.calendar_chart import Pixel, day
from eodash.views.change_map import mask_key, of_mask, of_verdicts, painted, verdict_key
from eodash.views.change_words import scored, unscored
from eodash.views.legend import Legend, legend_html
from eodash.views.map import Picture, pin, pixel_at, shown
from eodash.views.picture import Look, plain_look, warp_of
from eodash.views.value_map import limits_for, ramp_stops, shades, toned

TWO, ONE = "change-map", "change-found-map"
HEIGHT = 344
INK = "#1A2126"
WAYS = {"side": "Side by side", "swipe": "Swipe"}
SHOWN = {"truth": "Change against truth", "change": "Change", "magnitude": "Magnitude"}


def maps(found: Found, mask: Mask) -> None:
    """Left both dates, right the change; a click on any picture asks about its pixel."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        _two(found)
    with right:
        _change(found, mask)


def _two(found: Found) -> None:
    way = "swipe" if choices.view("change-look") == "swipe" else "side"
    with st.container(horizontal=True, vertical_alignment="center", key="change-dates-title"):
        times = [day(moment, year=True) for moment in (found.dates.before, found.dates.after)]
        section(f"{times[0]} and {times[1]}")
        st.session_state["change-look"] = way
        st.selectbox(
            "How both are shown", list(WAYS), format_func=WAYS.__getitem__, key="change-look", width=150,
            label_visibility="collapsed", on_change=keep, args=("change-look",),
        )  # fmt: skip
    warp = warp_of(found.geobox)
    look = Look(plain_look(found.cube).layer)
    drawn = [
        Picture(cached.picture_of(found.dates.run, moment, look), warp.bounds, f"Image of {said}", (label, said))
        for label, moment, said in zip(("Before", "After"), (found.dates.before, found.dates.after), times, strict=True)
    ]
    clickable(TWO, found)
    both = shown(
        picture=drawn[0], other=drawn[1], compare="swipe" if way == "swipe" else "side",
        area=found.dates.run.request.area, pixels=rings(found),
    )  # fmt: skip
    drawn_map(both, TWO, bounds=warp.bounds, height=HEIGHT)
    marked = float(found.mask.sum()) * found.cell
    st.html(
        scored(found.scores)
        if found.scores is not None
        else unscored(marked, found.detected.share, float(found.usable.mean()))
    )


def _change(found: Found, mask: Mask) -> None:
    offered = [name for name in SHOWN if name != "truth" or found.truth is not None]
    said = choices.view("change-shown")
    kind = next((each for each in offered if each == said), offered[0])
    st.session_state["change-shown"] = kind
    st.selectbox(
        "Shown in the third picture", offered, format_func=SHOWN.__getitem__, key="change-shown",
        label_visibility="collapsed", on_change=keep, args=("change-shown",),
    )  # fmt: skip
    warp = warp_of(found.geobox)
    words = f"{SHOWN[kind]} between {day(found.dates.before, year=True)} and {day(found.dates.after, year=True)}"
    clickable(ONE, found)
    picture = Picture(_url(found, mask, kind), warp.bounds, words)
    drawn_map(shown(picture=picture, area=found.dates.run.request.area, pixels=rings(found)), ONE,
              bounds=warp.bounds, height=HEIGHT)  # fmt: skip
    if kind == "magnitude":
        top = limits_for(found.detected.magnitude, "sequential")
        stops = ramp_stops("sequential", mode(), top)
        st.html(legend_html(Legend("magnitude ρ", mode(), stops=stops, note="hatched: not seen on both dates")))
    elif kind == "truth":
        st.html(verdict_key(found.verdicts(mask), found.cell))
    else:
        sizes = (mask.sum(), (found.usable & ~mask).sum(), (~found.usable).sum())
        st.html(mask_key(*(float(each) * found.cell for each in sizes)))


def _url(found: Found, mask: Mask, kind: str) -> str:
    """The address of the third picture."""
    scene = str(found.dates.after)
    if kind == "magnitude":
        values = found.detected.magnitude
        tones = toned(values, "sequential", limits_for(values, "sequential"))
        body = _ramp(tones.tobytes(), tones.shape, shades("sequential", mode()), found.dates.key, scene, found.geobox)
    else:
        made, colours = of_verdicts(found.verdicts(mask)) if kind == "truth" else of_mask(mask, found.usable)
        body = drawn_tones(made.tobytes(), made.shape, tuple(colours), found.dates.key, scene, found.geobox)
    return address(body, f"change-{kind}")


def address(body: bytes, name: str) -> str:
    return str(get_instance().media_file_mgr.add(body, "image/png", name))


@lru_cache(maxsize=32)
def drawn_tones(
    tones: bytes, shape: tuple[int, ...], colours: tuple[str, ...], key: str, scene: str, geobox: GeoBox
) -> bytes:
    """Tones over the dark scene of one date."""
    grey, seen = cached.grey_scene(key, scene)
    return painted(np.frombuffer(tones, np.int16).reshape(shape), colours, grey, seen, warp_of(geobox))


@lru_cache(maxsize=16)
def _ramp(
    tones: bytes, shape: tuple[int, ...], colours: tuple[str, ...], key: str, scene: str, geobox: GeoBox
) -> bytes:
    grey, seen = cached.grey_scene(key, scene)
    told = class_map.of_classes(np.frombuffer(tones, np.uint8).reshape(shape), colours)
    return class_map.over(told, grey, seen, class_map.OPACITY, warp_of(geobox))


def rings(found: Found) -> list[dict[str, Any]]:
    """A ring at the asked pixel."""
    place = asked(found)
    return [] if place is None else [pin(Pixel(1, *place), warp_of(found.geobox)) | {"number": 0, "colour": INK}]


def asked(found: Found) -> tuple[int, int] | None:
    """Row and column of the clicked pixel, if it lies in the cube."""
    rows, columns = found.cube.shape[2:]
    match choices.view("asked"):
        case [int(row), int(column)] if 0 <= row < rows and 0 <= column < columns:
            return row, column
    return None


def clickable(key: str, found: Found) -> None:
    warp = warp_of(found.geobox)

    def clicked() -> None:
        answer: dict[str, Any] = st.session_state.get(key) or {}
        place = answer.get("last_clicked")
        where = pixel_at(place["lat"], place["lng"], warp) if place else None
        if where is not None:
            choices.keep_view(asked=list(where))

    on_map_change(key, clicked)


def moved_most(found: Found) -> tuple[int, int]:
    """The pixel in the middle of the largest change, or that which moved most."""
    values = np.where(found.mask, found.detected.magnitude, -math.inf)
    if not np.isfinite(values).any():
        values = np.where(found.usable, found.detected.magnitude, -math.inf)
    row, column = np.unravel_index(int(np.nan_to_num(values, nan=-math.inf).argmax()), values.shape)
    return int(row), int(column)
