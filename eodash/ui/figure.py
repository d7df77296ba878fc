"""A figure as every page shows it: a question, one line, the chart, what it says in words, its data and pictures."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.ui.page import caption as line
from eodash.ui.page import failures, section
from eodash.views.theme import CHART

__all__ = ["figure"]

Table: TypeAlias = pd.DataFrame | Callable[[], pd.DataFrame]

SCRIPT = "/eodash/assets/figure.js"
"""Makes the pictures in the browser; the file guards itself against being loaded twice."""
TAKEN = {"png": "PNG", "svg": "SVG", "large": "Large"}
SAID = {"png": "Download as PNG", "svg": "Download as SVG", "large": "Show large"}
ROWS = 12
"""So many rows are seen at once; the rest is scrolled."""


def figure(
    chart: go.Figure,
    key: str,
    *,
    question: str,
    caption: str = "",
    alt: str,
    table: Table,
    on_select: Callable[..., None] | Literal["rerun"] | None = None,
    selection_mode: Any = ("points",),
    heading: bool = True,
) -> Any:
    """Draw a chart with all that belongs to it, and give back what is selected in it, where that is asked for.

    `table` may be made later: a callable runs when somebody opens the data, not before. Without a `heading` the page
    has asked the question already; the pictures carry it all the same.
    """
    with st.container(key=f"figure-{key}", gap="xsmall"):
        if heading:
            section(question, caption)
        elif caption:
            line(caption)
        chosen = st.plotly_chart(
            chart, theme=None, config=CHART, key=key, alt=alt, on_select=on_select or "ignore",
            selection_mode=selection_mode,
        )  # fmt: skip
        with st.container(horizontal=True, gap="small", key=f"take-{key}", vertical_alignment="center"):
            _data(key, question, table)
            st.html(buttons(key, question, alt), width="content", unsafe_allow_javascript=True)
    return chosen


def buttons(key: str, question: str, alt: str) -> str:
    """What takes the chart along or opens it large; the browser does it alone."""
    name, asked, words = (html.escape(each, quote=True) for each in (key, question, alt))
    drawn = "".join(
        f"<button type='button' class='eo-take' data-take='{kind}' aria-label='{SAID[kind]}: {asked}' "
        f"title='{SAID[kind]}'>{label}</button>"
        for kind, label in TAKEN.items()
    )
    return (
        f"<span class='eo-takes' data-name='{name}' data-question='{asked}' data-alt='{words}'>{drawn}</span>"
        f"<script src='{SCRIPT}'></script>"
    )


@st.fragment
def _data(key: str, question: str, table: Table) -> None:
    """The numbers behind the chart; nothing is made of them until they are opened."""
    opened = st.popover(
        "Data", type="tertiary", key=f"data-{key}", on_change="rerun", help="The numbers, as a table and as CSV"
    )
    if not opened.open:
        return
    with opened, failures(key=f"data-{key}-failed"):
        found = table() if callable(table) else table
        hidden = isinstance(found.index, pd.RangeIndex)
        height = 35 * (min(len(found), ROWS) + 1) + 3  # the height of a row and a rim
        dates = {name: st.column_config.DateColumn() for name in found.select_dtypes("datetime")}
        st.dataframe(found, hide_index=hidden, height=height, column_config=dates, key=f"table-{key}")
        st.download_button(
            "CSV", lambda: found.to_csv(index=not hidden).encode(), f"{key}.csv", "text/csv",
            key=f"csv-{key}", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
