"""Is it right? A map against the truth, where there is one: the demo world's, or labelled polygons."""

from __future__ import annotations

import hashlib
import html
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import geobox_of
from eodash.errors import EodashError
from eodash.truth import Truth, truth_of
from eodash.truth.scored import Pick, Scored, Season, compared, over_season, picked, scored
from eodash.ui import cached, said_labels
from eodash.ui.figure import figure
from eodash.ui.page import caption, failed, mode, palette, section
from eodash.ui.said_against import Against
from eodash.ui.said_confusion import confusion, described, pick_of
from eodash.ui.said_season import season
from eodash.ui.viewed import clearest
from eodash.views.calendar_chart import day
from eodash.views.score_charts import per_class_chart
from eodash.views.theme import Mode
from eodash.views.truth_map import HIT, OTHER, WRONG, luminance, tones, truth_map

if TYPE_CHECKING:
    from eodash.ui.said import Said

NEEDED = (
    "The demo world knows the truth of every pixel; of any other region labelled polygons tell it: "
    "a file of polygons with a column that names the class of each."
)


def truth(said: Said) -> None:
    """The section: an empty state with an uploader, or everything that a truth allows to say."""
    try:
        found = truth_for(said)
    except EodashError as error:
        failed(error, key="truth-useless")
        _labels(said, None)
        return
    if found is None:
        section("No truth is known of this region", NEEDED)
        said_labels.upload()
        return
    if said.map is None or said.place is None:
        caption("The map of this date is not there yet; it is compared as soon as it is.")
        return
    _compared(Against(_name(said, said.map, found), said, found, said.map, said.place))
    _labels(said, found)


def truth_for(said: Said) -> Truth | None:
    """Own labels before the demo world's truth; None where there is neither."""
    names = tuple(each.name for each in said.card.legends[said.legend])
    return said_labels.own_truth(said) or truth_of(said.run.request, said.cube, said.legend, names)


def _name(said: Said, drawn: xr.Dataset, found: Truth) -> str:
    told = f"{said.answer} {said.run.key} {cached.preparation(said.run).text} {said.card.name} {said.legend}"
    parts = hashlib.blake2b(told.encode(), digest_size=16)
    whole = () if said.answer else (drawn["said"].values, drawn["index"].values)  # the key of a map stands for both
    for array in (*whole, found.classes, found.parcels):
        if array is not None:
            parts.update(np.ascontiguousarray(array).tobytes())
    return parts.hexdigest()


def _compared(here: Against) -> None:
    figures, pick = _scored(here), pick_of(len(here.legend))
    if not figures.pixels:
        caption("No pixel has both a truth and an answer on this date: choose a later one.")
        return
    left, right = st.columns([1, 1.28], gap="medium")
    with left:
        _map(here, pick)
        _reading(here, figures)
    with right:
        confusion(here.legend, figures, pick)
    left, right = st.columns([1, 1.28], gap="medium")
    with left:
        figure(
            _classes(here, mode()),
            "truth-classes",
            question="How often is each class right?",
            caption="Bar: how much of it is found. Tick: how much of what is called so is.",
            alt="Recall and precision of each class",
            table=partial(pd.DataFrame, figures.rows),
        )
    with right:
        season(here, _season(here) if len(here.map["date"]) > 1 else None, pick)


def _map(here: Against, pick: Pick) -> None:
    names = [each.name for each in here.legend]
    scene = clearest(here.said.cube)
    section(
        "Right and wrong" if pick.everything else described(names, pick),
        f"What the model says on {day(here.time, year=True)}, over the scene of "
        f"{day(here.said.cube['time'].values[scene])}.",
    )
    image, count = _drawn(here, pick, mode())
    st.html(image)
    colours = {"right": "#9A9A9A" if pick.everything else HIT, "wrong": WRONG}
    rest = "<span><i class='eo-hatch'></i>not compared</span>" if pick.everything else _swatch(OTHER, "the rest")
    keys = "".join(_swatch(colours[name], f"{name} {_hectares(here, count[name])}") for name in count if count[name])
    st.html(f"<div class='eo-swatches eo-key' style='justify-content:flex-start'>{keys}{rest}</div>")


@lru_cache(maxsize=64)
def _drawn(here: Against, pick: Pick, light: Mode) -> tuple[str, dict[str, int]]:
    """The map as HTML, and how many pixels are right and wrong on it."""
    there = compared(here.truth, here.date, here.where)
    right = there & (here.truth.classes == here.date)
    wrong = there & ~right
    chosen = None if pick.everything else picked(here.truth, here.date, here.where, pick)
    image = tones(_scene(here), right, wrong, chosen)
    pixels = {"right": right, "wrong": wrong}
    count = {name: int((where if chosen is None else where & chosen).sum()) for name, where in pixels.items()}
    said = ", ".join(f"{name} {_hectares(here, number)}" for name, number in count.items())
    return truth_map(image, f"Map: {said}", light), count


def _hectares(here: Against, pixels: int) -> str:
    return f"{pixels * abs(geobox_of(here.said.cube).resolution.x) ** 2 / 1e4:,.3g} ha"


@lru_cache(maxsize=64)
def _classes(here: Against, light: Mode) -> go.Figure:
    rows = [{**row, "name": row["class"]} for row in _scored(here).rows]
    return per_class_chart(rows, {each.name: each.colour for each in here.legend}, light)


def _swatch(colour: str, text: str) -> str:
    edge = palette().edge
    return f"<span><i style='background:{colour};outline:1px solid {edge}'></i>{html.escape(text)}</span>"


def _reading(here: Against, figures: Scored) -> None:
    """What the figures say, and what they do not prove."""
    said = (
        f"On {day(here.time, year=True)} <b>{_percent(figures.accuracy)} of {figures.pixels:,} pixels</b> are called "
        f"what they are. With every class counted alike it is {_percent(figures.balanced)}; agreement beyond chance "
        f"(kappa) {figures.kappa:.2f}, macro F1 {figures.macro_f1:.2f}."
    )
    fields = (
        f" <b>Of {figures.fields:,} fields {_percent(figures.field_accuracy)}</b> get the right class from most of "
        "their pixels."
        if figures.fields
        else ""
    )
    missing = f" {figures.unanswered:,} pixels have no answer yet and do not count." if figures.unanswered else ""
    caveat = (
        "Pixels of one field share soil, sowing and weather and are right or wrong together: "
        f"{'the fields are the fairer count' if figures.fields else 'there are far fewer fields than pixels'}. "
        f"Truth: {here.truth.origin}."
    )
    st.html(
        f"<p class='eo-found' data-eo='truth-reading'>{said}{fields}{missing} "
        f"<span class='eo-soft'>{html.escape(caveat)}</span></p>"
    )
    said_labels.notices(here.truth)


def _labels(said: Said, found: Truth | None) -> None:
    """The way to own labels, or what is made of those that are there."""
    own = said_labels.own()
    with st.expander("Compare with labels of my own", expanded=own and found is None):
        if own:
            said_labels.mapping(said)
        said_labels.upload()


@lru_cache(maxsize=8)
def _scene(here: Against) -> NDArray[np.uint8]:
    return luminance(here.said.cube, clearest(here.said.cube))


@lru_cache(maxsize=64)
def _scored(here: Against) -> Scored:
    return scored(here.truth, here.date, here.where)


def _season(here: Against) -> Season:
    return _course(replace(here, place=0))


@lru_cache(maxsize=8)
def _course(here: Against) -> Season:
    """The same from every date."""
    return over_season(here.truth, np.asarray(here.map["said"].values), here.where)


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"
