"""The look page: one date or two on the map, the whole season of the pinned pixels beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from eodash.ui import cached, choices
from eodash.ui.comparing import choose_dates, nearest, step
from eodash.ui.figure import figure
from eodash.ui.layering import choose_layers
from eodash.ui.legends import legends
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.opened import chained, opened_series
from eodash.ui.page import caption, empty, mode
from eodash.ui.regions import degrees
from eodash.ui.viewed import Side, Viewed, shows_chain
from eodash.views.calendar_chart import day
from eodash.views.map import Picture, pin, pixel_at, shown
from eodash.views.picture import Warp, index_values, warp_of
from eodash.views.series_table import series_table
from eodash.views.theme import PIXELS
from eodash.views.two_dates import dated

__all__ = ["Viewed", "look", "nearest"]
KEY = "look-map"


def look() -> None:
    """Whatever there is to see of the session's run: nothing yet, progress, a failure, or the season."""
    found = opened_series("No region is open", lambda run: chained(run) if shows_chain(run) else cached.prepared(run))
    if found is None:
        return
    opened, here = found
    viewed = Viewed(opened, here, shows_chain(opened))
    playing = bool(st.session_state.get("playing"))
    st.fragment(_season, run_every=0.9 if playing else None)(viewed)


def _season(viewed: Viewed) -> None:
    if viewed.after != shows_chain(viewed.run):
        st.rerun()  # another series: more than this fragment changes
    if st.session_state.get("playing"):
        step(viewed, 1, wrap=True)
    left, right = st.columns([1, 1.28], gap="medium")
    with left, st.container(key="map-stage"):
        choose_dates(viewed)
        _map(viewed)
        legends(viewed)
        choose_layers(viewed)
    with right:
        _inspector(viewed)


def _map(viewed: Viewed) -> None:
    warp = warp_of(viewed.cube.odc.geobox)
    on_map_change(KEY, lambda: pin_clicked(viewed, KEY))
    drawn_map(
        shown(
            picture=picture_on(viewed, "a", warp),
            other=picture_on(viewed, "b", warp) if "b" in viewed.sides else None,
            compare=viewed.compare,
            area=viewed.run.request.area,
            pixels=[pin(pixel, warp) for pixel in viewed.pixels],
        ),
        KEY,
        bounds=warp.bounds,
        height=440,
    )


def picture_on(viewed: Viewed, side: Side, warp: Warp) -> Picture:
    look_on, moment = viewed.look_on(side), viewed.time_on(side)
    title, date = viewed.titles[look_on.layer], day(moment, year=True)
    return Picture(
        cached.picture_of(viewed.run, moment, look_on, after=viewed.after),
        warp.bounds,
        f"{title} on {date}",
        (f"{side.upper()}  {date}", title),
    )


def pin_clicked(viewed: Viewed, key: str) -> None:
    """A click pins one more pixel; the seventh replaces the sixth."""
    answer: dict[str, Any] = st.session_state.get(key) or {}
    place = answer.get("last_clicked")
    found = pixel_at(place["lat"], place["lng"], warp_of(viewed.cube.odc.geobox)) if place else None
    if found is None:
        return
    pinned = [[pixel.row, pixel.column] for pixel in viewed.pixels]
    if list(found) not in pinned:
        choices.keep_view(pixels=[*pinned[: len(PIXELS) - 1], list(found)])


def _inspector(viewed: Viewed) -> None:
    pixels = viewed.pixels
    if not pixels:
        no_pixel(viewed, "Click the map to read a pixel's season.")
        return
    newest = pixels[-1]
    place = pin(newest, warp_of(viewed.cube.odc.geobox))
    clear = viewed.cube["clear"].values[:, newest.row, newest.column]
    index = viewed.on_chart
    chart, lock = cached.chart_of(viewed.run, tuple(pixels), index, mode(), after=viewed.after)
    said = f"{viewed.titles[index]} and bands of {len(pixels)} pixels over {len(clear)} dates"
    second = viewed.time_on("b") if "b" in viewed.sides else None
    with lock, dated(chart, viewed.time_on("a"), second):
        figure(
            chart,
            "series",
            question=f"Pixel {newest.number}: what was measured at {degrees(place['lat'], place['lng'], 4)}?",
            caption=f"{int((~clear).sum())} of {len(clear)} images cloudy there. Click the map for another pixel, six "
            "at most.",
            alt=said,
            table=partial(series_table, viewed.cube, tuple(pixels), index),
        )
    with st.container(horizontal=True):
        for pixel in pixels:
            st.button(
                f"✕ pixel {pixel.number}", key=f"unpin-{pixel.number}", type="tertiary",
                on_click=_unpin, args=(viewed, pixel.number),
            )  # fmt: skip
    if index == "ndvi":
        caption(f"NDVI = {viewed.sensor.indices[index].formula}. It shows green leaves, not a crop.")


def no_pixel(viewed: Viewed, sentence: str) -> None:
    """The empty state of everything that shows one pixel, with a button that takes one."""
    label = "Take a green pixel" if viewed.on_chart == "ndvi" else "Take a pixel"
    empty("No pixel chosen", sentence, label, lambda: choices.keep_view(pixels=[list(_greenest(viewed))]))


def _unpin(viewed: Viewed, number: int) -> None:
    choices.keep_view(pixels=[[p.row, p.column] for p in viewed.pixels if p.number != number])


def _greenest(viewed: Viewed) -> tuple[int, int]:
    """The pixel with the highest index on the chosen date."""
    ratio, seen = index_values(viewed.cube[viewed.index], viewed.on_chart)
    row, column = np.unravel_index(np.where(seen, ratio, -np.inf).argmax(), ratio.shape)
    return int(row), int(column)
