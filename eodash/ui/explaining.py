"""Explanations as pages ask for them: of the pixel one clicked, in the background, the newest click first.

if needs_pixel(said):
    return
found = explained(said, ("attention",), key="attention")
if found is not None:
    …found.series, found.inspected, found.explained
"""

from __future__ import annotations

import html
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.engine import engine
from eodash.cards import Card
from eodash.errors import EodashError
from eodash.ui.comparing import date_row as _row
from eodash.ui.explaining_map import pixel_map, raster_url
from eodash.ui.explaining_pixel import needs_pixel
from eodash.ui.page import failed
from eodash.ui.redrawing import again
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, Clicks, Question, answered, clicks, question_about, who
from eodash.ui.viewed import Viewed

__all__ = ["Explained", "date_row", "explained", "needs_pixel", "pixel_map", "raster_url"]

PATIENCE = 1.0
"""Seconds that a page waits for an answer before it says that it waits."""
KEPT = 24
"""Explanations that are kept: the attention of a long series is some megabytes."""
HEIGHT = 260
DOING = {
    "attention": "Reading its attention", "states": "Reading its gates and states",
    "gradient": "Computing the gradient", "integrated": "Integrating gradients",
    "occlusion": "Taking dates and bands away", "drops": "Taking each date away",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question about one pixel, and what is to be explained of its answer."""

    about: Question
    kinds: tuple[str, ...]
    date: int | None  # the chosen one; the last where nobody has chosen


@dataclass(frozen=True, eq=False)
class Explained(Answer):
    """A series, what the model believed after each of its dates, and why."""

    explained: xr.Dataset = field(default_factory=xr.Dataset)  # every kind that was asked for, beside each other


explanations: Clicks[Explained] = Clicks(KEPT)


def date_row(said: Said) -> None:
    """‹ slider › of the date, as above the map of the predictions."""
    _row(Viewed(said.run, said.cube))


def explained(
    said: Said,
    kinds: tuple[str, ...],
    *,
    place: tuple[int, int] | None = None,
    date: int | None = None,
    key: str,
    where: NDArray[np.bool_] | None = None,
    number: int = 0,
    height: int = HEIGHT,
    patience: float | None = None,
    part: str = "",
) -> Explained | None:
    """The explanation, if it is there by now; else its waiting state or its failure stands here, and None comes back.

    Of the clicked pixel, or of `place`; of the field of that `number` where `where` says which pixels it has.
    `key` names the place on the page: only its newest question is asked. `part` is drawn anew when it comes.
    """
    place = place or said.asked
    if place is None:
        return None
    asked = Asked(question_about(said, *place, number if where is not None else 0), kinds, date)
    future = ask(said, asked, where, key)
    if engine().state().ready:
        wait([future], PATIENCE if patience is None else patience)
    if not future.done():
        _waiting(said, asked, where, key, height, part)
        return None
    error = future.exception()
    if isinstance(error, EodashError):
        failed(error, {"Ask again": lambda: explanations.forget(asked)}, key=f"{key}-unexplained")
        return None
    return future.result()


def ask(said: Said, asked: Asked, where: NDArray[np.bool_] | None, key: str) -> Future[Explained]:
    """The explanation, there or to come; asked twice where another click of the same moment came before it."""
    work = partial(_work, said.cube, said.card, said.legend, asked, where)
    future = explanations.ask(who(key), asked, work)
    return explanations.ask(who(key), asked, work) if future.cancelled() else future


def _work(cube: xr.DataArray, card: Card, legend: str, asked: Asked, where: NDArray[np.bool_] | None) -> Explained:
    about = asked.about
    answer = answered(cube, card, legend, about, where)
    clicks.remember(about, answer)
    found = xr.Dataset()
    if asked.kinds:
        found = engine().explain_pixel(answer.series, card, legend, asked.kinds, asked.date)
    return Explained(answer.series, answer.inspected, answer.pixels, found)


@st.fragment(run_every=0.4)
def _waiting(said: Said, asked: Asked, where: NDArray[np.bool_] | None, key: str, height: int, part: str = "") -> None:
    """A sentence until there is an answer."""
    if ask(said, asked, where, key).done():
        again(part) if part else st.rerun()
    state = engine().state()
    doing = next((DOING[kind] for kind in asked.kinds if kind in DOING), "The model is being asked")
    what = (
        (doing, "It follows on its own.")
        if state.ready
        else (f"The {state.said}", "The first answer takes some seconds.")
    )
    with st.container(
        border=True, height=height, key=f"{key}-waiting", horizontal_alignment="center", vertical_alignment="center"
    ):
        st.html(f"<div class='eo-empty'><b>{html.escape(what[0])} …</b><br>{html.escape(what[1])}</div>")
