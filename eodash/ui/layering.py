"""What is drawn on the map, and how: a few layers at hand, every index on demand, and what the colours mean."""

from __future__ import annotations

import streamlit as st

from eodash.ui import choices
from eodash.ui.page import caption
from eodash.ui.viewed import STRETCHES, Side, Viewed, offers_chain, view_name
from eodash.views.calendar_chart import day
from eodash.views.picture import BAND


def choose_layers(viewed: Viewed) -> None:
    """One layer, or one for each side; brightness and cloud mask are shared."""
    if viewed.compare == "one":
        _one_layer(viewed)
    else:
        for column, side in zip(st.columns(2, gap="medium"), viewed.sides, strict=True):
            with column:
                _layer_of(viewed, side)
    plain = {viewed.look_on(side).layer for side in viewed.sides}  # an index has limits of its own
    brightened = any(layer in viewed.sensor.composites or layer.startswith(BAND) for layer in plain)
    bright, cloud = st.columns([1.5, 1], vertical_alignment="bottom")
    with bright:
        st.select_slider(
            "Stretch", STRETCHES, viewed.look.stretch, format_func=lambda value: f"× {value:g}", key="look-stretch",
            on_change=_keep_widget, args=("stretch",), disabled=not brightened,
        )  # fmt: skip
    with cloud:
        st.toggle(
            "Cloud mask", viewed.look.mask, key="look-mask", on_change=_keep_widget, args=("mask",),
            help="Hatch what the scene classification calls cloud, shadow or snow",
        )  # fmt: skip
        if offers_chain(viewed.run):
            st.toggle(
                "After the chain", viewed.after, key="look-after", on_change=_keep_widget, args=("after",),
                help="Look at the series as the chain under Can I trust it? leaves it",
            )  # fmt: skip
    caption(" ".join([*(_image(viewed, side) for side in viewed.sides), "Outline: your area."]))


def _one_layer(viewed: Viewed) -> None:
    offered, chosen = viewed.layers, viewed.look.layer
    st.pills(
        "Layer", list(offered), format_func=offered.__getitem__, default=chosen if chosen in offered else None,
        key="look-layer", label_visibility="collapsed", on_change=_pill_chosen, args=(viewed,),
    )  # fmt: skip
    more = viewed.more
    if more:
        st.selectbox(
            "More indices and bands", list(more), list(more).index(chosen) if chosen in more else None,
            format_func=more.__getitem__, key="look-more", placeholder="More indices and bands: type a name or a word",
            label_visibility="collapsed", on_change=_index_chosen,
        )  # fmt: skip


def _pill_chosen(viewed: Viewed) -> None:
    """Pressing the chosen pill again leaves it chosen: something must be drawn."""
    layer = st.session_state["look-layer"]
    if layer is None:
        st.session_state["look-layer"] = viewed.look.layer if viewed.look.layer in viewed.layers else None
        return
    st.session_state["look-more"] = None
    choices.keep_view(layer=layer)


def _index_chosen() -> None:
    layer = st.session_state["look-more"]
    if layer is not None:
        st.session_state["look-layer"] = None
        choices.keep_view(layer=layer)


def _layer_of(viewed: Viewed, side: Side) -> None:
    """Everything in one list, as there is half the room."""
    offered = viewed.titles
    name = view_name("layer", side)
    st.selectbox(
        f"Layer of {side.upper()}", list(offered), list(offered).index(viewed.look_on(side).layer),
        format_func=offered.__getitem__, key=f"look-{side}-layer", on_change=_side_chosen, args=(name, side),
    )  # fmt: skip


def _side_chosen(name: str, side: Side) -> None:
    choices.keep_view(**{name: st.session_state[f"look-{side}-layer"]})


def _keep_widget(name: str) -> None:
    choices.keep_view(**{name: st.session_state[f"look-{name}"]})


def _image(viewed: Viewed, side: Side) -> str:
    index = viewed.index_on(side)
    clear = f"{100 * float(viewed.cube['clear'].values[index].mean()):.0f} %"
    place = f"mage {index + 1} of {len(viewed.times)}"
    if viewed.compare == "one":
        return f"I{place}, {day(viewed.times[index], year=True)}: {clear} of it is clear."
    return f"{side.upper()}: i{place}, {clear} clear."
