"""Attention as maps: which date each pixel looked at most, how much of it, and how much falls on clouds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.agreement import pixel_hectares
from eodash.backend.maps import kept_summary
from eodash.cube import geobox_of
from eodash.truth import UNKNOWN, majority
from eodash.ui import asking, cached, choices
from eodash.ui.explaining import pixel_map, raster_url
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode, section
from eodash.ui.said import Said
from eodash.ui.said_inspector import truth_or_none
from eodash.views.agreement_map import coloured_span
from eodash.views.attention import Head, named, share
from eodash.views.attention_map import NONE, gradient, looked_chart, looked_hectares, looked_table, looked_words
from eodash.views.calendar_chart import span
from eodash.views.map import Picture
from eodash.views.value_map import ramp_stops

KEY = "attention-map"
SHOWN = {"looked": "Date looked at", "looked_share": "Its share", "cloud_attention": "On clouds"}
ALL = {"looked_share": "Share of attention on the date looked at most", "cloud_attention": "Attention on cloudy dates"}
WIDE = (1.0, 1.3)


def region(here: Said, head: Head, layers: int, heads: int) -> None:
    """The map, which takes clicks before it is computed, and what it says."""
    reducers = tuple(f"{name}:{a}:{b}" for name in SHOWN for a in range(layers) for b in range(heads))
    found = _found(here, reducers)
    left, right = st.columns(WIDE, gap="medium")
    with left:
        section("Which date does each pixel look at most?", f"{named(head, layers)}. Click a pixel to ask about it.")
        kind = _kind() if found is not None else "looked"
        values = None if found is None else _values(here, found, kind, head)
        picture, legend = (None, "") if values is None else _picture(here, values, kind, named(head, layers))
        pixel_map(here, KEY, picture=picture, legend_html=legend)
    with right:
        if found is None:
            _compute(here, reducers)
        else:
            _told(here, found, head, layers)


def _found(here: Said, reducers: tuple[str, ...]) -> xr.Dataset | None:
    """The maps of all heads if they are kept: one reading of the region gives them all."""
    dates = (len(here.times) - 1,)
    question, _ = asking.question_about(here.run, here.card, here.legend, dates, raw=here.card.input.level == "l1c")
    return kept_summary(cached.store(), question, reducers)


def _compute(here: Said, reducers: tuple[str, ...]) -> None:
    """The button that begins, then how far it is."""
    if choices.view("looked-at") is not True:
        with st.container(
            border=True, horizontal_alignment="center", vertical_alignment="center", height=300, key="attention-begin"
        ):
            st.html(
                "<div class='eo-empty'><b>Not read yet</b><br>Every pixel is asked once with its attention watched: "
                "all heads at once, slower than the map of classes.</div>"
            )
            st.button("Read the region", on_click=_begin, key="attention-begin-button")
        return
    found = asking.summary_or_progress(
        here.run, here.card, here.legend, (len(here.times) - 1,), reducers, "attention-looked"
    )
    if found is not None:
        st.rerun()


def _begin() -> None:
    choices.keep_view(**{"looked-at": True})


def _kind() -> str:
    wanted = choices.view("looked")
    st.session_state["attention-looked-kind"] = wanted if wanted in SHOWN else "looked"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="attention-map-controls"):
        st.segmented_control(
            "Map", list(SHOWN), format_func=SHOWN.__getitem__, required=True, key="attention-looked-kind",
            label_visibility="collapsed", on_change=_keep_kind, width="content",
        )  # fmt: skip
        if st.session_state["attention-looked-kind"] == "looked":
            st.session_state["attention-fields"] = choices.view("looked-fields") is True
            st.toggle(
                "Whole fields", key="attention-fields", on_change=_keep_fields,
                help="Each field in the colour of the date that most of its pixels look at, where fields are known.",
            )  # fmt: skip
    return str(st.session_state["attention-looked-kind"])


def _keep_kind() -> None:
    choices.keep_view(looked=st.session_state["attention-looked-kind"])


def _keep_fields() -> None:
    choices.keep_view(**{"looked-fields": st.session_state["attention-fields"]})


def _values(here: Said, found: xr.Dataset, kind: str, head: Head) -> NDArray[np.generic]:
    values = np.asarray(found[f"{kind}:{head[0]}:{head[1]}"].values)
    if kind != "looked" or choices.view("looked-fields") is not True or len(here.times) >= UNKNOWN:
        return values
    known = truth_or_none(here)
    if known is None or known.parcels is None:
        return values
    said = np.where(values == NONE, UNKNOWN, values).astype(np.uint8)
    grouped = majority(said, known.parcels)
    return np.where(grouped == UNKNOWN, NONE, grouped).astype(np.uint16)


def _picture(here: Said, values: NDArray[np.generic], kind: str, whose: str) -> tuple[Picture, str]:
    name = f"{SHOWN[kind]}, {whose.lower()}"
    if kind == "looked":
        return raster_url(here, name, values, ramp="calendar", key=KEY), ""
    limits = (0.0, max(float(np.nanmax(values, initial=0.0)), 1e-6))
    stops = [(share(value), colour) for value, colour in ramp_stops("sequential", mode(), limits)]
    picture = raster_url(here, name, values, ramp="sequential", limits=limits, key=KEY)
    return picture, gradient(ALL[kind], stops)


def _told(here: Said, found: xr.Dataset, head: Head, layers: int) -> None:
    """The histogram of the dates looked at, in the colours of the map: its legend, too."""
    looked = np.asarray(found[f"looked:{head[0]}:{head[1]}"].values)
    times = here.times
    hectares = looked_hectares(looked, len(times), pixel_hectares(geobox_of(here.cube)))
    cloudy = float(np.nanmean(found[f"cloud_attention:{head[0]}:{head[1]}"].values)) if (looked != NONE).any() else 0.0
    words = looked_words(times, hectares)
    make: Callable[[], pd.DataFrame] = partial(looked_table, times, hectares)
    figure(
        looked_chart(times, hectares, span(here.cube), coloured_span(here.run.request.period), mode()),
        "attention-looked",
        question="How much ground looks at each date most?",
        caption="Hectares per date, in the colours of the map.",
        alt=words,
        table=make,
    )
    st.html(
        f"<p class='eo-found'>{words} <span class='eo-soft'>Over the region {share(cloudy)} of this head's attention "
        "falls on cloudy dates. The date looked at most is not yet the date that decided.</span></p>"
    )
    if line := asking.told(found):
        caption(line)
