"""When each class is decided: a ridge or a box per class on the calendar, sorted by the median, which stands beside it.

Names stand inside the plot and medians in the right margin, so that months keep their place below other panels.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.agreement_map import Span, Times
from eodash.views.calendar_chart import day
from eodash.views.hectares import in_words
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, calendar, figure, plain_axes

ROW = 38
"""Height in px of a class."""
OVERLAP = 1.15
"""How far a ridge may rise into the row above it."""
SMOOTH = np.timedelta64(4, "D")
"""Standard deviation of the smoothing of a ridge: about the distance between two images."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stops:
    """How a class is decided over the season."""

    name: str
    colour: str
    hectares: Floats  # (date,) decided at each date
    undecided: float  # hectares
    dates: tuple[int | None, int | None, int | None, int | None, int | None]  # by which 5, 25, 50, 75, 95 % are decided

    @property
    def whole(self) -> float:
        return float(self.hectares.sum()) + self.undecided

    @property
    def median(self) -> int | None:
        return self.dates[2]


def ordered(stops: Sequence[Stops]) -> list[Stops]:
    """The first decided first; what never comes to its median last, the more decided before the less."""
    never = 10**6

    def key(one: Stops) -> tuple[int, float]:
        return never if one.median is None else one.median, one.undecided / max(one.whole, 1e-9)

    return sorted(stops, key=key)


def height_of(classes: int) -> int:
    """Of a chart with so many classes, in px."""
    return ROW * max(1, classes) + 28 + 28


def ridges(times: Times, stops: Sequence[Stops], span: Span, mode: Mode) -> go.Figure:
    """Share of each class that is decided at a date, as a ridge; a line at the median."""
    rows = ordered(stops)
    drawn, palette = _frame(times, rows, span, mode), PALETTES[mode]
    days = np.arange(span[0].astype("datetime64[D]"), span[1].astype("datetime64[D]") + 1)
    curves = [_density(times, one, days) for one in rows]
    top = max((float(curve.max(initial=0.0)) for curve in curves), default=0.0) or 1.0
    traces = []
    for row, (one, curve) in enumerate(zip(rows, curves, strict=True)):
        base = float(-row)
        risen = base + OVERLAP * np.sqrt(curve / top) * 0.86  # √: a class that takes its time is seen beside a spike
        traces += [
            {"type": "scatter", "x": days, "y": np.full(len(days), base), "mode": "lines", "hoverinfo": "skip",
             "line": {"width": 1, "color": palette.axis}},
            {"type": "scatter", "x": days, "y": np.round(risen, 4), "mode": "lines", "fill": "tonexty",
             "fillcolor": one.colour, "line": {"width": 1, "color": palette.edge}, "name": html.escape(one.name),
             "hoverinfo": "skip"},
        ]  # fmt: skip
        if one.median is not None:
            moment = times[one.median]
            peak = base + OVERLAP * 0.86 * float(
                np.sqrt(curve[np.abs(days - moment.astype(days.dtype)).argmin()] / top)
            )
            traces.append(
                {"type": "scatter", "x": [moment, moment], "y": [base, max(peak, base + 0.25)], "mode": "lines",
                 "line": {"width": 2.2, "color": palette.ink}, "hoverinfo": "skip"}
            )  # fmt: skip
    drawn.add_traces([*traces, _hovers(times, rows)])
    return plain_axes(drawn, palette)


def boxes(times: Times, stops: Sequence[Stops], span: Span, mode: Mode) -> go.Figure:
    """The same as boxes: middle half, whiskers from 5 to 95 % of all pixels; open to the right where it never ends."""
    rows = ordered(stops)
    drawn, palette = _frame(times, rows, span, mode), PALETTES[mode]
    traces = []
    for row, one in enumerate(rows):
        low, first, middle, third, high = (times[at] if at is not None else None for at in one.dates)
        end = times[-1]
        base, half = -row + 0.3, 0.22
        thin = {"width": 1.2, "color": palette.soft}
        if low is not None:
            right = high if high is not None else end
            traces.append({"type": "scatter", "x": [low, right], "y": [base, base], "mode": "lines", "line": thin,
                           "hoverinfo": "skip"})  # fmt: skip
        if first is not None:
            right = third if third is not None else end
            edge = {"width": 1, "color": palette.edge}
            x, y = (
                [first, right, right, first, first],
                [base - half, base - half, base + half, base + half, base - half],
            )
            traces.append({"type": "scatter", "x": x, "y": y, "mode": "lines", "fill": "toself", "line": edge,
                           "fillcolor": one.colour, "hoverinfo": "skip"})  # fmt: skip
        if middle is not None:
            traces.append({"type": "scatter", "x": [middle, middle], "y": [base - half, base + half], "mode": "lines",
                           "line": {"width": 2.4, "color": palette.ink}, "hoverinfo": "skip"})  # fmt: skip
    drawn.add_traces([*traces, _hovers(times, rows)])
    return plain_axes(drawn, palette)


def told(times: Times, one: Stops) -> str:
    """`maize: half decided by 12 Jun, 4 % never (96 ha)`."""
    share = 100 * one.undecided / max(one.whole, 1e-9)
    half = "not half of it is ever decided" if one.median is None else f"half decided by {day(times[one.median])}"
    return f"{one.name}: {half}, {share:.0f} % never ({in_words(one.whole)})"


def _frame(times: Times, rows: Sequence[Stops], span: Span, mode: Mode) -> go.Figure:
    """The empty calendar with names inside and medians in the right margin."""
    palette, height = PALETTES[mode], height_of(len(rows))
    drawn = figure(mode, height, hovermode="closest")
    notes = []
    for row, one in enumerate(rows):
        plain = {"showarrow": False, "y": -row, "yanchor": "bottom", "yshift": 4, "font": {"size": 13.5}}
        notes.append(
            plain | {"x": 0, "xref": "paper", "xanchor": "left", "xshift": 4 - LEFT, "text": html.escape(one.name)}
        )
        when = "undecided" if one.median is None else _day(times, one.median)
        soft = palette.soft if one.median is None else palette.ink
        notes.append(
            plain | {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 8, "text": when,
                     "font": {"size": 13.5, "color": soft}}
        )  # fmt: skip
    drawn.update_layout(
        annotations=notes,
        xaxis=calendar(span),
        yaxis={"range": [-(len(rows) - 1) - 0.15, OVERLAP], "visible": False},
        margin={"l": LEFT, "r": RIGHT, "t": 8, "b": 28},
    )
    return drawn


def _day(times: Times, index: int) -> str:
    long = bool(times[-1] - times[0] > np.timedelta64(400, "D"))
    return day(times[index], year=long)


def _density(times: Times, one: Stops, days: Times) -> Floats:
    """The share of the class per day, smoothed, of all of its pixels: what is never decided is missing from it."""
    apart = (days[:, None] - times.astype(days.dtype)[None]) / SMOOTH
    weights = np.exp(-0.5 * apart.astype(np.float64) ** 2)
    weights /= np.maximum(weights.sum(0, keepdims=True), 1e-9)
    found: Floats = weights @ (one.hectares / max(one.whole, 1e-9))
    return found


def _hovers(times: Times, rows: Sequence[Stops]) -> dict[str, object]:
    """What a class's row says where the pointer is on it."""
    return {
        "type": "scatter", "mode": "markers", "marker": {"opacity": 0, "size": 18},
        "x": [times[one.median if one.median is not None else -1] for one in rows],
        "y": [-row + 0.3 for row in range(len(rows))],
        "customdata": [html.escape(told(times, one)) for one in rows], "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
