"""What is cleaned away: each step a switch that counts what it removed."""

from __future__ import annotations

import streamlit as st

from eodash.ui.change_choice import UNITS, keep
from eodash.ui.change_found import Found
from eodash.ui.page import section
from eodash.views.change_words import cleaned


def steps(here: Found) -> None:
    """Switches, and a line for each that is on."""
    section("What was cleaned away?", "Single pixels are mostly noise; each step says what it took.")
    cleaning = here.detected.settings.cleaning
    for name, value in (("change-median", cleaning.median), ("change-opening", cleaning.opens(here.cell)),
                        ("change-unit", cleaning.unit), ("change-holes", cleaning.holes)):  # fmt: skip
        st.session_state[name] = value
    with st.container(horizontal=True, gap="medium", key="change-steps"):
        st.toggle("Median 3 × 3", key="change-median", on_change=keep, args=("change-median",),
                  help="Each pixel becomes what most of its nine are.")  # fmt: skip
        st.toggle("Opening", key="change-opening", on_change=keep, args=("change-opening",),
                  help="Thin lines and corners go; it hurts where pixels are large.")  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left:
        st.select_slider("Smallest change kept", UNITS, format_func=_unit, key="change-unit", on_change=keep,
                         args=("change-unit",))  # fmt: skip
    with right:
        st.select_slider("Holes filled up to", UNITS, format_func=_unit, key="change-holes", on_change=keep,
                         args=("change-holes",))  # fmt: skip
    detected = here.detected
    st.html(cleaned(float(detected.marked.sum()) * here.cell, detected.steps, here.cell))


def _unit(size: float) -> str:
    return f"{size:g} ha" if size else "off"
