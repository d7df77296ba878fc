"""Find the unit that follows the clouds, a class, the season: a target, a ranked list, and the unit beside it."""

from __future__ import annotations

import html
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
import xarray as xr

from eodash.ui import choices
from eodash.ui.explaining import Explained
from eodash.ui.figure import figure
from eodash.ui.inside_choice import keep_unit
from eodash.ui.page import empty, mode, section
from eodash.ui.said import Said
from eodash.views.calendar_chart import day, span
from eodash.views.inside_pair import NDVI, SEASON, Pair, pair_of, pair_panels
from eodash.views.inside_units import CLOUD, MOST, correlation_of, ranked, ranking_chart, ranking_table, targets_of
from eodash.views.panel import Span
from eodash.views.panels import column, dates_of
from eodash.views.states import QUANTITIES, Unit, unit_of
from eodash.views.theme import Mode
from eodash.views.two_dates import dated

KEY = "inside-ranking"
SAYS = {CLOUD: "clouds", NDVI: "NDVI", SEASON: "the season"}
CAVEAT = (
    "A correlation over some pixels of this region and this season: no proof that the unit masks clouds, and none that "
    "the decision rests on it."
)


def finder(here: Said, found: xr.Dataset, unit: Unit | None) -> None:
    """The target, and the units that go with it best; a click on a bar chooses its unit."""
    offered = targets_of(found)
    target = target_of(offered)
    section(f"Which units follow {_said(target)}?", "Correlation over dates and pixels. Click a bar.")
    st.session_state["inside-target"] = target
    st.selectbox(
        "Find the units that follow", offered, format_func=_said, key="inside-target", label_visibility="collapsed",
        on_change=lambda: choices.keep_view(**{"unit-target": st.session_state["inside-target"]}),
    )  # fmt: skip
    units = ranked(found, target)
    if not units:
        _never_varies(here, target)
        return
    first = units[0]
    best = f"{_head(first.unit.title)}, its {QUANTITIES[first.unit.quantity].name}: r = {_signed(first.correlation)}"
    figure(
        ranking_chart(tuple(units[:MOST]), unit, mode()), KEY, heading=False,
        question=f"Which units follow {_said(target)}?",
        alt=f"The {min(MOST, len(units))} units that follow {_said(target)} best, as bars. First: {best}.",
        table=lambda: ranking_table(units, target), on_select=lambda: _clicked(found),
    )  # fmt: skip
    st.button(
        f"Take the first: {first.unit.short}", key="inside-first", on_click=keep_unit, args=(first.unit,),
        type="tertiary", icon=":material/first_page:",
    )  # fmt: skip


def target_of(offered: list[str]) -> str:
    """What units are held against; clouds until somebody chooses."""
    said = choices.view("unit-target")
    return said if isinstance(said, str) and said in offered else offered[0]


def beside(here: Said, answer: Explained, unit: Unit, target: str, found: xr.Dataset | None) -> None:
    """The unit over this pixel's dates, above what it is said to follow."""
    pair, chart, lock = _paired(answer, unit, target, span(here.cube), mode())
    words = paired_words(pair)
    with lock, dated(chart, here.time):
        figure(
            chart, "inside-pair", question=f"Does {unit.title} follow {_said(target)} here?",
            caption=f"The {QUANTITIES[unit.quantity].name} at this pixel.", table=lambda: _table(pair),
            alt=f"{_head(unit.title)} over the dates of the pixel, above {_said(target)}. {words}",
        )  # fmt: skip
    region = float("nan") if found is None else correlation_of(found, target, unit)
    over = f" Over {_sampled(found)} of the region r = {_signed(region)}." if np.isfinite(region) else ""
    st.html(f"<p class='eo-found'>{html.escape(words + over)} <span class='eo-soft'>{html.escape(CAVEAT)}</span></p>")


@lru_cache(maxsize=32)
def _paired(answer: Explained, unit: Unit, target: str, limits: Span, light: Mode) -> tuple[Pair, go.Figure, Lock]:
    """Drawn once; whoever moves its date line holds the lock."""
    pair = pair_of(answer.explained, answer.series, answer.inspected, dates_of(answer.series), unit, target)
    panels = pair_panels(pair, answer.series, answer.inspected, light)
    return pair, column(panels, pair.dates, limits, limits[0], light), Lock()


def paired_words(pair: Pair) -> str:
    """What one sees, with its numbers."""
    of, r = QUANTITIES[pair.unit.quantity], pair.correlation
    if pair.target == CLOUD:
        cloudy, clear = pair.mean(True), pair.mean(False)
        count = int((pair.read & pair.dates.cloudy).sum())
        if not count:
            return "The network has read no cloudy date of this pixel."
        if not np.isfinite(clear):
            return "Every date that was read here is cloudy: there is nothing to hold them against."
        dates = "date" if count == 1 else "dates"
        said = (
            f"On the {count} cloudy {dates} of this pixel the {of.name} stands at {_value(cloudy, of.gate)} on "
            f"average, on the {int((pair.read & pair.dates.clear).sum())} clear ones at {_value(clear, of.gate)}"
        )
        return said + (f" (r = {_signed(r)})." if np.isfinite(r) else ".")
    if np.isfinite(r):
        return f"At this pixel the {of.name} and {_said(pair.target)} go together with r = {_signed(r)}."
    if pair.target in (NDVI, SEASON):
        return "One of the two does not vary here."
    end = float(pair.against[pair.there][-1]) if pair.there.any() else float("nan")
    return f"This pixel ends with {_value(end, True)} for {pair.target}." if np.isfinite(end) else "Nothing was read."


def _never_varies(here: Said, target: str) -> None:
    """Nothing to correlate with: preprocessed series hold no clouds, and no pixel may end in a rare class."""
    if target == CLOUD and here.card.input.level != "l1c":
        empty(
            "This model is shown no clouds",
            "Preprocessed series have lost their cloudy dates before the network reads them, so no unit can follow "
            "clouds. The raw model sees them.",
            "Ask the raw model", lambda: choices.keep_view(input="raw"),
        )  # fmt: skip
        return
    why = "No date of the sample is cloudy." if target == CLOUD else f"No pixel of the sample goes with {target}."
    empty("Nothing to follow", f"{why} Choose another target above.")


def _clicked(found: xr.Dataset) -> None:
    """A click on a bar chooses the unit that it stands for."""
    event: Any = st.session_state.get(KEY) or {}
    points = event.get("selection", {}).get("points", [])
    layers = [str(each) for each in found["layer"].values.tolist()]
    unit = unit_of(list(points[0].get("customdata") or []), layers, found.sizes["unit"]) if points else None
    if unit is not None:
        keep_unit(unit)


def _table(pair: Pair) -> pd.DataFrame:
    there = pair.there
    return pd.DataFrame(
        {
            "date": [day(each, year=True) for each in pair.dates.times[there]],
            "cloudy": pair.dates.cloudy[there],
            QUANTITIES[pair.unit.quantity].name: pair.values[there].round(4),
            pair.target: pair.against[there].round(4),
        }
    )


def _sampled(found: xr.Dataset | None) -> str:
    count = 0 if found is None else int(found.sizes.get("pixel", 0))
    return f"{count} pixels" if count else "a sample"


def _said(target: str) -> str:
    return SAYS.get(target, target)


def _head(text: str) -> str:
    return text[:1].upper() + text[1:]


def _value(value: float, gate: bool) -> str:
    return f"{100 * value:.0f} %" if gate else f"{value:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
