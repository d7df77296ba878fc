"""The series that a page is about; and what stands there while there is none."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
import xarray as xr

from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.navigation import here, lead
from eodash.ui.page import empty, failed
from eodash.ui.regions import HOME
from eodash.ui.starting import retry, under_way, watch


def opened_series(title: str, load: Callable[[Run], xr.DataArray | None]) -> tuple[Run, xr.DataArray] | None:
    """The session's run and its series; otherwise None, and the page shows nothing yet, progress or a failure."""
    opened = choices.run()
    if opened is None:
        _nothing(title)
        return None
    if under_way(opened.key):
        watch(opened.key)
        return None
    here = load(opened)
    if here is None:
        said = opened.error or {"message": "This run has no images yet.", "advice": "Fetch them."}
        failed(said, {"Fetch the images": lambda: retry(opened)})
        return None
    return opened, here


def _nothing(title: str) -> None:
    from eodash.ui.start import open_demo

    left, right = st.columns(2, gap="medium")
    with left:
        empty(
            title,
            "The demo season needs no network and no key.",
            "Open the demo season",
            lambda: open_demo(HOME, {}, here()),
        )
    with right:
        empty("Your own area", "Draw a box, choose dates and a source.", "Draw my own area", lambda: lead("area"))


def chained(opened: Run) -> xr.DataArray | None:
    """The series after its chain; the first time takes seconds."""
    with st.spinner("Running the chain", show_time=True):
        return cached.chained(opened)
