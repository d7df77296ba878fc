"""The chosen head over the series it reads, and its matrix; a click on the matrix traces the date that asks."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from eodash.ui.attention_chosen import Shown, forget_asking, keep_asking, keep_head
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode
from eodash.views.attention import named
from eodash.views.attention_matrix import matrix_chart, matrix_table
from eodash.views.attention_panel import attention_panel, change_panel, in_words, lines_panel, table
from eodash.views.calendar_chart import day
from eodash.views.panels import column, dates_of, measured_panel

KEY, MATRIX = "attention-context", "attention-matrix"
SERIES = 120
"""Height in px of the panel of the series."""


def context(shown: Shown) -> None:
    """Series, lines and stems on the calendar of the run."""
    looks, head, change, light = shown.looks, shown.head, shown.change, mode()
    series, asking = shown.found.series, shown.asking
    dates = dates_of(series)
    panels = [
        measured_panel(series, dates, light, height=SERIES),
        lines_panel(looks, head, asking, light),
        attention_panel(looks, head, light),
        *([] if change is None else [change_panel(looks, change, light)]),
    ]
    chosen = None if asking is None else shown.said.times[asking]
    name = named(head, looks.layers)
    words = in_words(looks, head, change)
    below = "Each head asks once; lines run" if looks.single else "Lines run from the date that asks (bottom)"
    figure(
        column(panels, dates, shown.limits, chosen, light, tag="" if chosen is None else "asks:"),
        KEY,
        question=f"{name}, over the series it reads",
        caption=f"{below} to the date looked at (top); hatched dates are cloudy.",
        alt=f"{name} over {len(looks.times)} dates. {words}",
        table=lambda: pd.DataFrame(table(series, looks, head, change)),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="attention-reading"):
        caption(words)
        if chosen is not None:
            st.button("All dates", on_click=forget_asking, type="tertiary", key="attention-all", width="content")


def matrix(shown: Shown) -> None:
    """Every date by every date; of a network whose heads ask once, every head by every date."""
    looks, head = shown.looks, shown.head
    click = partial(keep_head, MATRIX) if looks.single else partial(keep_asking, MATRIX, shown.said.times)
    asking = shown.asking
    traced = f" Traced: {day(shown.said.times[asking])}." if asking is not None else ""
    figure(
        matrix_chart(looks, head, shown.limits, asking, mode()),
        MATRIX,
        question="Every head by every date" if looks.single else "Every date by every date",
        caption=(
            "One row per head: a head asks once, not at every date. Click one to open it."
            if looks.single
            else "Squares sit at true dates. Click one to trace its row above."
        ),
        alt=f"Attention of {named(head, looks.layers)} among {len(looks.times)} dates.{traced}",
        table=partial(matrix_table, looks, head),
        on_select=click,
    )
