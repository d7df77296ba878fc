"""The change page: what changed between two dates, how sure that is, from what to what, and when."""

from __future__ import annotations

import html

import streamlit as st

from eodash.change.chain import LEARNED
from eodash.ui.change_choice import choose, chosen, settings_chosen
from eodash.ui.change_cover import cover
from eodash.ui.change_dates import change_dates
from eodash.ui.change_figures import by_hand, directions, magnitudes_figure, sectors_chosen
from eodash.ui.change_found import Found, dates_of, found
from eodash.ui.change_land import land
from eodash.ui.change_learn import learn
from eodash.ui.change_learned import measured
from eodash.ui.change_maps import maps
from eodash.ui.change_pixel import pixel
from eodash.ui.change_similar import similar
from eodash.ui.change_steps import steps
from eodash.ui.change_strategies import strategies
from eodash.ui.change_table import method_table
from eodash.ui.opened import opened_series
from eodash.ui.page import empty, failures
from eodash.ui.said_models import images
from eodash.views.change_polar import Moved, restricted


def change() -> None:
    """Everything below the heading."""
    if opened_series("No region is open", images) is not None:
        _page()


@st.fragment
def _page() -> None:
    """A choice draws this part again, and nothing around it."""
    with failures(key="failed-change"):
        opened = opened_series("No region is open", images)
        if opened is None:
            st.rerun()
            return
        run, cube = opened
        if cube.sizes["time"] < 2:
            empty("One date only", "Change needs two. Fetch a longer season, or take more dates into this run.")
            return
        compared, settings = chosen(cube), settings_chosen()
        dates = dates_of(run, cube, compared)
        choose(cube, dates, compared, settings)
        said = None
        if settings.method in LEARNED and (said := measured(dates, settings)) is None:
            return
        with st.spinner("Comparing the two dates", show_time=True):
            here = found(run, cube, compared, settings, said)
        _found(here)


def _found(here: Found) -> None:
    moved, sectors = directions(here)
    mask = restricted(here.mask, moved, sectors)
    maps(here, mask)
    if notices := here.detected.notices:
        said = " ".join(notices)
        st.html(f"<p class='eo-caption' data-eo='change-notices'>▲ {html.escape(said)}</p>")
    _row_of_figures(here, moved, sectors)
    with failures(key="failed-land"):
        land(here)
    left, right = st.columns([1, 1], gap="medium")
    with left, failures(key="failed-similar"):
        similar(here)
    with right, failures(key="failed-steps"):
        steps(here)
    with failures(key="failed-change-dates"):
        change_dates(here)
    with failures(key="failed-change-pixel"):
        pixel(here)
    with failures(key="failed-learn"):
        learn(here)
    with failures(key="failed-change-table"):
        method_table(here)
    with failures(key="failed-strategies"):
        strategies()


def _row_of_figures(here: Found, moved: Moved, chosen: tuple[int, ...]) -> None:
    """Thirds under the thirds of the pictures."""
    left, middle, right = st.columns(3, gap="medium")
    with left:
        magnitudes_figure(here)
        by_hand(here)
    with middle:
        sectors_chosen(here, moved, chosen)
    with right, failures(key="failed-cover"):
        cover(here)
