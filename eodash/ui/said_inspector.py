"""The inspected pixel: what the satellite measured there, and what the model believed after each date."""

from __future__ import annotations

import html
from concurrent.futures import wait

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash.backend.engine import engine
from eodash.backend.questions import NOTHING
from eodash.errors import EodashError
from eodash.truth import UNKNOWN, Truth
from eodash.ui import choices
from eodash.ui.page import caption, empty, failed, mode, palette
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, Question, asked, clicks, figure_of, question_about
from eodash.ui.said_truth import truth_for
from eodash.views.believed import HEIGHT, dates_of
from eodash.views.calendar_chart import day
from eodash.views.theme import CHART
from eodash.views.two_dates import dated

PATIENCE = 1.2
"""Seconds that a page waits for an answer before it says that it waits."""
WELCOME = ("corn", "maize")
"""Classes with a season that is worth looking at: offered first, if the map has them."""
WHAT = {"pixel": "This pixel", "field": "Its field"}


def inspector(said: Said) -> None:
    """The pixel that was clicked; before that a button that takes one."""
    place = said.asked
    if place is None:
        _nothing(said)
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
    chart, lock = figure_of(said, answer, mode())
    alt = "Images, measured bands and probabilities of the classes over the season"
    alt = alt if told is None else f"{alt}; on {day(said.time)} {told[1]}, {100 * told[2]:.0f} %"
    with lock, dated(chart, said.time):
        st.plotly_chart(chart, theme=None, config=CHART, key="inspector", alt=alt)
    if (line := stopping_in_words(answer, said.index)) is not None:
        caption(line)


def answer_in_words(answer: Answer, index: int) -> tuple[int, str, float] | None:
    """Class, its name and its probability at a date; None before anything usable was seen."""
    row = answer.chances[index]
    if not np.isfinite(row).all():
        return None
    best = int(row.argmax())
    return best, answer.names[best], float(row[best])


def stopping_in_words(answer: Answer, index: int) -> str | None:
    """When a model that stops would have stopped, and the chance at the chosen date; None of other models."""
    found = answer.inspected
    if "chance" not in found or not np.isfinite(answer.chances).any():
        return None
    times, stop = found["time"].values, int(found.attrs.get("stop", -1))
    chance = float(np.nan_to_num(found["chance"].values[index]))
    left = float(np.nan_to_num(found["budget"].values[index], nan=1.0))
    when = f"It would stop on {day(times[stop])}" if stop >= 0 else "It never comes to a decision"
    on = day(times[index])
    return f"{when}. Chance that it stops on {on}: {100 * chance:.0f} %; by then: {100 * (1 - left):.0f} %."


def frequent(said: Said) -> tuple[str, tuple[int, int]] | None:
    """A class that the map has much of, and a pixel in the midst of those that it is surest of."""
    if said.map is None or said.place is None:
        return None
    answer = np.asarray(said.map["said"].values[said.place])
    counts = np.bincount(answer[answer != NOTHING], minlength=len(said.classes))
    if not counts.any():
        return None
    names = [each.name for each in said.classes]
    welcome = [
        names.index(name) for name in WELCOME if name in names and counts[names.index(name)] >= 0.01 * counts.sum()
    ]
    best = welcome[0] if welcome else int(counts.argmax())
    sure = np.where(answer == best, np.asarray(said.map["confidence"].values[said.place], np.int16), -1)
    rows, columns = np.nonzero(sure == sure.max())
    return names[best], (int(rows[len(rows) // 2]), int(columns[len(columns) // 2]))


def _nothing(said: Said) -> None:
    found = frequent(said)
    name, place = found or ("", (said.cube.shape[2] // 2, said.cube.shape[3] // 2))
    article = "an" if name[:1] in "aeiou" and name else "a"
    empty(
        "No pixel chosen",
        "Click the map to read a pixel's year.",
        f"Take {article} {name} pixel" if name else "Take the middle pixel",
        lambda: choices.keep_view(asked=list(place)),
    )


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
