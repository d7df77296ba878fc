"""Is the input like the training data? Numbers, dates and clear share beside the card; how far pixels lie outside."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from eodash.cards import Card
from eodash.datasets.parcels import latitude_of
from eodash.input_check import InputCheck, Kind, check
from eodash.preprocess.units import per_unit
from eodash.ui import asking, cached
from eodash.ui.figure import figure
from eodash.ui.models_region import sentence, verdict_of
from eodash.ui.models_tables import scrolling
from eodash.ui.navigation import lead
from eodash.ui.page import caption, failures, mode, section
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.input_check import bands_chart
from eodash.views.input_check import verdict_of as band_verdict
from eodash.views.model_outside import bins_table, outside_histogram, outside_map, pixels_table, share_outside

NUMBERS = ("units", "offset", "offset twice", "bands")
"""Doubts that the doctor of the series page can look into."""


@dataclass(frozen=True)
class Asked:
    """A series and a card; the same run, prepared alike, is looked at once."""

    key: str
    dates: int
    preparation: str
    card: str
    weights: str
    series: xr.DataArray = field(compare=False, repr=False)
    model: Card = field(compare=False, repr=False)


def input_check(said: Said) -> None:
    """What speaks against believing the model here, in words; below it the figures behind them."""
    found = _checked(
        Asked(
            said.run.key, len(said.times), cached.preparation(said.run).text, said.card.name,
            said.card.weights.sha256 if said.card.weights else "", said.cube, said.card,
        )
    )  # fmt: skip
    section(
        "Is my input like the training data?",
        f"The open series beside what {said.card.title} has learned from.",
    )
    _doubts(found)
    left, right = st.columns([1.28, 1], gap="large")
    with left:
        far = ", ".join(band.name for band in found.bands if band_verdict(band)[1] != "ok") or "none"
        figure(
            bands_chart(found, mode()),
            "input-bands",
            question="Does each band lie where the training series did?",
            caption="Dot and line: median and 90 % of this series. Box: training mean ± one deviation.",
            alt=f"Reflectance per band beside the training series. Out of the usual: {far}",
            table=partial(_bands, found),
        )
    with right:
        st.html(table(found, said.card))
        caption(
            f"{day(found.first, year=True)} to {day(found.last, year=True)}. Medians over all pixels and dates that "
            "the model uses, on a regular grid. One kind of land, or a season without clouds, moves them too: a doubt "
            "is a reason to look, not a verdict."
        )
    _outside(said)


@lru_cache(maxsize=32)
def _checked(here: Asked) -> InputCheck:
    return check(here.series, here.model, per_unit=per_unit(here.series.attrs), latitude=latitude_of(here.series))


def _doubts(found: InputCheck) -> None:
    if not found.doubts:
        st.html(
            "<p class='eo-found'><span class='eo-ok'>✓</span> <b>Numbers, dates and clear share are like those of the "
            "training series.</b> That does not make an answer right.</p>"
        )
        return
    for doubt in found.doubts:
        kind, mark = ("bad", "✕") if doubt.kind in ("empty", *NUMBERS[:3], "season") else ("warn", "▲")
        st.html(
            f"<p class='eo-found' role='alert'><span class='eo-{kind}'>{mark}</span> "
            f"<b>{html.escape(doubt.sentence)}</b> {html.escape(doubt.advice)}</p>"
        )
    if any(doubt.kind in NUMBERS for doubt in found.doubts):
        st.button(
            "Can I trust it?", key="input-doctor", icon=":material/troubleshoot:", on_click=lead, args=("series",)
        )


def table(found: InputCheck, card: Card) -> str:
    """Dates, season and clear share: here, in training, and whether that is as usual."""
    wanted, kinds = card.input, {doubt.kind for doubt in found.doubts}
    usable = "Observed dates" if wanted.level == "l1c" else "Usable dates"
    rows = [
        (_mark("dates", kinds), "Dates of a pixel", f"{found.used} of {found.dates}", "{}–{}".format(*wanted.dates)),
        (_mark("clear", kinds), usable, f"{100 * found.clear[1]:.0f} %", "{:.0f}–{:.0f} %".format(
            *(100 * share for share in wanted.clear_share))),
        ("", "Season", f"{found.days} days", "–"),
        (_mark("season", kinds) if wanted.dated else "", "Greenest",
         "not known" if found.greenest is None else day(found.greenest), "spring" if wanted.dated else "–"),
    ]  # fmt: skip
    body = "".join(
        f"<tr><td class='eo-left'>{mark} {name}</td><td>{here}</td><td>{there}</td></tr>"
        for mark, name, here, there in rows
    )
    return scrolling("<th class='eo-left'>of a typical pixel</th><th>here</th><th>in training</th>", body)


def _mark(kind: Kind, doubted: set[Kind]) -> str:
    if kind in doubted:
        return "<span class='eo-warn'>▲</span>"
    return "" if "empty" in doubted else "<span class='eo-ok'>✓</span>"


def _bands(found: InputCheck) -> pd.DataFrame:
    """What the figure draws, a row per band."""
    names = ("name", "median", "low", "high", "mean", "scale")
    rows = [{name: getattr(band, name) for name in names} for band in found.bands]
    titles = {"name": "band", "low": "5 %", "high": "95 %", "mean": "training mean", "scale": "training deviation"}
    return pd.DataFrame(rows, columns=names).rename(columns=titles).round(5)


def _outside(said: Said) -> None:
    """The share of the pixels that lie further out than almost all training fields: asked once, then kept."""
    section(
        "How many pixels lie outside the training world?",
        "Asked of the network's features: how far each pixel's series lies from the training fields.",
    )
    with failures(key="input-outside-failed"):
        last = (len(said.times) - 1,)
        made = asking.summary_or_progress(said.run, said.card, said.legend, last, ("outside",), "input-outside")
        if made is None:
            return
        outside = np.asarray(made["outside"].values, np.float32)
        words = sentence(outside)
        left, right = st.columns([1, 1.28], gap="large")
        with left:
            figure(
                outside_map(outside, mode()), "input-outside-map", question="Where is it unlike the training world?",
                alt=f"Map: {words}", table=partial(pixels_table, outside), heading=False,
            )  # fmt: skip
        with right:
            figure(
                outside_histogram(outside, mode()), "input-outside-bars", question="How many pixels lie how far out?",
                alt=f"Histogram: {words}", table=partial(bins_table, outside), heading=False,
            )  # fmt: skip
            mark, kind, verdict = verdict_of(share_outside(outside))
            st.html(
                f"<p class='eo-found'><span class='eo-{kind}'>{mark}</span> <b>{verdict}</b> {html.escape(words)}</p>"
            )
            caption(
                "Far away means that nobody knows; near means only that such series were in the training world, not "
                "that the answer is right."
            )
