"""The chosen unit over the region, date by date: the map above which the date is moved."""

from __future__ import annotations

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.maps import kept_summary
from eodash.ui import asking, cached, choices
from eodash.ui.explaining import date_row, pixel_map, raster_url
from eodash.ui.page import caption, mode, section
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.legend import Legend, legend_html
from eodash.views.states import QUANTITIES, Unit
from eodash.views.value_map import LOW, Ramp, ramp_stops

KEY = "inside-map"
HEIGHT = 330


def region(here: Said, unit: Unit | None, layers: list[str]) -> None:
    """The unit as a map, once it has been asked for; before that what else there is to click on."""
    found = None if unit is None else mapped(here, unit, layers)
    of = None if unit is None else QUANTITIES[unit.quantity]
    title = f"Where is the {of.name} of unit {unit.unit} high?" if unit and of and found is not None else "Which pixel?"
    section(title, "Click one to read its gates.")
    _dates(here, found is not None)
    if found is None or unit is None:
        st.session_state["playing"] = False  # another unit was chosen while it played
        pixel_map(here, KEY, height=HEIGHT)
        if unit is not None:
            _ask(here, unit, layers)
        return
    values = np.asarray(found["state"].values[here.index], np.float32)
    ramp, limits = colours_of(found, unit)
    name = f"{unit.quantity} of {unit.title} on {day(here.time, year=True)}"
    picture = raster_url(here, name, values, ramp=ramp, limits=limits, key=KEY)
    note = "hatched: nothing observed by then"
    legend = Legend("", mode(), stops=_stops(ramp, limits), note=note)
    pixel_map(here, KEY, height=HEIGHT, picture=picture, legend_html=legend_html(legend))
    _told(values, unit, day(here.time))


def _dates(here: Said, plays: bool) -> None:
    """▶ ‹ slider ›; the season is played once there is a map that moves."""
    playing = bool(st.session_state.get("playing"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="inside-dates"):
        st.button(
            ":material/pause:" if playing else ":material/play_arrow:", key="inside-play", disabled=not plays,
            help=("Pause" if playing else "Play the season") if plays else "Map the unit first", on_click=_play,
        )  # fmt: skip
        with st.container():
            date_row(here)


def _play() -> None:
    """Begin or stop; the page sets its clock when it sees it."""
    st.session_state["playing"] = not st.session_state.get("playing")


def reducer_of(unit: Unit, layers: list[str]) -> str:
    """What the engine is asked for; it counts layers from 0."""
    return f"state:{unit.quantity}:{layers.index(unit.layer)}:{unit.unit}"


def mapped(here: Said, unit: Unit, layers: list[str]) -> xr.Dataset | None:
    """The map over all dates, (date, y, x), if it is kept."""
    dates = tuple(range(len(here.times)))
    question, _ = asking.question_about(here.run, here.card, here.legend, dates, raw=here.card.input.level == "l1c")
    return _named(kept_summary(cached.store(), question, (reducer_of(unit, layers),)), unit, layers)


def colours_of(found: xr.Dataset, unit: Unit) -> tuple[Ramp, tuple[float, float]]:
    """Shares from nothing to all; states around zero, up to what most pixels reach over the season."""
    of = QUANTITIES[unit.quantity]
    if of.gate:
        return "sequential", (0.0, 1.0)
    if of.bounded:
        return "diverging", (-1.0, 1.0)
    return "diverging", _limits(found["state"].values)


def _named(found: xr.Dataset | None, unit: Unit, layers: list[str]) -> xr.Dataset | None:
    """The variable is called after what was asked."""
    return None if found is None else found.rename({reducer_of(unit, layers): "state"})


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """Symmetric, the same on every date."""
    some = np.abs(np.asarray(values[:, ::4, ::4], np.float32))
    known = some[np.isfinite(some)]
    top = float(np.percentile(known, LOW)) if known.size else 1.0
    return -(top or 1.0), top or 1.0


def _ask(here: Said, unit: Unit, layers: list[str]) -> None:
    """A map of a unit is a question of its own; asked for once, the next units are mapped as they are chosen."""
    asked = (reducer_of(unit, layers),)
    if choices.view("inside-maps") is not True:
        st.button(
            f"Map unit {unit.unit} over the region", key="inside-ask", icon=":material/map:",
            on_click=lambda: choices.keep_view(**{"inside-maps": True}),
        )  # fmt: skip
        return
    dates = tuple(range(len(here.times)))
    if asking.summary_or_progress(here.run, here.card, here.legend, dates, asked, KEY) is not None:
        st.rerun()


def _told(values: NDArray[np.float32], unit: Unit, date: str) -> None:
    known = values[np.isfinite(values)]
    if not known.size:
        return
    of = QUANTITIES[unit.quantity]
    low, middle, high = (float(each) for each in np.percentile(known, [5, 50, 95]))
    said = [f"{100 * each:.0f} %" if of.gate else f"{each:.2f}".replace("-", "−") for each in (low, middle, high)]
    caption(f"On {date} half of the pixels are above {said[1]}, nine in ten between {said[0]} and {said[2]}.")


def _stops(ramp: Ramp, limits: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    return ramp_stops(ramp, mode(), limits)
