"""The map of what a model says: dates above it, replay, what is drawn, the pixel one asks about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from eodash.cube import geobox_of
from eodash.truth import truth_of
from eodash.ui import asking, cached, choices
from eodash.ui.comparing import one_date, step
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.models_card import LEGENDS
from eodash.ui.page import caption, failures, mode
from eodash.ui.said import Said, place_of, said
from eodash.ui.said_hectares import hectares
from eodash.ui.said_inspector import inspector, truth_or_none
from eodash.ui.said_models import images, plain_title
from eodash.ui.said_parts import TOP, forget, outdated
from eodash.ui.viewed import Viewed, clearest
from eodash.views.calendar_chart import Pixel, day
from eodash.views.class_map import CLASSES, OPACITIES, OPACITY, Layer, ramp_stops
from eodash.views.legend import Legend, legend_html
from eodash.views.map import Picture, pin, pixel_at, shown
from eodash.views.picture import Look, Warp, warp_of

KEY = "dates-map"
HEIGHT = 360
TITLES: dict[Layer, str] = {
    "said": "Class of each pixel",
    "fields": "Class of each field, by majority",
    "confidence": "Confidence: probability of the class",
    "margin": "Margin: lead over the second class",
    "entropy": "Entropy: how undecided it is",
}


def season() -> None:
    """Map and hectares on the left, the inspected pixel on the right; moves by itself while it plays."""
    forget()  # the part below is drawn anew by this same run
    st.fragment(_season, run_every=0.9 if st.session_state.get("playing") else None)()


def _season() -> None:
    with failures(key="failed-season"):
        if not st.session_state.get("playing") and outdated():
            st.rerun()  # map and part together: the map would else be drawn twice
        here = said()
        if here is None:
            return
        if not here.whole:
            st.session_state["playing"] = False  # another model: each date would be a question of its own
        if st.session_state.get("playing") and here.place is not None:
            step(Viewed(here.run, here.cube), 1, wrap=True)
            here = said() or here
        left, right = st.columns([1, 1.28], gap="medium")
        with left, st.container(key="map-stage"):
            here = _left(here)
        with right:
            inspector(here)
        st.session_state[TOP] = here.index, here.asked


def _left(here: Said) -> Said:
    """Controls, map, what is shown, hectares; the map as soon as there is one."""
    one_date(Viewed(here.run, here.cube), plays=here.whole)
    picture, below = st.container(), st.container()
    with below:
        if here.place is None:
            found = asking.map_or_progress(here.run, here.card, here.legend, here.dates, KEY)
            here = replace(here, map=found, place=place_of(found, here.index))
        layer = None
        if here.map is not None and here.place is not None:
            if line := asking.told(here.map):
                caption(line)
            simulated = truth_of(here.run.request, here.cube, here.legend, tuple(each.name for each in here.classes))
            fields = None if simulated is None else simulated.parcels  # those that the picture is drawn with
            layer = _choose_layer(here, fields is not None)
            hectares(here, layer, truth_or_none(here), fields)
        if not here.whole:
            _ask_at_all(here)
    with picture:
        _map(here, layer)
    return here


def _map(here: Said, layer: Layer | None) -> None:
    warp = warp_of(geobox_of(here.cube))
    on_map_change(KEY, lambda: clicked(warp))
    asked = here.asked
    ring = [pin(Pixel(1, *asked), warp) | {"number": 0, "colour": "#1A2126"}] if asked else []
    drawn_map(
        shown(picture=_picture(here, layer, warp), area=here.run.request.area, pixels=ring),
        KEY,
        bounds=warp.bounds,
        height=HEIGHT,
    )


def _picture(here: Said, layer: Layer | None, warp: Warp) -> Picture:
    """The answer, or until there is one the image of the date itself."""
    date = day(here.time, year=True)
    found = images(here.run)
    shown_over = here.cube if found is None else found
    times = shown_over["time"].values
    if layer is None or here.place is None:
        url = cached.picture_of(here.run, times[np.abs(times - here.time).argmin()].astype("datetime64[s]"), Look())
        return Picture(url, warp.bounds, f"Image of {date}; the model has not answered yet")
    scene = times[clearest(shown_over)].astype("datetime64[s]")
    url = cached.map_url(here.run.key, here.answer, here.place, layer, scene, opacity(), mode())
    return Picture(url, warp.bounds, f"{TITLES[layer]}, as {plain_title(here.card)} says after {date}")


def clicked(warp: Warp) -> None:
    """A click asks about that pixel."""
    answer: dict[str, Any] = st.session_state.get(KEY) or {}
    place = answer.get("last_clicked")
    found = pixel_at(place["lat"], place["lng"], warp) if place else None
    if found is not None:
        choices.keep_view(asked=list(found))


def opacity() -> float:
    wanted = choices.view("opacity")
    return next((float(each) for each in OPACITIES if each == wanted), OPACITY)


def _choose_layer(here: Said, fields: bool) -> Layer:
    """What is drawn; classes and opacity beside it."""
    offered = [name for name in TITLES if name != "fields" or fields]
    layer: Layer = next((name for name in offered if name == choices.view("said-layer")), "said")
    st.session_state["said-layer"] = layer
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="said-shown"):
        st.selectbox(
            "Shown", offered, format_func=TITLES.__getitem__, key="said-layer", label_visibility="collapsed",
            on_change=_keep, args=("said-layer",),
        )  # fmt: skip
        more = st.popover("", icon=":material/tune:", key="said-more", help="Classes and opacity")
    with more:
        if len(here.card.legends) > 1:
            st.session_state["legend"] = here.legend
            st.radio(
                "Classes", list(here.card.legends), format_func=lambda name: LEGENDS.get(name, name), key="legend",
                on_change=_keep, args=("legend",),
            )  # fmt: skip
        st.session_state["opacity"] = opacity()
        st.select_slider(
            "Opacity over the clearest image", OPACITIES, format_func=lambda value: f"{100 * value:.0f} %",
            key="opacity", on_change=_keep, args=("opacity",),
        )  # fmt: skip
    if layer not in CLASSES:
        note = "hatched: nothing observed by then"
        st.html(legend_html(Legend("", mode(), stops=ramp_stops(mode()), unit="%", note=note)))
    return layer


def _keep(name: str) -> None:
    choices.keep_view(**{name: st.session_state[name]})


def _ask_at_all(here: Said) -> None:
    """A network that looks ahead is asked date by date; all of them take a while."""
    caption(
        f"{plain_title(here.card)} reads its series as a whole, so it is asked at the chosen date alone, with nothing "
        "after it."
    )
    st.button(
        f"Ask at every date ({len(here.times)})", key="ask-all", icon=":material/event_repeat:",
        on_click=lambda: choices.keep_view(every=True),
    )  # fmt: skip
