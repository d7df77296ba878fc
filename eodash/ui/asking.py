"""Maps as pages ask for them: there at once if they are kept, else asked for, with their progress in their place."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import streamlit as st
import xarray as xr

from eodash.backend.maps import ask_map, ask_summary, kept_map, kept_summary, summary_key
from eodash.backend.questions import MapQuestion, Series, map_question
from eodash.cards import Card
from eodash.errors import EodashError, RasterError
from eodash.jobs import Job, Jobs
from eodash.preparation import RAW, Preparation
from eodash.settings import settings
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.engine_line import engine_said, engine_state
from eodash.ui.page import empty, failed

Answer = TypeVar("Answer")

UNTOUCHED = Preparation().text
"""Of a run that is asked about as it was fetched."""
EVERY = 0.5
"""Seconds between two looks at a job."""


@lru_cache(maxsize=1)
def maps() -> Jobs:
    """The queue of maps, beside that of fetches."""
    return Jobs(settings().running_maps, settings().queued_maps)


def question_about(
    run: Run, card: Card, legend: str, dates: tuple[int, ...], raw: bool
) -> tuple[MapQuestion, xr.DataArray]:
    """What is asked of a run, and the series it is asked of: `raw` before the chain, else after it."""
    preparation = cached.preparation(run)
    text = (replace(preparation, chain=RAW) if raw else preparation).text
    stored = here = cached.cube(run.key)
    if text != UNTOUCHED:
        here = cached.prepared(run) if raw else cached.chained(run)
    if here is None or stored is None:
        raise RasterError("This run has no images any more.", "Fetch them again.", code="no_dates", retryable=True)
    return map_question(Series(run.key, stored.sizes["time"], text), card, legend, dates), here


def map_or_progress(run: Run, card: Card, legend: str, dates: tuple[int, ...], key: str) -> xr.Dataset | None:
    """The map if it is kept; else how far it is, asked for if nobody has. `key` names its place on the page."""
    question, cube = question_about(run, card, legend, dates, raw=card.input.level == "l1c")
    store = cached.store()
    return or_progress(
        key,
        question.key,
        "Computing the map",
        lambda: kept_map(store, question),
        lambda owner: ask_map(store, maps(), owner, question, cube, card),
    )


def summary_or_progress(
    run: Run, card: Card, legend: str, dates: tuple[int, ...], reducers: tuple[str, ...], key: str
) -> xr.Dataset | None:
    """The same of a summary: features of every pixel, how far it lies from the training world …"""
    question, cube = question_about(run, card, legend, dates, raw=card.input.level == "l1c")
    store = cached.store()
    return or_progress(
        key,
        summary_key(question, reducers),
        "Reading the region",
        lambda: kept_summary(store, question, reducers),
        lambda owner: ask_summary(store, maps(), owner, question, cube, card, reducers),
    )


def told(found: xr.Dataset) -> str:
    """What a reader should know of how a map came about; empty if all went as it should."""
    restarts = int(json.loads(found.attrs.get("facts", "{}")).get("restarts", 0))
    if not restarts:
        return ""
    times = "once" if restarts == 1 else f"{restarts} times"
    return f"▲ The worker was restarted {times} while this was computed; its tiles were computed again."


def or_progress(
    key: str,
    asked: str,
    verb: str,
    kept: Callable[[], Answer | None],
    ask: Callable[[str], Job],
    unit: str = "tile",
) -> Answer | None:
    """An answer if it is kept; else how far the job of that name is, in units, begun by `ask` if nobody has."""
    found = kept()
    if found is not None:
        return found
    job = maps().job(asked)
    stopped = st.session_state.get("stopped-maps", ())
    try:
        if job is None or (job.state == "cancelled" and asked not in stopped):
            job = ask(_owner(key))
    except EodashError as error:  # too many wait
        failed(error, {"Try again": lambda: None}, key=f"{key}-refused")
        return None
    if job.active:
        _watch(key, asked, verb, unit)
    elif job.state == "cancelled":
        empty("Stopped", "Nothing is computed now.", "Compute it", lambda: _again(key, asked, ask))
    elif (found := kept()) is not None:  # it has ended since we looked
        return found
    else:
        failed(job.error or _not_kept(), {"Try again": lambda: _again(key, asked, ask)}, key=f"{key}-failed")
    return None


@st.fragment(run_every=EVERY)
def _watch(key: str, asked: str, verb: str, unit: str) -> None:
    """How far a job is, until it has ended; then the page is drawn anew."""
    job = maps().job(asked)
    if job is None or not job.active:
        st.rerun()
        return
    with st.container(border=True, key=f"{key}-working"):
        if job.state == "queued":
            words, share, left = f"Place {job.place} in the queue", 0.0, "you can leave, it goes on"
        elif not job.total:
            words, share, left = job.text or "Starting", 0.0, "the first map takes some seconds longer"
        else:
            share = min(1.0, job.done / job.total)
            words = f"{verb}: {unit} {min(job.done + 1, job.total)} of {job.total}"
            seconds = f" · {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
            left = f"{100 * share:.0f} %{seconds}"
        mark, said = engine_said(engine_state())
        st.html(f"<b>{html.escape(words)}</b>")
        st.progress(share)
        st.html(
            f"<p class='eo-caption eo-row'><span>{html.escape(left)}</span><span>{mark} {html.escape(said)}</span></p>"
        )
        st.button("Cancel", key=f"{key}-cancel", on_click=_stop, args=(key, asked))


def _stop(key: str, asked: str) -> None:
    """Leave a job; nothing is asked again until somebody presses the button."""
    st.session_state["stopped-maps"] = (*st.session_state.get("stopped-maps", ()), asked)[-32:]
    maps().cancel(asked, _owner(key))


def _again(key: str, asked: str, ask: Callable[[str], Job]) -> None:
    stopped = st.session_state.get("stopped-maps", ())
    st.session_state["stopped-maps"] = tuple(each for each in stopped if each != asked)
    try:
        ask(_owner(key))
    except EodashError:  # said by the next look
        return


def _owner(key: str) -> str:
    """Who waits: this browser, at this place of its page; a newer question there takes an older one's turn."""
    return f"{choices.owner()}/{key}"


def _not_kept() -> EodashError:
    return RasterError(
        "The map was computed, but its images are gone by now.", "Fetch the run again.", code="lost", retryable=True
    )
