"""Is the open region like what the model was trained on? Asked of a process apart, pixel by pixel."""

from __future__ import annotations

import html
from functools import lru_cache, partial

import numpy as np
import streamlit as st

from eodash.backend import asked
from eodash.cards import Card
from eodash.errors import EodashError, ModelError
from eodash.jobs import Job, Jobs, Progress
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.figure import figure
from eodash.ui.models_shelf import chosen, part
from eodash.ui.opened import opened_series
from eodash.ui.page import caption, empty, failed, mode
from eodash.ui.regions import title_of
from eodash.views.model_outside import bins_table, outside_histogram, outside_map, pixels_table, share_outside

SURE, DOUBTFUL = 0.03, 0.2
"""Shares outside up to which a region is like the training world, and from which it is not."""


@lru_cache(maxsize=1)
def jobs() -> Jobs:
    """Questions to models, one at a time: each is a process with a network in it."""
    return Jobs(1, 8)


def region() -> None:
    """How far the open run lies from the world of the model that is looked at."""
    here = chosen()
    if here is None:
        return
    part(
        "Is my region like what it was trained on?",
        "A model answers whatever it is shown. How far a pixel lies from its training world says when not to listen.",
    )
    if here.weights is None:
        caption(f"{here.title} keeps nothing of the world it was fitted to: choose a network.")
        return
    found = opened_series("No region is open", lambda run: cached.cube(run.key))
    if found is None:
        return
    opened, cube = found
    try:
        asked.fits(here, cube)
    except ModelError as error:
        said = f"<b>{html.escape(error.message)}</b> {html.escape(error.advice)}"
        st.html(f"<p class='eo-found'><span class='eo-warn'>▲</span> {said}</p>")
        return
    _asked(here, opened, cube.shape[0])


def _asked(here: Card, opened: Run, dates: int) -> None:
    raw = here.input.level == "l1c"
    preparation = cached.preparation(opened)
    key = asked.key_of(here, opened.key, dates, raw, preparation.text)
    answer = asked.kept(key)
    if answer is not None:
        _drawn(here, opened, answer)
        return
    job = jobs().job(key)
    if job is not None and job.active:
        _watch(key, here.title)
        return
    if job is not None and job.state == "failed":
        error = job.error or ModelError("The question broke off.", "Ask again.", code="broken")
        failed(error, {"Ask again": lambda: _ask(here, opened, key)}, key="outside-failed")
        return
    if (refused := st.session_state.pop("outside-refused", None)) is not None:
        failed(refused, key="outside-refused-said")
    empty(
        f"{title_of(opened)} has not been compared yet",
        f"{here.title} looks at up to {asked.PIXELS:,} of its pixels, on a regular grid, in a process of its own.",
        "Compare it",
        lambda: _ask(here, opened, key),
    )


def _ask(here: Card, opened: Run, key: str) -> None:
    def work(progress: Progress) -> None:
        series = cached.prepared(opened) if here.input.level == "l1c" else cached.chained(opened)
        if series is None:
            raise ModelError("The images of this run are gone.", "Fetch them again.", code="no_cube")
        pixels = asked.sample(series, here)
        asked.keep(key, asked.outside(here, pixels, lambda done, of: progress.tick(done, of, "pixels")))

    try:
        jobs().submit(key, work, owner=choices.owner())
    except EodashError as error:
        st.session_state["outside-refused"] = error


@st.fragment(run_every=0.5)
def _watch(key: str, title: str) -> None:
    """How far the question is, until there is an answer."""
    job = jobs().job(key)
    if job is None or not job.active:
        st.rerun()
        return
    with st.container(border=True, key="outside-working"):
        share, said = progress_of(job, title)
        st.html(f"<b>{html.escape(said)}</b>")
        st.progress(share)
        left = f"{job.seconds_left:.0f} s left" if job.seconds_left is not None else "starting the process"
        caption(f"{100 * share:.0f} % · {left}. You can leave this page: the answer is kept.")
        st.button("Cancel", key="outside-cancel", on_click=lambda: jobs().cancel(key, choices.owner()))


def progress_of(job: Job, title: str) -> tuple[float, str]:
    """A share, and verb and unit."""
    if job.state == "queued":
        return 0.0, f"Place {job.place} in the queue"
    share = job.done / job.total if job.total else 0.0
    return share, f"{title} looks at pixel {job.done:,} of {job.total:,}" if job.total else f"{title} is being loaded"


def _drawn(here: Card, opened: Run, answer: asked.Floats) -> None:
    left, right = st.columns(2, gap="large")
    said = sentence(answer)
    with left:
        figure(
            outside_map(answer, mode()),
            f"outside-map-{here.name}",
            question="Where is it unlike the training world?",
            caption="Each pixel by how many training fields lie closer.",
            alt=f"Map: {said}",
            table=partial(pixels_table, answer),
        )
    with right:
        figure(
            outside_histogram(answer, mode()),
            f"outside-bars-{here.name}",
            question="How many pixels lie how far out?",
            caption="Beyond the orange line: further out than 99 % of the training fields.",
            alt=f"Histogram: {said}",
            table=partial(bins_table, answer),
        )
        mark, kind, verdict = verdict_of(share_outside(answer))
        st.html(f"<p class='eo-found'><span class='eo-{kind}'>{mark}</span> <b>{verdict}</b> {html.escape(said)}</p>")
        caption(
            f"{title_of(opened)}, {answer.size:,} pixels on a regular grid. Far away means that nobody knows; near "
            "means only that such series were in the training world, not that the answer is right. Clouds that a mask "
            "missed, a wrong offset and wrong dates look far away, too."
        )


def sentence(answer: asked.Floats) -> str:
    """The share beyond the limit, in words."""
    share = share_outside(answer)
    if np.isnan(share):
        return "No pixel has a usable date, so nothing can be said."
    some = "Fewer than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
    return f"{some} of the pixels lie further from the training world than 99 % of the training fields."


def verdict_of(share: float) -> tuple[str, str, str]:
    """Mark, kind and words."""
    if np.isnan(share):
        return "▲", "warn", "Unknown."
    if share <= SURE:
        return "✓", "ok", "Like its training world."
    if share <= DOUBTFUL:
        return "▲", "warn", "Partly outside."
    return "✕", "bad", "Not what it was trained on."
