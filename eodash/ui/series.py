"""The series page: the doctor's findings, then the chain and what it does to the chosen pixel."""

from __future__ import annotations

import streamlit as st

from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.chaining import chain
from eodash.ui.doctoring import doctor
from eodash.ui.navigation import go
from eodash.ui.page import empty
from eodash.ui.regions import HOME
from eodash.ui.starting import under_way, watch


def series() -> None:
    """Whatever there is to say about the session's run."""
    opened = choices.run()
    if opened is None:
        _nothing()
    elif under_way(opened.key):
        watch(opened.key)
    elif cached.cube(opened.key) is None:
        if empty("No images yet", "This run has nothing to examine.", "To area and dates"):
            go("area")
    else:
        _examined(opened)


def _nothing() -> None:
    from eodash.ui.start import open_demo

    empty(
        "No series is open",
        "Open the demo season, or fetch a series of your own.",
        "Open the demo season",
        lambda: open_demo(HOME, {}),
    )


def _examined(opened: Run) -> None:
    with st.container(key="doctor"):
        doctor(opened)
    chain(opened)
