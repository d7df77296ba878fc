"""Accuracy of the stopped against accuracy of all, date by date, and how much is decided by then."""

from __future__ import annotations

import html
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.ui.early_counts import over_season
from eodash.ui.early_found import Season
from eodash.ui.figure import figure
from eodash.ui.page import mode
from eodash.views.calendar_chart import day, span
from eodash.views.season_accuracy import Curve, Panel, panels_chart
from eodash.views.theme import PALETTES, Mode
from eodash.views.two_dates import dated

_SECOND: dict[Mode, str] = {"light": "#B98500", "dark": "#E0A93A"}
QUESTION = "Are those that stop the ones it knows?"


def over_the_season(season: Season) -> None:
    """Two panels on the calendar: right, and decided."""
    drawn, lock = _drawn(season, mode())
    words = told(season)
    question = QUESTION if season.truth is not None else "How much is decided by then?"
    about = (
        "Right among the stopped, as what they were at their stop, beside right among all, as what they are said "
        "to be on that date."
        if season.truth is not None
        else "Share of the ground that has stopped by each date; how often it is right needs a truth."
    )
    left, right = st.columns((1.45, 1), gap="medium", vertical_alignment="center")
    with left, lock, dated(drawn, season.said.time):
        figure(drawn, "early-course", question=question, caption=about, alt=words, table=lambda: table(season))
    with right:
        st.html(f"<p class='eo-found' data-eo='early-course'>{html.escape(words)}</p>")


def told(season: Season) -> str:
    """The middle of the season and its end, in numbers."""
    course, times = over_season(season), season.times
    half = np.flatnonzero(course.share >= 0.5)
    when = f"Half of the ground is decided by {day(times[half[0]])}" if len(half) else (
        f"{100 * course.share[-1]:.0f} % of the ground is ever decided"
    )  # fmt: skip
    if season.truth is None or not np.isfinite(course.stopped).any():
        return f"{when}."
    at = int(half[0]) if len(half) else len(times) - 1
    return (
        f"{when}: of what has stopped by then {100 * course.stopped[at]:.0f} % is right, of everything "
        f"{100 * course.everywhere[at]:.0f} % on that date and {100 * course.everywhere[-1]:.0f} % at the end. Easy "
        "pixels stop first, so the first figure says nothing of those that are still open."
    )


def table(season: Season) -> pd.DataFrame:
    course = over_season(season)
    return pd.DataFrame({
        "date": season.times.astype("datetime64[D]").astype(str), "right, all": course.everywhere.round(4),
        "right, stopped": course.stopped.round(4), "decided": course.share.round(4),
    })  # fmt: skip


@lru_cache(maxsize=32)
def _drawn(season: Season, light: Mode) -> tuple[go.Figure, Lock]:
    course, palette = over_season(season), PALETTES[light]
    panels = [Panel("Decided", "share by each date", season.times, [Curve("stopped", palette.ink, course.share)])]
    if season.truth is not None:
        right = [
            Curve("all", palette.accent, course.everywhere),
            Curve("stopped", _SECOND[light], course.stopped),
        ]
        panels.insert(0, Panel("Right", "share after each date", season.times, right))
    return panels_chart(panels, span(season.said.cube), season.times[0], light), Lock()
