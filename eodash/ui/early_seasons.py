"""Two seasons side by side: the stops of another run beside those of this one, and the shift of each class in days."""

from __future__ import annotations

import html
from functools import lru_cache

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.cube import geobox_of
from eodash.datasets.parcels import days_of, latitude_of
from eodash.store import Run
from eodash.ui import choices
from eodash.ui.early_counts import stops_of
from eodash.ui.early_found import Season
from eodash.ui.early_map import picture_url
from eodash.ui.early_other import known_only_once, other_season, ways_to_another, wished, years
from eodash.ui.figure import figure
from eodash.ui.map import drawn_map
from eodash.ui.page import caption, failures, mode, section
from eodash.ui.regions import title_of
from eodash.views.calendar_chart import day
from eodash.views.early_shift import Shift, shift_chart
from eodash.views.map import Picture, shown
from eodash.views.picture import warp_of
from eodash.views.theme import Mode

QUESTION = "Is another season decided sooner?"
HEIGHT = 300


def two_seasons(season: Season) -> None:
    """A choice of runs, then two maps, the shift of the classes, one sentence."""
    section(QUESTION, "The same model, the same rule, another run: the map of stops beside this one, and the shift.")
    run = _choose(season)
    if run is None:
        return
    with failures(key="failed-early-other"):
        other = other_season(season, run)
        if other is None:
            return
        mine, theirs = known_only_once(season, other)
        _maps(mine, theirs)
        _shifts(mine, theirs)


def _choose(season: Season) -> Run | None:
    """One of this browser's runs, or a button that fetches one."""
    found = wished(season.said)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="early-choose"):
        if found:
            ids = {run.id: run for run in found}
            wanted = choices.view("early-other")
            st.session_state["early-other"] = wanted if wanted in ids else None
            st.selectbox(
                "Another run", list(ids), format_func=lambda each: _called(ids[each], season.said.run), index=None,
                key="early-other", placeholder="Choose one of my runs",
                on_change=lambda: choices.keep_view(**{"early-other": st.session_state["early-other"]}),
            )  # fmt: skip
        for label, act in ways_to_another(season.said).items():
            st.button(label, key=f"early-fetch-{label}", on_click=act)
    chosen = st.session_state.get("early-other") if found else None
    return next((run for run in found if run.id == chosen), None)


def _called(run: Run, mine: Run) -> str:
    same = "same ground" if run.request.area == mine.request.area else "other ground"
    return f"{title_of(run)}, {years(run)} · {same}"


def _maps(mine: Season, theirs: Season) -> None:
    """Each in its own frame: the ground need not be the same."""
    for column, season, side in zip(st.columns(2, gap="medium"), (mine, theirs), ("mine", "theirs"), strict=True):
        run = season.said.run
        warp = warp_of(geobox_of(season.said.cube))
        words = f"{title_of(run)}, {years(run)}"
        with column:
            st.html(
                f"<p class='eo-caption'><b>{html.escape(words)}</b> · {100 * season.open_share:.0f} % undecided</p>"
            )
            drawn_map(
                shown(picture=Picture(picture_url(season), warp.bounds, f"Stop dates, {words}"), area=run.request.area),
                f"early-season-{side}-{run.key[:8]}", bounds=warp.bounds, height=HEIGHT,
            )  # fmt: skip


def _shifts(mine: Season, theirs: Season) -> None:
    """Days between the medians of each class, on the calendar of the growing year."""
    rows = shifts(mine, theirs)
    if not rows:
        caption("No class is half decided in both seasons, so there is no shift to tell; turn the dial above down.")
        return
    words = told(rows, theirs)
    figure(
        _drawn(mine, theirs, mode()), "early-shift", question="By how many days does each class come earlier or later?",
        caption=f"{years(theirs.said.run)} against {years(mine.said.run)}, by the median of each class, in days of the "
        "growing year.",
        alt=words, table=lambda: pd.DataFrame({"class": row.name, "shift, days": row.days, "medians": row.said}
                                              for row in rows),
    )  # fmt: skip
    st.html(
        f"<p class='eo-found'>{html.escape(words)} <span class='eo-soft'>Images lie days apart and clouds fall "
        "differently: a shift below the distance between two images says little.</span></p>"
    )


def shifts(mine: Season, theirs: Season) -> list[Shift]:
    """Of classes that are half decided in both; positive where they come later."""
    here, there = _medians(mine), _medians(theirs)
    found = []
    for one in stops_of(mine):
        if one.name in here and one.name in there:
            (when, first), (other, second) = here[one.name], there[one.name]
            days = round(second - first)
            found.append(Shift(one.name, one.colour, days, f"{one.name}: {when} → {other}, {days:+d} days"))
    return found


def _medians(season: Season) -> dict[str, tuple[str, float]]:
    """Per class the median date in words, and as a day of the growing year."""
    days = days_of(season.times, latitude_of(season.said.cube))
    return {
        one.name: (day(season.times[one.median], year=True), float(days[one.median]))
        for one in stops_of(season)
        if one.median is not None
    }


def told(rows: list[Shift], theirs: Season) -> str:
    """The widest shifts both ways, and the middle one."""
    order = sorted(rows, key=lambda row: row.days)
    middle = order[len(order) // 2].days
    how = "at the same time" if middle == 0 else f"{abs(middle)} days {'later' if middle > 0 else 'earlier'}"
    ends = [f"{one.name} ({one.days:+d} days)".replace("-", "−") for one in (order[0], order[-1])]
    apart = "" if len(order) == 1 else f", from {ends[0]} to {ends[1]}"
    return f"In {years(theirs.said.run)} the middle class of {len(rows)} is decided {how}{apart}."


@lru_cache(maxsize=16)
def _drawn(mine: Season, theirs: Season, light: Mode) -> go.Figure:
    return shift_chart(shifts(mine, theirs), light)
