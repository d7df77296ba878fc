"""How early could we have known? The pixel and the map of stops, then classes, the dial, the season, two seasons."""

from __future__ import annotations

import streamlit as st

from eodash.ui import choices
from eodash.ui.early_classes import classes
from eodash.ui.early_course import over_the_season
from eodash.ui.early_dial import dial
from eodash.ui.early_found import HEADS, can_stop, open_season
from eodash.ui.early_map import stop_map
from eodash.ui.early_pixel import stopping_pixel, stopping_pixels
from eodash.ui.early_seasons import two_seasons
from eodash.ui.explaining_map import pinned
from eodash.ui.navigation import lead
from eodash.ui.page import empty, failures
from eodash.ui.said import Said, said
from eodash.ui.said_models import key_of, models_for, networks, plain_title

COLUMNS = (1.45, 1)
"""Left holds what lies on the calendar of the season, right the map and the dial."""


def early() -> None:
    """Everything that the page shows of the open run."""
    here = said()
    if here is None:
        return
    if not can_stop(here.card):
        _offer(here)
        return
    if len(here.times) < 2:
        empty(
            "One image only",
            "Deciding early means not waiting for the rest of a season; here there is nothing to wait for.",
            "Fetch more dates",
            lambda: lead("area"),
        )
        return
    st.fragment(_top, run_every=0.9 if st.session_state.get("playing") else None)()
    season = open_season(here)
    if season is None or not season.where.any():
        return  # what is missing is said above
    left, right = st.columns(COLUMNS, gap="medium")
    with left, failures(key="failed-early-classes"):
        classes(season)
    with right, failures(key="failed-early-dial"):
        dial(season)
    with failures(key="failed-early-course"):
        over_the_season(season)
    with failures(key="failed-early-seasons"):
        two_seasons(season)


def _top() -> None:
    """The pixel on the left, the map on the right; two pixels side by side, the map below them.

    It moves by itself while the season is played.
    """
    with failures(key="failed-early"):
        here = said()
        if here is None:
            return
        asked, other = here.asked, pinned(here)
        if asked is not None and other is not None:
            pair = st.container()
            with st.container(key="early-stage"):
                here = stop_map(here, COLUMNS)
            with pair:
                stopping_pixels(here, here.asked or asked, other)
            return
        left, right = st.columns(COLUMNS, gap="medium")
        with right, st.container(key="early-stage"):
            here = stop_map(here)
        with left:
            stopping_pixel(here)


def _offer(here: Said) -> None:
    """A network that never stops: which ones do, and one of them."""
    title = plain_title(here.card)
    offered = [card for card in models_for(here.cube) if card.architecture in HEADS]
    names = [plain_title(some[0]) for some in networks().values() if some[0].architecture in HEADS]
    words = " and ".join(dict.fromkeys(names)) or "none of the shelf"
    why = f"It says what it believes after each date, not when that is enough. With a stopping head: {words}."
    if not offered:
        empty(f"{title} never decides to stop", f"{why} None of them fits these images.", "Which model?",
              lambda: lead("models"))  # fmt: skip
        return
    first = offered[0]
    empty(f"{title} never decides to stop", why, f"Ask {plain_title(first)}",
          lambda: choices.keep_view(model=key_of(first)))  # fmt: skip
