"""What five ways to learn land cover and change together reach, beside what was published of them."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from eodash import cards
from eodash.ui.models_tables import read
from eodash.ui.page import caption, empty, section
from eodash.views.change_strategies import strategies_table, strategies_words

QUESTION = "Is change better learnt with land cover, or without?"


def strategies() -> None:
    """The table, once it has been made."""
    table: dict[str, Any] = read(cards.SHELF / "tables").get("strategies", {})
    rows = [row for row in table.get("rows") or [] if isinstance(row, dict) and row.get("strategy")]
    if not rows:
        section(QUESTION)
        empty("Not measured yet", "Five strategies are trained and compared on the command line.")
        return
    section(QUESTION, "Five strategies on simulated pairs that no network has seen, beside what was published.")
    st.html(strategies_table(table))
    st.html(f"<p class='eo-found' data-eo='change-strategies-found'>{html.escape(strategies_words(table))}</p>")
    caption(
        "Accuracy means nothing without how rare change is: who always says “no change” is right wherever nothing "
        "changed. Published figures are of other ground, other labels and another share of change: compare the order "
        "of the strategies, not the numbers."
    )
