"""What else one asks of a map: one part at a time, below it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from eodash.ui import choices
from eodash.ui.page import failures
from eodash.ui.redrawing import BELOW
from eodash.ui.said import Said, said
from eodash.ui.said_compare import compare
from eodash.ui.said_export import take
from eodash.ui.said_input import input_check
from eodash.ui.said_truth import truth
from eodash.ui.teaching import teach

PARTS: dict[str, tuple[str, Callable[[Said], None]]] = {
    "compare": ("Compare", compare),
    "truth": ("Against truth", truth),
    "input": ("Like its training?", input_check),
    "teach": ("Teach it", teach),
    "take": ("Take it along", take),
}
FIRST = "truth"
"""Where nobody has chosen: it asks nothing more of the engine."""
DATED = ("compare", "truth")
"""Parts that show the chosen date."""
DRAWN, TOP = "part-drawn", "season-drawn"
"""The date that the part was drawn for, and date and pixel of what stands above it."""


def part() -> str:
    """The chosen part."""
    wanted = choices.view("part")
    return wanted if isinstance(wanted, str) and wanted in PARTS else FIRST


@st.fragment(key=BELOW)
def parts() -> None:
    """The choice of a part, and the part."""
    with failures(key="failed-part"):
        here = said()
        if here is None:
            return
        if st.session_state.get(TOP, (here.index, here.asked)) != (here.index, here.asked):
            st.rerun()  # a part chose another date or pixel: map and inspector follow
        st.session_state[DRAWN] = choices.view("date")
        st.session_state["said-part"] = part()
        with st.container(key="parts"):
            st.segmented_control(
                "Part", list(PARTS), format_func=lambda name: PARTS[name][0], required=True, key="said-part",
                label_visibility="collapsed", on_change=_chosen,
            )  # fmt: skip
            PARTS[part()][1](here)


def forget() -> None:
    """Before the part is drawn anew, too: none stands below yet."""
    st.session_state.pop(DRAWN, None)


def outdated() -> bool:
    """Whether the part below shows another date than was chosen meanwhile."""
    date = choices.view("date")
    return part() in DATED and bool(st.session_state.get(DRAWN, date) != date)


def _chosen() -> None:
    choices.keep_view(part=st.session_state["said-part"])
