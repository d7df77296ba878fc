"""The lines of code behind the page, folded, to copy."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from eodash.export.snippet import snippet
from eodash.preparation import RAW
from eodash.sources.contract import NODATA
from eodash.ui import cached
from eodash.ui.asking import UNTOUCHED
from eodash.ui.page import caption
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.saliency_code import code


def few_lines(here: Said) -> None:
    """What computes the gradient of this pixel outside of the app."""
    if here.asked is None:
        return
    with st.expander("The few lines that do it", key="saliency-code"):
        caption("PyTorch alone: from the probability of the winning class back to every value. It runs as it is.")
        st.code(lines_of(here, here.asked), language="python")


def lines_of(here: Said, place: tuple[int, int]) -> str:
    """Fetch, prepare, ask, go back."""
    prepared = cached.preparation(here.run)
    if here.card.input.level == "l1c":
        prepared = replace(prepared, chain=RAW)
    fetching = snippet(here.run.request, None if prepared.text == UNTOUCHED else prepared)
    return code(fetching, here.card, here.legend, place, here.index + 1, day(here.time, year=True), NODATA)
