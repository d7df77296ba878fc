"""What stands over an exhibit: what to look at, what it does not prove, and the way to the next one."""

from __future__ import annotations

import html

import streamlit as st

from eodash.ui.exhibits import EXHIBITS, after
from eodash.ui.exhibits_open import close, open_exhibit, settle, shown
from eodash.ui.page import failed


def note() -> None:
    """The note of the exhibit that this page is; nothing on any other page."""
    name = shown()
    if name is None:
        return
    exhibit, following = EXHIBITS[name], after(name)
    place = f"Founding figure {list(EXHIBITS).index(name) + 1} of {len(EXHIBITS)}"
    with st.container(border=True, key="exhibit-note", gap="xsmall"):
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="exhibit-head"):
            st.html(f"<p class='eo-small'>{place}</p><b class='eo-note-title'>{html.escape(exhibit.question)}</b>")
            st.button(
                f"Next: {EXHIBITS[following].question}", type="tertiary", key="exhibit-next", on_click=open_exhibit,
                args=(following,), icon=":material/arrow_forward:", icon_position="right",
            )  # fmt: skip
            st.button("Close", type="tertiary", key="exhibit-close", on_click=close, icon=":material/close:")
        st.html(
            f"<div class='eo-note'><p><i>Look at</i>{html.escape(exhibit.look)}</p>"
            f"<p><i>It does not prove</i>{html.escape(exhibit.open)}</p></div>"
        )
    settle()
    if (error := st.session_state.pop("start-error", None)) is not None:
        failed(error, {"Try again": lambda: open_exhibit(name)}, key="exhibit-refused")
