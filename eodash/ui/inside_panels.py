"""The panels of all units at one pixel, and what the chosen unit did at the chosen date."""

from __future__ import annotations

import html
from functools import lru_cache
from threading import Lock

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.ui.explaining import Explained
from eodash.ui.figure import figure
from eodash.ui.inside_choice import form
from eodash.ui.page import mode, section
from eodash.ui.said import Said
from eodash.views.calendar_chart import day, span
from eodash.views.inside_step import step_html, step_words
from eodash.views.panel import Span
from eodash.views.panels import column, dates_of
from eodash.views.states import QUANTITIES, Unit, layer_values, step_of
from eodash.views.states_panel import peaks, states_panel
from eodash.views.theme import Mode
from eodash.views.two_dates import dated

KEY = "inside-states"
HEIGHT = 797
"""Of the six panels in px, kept free for them."""


def panels(here: Said, answer: Explained, unit: Unit) -> None:
    """One panel per quantity on the calendar of the run."""
    heat, units = form() == "heat", answer.explained.sizes["unit"]
    rows = (
        f"A row per unit, in the order in which their {QUANTITIES[unit.quantity].name}s peak."
        if heat
        else f"A thin line per unit, unit {unit.unit} strong; open dots: cloudy."
    )
    way = " This layer reads from the end of the season to its beginning." if unit.backward else ""
    chart, lock = _chart(answer, unit if heat else Unit("i", unit.layer, unit.unit), heat, span(here.cube), mode())
    with lock, dated(chart, here.time):
        figure(
            chart, KEY, question=f"What do the {units} units of layer {unit.layer} do, date by date?",
            caption=rows + way, table=lambda: _table(answer, unit),
            alt=f"Gates i, f, o, candidate g, cell state c and hidden state h of {units} units over the pixel's dates. "
            + " ".join(_words(here, answer, unit)),
        )  # fmt: skip


@lru_cache(maxsize=32)
def _chart(answer: Explained, unit: Unit, heat: bool, limits: Span, light: Mode) -> tuple[go.Figure, Lock]:
    """Drawn once; whoever moves its date line holds the lock."""
    found, dates = answer.explained, dates_of(answer.series)
    order = peaks(layer_values(found, unit.quantity, unit.layer)) if heat else None
    drawn = [
        states_panel(
            found, Unit(letter, unit.layer, unit.unit), light, heat=heat, order=order, dates=dates, named=letter == "i"
        )
        for letter in QUANTITIES
    ]
    return column(drawn, dates, limits, limits[0], light), Lock()


def step(here: Said, answer: Explained, unit: Unit) -> None:
    """The equations with the numbers of the date, and in words what they did."""
    date = day(here.time)
    with st.container(border=True, key="inside-step", gap="small"):
        section(f"What did unit {unit.unit} do on {date}?")
        st.html(step_html(step_of(answer.explained, unit, here.index), unit, date))
        deed, words = _words(here, answer, unit)
        st.html(f"<p class='eo-found'><b>{html.escape(deed)}</b> {html.escape(words)}</p>".replace(" %", "&nbsp;%"))


def unread(answer: Explained) -> bool:
    """Whether the network has read nothing at all of this pixel; then that is said here."""
    if answer.explained["seen"].values.any():
        return False
    seen = int(dates_of(answer.series).seen.sum())
    why = f"All {seen} images are cloud or shadow here" if seen else "Nothing was observed here"
    st.html(
        f"<p class='eo-found'><span class='eo-warn'>▲</span> <b>{why}, so the network has read nothing.</b> "
        "Choose another pixel, or more dates.</p>"
    )
    return True


def _words(here: Said, answer: Explained, unit: Unit) -> tuple[str, str]:
    cloudy = bool(dates_of(answer.series).cloudy[here.index])
    return step_words(step_of(answer.explained, unit, here.index), unit, day(here.time), cloudy=cloudy)


def _table(answer: Explained, unit: Unit) -> pd.DataFrame:
    """The chosen unit's six quantities, date by date."""
    found = answer.explained
    columns = {
        QUANTITIES[letter].name: layer_values(found, letter, unit.layer)[unit.unit].round(5) for letter in QUANTITIES
    }
    times = found["time"].values.astype("datetime64[s]")
    return pd.DataFrame(
        {"date": [day(each, year=True) for each in times], "read": found["seen"].values.astype(bool), **columns}
    )
