"""The map of what a model says: dates above it, replay, what is drawn, the pixel one asks about."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from eodash.truth import truth_of
from eodash.ui import asking, choices
from eodash.ui.comparing import one_date, step
from eodash.ui.explaining_map import TITLES, opacity, pixel_map, said_picture
from eodash.ui.models_card import LEGENDS
from eodash.ui.page import caption, failures, mode
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
    pixel_map(here, KEY, height=HEIGHT, picture=said_picture(here, layer))


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
