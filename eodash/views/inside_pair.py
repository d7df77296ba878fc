"""A unit beside what it is said to follow, over the dates of one pixel."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.datasets.parcels import days_of
from eodash.views.inside_units import CLOUD
from eodash.views.panel import Dates, Floats, Panel, Sketch
from eodash.views.panel_measured import index_panel, index_values_of, measured_panel
from eodash.views.states import QUANTITIES, Unit, values_of
from eodash.views.theme import PALETTES, Mode

NDVI, SEASON = "NDVI", "season"
HEIGHT, BELOW = 150, 128
_SECOND: dict[Mode, str] = {"light": "#B98500", "dark": "#E0A93A"}


@dataclass(frozen=True, eq=False)
class Pair:
    """A unit and a target over one pixel's dates."""

    unit: Unit
    target: str
    values: Floats
    against: Floats
    read: NDArray[np.bool_]  # by the network
    there: NDArray[np.bool_]  # read, and the target is known
    dates: Dates

    @property
    def correlation(self) -> float:
        """Over this pixel's dates; not a number where one of both never varies, or of a class: that has one end."""
        if self.target not in (CLOUD, NDVI, SEASON):
            return float("nan")
        one, other = self.values[self.there], self.against[self.there]
        if len(one) < 3 or not one.std() or not other.std():
            return float("nan")
        return float(np.corrcoef(one, other)[0, 1])

    def mean(self, cloudy: bool) -> float:
        """Of the unit over the cloudy dates, or over the clear ones; not a number without any."""
        where = self.read & (self.dates.cloudy if cloudy else self.dates.clear)
        return float(self.values[where].mean()) if where.any() else float("nan")


def pair_of(
    explained: xr.Dataset, series: xr.DataArray, inspected: xr.Dataset, dates: Dates, unit: Unit, target: str
) -> Pair:
    """The unit beside clouds, NDVI, the position in the season, or the probability of a class."""
    values = values_of(explained, unit)
    against, known = _target(series, inspected, dates, target)
    read = explained["seen"].values.astype(bool) & np.isfinite(values)
    return Pair(unit, target, values, against, read, read & known, dates)


def pair_panels(pair: Pair, series: xr.DataArray, inspected: xr.Dataset, mode: Mode) -> list[Panel]:
    """The unit above, its target below."""
    if pair.target == CLOUD:
        below = measured_panel(series, pair.dates, mode, height=BELOW)
    elif pair.target == NDVI:
        below = index_panel(series, "ndvi", pair.dates, mode, height=BELOW)
    else:
        below = _line_panel(pair, inspected, mode)
    return [unit_panel(pair, mode), below]


def unit_panel(pair: Pair, mode: Mode) -> Panel:
    """The unit alone, close up, with its means over clear and over cloudy dates."""
    palette, of = PALETTES[mode], QUANTITIES[pair.unit.quantity]
    known = pair.values[pair.read]
    limits = (-0.05, 1.05) if of.gate else _around(known)

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch, there, ends = Sketch(), pair.read, []
        cloudy = pair.dates.cloudy[there]
        sketch.add_scatter(
            x=pair.dates.times[there], y=np.round(known, 3), mode="lines+markers", yaxis=axis, name=of.name,
            line={"color": palette.accent, "width": 1.5}, hovertemplate="%{y:.0%}" if of.gate else "%{y:.2f}",
            marker={
                "size": 7, "line": {"color": palette.accent, "width": 1.4},
                "color": [palette.page if each else palette.accent for each in cloudy],
            },
        )  # fmt: skip
        for name, colour in (("clear", palette.accent), ("cloudy", palette.soft)):
            mean = pair.mean(name == "cloudy")
            if np.isfinite(mean) and cloudy.any():
                sketch.add_scatter(
                    x=pair.dates.times[[0, -1]], y=[mean, mean], mode="lines", yaxis=axis, hoverinfo="skip",
                    line={"color": colour, "width": 1.2, "dash": "dot"},
                )  # fmt: skip
                ends.append((mean, name, colour))
        sketch.ends(drawn, axis, ends)
        sketch.onto(drawn)

    ticks = {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]} if of.gate else {"nticks": 4}
    means = "; dotted: means" if pair.dates.cloudy[pair.read].any() else ""
    title = f"{of.name[0].upper()}{of.name[1:]}"
    return Panel(title, f"open dots: cloudy{means}", HEIGHT, draw, {"range": list(limits), **ticks})


def _line_panel(pair: Pair, inspected: xr.Dataset, mode: Mode) -> Panel:
    """The probability of a class in steps, or the position in the season as a line."""
    season = pair.target == SEASON
    names = [str(each) for each in inspected["class"].values.tolist()]
    colour = _SECOND[mode]
    if not season and pair.target in names:
        colour = str(json.loads(inspected.attrs["colours"])[names.index(pair.target)])

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch, there = Sketch(), np.isfinite(pair.against)
        times, values = pair.dates.times[there], np.round(pair.against[there], 4)
        if not season:  # an edge, so that pale classes are seen on a white page
            sketch.add_scatter(
                x=times, y=values, mode="lines", yaxis=axis, hoverinfo="skip",
                line={"color": PALETTES[mode].edge, "width": 4, "shape": "hv"},
            )  # fmt: skip
        sketch.add_scatter(
            x=times, y=values, mode="lines", yaxis=axis, name=html.escape(pair.target),
            hovertemplate="%{y:.2f}" if season else "%{y:.0%}",
            line={"color": colour, "width": 2.2, "shape": "linear" if season else "hv"},
        )  # fmt: skip
        sketch.onto(drawn)

    if season:
        ticks = {"range": [-1.05, 1.05], "tickvals": [-1, 1], "ticktext": ["summer", "winter"]}
        return Panel("Position in the season", "cosine of the day of the year", BELOW, draw, ticks)
    ticks = {"range": [0, 1.02], "tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    return Panel(html.escape(pair.target), "probability after each date, as the model says", BELOW, draw, ticks)


def _target(series: xr.DataArray, inspected: xr.Dataset, dates: Dates, target: str) -> tuple[Floats, NDArray[np.bool_]]:
    """What a unit is held against, and where that is known; the same as over the region."""
    if target == CLOUD:
        return dates.cloudy.astype(np.float64), dates.seen
    if target == NDVI:
        values, known = index_values_of(series, "ndvi")
        return values, known & dates.clear
    if target == SEASON:
        days = days_of(dates.times, float(series.attrs.get("latitude", 45.0))).astype(np.float64)
        return np.cos(2 * np.pi * days / 365.25), dates.seen
    chances = inspected["probabilities"].sel({"class": target}).values.astype(np.float64)
    return chances, np.isfinite(chances)


def _around(values: Floats) -> tuple[float, float]:
    """The values, and zero, with a rim."""
    low, high = min(0.0, float(values.min(initial=0.0))), max(0.0, float(values.max(initial=0.0)))
    rim = 0.1 * (high - low) or 0.1
    return low - rim, high + rim
