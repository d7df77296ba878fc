"""The saliency page: which values the score hangs on, by three methods, at one pixel and over the region."""

from __future__ import annotations

import html
from functools import partial

import pandas as pd
import streamlit as st

from eodash.ui import choices
from eodash.ui.explaining import Explained, date_row, explained, needs_pixel, pixel_map
from eodash.ui.figure import figure
from eodash.ui.page import empty, failures, mode
from eodash.ui.said import Said, said
from eodash.ui.saliency_code import few_lines
from eodash.ui.saliency_region import region
from eodash.views.calendar_chart import day, span
from eodash.views.panels import column, dates_of, measured_panel
from eodash.views.saliency import METHODS, Method, Saliency, band_table, saliency_of, table
from eodash.views.saliency_panel import alt_text, band_bars, heat_panel, saliency_panel
from eodash.views.saliency_words import CAVEATS, band_reading, percent, reading

QUESTIONS: dict[Method, tuple[str, str]] = {
    "gradient": ("Which values would move the score?", "Per unit of reflectance, at this series; the score is that of "
                 "the most probable class."),
    "integrated": ("What did each value add to the score?", "Counted along the way from the model's mean spectrum to "
                   "this series; hatched dates are cloudy."),
    "occlusion": ("What would be missing without a date?", "One date at a time is taken out of the series; the others "
                  "stay."),
}  # fmt: skip
BANDS: dict[Method, tuple[str, str]] = {
    "gradient": ("Which bands is the score sensitive to?", "Sum of |gradient| over the dates."),
    "integrated": ("Which bands add to the score?", "Sum of the sizes of their shares over the dates."),
    "occlusion": ("What would be missing without a band?", "Each band in turn is set to the model's mean, on every "
                  "date."),
}  # fmt: skip
SERIES = 180
"""Height in px of the panel of the series."""
HEIGHT = 860


def saliency() -> None:
    """Everything below the heading."""
    if said() is not None:
        _page()


@st.fragment
def _page() -> None:
    """A click anywhere on the page draws the page again, and nothing around it."""
    with failures(key="failed-saliency"):
        here = said()
        if here is None:
            st.rerun()
            return
        method = chosen()
        left, middle, right, last = st.columns([1.75, 1.1, 0.5, 0.6], vertical_alignment="bottom", gap="medium")
        with left:
            st.session_state["saliency-method"] = method
            st.segmented_control(
                "Method", list(METHODS), format_func=METHODS.__getitem__, required=True, key="saliency-method",
                on_change=_keep,
            )  # fmt: skip
        with middle:
            date_row(here)
        with st.container(key="saliency-found"):
            found = _at_the_pixel(here, method)
        with right:
            st.metric("Cloudy dates", "–" if found is None or not found.any else percent(found.cloudy_share))
        with last:
            there = found is not None and found.any and found.share_on_clouds == found.share_on_clouds
            st.metric("Saliency on them", percent(found.share_on_clouds) if found is not None and there else "–")
        _below(here, found)


def chosen() -> Method:
    """The method; at first the gradient."""
    wanted = choices.view("method")
    return next((name for name in METHODS if name == wanted), "gradient")


def _keep() -> None:
    choices.keep_view(method=st.session_state["saliency-method"])


def _at_the_pixel(here: Said, method: Method) -> Saliency | None:
    """The column of panels and its reading; None while there is no pixel, or no answer yet."""
    if needs_pixel(here):
        return None
    answer = explained(here, (method,), date=here.index, key="saliency", height=HEIGHT)
    if answer is None:
        return None
    found = saliency_of(answer.explained, answer.series, dates_of(answer.series), method)
    if not found.any:
        until = day(here.time, year=True)
        empty("Nothing to explain yet", f"No usable image of this pixel by {until}. Move the date, or choose a pixel.")
        return found
    _panels(here, answer, found)
    return found


def _panels(here: Said, answer: Explained, found: Saliency) -> None:
    light, series, words = mode(), answer.series, reading(found)
    panels = [measured_panel(series, found.dates, light, height=SERIES), saliency_panel(found, light)]
    if found.method != "occlusion":
        panels.append(heat_panel(found, light))
    question, line = QUESTIONS[found.method]
    figure(
        column(panels, found.dates, span(here.cube), here.time, light, tag="score read on", veil=True),
        "saliency-panels",
        question=question,
        caption=line,
        alt=alt_text(found, words),
        table=lambda: pd.DataFrame(table(found, series)),
    )
    st.html(
        f"<p class='eo-found' data-eo='saliency-reading'>{html.escape(words)} "
        f"<span class='eo-soft'>{html.escape(CAVEATS[found.method])}</span></p>"
    )


def _below(here: Said, found: Saliency | None) -> None:
    """Bands beside the map; the map takes clicks before anything has been asked."""
    if found is None or not found.any:
        with failures(key="failed-saliency-map"):
            pixel_map(here, "saliency-map")
        return
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        question, line = BANDS[found.method]
        words = band_reading(found)
        figure(
            band_bars(found, mode()), "saliency-bands", question=question, caption=line, alt=words,
            table=partial(_bands, found),
        )  # fmt: skip
        st.html(f"<p class='eo-caption'>{html.escape(words)}</p>")
    with right, failures(key="failed-saliency-map"):
        region(here, found)
    few_lines(here)


def _bands(found: Saliency) -> pd.DataFrame:
    return pd.DataFrame(band_table(found))
