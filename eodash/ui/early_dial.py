"""Accuracy against earliness: a dial that moves the stopping threshold over kept chances; nothing is trained anew."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from eodash import cards
from eodash.truth.stopped import MEDIAN, THRESHOLDS
from eodash.truth.stopped_scored import Traded
from eodash.ui import asking, choices
from eodash.ui.early_counts import trades
from eodash.ui.early_found import HAZARD, Season
from eodash.ui.figure import figure
from eodash.ui.models_tables import read
from eodash.ui.page import caption, mode, section
from eodash.views.early_dial import Dot, dial_chart

QUESTION = "What does deciding sooner cost?"
TABLE = "accuracy-against-earliness"


def dial(season: Season) -> None:
    """The figure, and the dial under it once the chances are there."""
    found = trades(season)
    now = next((each for each in found if each.threshold == season.threshold), found[0])
    table = read(cards.SHELF / "tables").get(TABLE, {})
    curve = [_dot(each) for each in found]
    if season.truth is None:
        section(QUESTION, "How often it is right cannot be told: no truth is known of this region.")
    else:
        words = told(now)
        figure(
            dial_chart(curve, _dot(now), trained(table), published(table), mode()), "early-dial", question=QUESTION,
            caption=f"{words} Each dot is one threshold.", alt=f"Accuracy against earliness. {words}",
            table=lambda: rows(found, table),
        )  # fmt: skip
        caption(
            "Line: this model here, read at other thresholds. Grey: trained for α .70 to .95 on other fields and more "
            "classes. ◇ published: BreizhCrops .80 at .69 and at .60, Bavaria .86 at .57; other fields, not a race."
        )
    if season.hazard is None:
        caption("The dial needs the chance to stop at each date of every pixel; it is read once.")
        here = season.said
        asking.summary_or_progress(here.run, here.card, here.legend, here.dates, HAZARD, "early-chances")
        return
    _slider(season.threshold)
    if season.truth is None:
        st.html(f"<p class='eo-found'>{html.escape(told(now))}</p>")
    caption(
        "A pixel stops once the chance that it has stopped by then reaches this. 50 % is the median of P(t), the "
        "model's own rule; less is sooner, more is later. Map, classes and season above and below follow."
    )


def told(now: Traded) -> str:
    """`Stopping at 50 %: 82 % right, 66 % of the season saved, 3 % never decided.`"""
    right = f"{100 * now.accuracy:.0f} % right, " if np.isfinite(now.accuracy) else ""
    return (
        f"Stopping at {100 * now.threshold:.0f} %: {right}{100 * now.earliness:.0f} % of the season saved, "
        f"{100 * (1 - now.decided):.0f} % never decided."
    )


def _slider(level: float) -> None:
    st.session_state["stop-at"] = level
    st.select_slider(
        "Chance of having stopped at which it decides", THRESHOLDS, format_func=lambda each: f"{100 * each:.0f} %",
        key="stop-at", on_change=lambda: choices.keep_view(**{"stop-at": st.session_state["stop-at"]}),
    )  # fmt: skip
    if level != MEDIAN:
        st.button("Back to its own rule", key="stop-own", on_click=lambda: choices.keep_view(**{"stop-at": None}))


def _dot(each: Traded) -> Dot:
    own = ", the median" if each.threshold == MEDIAN else ""
    return Dot(each.earliness, each.accuracy, f"threshold {100 * each.threshold:.0f} %{own}")


def trained(table: Mapping[str, Any]) -> list[Dot]:
    """Models that were trained for an α each."""
    return [replace(dot, said=f"trained, α = {row.get('alpha')}") for row, dot in _dots(table, "rows")]


def published(table: Mapping[str, Any]) -> list[Dot]:
    """What others have published, on their own fields."""
    found = []
    for row, dot in _dots(table, "published"):
        alpha = f", α = {row['alpha']}" if row.get("alpha") is not None else ""
        found.append(replace(dot, said=f"published, {row.get('network', '')}{alpha}"))
    return found


def _dots(table: Mapping[str, Any], name: str) -> list[tuple[Mapping[str, Any], Dot]]:
    said = table.get(name)
    rows_ = [row for row in said if isinstance(row, dict)] if isinstance(said, list) else []
    return [
        (row, Dot(float(row["earliness"]), float(row["accuracy"]), ""))
        for row in rows_
        if isinstance(row.get("earliness"), int | float) and isinstance(row.get("accuracy"), int | float)
    ]


def rows(found: tuple[Traded, ...], table: Mapping[str, Any]) -> pd.DataFrame:
    """Every dot of the figure."""
    here = [
        {"what": f"this model, threshold {each.threshold}", "accuracy": each.accuracy, "earliness": each.earliness,
         "harmonic mean": each.harmonic, "decided": each.decided}
        for each in found
    ]  # fmt: skip
    others = [{"what": dot.said, "accuracy": dot.accuracy, "earliness": dot.earliness}
              for dot in (*trained(table), *published(table))]  # fmt: skip
    return pd.DataFrame([*here, *others]).round(4)
