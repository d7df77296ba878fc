"""The map of what a model says: dates above it, replay, what is drawn, the pixel one asks about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from eodash.truth import truth_of
from eodash.truth.known import Fields
from eodash.ui import asking, choices
from eodash.ui.comparing import one_date, step
from eodash.ui.explaining_map import TITLES, opacity, pixel_map, said_picture
from eodash.ui.models_card import LEGENDS
from eodash.ui.page import caption, failures, mode
from eodash.ui.redrawing import BELOW, INSPECTOR, SEASON, again
from eodash.ui.said import Said, place_of, said
from eodash.ui.said_hectares import hectares
from eodash.ui.said_inspector import inspector, truth_or_none
from eodash.ui.said_models import plain_title
from eodash.ui.said_parts import TOP, forget, outdated
from eodash.ui.viewed import Viewed
from eodash.views.class_map import CLASSES, OPACITIES, Layer, ramp_stops
from eodash.views.legend import Legend, legend_html

KEY = "dates-map"
HEIGHT = 360
AROUND = ("date", "model", "input", "legend", "every", "said-layer", "opacity")
"""Choices that change more than the inspected pixel."""


def season() -> None:
    """Map and hectares on the left, the inspected pixel on the right; moves by itself while it plays."""
    forget()  # the part below is drawn anew by this same run
    st.fragment(_season, run_every=0.9 if st.session_state.get("playing") else None, key=SEASON)()


def _season() -> None:
    with failures(key="failed-season"):
        if not st.session_state.get("playing") and outdated():
            forget()
            again(SEASON, BELOW)  # map and part together: the map would else be drawn twice
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
            st.fragment(_inspected, key=INSPECTOR)(here, _around())


def _inspected(here: Said, around: list[Any]) -> None:
    """The pixel alone, while nothing else has changed."""
    with failures(key="failed-inspector"):
        if _around() != around:  # several things were chosen at once
            st.rerun()
        inspector(here)
        st.session_state[TOP] = here.index, here.asked


def _around() -> list[Any]:
    """What is chosen of all that stands around the inspected pixel."""
    return [choices.view(name) for name in AROUND]


def _left(here: Said) -> Said:
    """Controls, map, what is shown, hectares; the map as soon as there is one."""
    one_date(Viewed(here.run, here.cube), plays=here.whole)
    picture, below = st.container(), st.container()
    if here.place is None:
        with below:
            found = asking.map_or_progress(here.run, here.card, here.legend, here.dates, KEY)
        here = replace(here, map=found, place=place_of(found, here.index))
    fields, layers = _fields(here), None
    if here.map is not None and here.place is not None:
        layers = [name for name in TITLES if name != "fields" or fields is not None]
    wanted = choices.view("said-layer")
    layer: Layer | None = None if layers is None else next((each for each in layers if each == wanted), "said")
    with picture:
        _map(here, layer)  # its picture is on its way while the rest is drawn
    with below:
        if here.map is not None and layers is not None and layer is not None:
            if line := asking.told(here.map):
                caption(line)
            _choose_layer(here, layers, layer)
            hectares(here, layer, truth_or_none(here), fields)
        if not here.whole:
            _ask_at_all(here)
    return here


def _fields(here: Said) -> Fields | None:
    """Those that the picture is drawn with."""
    names = tuple(each.name for each in here.classes)
    simulated = truth_of(here.run.request, here.cube, here.legend, names)
    return None if simulated is None else simulated.parcels


def _map(here: Said, layer: Layer | None) -> None:
    pixel_map(here, KEY, height=HEIGHT, picture=said_picture(here, layer), part=INSPECTOR)


def _choose_layer(here: Said, offered: list[Layer], layer: Layer) -> None:
    """What is drawn; classes and opacity beside it."""
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
