"""What made the two dates alike: both against each other in one band, the line, the season that is taken out."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from eodash.change.chain import NORMALISED
from eodash.sensors import sensor_of
from eodash.ui import choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found
from eodash.ui.figure import figure
from eodash.ui.page import mode
from eodash.views.change_scatter import fit_table, fit_words, scatter


def similar(here: Found) -> None:
    """Both dates against each other in one band, and the line that was fitted."""
    pair, made = here.pair, here.detected.normalised
    said = choices.view("change-band")
    band = next((each for each in pair.bands if each == said), pair.bands[min(2, len(pair.bands) - 1)])
    titles = {each.name: each.title for each in sensor_of(here.cube.attrs).bands}
    words = fit_words(made, band)
    figure(
        scatter(pair, made, band, mode()), "change-scatter", question="What made the two dates alike?",
        caption="Blue-green: pixels that did not change. Dotted: no difference. Orange: the line." if made.fits
        else "Every pixel, after and before. Dotted: no difference.",
        alt=f"After against before in band {band}. {words}", table=partial(fit_table, made),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.session_state["change-band"] = band
        st.selectbox(
            "Band", list(pair.bands), format_func=lambda name: f"{name} {titles.get(name, '')}".strip(),
            key="change-band", on_change=keep, args=("change-band",), width=200, label_visibility="collapsed",
        )  # fmt: skip
        st.session_state["change-season"] = here.detected.settings.season
        st.toggle(
            "Take the season out", key="change-season", on_change=keep, args=("change-season",),
            disabled=here.detected.settings.method not in NORMALISED,
            help="Where two dates lie apart in the year and most of the ground moved along one line of the spectrum, "
            "that line does not count as change.",
        )  # fmt: skip
    st.html(f"<p class='eo-caption' data-eo='change-line'>{html.escape(words)}</p>")
