"""Hectares per class under the map: its legend, the truth beside it, the course over the season, one sentence."""

from __future__ import annotations

import html
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.agreement import class_hectares, pixel_hectares
from eodash.backend.questions import NOTHING
from eodash.cube import geobox_of
from eodash.grid import inside
from eodash.truth import Truth, majority
from eodash.truth.known import Fields
from eodash.ui.figure import figure
from eodash.ui.page import mode, section
from eodash.ui.said import Said
from eodash.ui.said_models import plain_title
from eodash.views.calendar_chart import day, span
from eodash.views.class_map import CLASSES, Layer
from eodash.views.hectares import Ground, bars, height_of, over_the_season, told
from eodash.views.theme import Mode

WAYS = ("Date", "Season")
WHOLE = 0.95
"""Share of the area whose truth must be known before true areas stand beside those of the map."""
KEY, KEPT = "said-hectares", "hectares-over-dates"


def hectares(here: Said, layer: Layer, known: Truth | None, fields: Fields | None) -> None:
    """Ground per class within the area, on the chosen date or over the season."""
    assert here.map is not None
    assert here.place is not None
    within = inside(here.run.request.area, geobox_of(here.cube))
    whole = known if known is not None and known.known[within].mean() >= WHOLE else None
    many = here.map.sizes["date"] > 1
    over = many and st.session_state.get(KEY) == WAYS[1]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="said-ground"):
        truth = " Tick: true area." if whole is not None else ""
        legend = "Bars are the legend of the map." if layer in CLASSES else "What its pixels are called."
        about = "What pixels are called after each date." if over else f"{legend}{truth}"
        section(f"Hectares per class, {day(here.time)}", about)
        if many:
            st.segmented_control(
                "Hectares", WAYS, default=WAYS[0], required=True, key=KEY, label_visibility="collapsed"
            )  # fmt: skip
    answer = np.where(within, here.map["said"].values[here.place], NOTHING)
    if layer == "fields" and fields is not None:
        answer = majority(answer, fields)
    cell = pixel_hectares(geobox_of(here.cube))
    grounds = _grounds(here, answer, whole, within, cell)
    words = told(grounds)
    if over:
        times = here.map["date"].values.astype("datetime64[s]")
        drawn = over_the_season(
            times, _over_dates(here, within, cell), grounds, here.time, span(here.cube), mode(), height_of(len(grounds))
        )
        figure(
            drawn,
            "hectares-season",
            question="How much ground is called what over the season?",
            alt=f"Hectares per class over the season; on {day(here.time)}: {words}",
            table=partial(_season_table, here, within, cell),
            heading=False,
        )
    else:
        unanswered = float((within & (answer == NOTHING)).sum()) * cell
        figure(
            _bars(tuple(grounds), mode(), unanswered),
            "hectares",
            question=f"How much ground is called what on {day(here.time)}?",
            alt=f"Hectares per class: {words}",
            table=partial(_table, tuple(grounds), unanswered),
            heading=False,
        )
    st.html(f"<p class='eo-found'>{_sentence(here, layer, answer, known, within, words)}</p>")


@lru_cache(maxsize=256)
def _bars(grounds: tuple[Ground, ...], mode: Mode, unanswered: float) -> go.Figure:
    """Drawn once: a season is replayed again and again."""
    return bars(grounds, mode, unanswered)


def _table(grounds: tuple[Ground, ...], unanswered: float) -> pd.DataFrame:
    """A row per class: what the map has of it, and what is true where that is known."""
    rows = [(each.name, each.hectares, each.true) for each in grounds]
    rows += [("no answer", unanswered, None)] if unanswered else []
    return pd.DataFrame(rows, columns=["class", "hectares", "true hectares"]).round(4)


def _season_table(here: Said, within: np.ndarray, cell: float) -> pd.DataFrame:
    """A row per date, a column per class."""
    assert here.map is not None
    days = pd.Index(here.map["date"].values.astype("datetime64[D]").astype(str), name="date")
    names = [each.name for each in here.classes]
    return pd.DataFrame(_over_dates(here, within, cell).round(4), index=days, columns=names)


def _grounds(here: Said, answer: np.ndarray, known: Truth | None, within: np.ndarray, cell: float) -> list[Ground]:
    count = len(here.classes)
    areas = class_hectares(answer[None], count, cell)[0]
    true = None if known is None else class_hectares(np.where(within, known.classes, NOTHING)[None], count, cell)[0]
    return [
        Ground(each.name, each.colour, float(areas[place]), None if true is None else float(true[place]))
        for place, each in enumerate(here.classes)
    ]


def _sentence(here: Said, layer: Layer, answer: np.ndarray, known: Truth | None, within: np.ndarray, words: str) -> str:
    """What one has just seen, with the numbers."""
    images = f"After {here.index + 1} of {len(here.times)} images"
    name = html.escape(plain_title(here.card))
    if not words:
        return f"{images}, {name} has no answer: there is no usable look at any pixel."
    both = within & (answer != NOTHING) & (known.known if known is not None else False)
    right = ""
    if known is not None and both.any():
        share = float((answer == known.classes)[both].mean())
        right = f" <span class='eo-soft'>Right on {100 * share:.0f} % of the ground whose truth is known.</span>"
    how = ", each field by the majority of its pixels" if layer == "fields" else ""
    return f"{images}, {name} says {html.escape(words)}{how}.{right}"


def _over_dates(here: Said, within: np.ndarray, cell: float) -> np.ndarray:
    """Hectares (date, class); counted once per answer."""
    assert here.map is not None
    name, (of, found) = here.answer, st.session_state.get(KEPT, ("", None))
    if of != name or found is None:
        said = here.map["said"].values
        found = np.concatenate([class_hectares(one[within][None], len(here.classes), cell) for one in said])
        st.session_state[KEPT] = name, found
    areas: np.ndarray = found
    return areas
