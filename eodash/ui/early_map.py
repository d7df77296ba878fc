"""The map of stops: the date each pixel was decided, or what is decided so far; its histogram is its colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.runtime import get_instance

from eodash.cube import geobox_of
from eodash.errors import RasterError
from eodash.ui import asking, cached, choices
from eodash.ui.comparing import one_date, step
from eodash.ui.early_found import Season, open_season
from eodash.ui.explaining import pixel_map
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode, section
from eodash.ui.said import Said, place_of, said
from eodash.ui.said_models import plain_title
from eodash.ui.viewed import Viewed, clearest
from eodash.views import class_map
from eodash.views.calendar_chart import day, span
from eodash.views.hectares import in_words
from eodash.views.map import Picture
from eodash.views.picture import warp_of
from eodash.views.stop_map import of_stops, stop_histogram
from eodash.views.theme import Mode

KEY = "early-map"
HEIGHT = 350
SHOWN = {"dates": "Stop dates", "sofar": "Decided so far"}


def stop_map(here: Said, beside: Sequence[float] = ()) -> Said:
    """Map and histogram, under each other or `beside`; the map is asked for if nobody has."""
    if _so_far() and st.session_state.get("playing") and here.place is not None:
        step(Viewed(here.run, here.cube), 1, wrap=True)
        here = said() or here
    first, second = st.columns(beside, gap="medium") if beside else (st.container(), st.container())
    with first:
        heading, controls, picture = st.container(), st.container(key="early-controls"), st.container()
    if here.place is None:
        with second:
            found = asking.map_or_progress(here.run, here.card, here.legend, here.dates, KEY)
        here = replace(here, map=found, place=place_of(found, here.index))
    season = open_season(here)
    with heading:
        _heading(here, season)
    with controls:
        _controls(here, season)
    with picture:
        pixel_map(here, KEY, height=HEIGHT, picture=None if season is None else _picture(here, season))
    if season is None:
        return here
    with second:
        _beneath(season)
    return here


def _beneath(season: Season) -> None:
    """How the map was made, and its colour bar."""
    if line := asking.told(season.map):
        caption(line)
    if season.where.any():
        _histogram(season)
        return
    st.html(
        "<p class='eo-found'><span class='eo-warn'>▲</span> <b>Nothing usable was seen of any pixel, so nothing is "
        "decided.</b> Choose another area, or more dates.</p>"
    )


def _so_far() -> bool:
    return bool(choices.view("early-show") == "sofar")


def _by_field() -> bool:
    return choices.view("early-fields") is not False


def _heading(here: Said, season: Season | None) -> None:
    """The question of the map, and how to read it."""
    if season is None:
        section("When was each pixel decided?", "Colour is the calendar; hatched is still undecided.")
    elif _so_far():
        locked = season.rule.date[season.where] <= here.index
        share = f"{100 * float(locked.mean()):.0f} %" if season.where.any() else "nothing"
        section(f"What is decided by {day(here.time)}?", f"{share} of the ground, in the colours of its class; "
                "hatched: still open. What is decided stays so.")  # fmt: skip
    else:
        still = f"still undecided on {day(season.times[-1])} ({100 * season.open_share:.0f} %)"
        section("When was each pixel decided?", f"Colour is the calendar. Hatched: {still}.")


def _controls(here: Said, season: Season | None) -> None:
    fields = season is not None and season.truth is not None and season.truth.parcels is not None
    st.session_state["early-show"] = "sofar" if _so_far() else "dates"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            "Shown", list(SHOWN), format_func=SHOWN.__getitem__, required=True, key="early-show",
            label_visibility="collapsed", on_change=_show, width="content",
        )  # fmt: skip
        if fields and _so_far():
            st.session_state["early-fields"] = _by_field()
            st.toggle(
                "Whole fields", key="early-fields", on_change=_keep_fields,
                help="A field locks once half of its pixels are decided, as what most of them are.",
            )  # fmt: skip
    if _so_far():
        one_date(Viewed(here.run, here.cube))


def _show() -> None:
    st.session_state["playing"] = False
    choices.keep_view(**{"early-show": st.session_state["early-show"]})


def _keep_fields() -> None:
    choices.keep_view(**{"early-fields": st.session_state["early-fields"]})


def _picture(here: Said, season: Season) -> Picture:
    """The stops, or what is decided by the chosen date."""
    bounds = warp_of(geobox_of(here.cube)).bounds
    if _so_far():
        words = f"Classes decided by {day(here.time, year=True)}, as {plain_title(here.card)} says; the rest hatched"
        return Picture(picture_url(season, here.index, _by_field()), bounds, words)
    words = f"The date on which {plain_title(here.card)} decided each pixel, in the colours of the calendar"
    return Picture(picture_url(season), bounds, words)


def picture_url(season: Season, index: int | None = None, fields: bool = False) -> str:
    """The address of the dates of decision, or of the classes that are decided by a date."""
    body = _drawn(season, index, fields)
    return str(get_instance().media_file_mgr.add(body, "image/png", f"stops-{season.answer}-{index}-{fields}"))


@lru_cache(maxsize=128)
def _drawn(season: Season, index: int | None, fields: bool) -> bytes:
    here = season.said
    stored = cached.cube(here.run.key)
    if stored is None:
        raise RasterError("This run has no images any more.", "Fetch them again.", code="no_dates", retryable=True)
    scene = stored["time"].values[clearest(stored)].astype("datetime64[s]")
    grey, seen = cached.grey_scene(here.run.key, str(scene))
    if index is None:
        toned, opacity = of_stops(season.rule.date, season.times, season.span), 1.0
    else:
        toned = class_map.of_classes(season.locked(index, fields), [each.colour for each in here.classes])
        opacity = class_map.OPACITY
    return class_map.over(toned, grey, seen, opacity, warp_of(geobox_of(here.cube)))


def _histogram(season: Season) -> None:
    """Hectares per date in the colours of the map."""
    sizes = season.hectares()
    most = season.times[int(sizes.argmax())]
    whole = float(season.where.sum()) * season.cell
    words = (
        f"Most of it, {in_words(float(sizes.max()))}, on {day(most)}; never: {in_words(season.open_share * whole)}."
        if sizes.any()
        else "No pixel is decided before the season ends: turn the dial below to a lower chance."
    )
    figure(
        _drawn_histogram(season, mode()),
        "early-hectares",
        question="How much ground is decided on each date?",
        caption=f"Hectares per date; the colour bar of the map. {words}",
        alt=f"Hectares decided per date, in the colours of the map. {words}",
        table=lambda: pd.DataFrame(
            {"date": season.times.astype("datetime64[D]").astype(str), "hectares decided": np.round(sizes, 3)}
        ),
    )


@lru_cache(maxsize=32)
def _drawn_histogram(season: Season, light: Mode) -> go.Figure:
    return stop_histogram(season.times, season.hectares(), span(season.said.cube), season.span, light)
