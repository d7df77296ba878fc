"""When is each class decided: ridges or boxes on the calendar of the season."""

from __future__ import annotations

import html
from functools import lru_cache

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.ui import choices
from eodash.ui.early_counts import QUANTILES, never_said, stops_of
from eodash.ui.early_found import Season
from eodash.ui.figure import figure
from eodash.ui.page import empty, mode, section
from eodash.views.calendar_chart import day, span
from eodash.views.early_classes import Stops, boxes, ordered, ridges
from eodash.views.theme import Mode

WAYS = {"ridge": "Ridges", "box": "Boxes"}
QUESTION = "When is each class decided?"


def classes(season: Season) -> None:
    """Title and switch, the figure, one sentence."""
    whose = "classes of the truth" if season.truth is not None else "classes as the model says, no truth is known"
    way = _way()
    about = {
        "ridge": "Height: share of the class per day (its root); line: median date, named on the right",
        "box": "Box: the middle half; line: median; whiskers: 5 to 95 %; open where it is never decided",
    }[way]
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="early-classes-title"
    ):
        section(QUESTION, f"{about}; {whose}.")
        _switch(way)
    stops = stops_of(season)
    if not stops:
        empty("No class has a pixel here", "Neither the truth nor the model names one inside this area.")
        return
    words = told(season, stops)
    figure(
        _drawn(season, way, mode()), "early-classes", question=QUESTION, alt=words,
        table=lambda: table(season, stops), heading=False,
    )  # fmt: skip
    st.html(f"<p class='eo-found'>{html.escape(words)}{_missing(season)}</p>")


def table(season: Season, stops: tuple[Stops, ...]) -> pd.DataFrame:
    """A row per class: hectares, what is never decided, and the dates by which shares of it are."""
    days = season.times.astype("datetime64[D]").astype(str)
    rows = []
    for one in ordered(stops):
        row = {"class": one.name, "hectares": round(one.whole, 2), "never decided, ha": round(one.undecided, 2)}
        reached = ("" if at is None else str(days[at]) for at in one.dates)
        rows.append(row | {f"{100 * share:.0f} % by": when for share, when in zip(QUANTILES, reached, strict=True)})
    return pd.DataFrame(rows)


def told(season: Season, stops: tuple[Stops, ...]) -> str:
    """First and last class by their medians."""
    rows = [one for one in ordered(stops) if one.median is not None]
    never = [one.name for one in ordered(stops) if one.median is None]
    left = f"Not half of {', '.join(never[:6])}{' …' if len(never) > 6 else ''} is ever decided." if never else ""
    if not rows:
        return left
    first, last = rows[0], rows[-1]
    assert first.median is not None
    assert last.median is not None
    if first is last:
        said = f"Half of {first.name} is decided by {day(season.times[first.median])}."
    else:
        said = (
            f"First is {first.name}, half of it decided by {day(season.times[first.median])}; last is {last.name}, "
            f"{day(season.times[last.median])}."
        )
    return f"{said} {left}".strip()


def _missing(season: Season) -> str:
    """Classes that the model never says, whoever they are."""
    names = never_said(season)
    if not names:
        return ""
    said = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
    return f" <span class='eo-soft'>Never said at any date: {html.escape(said)}.</span>"


def _way() -> str:
    wanted = choices.view("early-way")
    return wanted if isinstance(wanted, str) and wanted in WAYS else "ridge"


def _switch(way: str) -> None:
    st.session_state["early-way"] = way
    st.segmented_control(
        "Drawn as", list(WAYS), format_func=WAYS.__getitem__, required=True, key="early-way",
        label_visibility="collapsed", width="content",
        on_change=lambda: choices.keep_view(**{"early-way": st.session_state["early-way"]}),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _drawn(season: Season, way: str, light: Mode) -> go.Figure:
    draw = boxes if way == "box" else ridges
    return draw(season.times, stops_of(season), span(season.said.cube), light)
