"""What if: one pixel's series changed by hand, and the answer before and after; below it the region under stress."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from eodash.ui.explaining import date_row, needs_pixel, pixel_map
from eodash.ui.figure import figure
from eodash.ui.models_tables import scrolling
from eodash.ui.page import caption, failures, mode, palette, section
from eodash.ui.said import Said, said
from eodash.ui.whatif_asking import both
from eodash.ui.whatif_tools import Changes, changes, clicked, tools
from eodash.views.calendar_chart import day, span
from eodash.views.whatif import Side, nearest, whatif_chart, whatif_table
from eodash.views.whatif_words import verdict
from eodash.whatif import Cloud, Shift

MAP, CHART = "whatif-map", "whatif-chart"
LEAST = 0.02
"""Classes below this probability on all sides are no row of the table."""


@st.fragment
def what_if() -> None:
    """Tools on top; map and classes on the left, both series and both answers on the right."""
    with failures(key="whatif-broken"):
        here = said()
        if here is None:
            return
        made = changes(here)
        tools(here, made)
        left, right = st.columns([1, 1.6], gap="medium")
        with left:
            date_row(here)
            pixel_map(here, MAP, height=300)
            below = st.container()
        with right:
            if needs_pixel(here) or here.asked is None:
                return
            answers = both(here, here.asked, made.edits)
            if answers is None:
                return
            before, after = (Side(each.series, each.inspected) for each in answers)
            words = verdict(before, after, here.times, here.index, bool(made.edits))
            _drawn(here, made, before, after, words)
        with below:
            _reading(here, made, words)
            _classes(here, before, after)


def _drawn(here: Said, made: Changes, before: Side, after: Side, words: str) -> None:
    chart = whatif_chart(before, after, span(here.cube), here.time, mode())
    figure(
        chart,
        CHART,
        question="What does it say of the series as it was, and as it would have been?",
        caption="Click a date: it goes, or comes back. Hatched: cloudy. Dashed: where the model would stop.",
        alt=f"Series and class probabilities before and after the changes. {_bare(words)}",
        table=partial(whatif_table, before, after),
        on_select=partial(_selected, here, made),
    )


def _reading(here: Said, made: Changes, words: str) -> None:
    """What the changes did, and what one should know of it."""
    notes = []
    if any(isinstance(edit, Shift) for edit in made.edits):
        notes.append("Everything is drawn on the dates of the images; the model is told others.")
        if not here.card.input.dated:
            notes.append("This model reads no dates: the shift changes nothing.")
    if any(isinstance(edit, Cloud) for edit in made.edits) and here.card.input.level != "l1c":
        notes.append("A painted cloud is masked out, as any cloud in a preprocessed series.")
    soft = html.escape(" ".join(notes))
    st.html(f"<p class='eo-found' data-eo='whatif-reading'>{words} <span class='eo-soft'>{soft}</span></p>")


def _selected(here: Said, made: Changes) -> None:
    """A click on the chart is about the date below it."""
    picked: Any = st.session_state.get(CHART) or {}
    points = (picked.get("selection") or {}).get("points") or []
    place = nearest(here.times, points[0].get("x")) if points else None
    if place is not None:
        clicked(here, made, place)


def _bare(words: str) -> str:
    """Without markup."""
    return html.unescape(pd.Series([words]).str.replace(r"<[^>]*>", "", regex=True)[0])


def _classes(here: Said, before: Side, after: Side) -> None:
    """Probabilities before and after, on the chosen date and at the end of the season."""
    section("What moved?", "Probability in per cent, before → after your changes; classes below 2 % are left out.")
    dates = dict.fromkeys((here.index, len(here.times) - 1))  # once where the chosen date is the last
    rows = []
    for place, each in enumerate(here.classes):
        pairs = [(before.chances[date, place], after.chances[date, place]) for date in dates]
        if (np.nan_to_num(pairs) >= LEAST).any():
            cells = "".join(f"<td>{_percent(was)} → {_percent(now)}</td>" for was, now in pairs)
            rows.append(f"<tr><td class='eo-left'>{_swatch(each.colour)}{html.escape(each.name)}</td>{cells}</tr>")
    if not rows:
        caption("The model says nothing of this pixel.")
        return
    names = [day(here.times[date]) for date in dates]
    names[-1] = f"end, {names[-1]}"
    st.html(scrolling("<th>class</th>" + "".join(f"<th>{name}</th>" for name in names), "".join(rows)))


def _swatch(colour: str) -> str:
    return (
        f"<i style='display:inline-block;width:13px;height:13px;border-radius:2px;vertical-align:-1px;"
        f"margin-right:6px;background:{html.escape(colour)};outline:1px solid {palette().edge}'></i>"
    )


def _percent(number: float) -> str:
    return "–" if np.isnan(number) else f"{100 * number:.0f}"
