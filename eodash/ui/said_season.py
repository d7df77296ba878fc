"""The season of a comparison: accuracy date by date, and what the picked pixels measured and were called."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import lru_cache, partial
from threading import Lock

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.truth.known import Where
from eodash.truth.scored import ANY, Pick, Season, called, compared, picked, sample
from eodash.ui.figure import figure
from eodash.ui.page import caption, mode, palette, section
from eodash.ui.said_against import Against
from eodash.ui.said_confusion import described
from eodash.views.calendar_chart import day, panel_layer, span
from eodash.views.picture import index_values
from eodash.views.season_accuracy import Curve, Panel, panels_chart
from eodash.views.theme import Mode
from eodash.views.truth_map import WRONG
from eodash.views.two_dates import dated

PIXELS = 300
"""Most pixels whose series is read for one curve."""
CLASSES = 5
"""Most classes that are drawn over the season."""
LEAST = 0.05
_SECOND: dict[Mode, str] = {"light": "#B98500", "dark": "#E0A93A"}
_ENOUGH = 3  # pixels of a date: a mean of fewer is none


def season(here: Against, course: Season | None, pick: Pick) -> None:
    """One figure on the calendar of the run."""
    names = [each.name for each in here.legend]
    question = "How does it go over the season?"
    about = "How often it is right after each date" + ("." if pick.everything else ", and the pick.")
    if course is not None or not pick.everything:
        seen = _all_dates(here) if pick.everything else here
        drawn, said, lock = _drawn(seen, course, pick, mode())
        with lock, dated(drawn, here.time):
            figure(
                drawn, "truth-season", question=question, caption=about, alt=f"On the calendar: {said}",
                table=partial(_table, seen, course, pick),
            )  # fmt: skip
    else:
        section(question, about)
    if course is None:
        caption(
            f"{here.said.card.title} looks ahead and was asked at {day(here.time, year=True)} only, so there is no "
            "course over the season. Networks that answer after every date have one."
        )
    if pick.everything:
        caption("Pick a cell, a row or a column of the matrix to see what those pixels measured.")
    else:
        _told(here, names, pick)


def _all_dates(here: Against) -> Against:
    """Where nothing is picked the course is the same from every date."""
    return replace(here, place=0)


@lru_cache(maxsize=64)
def _drawn(here: Against, course: Season | None, pick: Pick, light: Mode) -> tuple[go.Figure, str, Lock]:
    """The figure, its panels in words, and the lock that whoever moves its date line holds."""
    panels = _panels(here, course, pick)
    drawn = panels_chart(panels, span(here.said.cube), here.time, light)
    return drawn, "; ".join(panel.title for panel in panels), Lock()


def _panels(here: Against, course: Season | None, pick: Pick) -> list[Panel]:
    """What there is to draw."""
    panels = [] if course is None else [_accuracy(here, course)]
    if not pick.everything:
        panels += [_measured(here, pick)]
        if course is not None:
            panels += [_called(here, picked(here.truth, here.date, here.where, pick), pick)]
    return panels


def _table(here: Against, course: Season | None, pick: Pick) -> pd.DataFrame:
    """Every curve of every panel, a row per date."""
    found = [
        pd.DataFrame({"panel": panel.title, "curve": curve.name, "date": panel.times, "value": curve.values.round(5)})
        for panel in _panels(here, course, pick)
        for curve in panel.curves
    ]
    return pd.concat(found, ignore_index=True).dropna(subset="value")


def _accuracy(here: Against, course: Season) -> Panel:
    light = mode()
    curves = [Curve("pixels", palette().accent, course.accuracy)]
    if np.isfinite(course.fields).any():
        curves.append(Curve("fields", _SECOND[light], course.fields))
    return Panel("Right", "share after each date", here.map["date"].values, curves)


def _called(here: Against, where: Where, pick: Pick) -> Panel:
    """What the picked pixels were called at each date."""
    share = called(np.asarray(here.map["said"].values), where, len(here.legend))
    peaks = share.max(0)
    first = [each for each in dict.fromkeys((pick.truth, pick.said)) if each != ANY]
    others = [int(each) for each in np.argsort(-peaks) if peaks[each] >= LEAST and each not in first]
    curves = [
        Curve(_short(here.legend[each].name), here.legend[each].colour, share[:, each])
        for each in [*first, *others][:CLASSES]
    ]
    picked_on = f"share of these pixels, which were picked on {day(here.time)}"
    return Panel("Called", picked_on, here.map["date"].values, curves)


def _measured(here: Against, pick: Pick) -> Panel:
    curves = _curves(here, pick, mode())
    edges = [curve.low for curve in curves if curve.low is not None] + [curve.values for curve in curves]
    known = np.concatenate([edge[np.isfinite(edge)] for edge in edges]) if edges else np.empty(0)
    low = min(0.0, float(known.min(initial=0.0)))
    layer = panel_layer(here.said.cube, "ndvi")
    title = "NDVI" if layer == "ndvi" else layer.split(":")[-1].upper()
    high = 1.0 if layer == "ndvi" else max(1e-6, float(known.max(initial=0.0)))
    return Panel(
        html.escape(title), "mean of clear pixels; band: middle 80 %", here.said.cube["time"].values, curves,
        (low, high), share=False, steps=False,
    )  # fmt: skip


@lru_cache(maxsize=32)
def _curves(here: Against, pick: Pick, light: Mode) -> tuple[Curve, ...]:
    """The picked pixels, and beside a confusion the pixels of both classes that were told rightly."""
    truth, date = here.truth.classes, here.date
    these = picked(here.truth, date, here.where, pick)
    hit = compared(here.truth, date, here.where) & (truth == date)
    if pick.truth != ANY and pick.said != ANY and pick.truth != pick.said:
        parts = [("these", WRONG, these, True)]
        parts += [(_short(here.legend[each].name), here.legend[each].colour, hit & (truth == each), False)
                  for each in (pick.truth, pick.said)]  # fmt: skip
    elif pick.truth == pick.said:
        parts = [("these", here.legend[pick.truth].colour, these, True)]
    else:
        parts = [
            ("right", here.legend[max(pick.truth, pick.said)].colour, these & hit, True),
            ("wrong", WRONG, these & ~hit, True),
        ]
    return tuple(
        _curve(here.said.cube, name, colour, where, band) for name, colour, where, band in parts if where.any()
    )


def _curve(cube: xr.DataArray, name: str, colour: str, where: Where, band: bool) -> Curve:
    """The mean of a sample of some pixels over their clear dates."""
    row, column = sample(where, PIXELS)
    place = {"y": xr.DataArray(row, dims="pixel"), "x": xr.DataArray(column, dims="pixel")}
    part = cube.isel(place).transpose("band", "time", "pixel").load()
    values, seen = index_values(part, panel_layer(cube, "ndvi"))
    clear = cube["clear"].values[:, row, column] & seen
    enough = clear.sum(1) >= min(_ENOUGH, len(row))
    told = np.where(clear, values, np.nan)[enough]
    found = [np.full(len(clear), np.nan) for _ in range(3)]
    if enough.any():
        found[0][enough] = np.nanmean(told, 1)
        found[1][enough], found[2][enough] = np.nanpercentile(told, (10, 90), 1)
    mean, low, high = found
    return Curve(name, colour, mean, low, high, width=3) if band else Curve(name, colour, mean)


def _told(here: Against, names: list[str], pick: Pick) -> None:
    """The pick in numbers."""
    where = picked(here.truth, here.date, here.where, pick)
    count = int(where.sum())
    fields = here.truth.parcels
    spread = f" in {len(np.unique(fields[where & (fields > 0)])):,} fields" if fields is not None and count else ""
    sure = ""
    if count:
        confidence = float(np.asarray(here.map["confidence"].values[here.place])[where].mean()) / 254
        sure = f" The model gives its answer there {100 * confidence:.0f} % on average."
    st.html(
        f"<p class='eo-found' data-eo='truth-pick'><b>{html.escape(described(names, pick))}: {count:,} pixels</b>"
        f"{spread}.{sure}{html.escape(_final(here, where, names, pick))}</p>"
    )


def _final(here: Against, where: Where, names: list[str], pick: Pick) -> str:
    """Mean probabilities of both classes after the last date."""
    if "final" not in here.map or pick.truth == ANY or pick.said == ANY or not where.any():
        return ""
    row, column = sample(where, PIXELS)
    final: NDArray[np.float64] = np.asarray(here.map["final"].values[:, row, column], np.float64)
    mean = np.nanmean(final, 1) if np.isfinite(final).any() else np.zeros(len(names))
    both = dict.fromkeys((pick.truth, pick.said))
    said = " and ".join(f"{names[each]} {100 * mean[each]:.0f} %" for each in both)
    return f" After the last date they have on average {said}."


def _short(name: str, most: int = 11) -> str:
    """A name that fits beside the end of its line."""
    return html.escape(name if len(name) <= most else f"{name[: most - 1]}…", quote=False)
