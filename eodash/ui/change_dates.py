"""When it changed: the date of the largest step of every pixel in an index, over the whole series."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from eodash.change.breaks import SIDE, Breaks, seasonal
from eodash.change.dated import dated
from eodash.sensors import sensor_of
from eodash.ui import asking, choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found
from eodash.ui.change_jobs import breaks_of, dates
from eodash.ui.change_maps import clickable, rings
from eodash.ui.change_pictures import address, drawn_tones
from eodash.ui.change_truth import moments_of
from eodash.ui.figure import figure
from eodash.ui.map import drawn_map
from eodash.ui.page import caption, empty, mode, section
from eodash.views.agreement_map import coloured_span
from eodash.views.calendar_chart import day, span
from eodash.views.change_map import of_dates
from eodash.views.change_words import dated_words
from eodash.views.hectares import in_words
from eodash.views.map import Picture, shown
from eodash.views.picture import layers, warp_of
from eodash.views.stop_map import stop_histogram

KEY = "change-date-map"
HEIGHT = 344
QUESTION = "When did it change?"


def change_dates(here: Found) -> None:
    """Map and histogram in the colours of the calendar, once they are asked for."""
    cube = here.cube
    offered = indices(here)
    count, least = cube.sizes["time"], needed(here)
    if not offered or count < least:
        section(QUESTION)
        why = (
            f"{count} dates are too few to tell a step from a season: it takes at least {least}, best over two years."
            if offered
            else "No index can be made of these bands."
        )
        empty("No date of change", why)
        return
    said = choices.view("change-index")
    index = next((each for each in offered if each == said), next(iter(offered)))
    ask = breaks_of(here, index)
    made = dates.get(ask.name)
    if made is None and choices.view("change-when") is not True:
        section(QUESTION, "All dates at once: the largest step that no season explains.")
        empty(
            "Not looked for yet", f"{count} dates are read, and a seasonal curve is fitted to every pixel.",
            "Find the dates of change", lambda: choices.keep_view(**{"change-when": True}),
        )  # fmt: skip
        return
    if made is None:
        section(QUESTION)
        made = asking.or_progress(KEY, ask.name, "Looking for steps", lambda: dates.get(ask.name), ask.begin, "part")
    if made is not None:
        _drawn(here, made, index, offered)


def indices(here: Found) -> dict[str, str]:
    """Indices that the bands allow, the greenness first."""
    sensor, bands = sensor_of(here.cube.attrs), tuple(str(name) for name in here.cube["band"].values)
    return {name: title for name, title in layers(sensor, bands).items() if name in sensor.indices}


def needed(here: Found) -> int:
    """Dates that a break needs."""
    days = (here.cube["time"].values - here.cube["time"].values[0]) / np.timedelta64(1, "D")
    return int(seasonal(days).shape[1]) + 2 * SIDE


def _drawn(here: Found, made: Breaks, index: str, offered: dict[str, str]) -> None:
    times = here.cube["time"].values.astype("datetime64[s]")
    season, warp = coloured_span(here.dates.run.request.period), warp_of(here.geobox)
    there = made.date < len(times)
    hectares = np.bincount(made.date[there], minlength=len(times)).astype(np.float64) * here.cell
    left, right = st.columns([1, 2], gap="medium")
    with left:
        section(QUESTION, "The first date after the step; dark: none.")
        seen = made.strength > 0
        tones, colours = of_dates(made.date, times, season, seen)
        body = drawn_tones(
            tones.tobytes(), tones.shape, tuple(colours), here.dates.key, str(here.dates.after), here.geobox
        )
        clickable(KEY, here)
        words = "The date of change of each pixel, in the colours of the calendar beside it"
        picture = Picture(address(body, "change-dates"), warp.bounds, words)
        drawn_map(shown(picture=picture, area=here.dates.run.request.area, pixels=rings(here)), KEY,
                  bounds=warp.bounds, height=HEIGHT)  # fmt: skip
    with right:
        st.session_state["change-index"] = index
        st.selectbox("Index", list(offered), format_func=offered.__getitem__, key="change-index", on_change=keep,
                     args=("change-index",), width=200)  # fmt: skip
        most = int(hectares.argmax())
        total = float(hectares.sum())
        words = (
            f"{in_words(total)} changed for good at some date, most of it, {in_words(float(hectares[most]))}, on "
            f"{day(times[most], year=True)}."
            if total
            else "No pixel has a step that a season does not explain."
        )
        figure(
            stop_histogram(times, hectares, span(here.cube), season, mode(), 250), "change-when-hectares",
            question=f"How much ground changed on each date, by {offered[index]}?",
            caption="Hectares per date; the colour bar of the map.", alt=words,
            table=partial(_table, times, hectares),
        )  # fmt: skip
        st.html(
            f"<p class='eo-found' data-eo='change-when'>{words} <span class='eo-soft'>One step per pixel, the largest; "
            "what comes and goes, as a flood does, is none, and a field under another crop may be one.</span></p>"
        )
        if (known := moments_of(here.cube)) is not None:
            caption(dated_words(dated(made, times, *known)))


def _table(times: np.ndarray, hectares: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"date": times.astype("datetime64[D]").astype(str), "hectares changed": np.round(hectares, 3)})
