"""Saliency as maps: whose decision hung on a date, and where a band mattered; asked for once, then a click away."""

from __future__ import annotations

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.maps import kept_summary
from eodash.ui import asking, cached, choices
from eodash.ui.explaining import pixel_map, raster_url
from eodash.ui.page import caption, mode, section
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.legend import Legend, legend_html
from eodash.views.saliency import Saliency
from eodash.views.saliency_words import map_reading
from eodash.views.value_map import HIGH, Ramp, limits_for, ramp_stops

KEY = "saliency-map"
REDUCERS = ("hung_date", "hung_band", "hung_signed_band")
KINDS = {"hung_date": "A date", "hung_band": "A band", "hung_signed_band": "A band, which way"}
TITLES = {
    "hung_date": "Whose decision hung on {}?",
    "hung_band": "Where did {} matter?",
    "hung_signed_band": "Where does {} speak for the class, where against?",
}
HEIGHT = 330


def region(here: Said, found: Saliency) -> None:
    """The map and what is chosen of it; before it has been asked for, the classes and the button that asks."""
    read, made = _shown(here)
    if made is None:
        section("Where in the region?", "Click a pixel to ask about it.")
        pixel_map(here, KEY, height=HEIGHT)
        _ask(here)
        return
    kind, place = _chosen(here, found, read)
    values = np.asarray(made[kind].values[place], np.float32)
    ramp: Ramp = "diverging" if kind == "hung_signed_band" else "sequential"
    limits = _limits(made[kind].values) if kind == "hung_date" else limits_for(values, ramp)
    name = day(here.times[place], year=True) if kind == "hung_date" else found.titles[place]
    title = TITLES[kind].format(name)
    section(title, f"Gradient of the score after {day(here.times[read], year=True)}, added up. Click a pixel.")
    _choose(here, found, kind, place, read)
    note = "hatched: nothing observed by then"
    legend = Legend("", mode(), stops=ramp_stops(ramp, mode(), limits), note=note)
    picture = raster_url(here, title, values, ramp=ramp, limits=limits, key=KEY)
    pixel_map(here, KEY, height=HEIGHT, picture=picture, legend_html=legend_html(legend))
    caption(map_reading(values, name))
    if read != here.index:
        _ask(here)


def _shown(here: Said) -> tuple[int, xr.Dataset | None]:
    """The maps of the score after the chosen date; until there are any, those after the last one, if they are kept."""
    last = len(here.times) - 1
    kept = ((read, _made(here, read)) for read in dict.fromkeys((here.index, last)))
    return next(((read, made) for read, made in kept if made is not None), (here.index, None))


def _made(here: Said, read: int) -> xr.Dataset | None:
    """The maps of the score after one date, if they are kept."""
    raw = here.card.input.level == "l1c"
    question, _ = asking.question_about(here.run, here.card, here.legend, tuple(range(read + 1)), raw=raw)
    return kept_summary(cached.store(), question, REDUCERS)


def _ask(here: Said) -> None:
    """Every pixel's gradient takes a while: it is asked for by a button, for each date that it is read after."""
    time = str(here.time)
    if choices.view("saliency-maps") != time:
        st.button(
            f"Map it over the region, after {day(here.time)}", key="saliency-ask", icon=":material/map:",
            help="The gradient of every pixel: some minutes, with its progress here.",
            on_click=lambda: choices.keep_view(**{"saliency-maps": time}),
        )  # fmt: skip
        return
    dates = tuple(range(here.index + 1))
    if asking.summary_or_progress(here.run, here.card, here.legend, dates, REDUCERS, KEY) is not None:
        st.rerun()


def _chosen(here: Said, found: Saliency, read: int) -> tuple[str, int]:
    """Which map, and of which date or band; at first the date that this pixel's own decision hung on most."""
    match choices.view("hung"):
        case [str(kind), str(name)] if kind in KINDS:
            there = _names(here, found, kind, read)
            return kind, there.index(name) if name in there else _most(found, kind, read)
    return "hung_date", _most(found, "hung_date", read)


def _names(here: Said, found: Saliency, kind: str, read: int) -> list[str]:
    """Dates that the score can hang on, or bands."""
    return [str(each) for each in here.times[: read + 1]] if kind == "hung_date" else list(found.bands)


def _most(found: Saliency, kind: str, read: int) -> int:
    values = np.where(found.seen, found.over_time, np.nan)[: read + 1] if kind == "hung_date" else found.over_band
    return int(np.nan_to_num(np.abs(values)).argmax())


def _choose(here: Said, found: Saliency, kind: str, place: int, read: int) -> None:
    names = _names(here, found, kind, read)
    left, right = st.columns([1.5, 1], vertical_alignment="bottom", gap="small")
    st.session_state["saliency-kind"], st.session_state["saliency-which"] = kind, names[place]
    with left:
        st.segmented_control(
            "Map", list(KINDS), format_func=KINDS.__getitem__, required=True, key="saliency-kind",
            label_visibility="collapsed", on_change=_kind_chosen, args=(here, found, read),
        )  # fmt: skip
    with right:
        titles = dict(zip(found.bands, found.titles, strict=True))
        st.selectbox(
            "Date" if kind == "hung_date" else "Band", names, key="saliency-which", label_visibility="collapsed",
            format_func=lambda name: titles.get(name) or day(np.datetime64(name), year=True), on_change=_which_chosen,
        )  # fmt: skip


def _kind_chosen(here: Said, found: Saliency, read: int) -> None:
    kind = st.session_state["saliency-kind"]
    choices.keep_view(hung=[kind, _names(here, found, kind, read)[_most(found, kind, read)]])


def _which_chosen() -> None:
    choices.keep_view(hung=[st.session_state["saliency-kind"], st.session_state["saliency-which"]])


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """The same on every date, so that dates can be compared."""
    some = np.asarray(values[:, ::4, ::4], np.float32)
    known = some[np.isfinite(some)]
    return 0.0, (float(np.percentile(known, HIGH)) if known.size else 0.0) or 1.0
