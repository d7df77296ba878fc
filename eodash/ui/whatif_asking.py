"""The model asked about a series as it would have been: a click like any other, kept, and the newest wins."""

from __future__ import annotations

import html
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial

import streamlit as st
import xarray as xr

from eodash.backend.engine import engine, series_at
from eodash.cards import Card
from eodash.errors import EodashError
from eodash.ui.page import failed
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, Question, asked, clicks, question_about, who
from eodash.whatif import Edit, edited

PATIENCE = 1.2
"""Seconds that the page waits for an answer before it says that it waits."""
HEIGHT = 440


@dataclass(frozen=True)
class Changed:
    """One pixel of a series after these edits."""

    about: Question
    edits: tuple[Edit, ...]


def both(said: Said, place: tuple[int, int], edits: tuple[Edit, ...]) -> tuple[Answer, Answer] | None:
    """What the model says of the series as it was and after the edits; None while it is asked, or where it failed."""
    about = question_about(said, *place)
    futures = _ask(said, about, edits)
    if any(future.cancelled() for future in futures):  # another click of the same moment came before it
        futures = _ask(said, about, edits)
    if engine().state().ready:
        wait(futures, PATIENCE)
    if not all(future.done() for future in futures):
        _waiting(said, about, edits)
        return None
    for future in futures:
        error = future.exception()
        if isinstance(error, EodashError):
            failed(error, {"Ask again": lambda: _forget(about, edits)}, key="whatif-failed")
            return None
    before, after = (future.result() for future in futures)
    return before, after


def _ask(said: Said, about: Question, edits: tuple[Edit, ...]) -> tuple[Future[Answer], Future[Answer]]:
    """Two turns, so that neither question overtakes the other."""
    before = asked(said, about, None, "whatif")
    if not edits:
        return before, before
    work = partial(_work, said.cube, said.card, said.legend, about, edits)
    return before, clicks.ask(who("whatif-changed"), Changed(about, edits), work)


def _work(cube: xr.DataArray, card: Card, legend: str, about: Question, edits: tuple[Edit, ...]) -> Answer:
    """Asked with the dates that the model is told; given back on those of the images."""
    series = series_at(cube, about.row, about.column)
    changed = edited(series, edits, card)
    found = engine().inspect_pixel(changed, card, legend)
    times = series["time"].values
    return Answer(changed.assign_coords(time=times), found.assign_coords(time=times))


def _forget(about: Question, edits: tuple[Edit, ...]) -> None:
    clicks.forget(about)
    clicks.forget(Changed(about, edits))


@st.fragment(run_every=0.4)
def _waiting(said: Said, about: Question, edits: tuple[Edit, ...]) -> None:
    """A sentence until there is an answer."""
    if all(future.done() for future in _ask(said, about, edits)):
        st.rerun()
        return
    state = engine().state()
    what = (
        ("The model is being asked", "It follows on its own.")
        if state.ready
        else (f"The {state.said}", "The first answer takes some seconds.")
    )
    with st.container(
        border=True, height=HEIGHT, key="whatif-waiting", horizontal_alignment="center", vertical_alignment="center"
    ):
        st.html(f"<div class='eo-empty'><b>{html.escape(what[0])} …</b><br>{html.escape(what[1])}</div>")
