"""The panels of the inspected pixel as one figure; those of the pinned pixel beside them, and the difference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from eodash.cards import Card
from eodash.ui.explaining import Explained
from eodash.ui.said_pixel import Answer
from eodash.ui.said_why import shown_unit, why_panels
from eodash.views.panel import Dates, Floats, Panel, Span
from eodash.views.panel_difference import Difference, difference_panel
from eodash.views.panel_measured import coloured, index_panel, index_values_of
from eodash.views.panels import beliefs_panel, column, dates_of, measured_panel, stopping_panels
from eodash.views.states_difference import states_difference
from eodash.views.theme import PALETTES, Mode

LEAST = 0.1
"""A class whose probability never differs by so much has no line of difference."""


@dataclass(frozen=True, eq=False)
class Pixel:
    """All that is known of one pixel by now: its answer, and the explanations that have come."""

    answer: Answer
    why: Mapping[str, Explained]


@dataclass(frozen=True)
class Look:
    """How the panels are drawn."""

    shown: tuple[str, ...]
    index: str
    head: str  # what is chosen of heads and units, as JSON
    mode: Mode
    large: bool = False


def figure_of(card: Card, first: Pixel, second: Pixel | None, look: Look, limits: Span) -> tuple[go.Figure, Lock]:
    """The figure, drawn once; whoever moves its date line holds the lock."""
    return _figure(
        _Card(card.name, card), first.answer, tuple(first.why.items()), second and second.answer,
        tuple(second.why.items()) if second else (), look, limits,
    )  # fmt: skip


@dataclass(frozen=True)
class _Card:
    """A card; two of one name are the same."""

    name: str
    card: Card = field(compare=False)


@lru_cache(maxsize=64)
def _figure(
    card: _Card, answer: Answer, why: tuple[tuple[str, Explained], ...], other: Answer | None,
    other_why: tuple[tuple[str, Explained], ...], look: Look, limits: Span,
) -> tuple[go.Figure, Lock]:  # fmt: skip
    first = Pixel(answer, dict(why))
    second = Pixel(other, dict(other_why)) if other is not None else None
    panels = [
        panel
        for each in look.shown
        for panel in (
            _alone(card.card, first, each, look) if second is None else _both(card.card, first, second, each, look)
        )
    ]
    return column(panels, dates_of(answer.series), limits, limits[0], look.mode), Lock()


def _alone(card: Card, pixel: Pixel, name: str, look: Look, compared: bool = False) -> list[Panel]:
    """The panels of that name: none where an explanation has not come yet."""
    answer, mode = pixel.answer, look.mode
    dates = dates_of(answer.series)
    if name in ("measured", "index", "beliefs", "stopping"):
        height = HEIGHTS[name][2 if compared else int(look.large)]
        if name == "measured":
            return [measured_panel(answer.series, dates, mode, height=height)]
        if name == "index":
            return [index_panel(answer.series, look.index, dates, mode, height=height)]
        if name == "beliefs":
            return [beliefs_panel(answer.inspected, dates, mode, height=height)]
        return stopping_panels(answer.inspected, dates, mode, height=height)
    found = pixel.why.get(name)
    made = [] if found is None else why_panels(name, card, found, json.loads(look.head), mode)
    return [replace(each, height=2 * each.height) for each in made] if look.large else made


HEIGHTS = {
    "measured": (233, 420, 150),
    "index": (150, 420, 130),
    "beliefs": (331, 500, 190),
    "stopping": (110, 230, 90),
}
"""In px: as ever, large, and where two pixels are compared."""


def _both(card: Card, first: Pixel, second: Pixel, name: str, look: Look) -> list[Panel]:
    """Of one pixel, of the other on the same range, and the first less the second."""
    if name == "index":
        one, other = first.answer.series, second.answer.series
        dates = dates_of(one)
        return [index_panel(one, look.index, dates, look.mode, beside=other), *_difference(first, second, name, look)]
    ones, others = (_alone(card, each, name, look, compared=True) for each in (first, second))
    found: list[Panel] = []
    for mine, theirs in zip(ones, others, strict=False):
        found += _paired(mine, theirs, dates_of(second.answer.series))
    return [*(found or ones), *(_difference(first, second, name, look) if found else [])]


def _paired(one: Panel, other: Panel, dates: Dates) -> list[Panel]:
    """Two panels of one kind, numbered, on one range, each over the clouds of its own pixel."""
    wider = max((one.axis, other.axis), key=lambda axis: float(axis["range"][1]))
    axis = wider | {"range": [min(one.axis["range"][0], other.axis["range"][0]), wider["range"][1]]}
    return [
        replace(one, title=f"1 · {one.title}", axis=axis),
        replace(other, title=f"2 · {other.title}", unit="pinned", axis=axis, dates=dates),
    ]


def _difference(first: Pixel, second: Pixel, name: str, look: Look) -> list[Panel]:
    """The first less the second; nothing where that says nothing."""
    one, other, mode = first.answer, second.answer, look.mode
    dates, there = dates_of(one.series), dates_of(other.series)
    both, accent = dates.clear & there.clear, PALETTES[mode].accent
    said = "on dates clear at both"
    if name == "index":
        mine, theirs = (index_values_of(each.series, look.index)[0] for each in (one, other))
        line = Difference("index", accent, np.where(both, mine - theirs, np.nan))
        return [difference_panel(said, dates, [line], mode)]
    if name == "measured":
        return [difference_panel(said, dates, _bands(one, other, both, mode), mode)]
    if name == "beliefs":
        colours = json.loads(one.inspected.attrs["colours"])
        lines = [
            Difference(called, colours[place], one.chances[:, place] - other.chances[:, place])
            for place, called in enumerate(one.names)
        ]
        said = f"classes that differ by {100 * LEAST:.0f} points or more"
        return [difference_panel(said, dates, lines, mode, steps=True, least=LEAST)]
    if name == "stopping":
        mine, theirs = (np.nan_to_num(each.inspected["chance"].values.astype(float)) for each in (one, other))
        return [difference_panel("P(t)", dates, [Difference("P(t)", accent, mine - theirs)], mode, bars=True)]
    here, pinned = first.why[name], second.why[name]
    if name == "states":
        unit = shown_unit(here, json.loads(look.head).get("unit"))
        return [states_difference(here.explained, pinned.explained, unit, dates, mode)]
    return _why_difference(here, pinned, name, dates, mode)


def _why_difference(one: Explained, other: Explained, name: str, dates: Dates, mode: Mode) -> list[Panel]:
    """Attention received, or the size of the saliency of each date: as shares of each pixel's own whole."""
    variable = {"attention": "received", "saliency": "gradient"}.get(name, "")
    if variable not in one.explained or variable not in other.explained:
        return []
    mine, theirs = (_share_of_dates(each.explained[variable]) for each in (one, other))
    said = {"attention": "attention received, all heads", "saliency": "share of Σ|gradient| per date"}[name]
    line = Difference(name, PALETTES[mode].accent, mine - theirs)
    return [difference_panel(said, dates, [line], mode, bars=True)]


def _share_of_dates(values: xr.DataArray) -> Floats:
    """What of the whole size falls on each date."""
    size = np.abs(np.nan_to_num(values.transpose("time", ...).values.astype(float)))
    found = size.reshape(len(size), -1).sum(1)
    return np.asarray(found / (found.sum() or 1.0))


def _bands(one: Answer, other: Answer, both: np.ndarray, mode: Mode) -> list[Difference]:
    return [
        Difference(title, colour, np.where(both, mine - theirs, np.nan))
        for (title, mine, colour), (_, theirs, _) in zip(
            coloured(one.series, mode), coloured(other.series, mode), strict=True
        )
    ]


def table_of(answer: Answer) -> pd.DataFrame:
    """What the figure draws, a row per date."""
    dates = dates_of(answer.series)
    rows: dict[str, object] = {"date": [str(each)[:10] for each in dates.times], "cloudy": dates.cloudy}
    for name in answer.series["band"].values.tolist():
        rows[str(name)] = answer.series.sel(band=name).values
    for place, called in enumerate(answer.names):
        rows[called] = np.round(answer.chances[:, place], 4)
    for name, called in (("chance", "P(t)"), ("hazard", "δ"), ("budget", "budget")):
        if name in answer.inspected:
            rows[called] = np.round(answer.inspected[name].values.astype(float), 4)
    return pd.DataFrame(rows)
