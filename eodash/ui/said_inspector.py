"""The inspected pixel: what the satellite measured there, what the model believed after each date, and why."""

from __future__ import annotations

import html
from concurrent.futures import wait

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash.backend.engine import engine
from eodash.errors import EodashError
from eodash.truth import UNKNOWN, Truth
from eodash.ui import choices
from eodash.ui.explaining import needs_pixel
from eodash.ui.explaining_map import rings_html
from eodash.ui.page import caption, failed, palette
from eodash.ui.redrawing import INSPECTOR, again
from eodash.ui.said import Said
from eodash.ui.said_drawn import ahead, drawn, kinds_of, large, pixels_of
from eodash.ui.said_panels import LARGE, choose, chosen, lacking, offered
from eodash.ui.said_pinned import let_go, pin_button
from eodash.ui.said_pixel import Answer, Question, asked, clicks, question_about
from eodash.ui.said_truth import truth_for
from eodash.ui.said_words import answer_in_words, stopping_in_words
from eodash.views.calendar_chart import day
from eodash.views.panel import dates_of

HEIGHT = 740
"""Px that are kept free until there is an answer."""
PATIENCE = 1.2
"""Seconds that a page waits for an answer before it says that it waits."""
ALMOST = 0.25
"""Seconds that the figure waits for what explains the answer; what comes later follows."""
WHAT = {"pixel": "This pixel", "field": "Its field"}


def inspector(said: Said) -> None:
    """The pixel that was clicked; before that a button that takes one."""
    let_go(said)
    place = said.asked
    if place is None:
        needs_pixel(said)
        return
    known = truth_or_none(said)
    number = 0 if known is None or known.parcels is None else int(known.parcels[place])
    where = _field(known, number)
    question = question_about(said, *place, number if where is not None else 0)
    future = asked(said, question, where)
    if future.cancelled():  # another click of the same moment came before it
        future = asked(said, question, where)
    if engine().state().ready:
        wait([future], PATIENCE)
    if not future.done():
        _heading(said, f"<b>{_called(said, place, where)}</b>", number)
        _waiting(said, question, where)
        return
    error = future.exception()
    if isinstance(error, EodashError):
        _heading(said, f"<b>{_called(said, place, where)}</b>", number)
        failed(error, {"Ask again": lambda: clicks.forget(question)}, key="inspector-failed")
        return
    _answered(said, future.result(), known, place, number, where)


def _answered(
    said: Said, answer: Answer, known: Truth | None, place: tuple[int, int], number: int,
    where: NDArray[np.bool_] | None,
) -> None:  # fmt: skip
    there = offered(said.card, answer)
    kinds = kinds_of(said, answer, chosen(there))
    reasons = ahead(said, question_about(said, *place, number if where is not None else 0), kinds, where)
    told = answer_in_words(answer, said.index)
    swatch = ""
    if told is not None:
        colour, edge = said.classes[told[0]].colour, palette().edge
        swatch = (
            f"<i style='display:inline-block;width:14px;height:14px;border-radius:2px;vertical-align:-1px;"
            f"margin:0 4px 0 6px;background:{html.escape(colour)};outline:1px solid {edge}'></i>"
        )
    words = "no answer yet" if told is None else f"<b>{html.escape(told[1])}</b>"
    sure = "" if told is None else f", {100 * told[2]:.0f} %"
    plain = "font-weight:400"
    _heading(
        said, f"{_called(said, place, where)} {swatch} {words}<span style='{plain}'>{sure} on {day(said.time)}</span>",
        number,
    )  # fmt: skip
    dates = dates_of(answer.series)
    mean = [] if where is None else [f"mean of {answer.pixels:,} pixels"]
    cloudy = f"{int(dates.cloudy.sum())} of {len(said.times)} dates cloudy (hatched)"
    caption(" · ".join([*_truth_words(known, place), *mean, cloudy]))
    if not np.isfinite(answer.chances).any():
        _unseen(said, int(dates.seen.sum()))
    shown = choose(said, there, lambda: pin_button(said))
    picture, below = st.container(), st.container()
    with below:
        if (line := stopping_in_words(answer, said.index)) is not None:
            caption(line)
        lacking(said.card, there)
        wait(reasons, ALMOST)  # one that is there by then need not have the figure drawn twice
        pixels = pixels_of(said, answer, kinds, place, number, where)
    alt = "Images, measured bands and probabilities of the classes over the season"
    alt = alt if told is None else f"{alt}; on {day(said.time)} {told[1]}, {100 * told[2]:.0f} %"
    with picture:
        drawn(said, pixels, shown, alt)
    if (name := st.session_state.pop(LARGE, None)) in shown:
        large(said, pixels, str(name), alt)


def truth_or_none(said: Said) -> Truth | None:
    """What is known of the region; labels that cannot be used are said where they are compared, not here."""
    try:
        return truth_for(said)
    except EodashError:
        return None


def _field(known: Truth | None, number: int) -> NDArray[np.bool_] | None:
    """The pixels of the field, where its mean was asked for."""
    if known is None or known.parcels is None or not number or choices.view("asked-of") != "field":
        return None
    where: NDArray[np.bool_] = known.parcels == number
    return where


def _called(said: Said, place: tuple[int, int], where: NDArray[np.bool_] | None) -> str:
    """Columns from the west edge, rows from the south edge."""
    at = f"{place[1]} E, {said.cube.shape[2] - 1 - place[0]} N"
    return f"Pixel {at}" if where is None else f"Field at {at}"


def _heading(said: Said, title: str, number: int) -> None:
    """The title, and beside it whether the pixel or its field is asked."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small", key="asked-title"
    ):
        st.html(f"<h2 class='eo-section' {rings_html(said)}>{title}</h2>")
        if number:
            asked_of = "field" if choices.view("asked-of") == "field" else "pixel"
            if st.session_state.get("asked-of") != asked_of:  # telling it what it says would undo a quick click
                st.session_state["asked-of"] = asked_of
            st.segmented_control(
                "Whose series", list(WHAT), format_func=WHAT.__getitem__, required=True, key="asked-of",
                label_visibility="collapsed", on_change=_whose, width="content",
            )  # fmt: skip


def _whose() -> None:
    choices.keep_view(**{"asked-of": st.session_state["asked-of"]})


def _truth_words(known: Truth | None, place: tuple[int, int]) -> list[str]:
    if known is None:
        return []
    name = int(known.classes[place])
    return [f"truth: {known.names[name]}" if name != UNKNOWN else "truth: not known here"]


def _unseen(said: Said, seen: int) -> None:
    """Nothing usable on any date: that is said, and no class with it."""
    why = f"All {seen} images are cloud or shadow here" if seen else "Nothing was observed here"
    st.html(
        f"<p class='eo-found'><span class='eo-warn'>▲</span> <b>{why}, so the model says nothing.</b> "
        "Choose another pixel, or more dates.</p>"
    )


@st.fragment(run_every=0.4)
def _waiting(said: Said, question: Question, where: NDArray[np.bool_] | None) -> None:
    """A sentence until there is an answer."""
    if asked(said, question, where).done():
        again(INSPECTOR)
    state = engine().state()
    what = (
        ("The model is being asked", "A click goes before every map; the first one also loads the model.")
        if state.ready
        else (f"The {state.said}", "The first answer takes some seconds. The pixel stays chosen.")
    )
    with st.container(
        border=True, height=HEIGHT, key="inspector-waiting", horizontal_alignment="center", vertical_alignment="center"
    ):
        st.html(f"<div class='eo-empty'><b>{html.escape(what[0])} …</b><br>{html.escape(what[1])}</div>")
