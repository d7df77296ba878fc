"""The pixel: what the model believed after each date, the chance to stop, what is left of it, and the stop."""

from __future__ import annotations

import html
from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.early import last_observed
from eodash.truth.stopped import MEDIAN
from eodash.ui import choices
from eodash.ui.early_found import Season, open_season, threshold
from eodash.ui.explaining import Explained, explained, needs_pixel
from eodash.ui.figure import figure
from eodash.ui.page import caption, empty, mode, palette
from eodash.ui.said import Said
from eodash.views.calendar_chart import day, span
from eodash.views.early_steps import steps_panel
from eodash.views.panels import column, dates_of, stopping_panels
from eodash.views.theme import Mode

QUESTION = "When is this pixel decided?"


def stopping_pixel(here: Said) -> None:
    """The clicked pixel, or the button that takes one."""
    if here.asked is None:
        _offer(here)
        return
    _stops(here, here.asked, "early-pixel")


def stopping_pixels(here: Said, asked: tuple[int, int], other: tuple[int, int]) -> None:
    """The clicked pixel and beside it the pinned one, on the same calendar."""
    left, right = st.columns(2, gap="medium")
    with left:
        _stops(here, asked, "early-pixel")
    with right:
        _stops(here, other, "early-pinned")


def _stops(here: Said, place: tuple[int, int], key: str) -> None:
    """One pixel: when it is decided, the curves, and a sentence."""
    answer = explained(here, (), place=place, key=key, height=520)
    if answer is None:
        return
    if "chance" not in answer.inspected or not np.isfinite(answer.chances).any():
        st.html("<h2 class='eo-section'>Nothing usable was seen here</h2>")
        caption("Every image is cloud or shadow at this pixel, so the model says nothing. Click another one.")
        return
    level = threshold()
    stop = stop_of(answer, level)
    title, rule = _title(here, place, answer, stop), _rule(answer, stop, level)
    st.html(f"<h2 class='eo-section'>{title}</h2><p class='eo-caption'>{rule}</p>")
    words = _words(answer, stop)
    figure(
        _drawn(answer, stop, level, span(here.cube), mode()),
        key,
        question=QUESTION,
        alt=f"Images, class probabilities, chance to stop and budget over the season; {words}",
        table=lambda: table(answer),
        heading=False,
    )
    st.html(f"<p class='eo-found' data-eo='{key}'>{html.escape(words)}</p>")


def _offer(here: Said) -> None:
    """No pixel yet: one that is decided in the middle of all that are, if any is."""
    season = open_season(here)
    found = None if season is None else typical(season)
    if season is None or found is None:
        needs_pixel(here)
        return
    row, column_ = found
    when = day(season.times[int(season.rule.date[row, column_])])
    empty("No pixel chosen", "Click the map to see why a pixel stops when it does.", f"Take a pixel decided on {when}",
          lambda: choices.keep_view(asked=[row, column_]))  # fmt: skip


def typical(season: Season) -> tuple[int, int] | None:
    """A pixel of the date by which half of the decided ground is."""
    there = season.where & season.rule.decided
    if not there.any():
        return None
    middle = int(np.sort(season.rule.date[there])[int(there.sum()) // 2])
    rows, columns = np.nonzero(there & (season.rule.date == middle))
    return int(rows[len(rows) // 2]), int(columns[len(columns) // 2])


def stop_of(answer: Explained, level: float) -> int:
    """Index of the date of decision under a threshold, −1 without one; ½ is what the model itself does."""
    found = answer.inspected
    if level == MEDIAN:
        return int(found.attrs.get("stop", -1))
    seen = found["seen"].values.astype(bool)
    if not seen.any():
        return -1
    delta = np.where(seen, np.nan_to_num(found["hazard"].values.astype(float)), 0.0)
    left, last = np.cumprod(1 - delta), int(last_observed(seen[None])[0])
    before = left[last - 1] if last else 1.0
    return min(int((left > 1 - level).sum()), last) if before < 1 - level else -1


def table(answer: Explained) -> pd.DataFrame:
    """Everything that the figure draws."""
    found = answer.inspected
    said = {name: found[name].values.round(5) for name in ("hazard", "chance", "budget")}
    names = {"hazard": "stop now δ", "chance": "chance P(t)", "budget": "budget left"}
    days = found["time"].values.astype("datetime64[D]").astype(str)
    columns = {"date": days} | {names[name]: values for name, values in said.items()}
    return pd.DataFrame(columns | {
        name: answer.chances[:, place].round(5) for place, name in enumerate(answer.names)
    })  # fmt: skip


@lru_cache(maxsize=32)
def _drawn(
    answer: Explained, stop: int, level: float, limits: tuple[np.datetime64, np.datetime64], light: Mode
) -> go.Figure:
    """The figure of an answer, drawn once."""
    dates = dates_of(answer.series)
    inspected = answer.inspected.assign_attrs(stop=stop)
    panels = [steps_panel(inspected, dates, light), *stopping_panels(inspected, dates, light, left=1 - level)]
    chosen = None if stop < 0 else dates.times[stop]
    return column(panels, dates, limits, chosen, light, tag="stops", veil=True)


def _title(here: Said, place: tuple[int, int], answer: Explained, stop: int) -> str:
    """`Pixel 214 E, 176 N stops on 11 Jun ■ maize, 79 %`."""
    row, column_ = place
    at = f"Pixel {column_} E, {here.cube.shape[2] - 1 - row} N"
    last = stop if stop >= 0 else len(answer.chances) - 1
    best = int(np.nan_to_num(answer.chances[last]).argmax())
    colour, edge = here.classes[best].colour, palette().edge
    swatch = (
        "<i style='display:inline-block;width:14px;height:14px;border-radius:2px;vertical-align:-1px;"
        f"margin:0 4px 0 8px;background:{html.escape(colour)};outline:1px solid {edge}'></i>"
    )
    plain = "<span style='font-weight:400'>"
    when = f"{plain}stops on</span> {day(here.times[stop])}" if stop >= 0 else f"{plain}is never decided:</span>"
    sure = f"{html.escape(answer.names[best])}, {100 * float(answer.chances[last, best]):.0f} %"
    return f"{at} {when} {swatch}{plain}{sure}</span>"


def _rule(answer: Explained, stop: int, level: float) -> str:
    """The rule, what it saved, and how many dates were cloudy."""
    dates = dates_of(answer.series)
    seen = answer.inspected["seen"].values.astype(bool)
    rule = "rule: median of P(t)" if level == MEDIAN else f"rule: stopped with a chance of {100 * level:.0f} %"
    unread = int(seen[stop + 1 :].sum()) if stop >= 0 else 0
    saved = f"{unread} image{'s' * (unread != 1)} left unread" if stop >= 0 else "all images read"
    return f"{rule} · {saved} · {int(dates.cloudy.sum())} of {len(dates.times)} dates cloudy (hatched)"


def _words(answer: Explained, stop: int) -> str:
    """What one has just seen, with the numbers."""
    times = answer.inspected["time"].values
    last = len(answer.chances) - 1
    end = int(np.nan_to_num(answer.chances[last]).argmax())
    after = f"With every image it says {answer.names[end]}, {100 * float(answer.chances[last, end]):.0f} %."
    if stop < 0:
        return f"Too much of the chance to stop is left for the last date, so it never comes to a decision. {after}"
    best = int(answer.chances[stop].argmax())
    same = "the same" if best == end else "something else"
    chance = float(np.nan_to_num(answer.inspected["chance"].values[stop]))
    return (
        f"On {day(times[stop])} it stops with a chance of {100 * chance:.0f} % on that date alone. {after} "
        f"That is {same}; what is veiled was not read."
    )
