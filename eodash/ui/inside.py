"""What a recurrent network remembers: gates and states at one pixel, one step in numbers, units that follow clouds."""

from __future__ import annotations

import streamlit as st
import xarray as xr

from eodash.backend.questions import keeps, models_that_keep
from eodash.ui import choices
from eodash.ui.comparing import step as move
from eodash.ui.explaining import Explained, explained, needs_pixel
from eodash.ui.inside_choice import choose, kept_unit
from eodash.ui.inside_panels import HEIGHT, panels, step, unread
from eodash.ui.inside_ranking import kept_ranking, ranking_or_progress
from eodash.ui.inside_region import region
from eodash.ui.inside_units import KEY, beside, finder, target_of
from eodash.ui.page import empty, failures
from eodash.ui.said import Said, said
from eodash.ui.said_models import key_of, plain_title
from eodash.ui.viewed import Viewed
from eodash.views.inside_units import ranked, targets_of
from eodash.views.states import Unit, layers_of

WIDTHS = [1, 1.9]
TICK = 0.9
"""Seconds between two dates while the season plays."""


def inside() -> None:
    """The whole page below its heading."""
    here = said()
    if here is None:
        return
    if not keeps(here.card, "states"):
        _has_none(here)
        return
    st.session_state["inside-drawn"] = _drawn(here)
    st.fragment(_moving, run_every=TICK if st.session_state.get("playing") else None)()


def _moving() -> None:
    """All that moves with the date and with the unit."""
    with failures(key="inside-failed"):
        here = said()
        if here is None:
            return
        if st.session_state["inside-drawn"] != _drawn(here):
            st.rerun()  # another model was taken here, which the sidebar names, too; or the clock begins or stops
        if st.session_state.get("playing"):
            move(Viewed(here.run, here.cube), 1, wrap=True)
            here = said() or here
        ranking = kept_ranking(here)
        above = st.container()
        left, right = st.columns(WIDTHS, gap="medium")
        with right:
            answer = _answer(here)
        unit, layers = _unit(answer, ranking)
        if answer is not None and unit is not None:
            with above:
                choose(unit, layers, answer.explained.sizes["unit"])
            with right:
                panels(here, answer, unit)
        with left:
            region(here, unit, layers)
            if answer is not None and unit is not None:
                step(here, answer, unit)
        _finding(here, answer, unit)


def _drawn(here: Said) -> tuple[str, bool]:
    """What only a whole run of the page can change."""
    return here.card.name, bool(st.session_state.get("playing"))


def _answer(here: Said) -> Explained | None:
    """The states at the asked pixel; None while they are not there, or where nothing was read."""
    if needs_pixel(here):
        return None
    found = explained(here, ("states",), key="inside", height=HEIGHT)
    return None if found is None or unread(found) else found


def _unit(answer: Explained | None, ranking: xr.Dataset | None) -> tuple[Unit | None, list[str]]:
    """The chosen unit; before anybody has chosen the one that follows the clouds best, once that is known."""
    known = ranking if answer is None else answer.explained
    if known is None:
        return None, []
    layers = layers_of(known)
    if (kept := kept_unit(layers, known.sizes["unit"])) is not None:
        return kept, layers
    best = [] if ranking is None else ranked(ranking, targets_of(ranking)[0])
    return best[0].unit if best else Unit("i", layers[0], 0), layers


def _finding(here: Said, answer: Explained | None, unit: Unit | None) -> None:
    """The ranked units, and the chosen one beside what it is held against."""
    left, right = st.columns(WIDTHS, gap="medium")
    with left:
        found = ranking_or_progress(here, KEY)
        if found is not None:
            finder(here, found, unit)
    if answer is not None and unit is not None and found is not None:
        with right:
            beside(here, answer, unit, target_of(targets_of(found)), found)


def _has_none(here: Said) -> None:
    """A network without gates: which have them, and one of them at a click."""
    others = models_that_keep("states", here.card.input.level)
    names = " and ".join(plain_title(each) for each in others)
    sentence = f"Only recurrent networks remember by gates: {names} do." if others else "No model here has gates."
    first = others[0] if others else None
    empty(
        f"{plain_title(here.card)} has no gates", sentence,
        f"Ask {plain_title(first)}" if first else "",
        None if first is None else lambda: choices.keep_view(model=key_of(first)),
    )  # fmt: skip
