"""What of a page is drawn anew: one named part of it, where that is enough."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState, get_script_run_ctx

SEASON, INSPECTOR, BELOW = "season-part", "inspector-part", "below-part"
"""Map and inspected pixel; of these the pixel alone; what stands below them."""


def only(*parts: str) -> None:
    """At the end of a callback: these parts instead of what stands around the widget, if they are on the page."""
    try:
        st.rerun(parts)
    except StreamlitAPIException:  # they are not, so all is drawn as after any other callback
        return


def again(*parts: str) -> NoReturn:
    """From a part that is drawn alone: these parts and no more of it; otherwise the whole page."""
    context = get_script_run_ctx()
    if context is not None and len(context.fragment_ids_this_run or ()) == 1:
        with ThreadState.scoped(run_location=RunLocation.CALLBACK):  # as there, this run ends without harm
            only(*parts)
    st.rerun()
