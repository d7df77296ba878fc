"""The series page: the doctor's findings, then the chain and what it does to the chosen pixel."""

from __future__ import annotations

import streamlit as st

from eodash.ui import cached
from eodash.ui.chaining import chain
from eodash.ui.doctoring import doctor
from eodash.ui.opened import opened_series
from eodash.ui.viewed import Viewed


def series() -> None:
    """Whatever there is to say about the session's run."""
    found = opened_series("No series is open", cached.prepared)
    if found is None:
        return
    opened, here = found
    with st.container(key="doctor"):
        doctor(opened)
    chain(Viewed(opened, here))
