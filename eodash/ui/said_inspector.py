"""The inspected pixel: what the satellite measured there, what the model believed after each date, and why."""

from __future__ import annotations

import html
import json
from concurrent.futures import wait

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash.backend.engine import engine
from eodash.errors import EodashError
from eodash.truth import UNKNOWN, Truth
from eodash.ui import choices
from eodash.ui.explaining import explained, needs_pixel
from eodash.ui.figure import figure
from eodash.ui.page import caption, failed, mode, palette
from eodash.ui.said import Said
from eodash.ui.said_column import Look, Pixel, figure_of, table_of
from eodash.ui.said_moments import clicked, with_moments
from eodash.ui.said_panels import LARGE, OFFERS, choose, index_of, lacking, offered
from eodash.ui.said_pinned import let_go, pin_button, second
from eodash.ui.said_pixel import Answer, Question, asked, clicks, question_about
from eodash.ui.said_truth import truth_for
from eodash.ui.said_words import answer_in_words, stopping_in_words
from eodash.views.calendar_chart import day, span
from eodash.views.panel import dates_of
from eodash.views.two_dates import dated

KEY = "inspector"
HEIGHT = 740
"""Px that are kept free until there is an answer."""
PATIENCE = 1.2
"""Seconds that a page waits for an answer before it says that it waits."""
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
    there = offered(said.card, answer)
    shown = choose(said, there, lambda: pin_button(said))
    picture, below = st.container(), st.container()
    with below:
        if (line := stopping_in_words(answer, said.index)) is not None:
            caption(line)
        lacking(said.card, there)
        pixels = _pixels(said, answer, shown, place, number, where)
    alt = "Images, measured bands and probabilities of the classes over the season"
    alt = alt if told is None else f"{alt}; on {day(said.time)} {told[1]}, {100 * told[2]:.0f} %"
    with picture:
        _figure(said, pixels, shown, alt)
    if (name := st.session_state.pop(LARGE, None)) in shown:
        _large(said, pixels, str(name), alt)


def _pixels(
    said: Said, answer: Answer, shown: tuple[str, ...], place: tuple[int, int], number: int,
    where: NDArray[np.bool_] | None,
) -> tuple[Pixel, Pixel | None]:  # fmt: skip
    """What is known by now of the asked pixel and of the pinned one; what is missing is asked for, and follows."""
    kinds = {name: OFFERS[name].kind for name in shown if OFFERS[name].kind}
    if kinds and st.session_state.get("playing"):
        caption("Attention, saliency and gates follow when the season is stopped.")
        kinds = {}
    if not np.isfinite(answer.chances[said.index]).all():  # nothing was seen by then: there is nothing to explain
        kinds = {}
    found = {
        name: explained(
            said, (kind,), place=place, date=said.index, key=f"why-{name}", where=where, number=number, height=120,
            patience=0,
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
            said, (kind,), place=pinned[0], date=said.index, key=f"why-pinned-{name}", height=120, patience=0
        )
        for name, kind in kinds.items()
    }
    return first, Pixel(pinned[1], {name: each for name, each in found.items() if each is not None})


def _look(said: Said, shown: tuple[str, ...], large: bool = False) -> Look:
    wanted = {name: choices.view(name) for name in ("head", "unit", "method")}
    return Look(shown, index_of(said), json.dumps(wanted, default=str), mode(), large)


def _figure(said: Said, pixels: tuple[Pixel, Pixel | None], shown: tuple[str, ...], alt: str, key: str = KEY) -> None:
    chart, lock = figure_of(said.card, *pixels, _look(said, shown, key != KEY), span(said.cube))
    question = "What was measured here, and what did the model believe?"
    with lock, dated(with_moments(chart, said), said.time):
        figure(
            chart, key, question=question, alt=alt, table=lambda: table_of(pixels[0].answer), heading=False,
            on_select=(lambda: clicked(key, said.times)) if key == KEY else None,
        )  # fmt: skip


@st.dialog("Large", width="large")
def _large(said: Said, pixels: tuple[Pixel, Pixel | None], name: str, alt: str) -> None:
    """One panel alone, as large as the window allows."""
    _figure(said, pixels, (name,), alt, f"large-{name}-figure")


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
        st.html(f"<h2 class='eo-section'>{title}</h2>")
        if number:
            st.session_state["asked-of"] = "field" if choices.view("asked-of") == "field" else "pixel"
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
        st.rerun()
        return
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
