"""The figure of the inspected pixel, small and large, and what is asked for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash.ui import choices
from eodash.ui.explaining import Asked, Explained, ask, explained
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode
from eodash.ui.redrawing import INSPECTOR
from eodash.ui.said import Said
from eodash.ui.said_column import Look, Pixel, figure_of, table_of
from eodash.ui.said_moments import clicked, with_moments
from eodash.ui.said_panels import OFFERS, index_of
from eodash.ui.said_pinned import second
from eodash.ui.said_pixel import Answer, Question
from eodash.views.calendar_chart import span
from eodash.views.two_dates import dated

KEY = "inspector"
Kinds: TypeAlias = Mapping[str, str]
"""What the engine is asked for each panel that explains."""
Where: TypeAlias = NDArray[np.bool_]


def kinds_of(said: Said, answer: Answer, shown: tuple[str, ...]) -> Kinds:
    """Of the panels that are shown; none where nothing was seen by the date, so that there is nothing to explain."""
    if not np.isfinite(answer.chances[said.index]).all():
        return {}
    return {name: OFFERS[name].kind for name in shown if OFFERS[name].kind}


def ahead(said: Said, question: Question, kinds: Kinds, where: Where | None) -> list[Future[Explained]]:
    """What the engine can do while the page is drawn."""
    if st.session_state.get("playing"):
        return []
    return [ask(said, Asked(question, (kind,), said.index), where, f"why-{name}") for name, kind in kinds.items()]


def pixels_of(
    said: Said, answer: Answer, kinds: Kinds, place: tuple[int, int], number: int, where: Where | None
) -> tuple[Pixel, Pixel | None]:
    """What is known by now of the asked pixel and of the pinned one; what is missing is asked for, and follows."""
    if kinds and st.session_state.get("playing"):
        caption("Attention, saliency and gates follow when the season is stopped.")
        kinds = {}
    found = {
        name: explained(
            said, (kind,), place=place, date=said.index, key=f"why-{name}", where=where, number=number, height=120,
            patience=0, part=INSPECTOR,
        )
        for name, kind in kinds.items()
    }  # fmt: skip
    first = Pixel(answer, {name: each for name, each in found.items() if each is not None})
    pinned = second(said)
    if pinned is None or pinned[1] is None:
        return first, None
    if not np.isfinite(pinned[1].chances[said.index]).all():
        kinds = {}
    found = {
        name: explained(
            said, (kind,), place=pinned[0], date=said.index, key=f"why-pinned-{name}", height=120, patience=0,
            part=INSPECTOR,
        )
        for name, kind in kinds.items()
    }  # fmt: skip
    return first, Pixel(pinned[1], {name: each for name, each in found.items() if each is not None})


def _look(said: Said, shown: tuple[str, ...], large: bool = False) -> Look:
    wanted = {name: choices.view(name) for name in ("head", "unit", "method")}
    return Look(shown, index_of(said), json.dumps(wanted, default=str), mode(), large)


def drawn(said: Said, pixels: tuple[Pixel, Pixel | None], shown: tuple[str, ...], alt: str, key: str = KEY) -> None:
    chart, lock = figure_of(said.card, *pixels, _look(said, shown, key != KEY), span(said.cube))
    question = "What was measured here, and what did the model believe?"
    with lock, dated(with_moments(chart, said), said.time):
        figure(
            chart, key, question=question, alt=alt, table=lambda: table_of(pixels[0].answer), heading=False,
            on_select=(lambda: clicked(key, said.times)) if key == KEY else None,
        )  # fmt: skip


@st.dialog("Large", width="large")
def large(said: Said, pixels: tuple[Pixel, Pixel | None], name: str, alt: str) -> None:
    """One panel alone, as large as the window allows."""
    drawn(said, pixels, (name,), alt, f"large-{name}-figure")
