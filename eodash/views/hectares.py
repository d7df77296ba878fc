"""Ground per class: bars that are the legend of the map, and the course over the season."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.calendar_chart import date_line, hatch_marker
from eodash.views.lines import end_labels
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, calendar, figure, plain_axes

NONE = "no answer"
LONGEST = 20
"""Letters of a class's name beside its bar."""
NAMED = 0.04
"""Share of the ground from which an area is named at its end."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A class, its colour, how many hectares are called so, and how many truly are."""

    name: str
    colour: str
    hectares: float
    true: float | None = None


def height_of(classes: int) -> int:
    """Of a chart with so many bars, in px."""
    return round(21.5 * classes) + 12


def in_words(hectares: float) -> str:
    """`462 ha`; below ten with one decimal."""
    if 0 < hectares < 0.05:
        return "under 0.1 ha"
    return f"{hectares:,.0f} ha" if hectares >= 9.95 or hectares == 0 else f"{hectares:.1f} ha"


def bars(grounds: Sequence[Ground], mode: Mode, unanswered: float = 0.0) -> go.Figure:
    """A bar per class in its colour, the largest first, a tick where the truth is; the value in its own column."""
    palette = PALETTES[mode]
    rows = sorted(grounds, key=lambda each: -each.hectares)
    if unanswered > 0:
        rows = [*rows, Ground(NONE, "", unanswered)]
    top = max([1e-9, *(max(each.hectares, each.true or 0.0) for each in rows)])
    left = 20 + 7.2 * max((min(len(each.name), LONGEST) for each in rows), default=8)
    drawn = figure(mode, height_of(len(rows)), hovermode="closest", barmode="overlay")
    known = [each for each in rows if each.colour]
    hatch = hatch_marker(palette, 0.32) | {"line": {"color": palette.hatch, "width": 1}}
    plain = {"color": [each.colour for each in known], "line": {"color": palette.edge, "width": 1}}
    for first, some, marker in ((0, known, plain), (len(known), rows[len(known) :], hatch)):
        drawn.add_bar(
            x=[each.hectares for each in some], y=list(range(first, first + len(some))), orientation="h", width=0.68,
            marker=marker, customdata=[_hover(each) for each in some], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    values = {"x": 1, "xref": "paper", "xanchor": "right", "xshift": 70, "showarrow": False}
    tick = {"type": "line", "line": {"color": palette.ink, "width": 2.5}}
    drawn.update_layout(
        margin={"l": left, "r": 74, "t": 4, "b": 8},
        xaxis={"visible": False, "range": [0, 1.02 * top]},
        annotations=[
            values | {"y": place, "text": in_words(each.hectares), "font": {"size": 14, "color": palette.ink}}
            for place, each in enumerate(rows)
        ],
        shapes=[
            tick | {"x0": each.true, "x1": each.true, "y0": place - 0.46, "y1": place + 0.46}
            for place, each in enumerate(rows)
            if each.true is not None
        ],
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(rows))),
            "ticktext": [_plain(each.name, LONGEST) for each in rows],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
        },
    )
    plain_axes(drawn, palette)
    room = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
    return drawn.update_yaxes(tickfont={"size": 14, "color": palette.ink}, **room)


def _hover(each: Ground) -> str:
    true = "" if each.true is None else f"<br>{in_words(each.true)} in truth"
    return f"<b>{_plain(each.name, 80)}</b><br>{in_words(each.hectares)}{true}"


def over_the_season(
    times: NDArray[np.datetime64],
    areas: Floats,
    grounds: Sequence[Ground],
    chosen: np.datetime64,
    span: tuple[np.datetime64, np.datetime64],
    mode: Mode,
    height: int = 300,
) -> go.Figure:
    """Stacked steps of hectares (date, class) on the calendar; what is large at the end is named there."""
    palette = PALETTES[mode]
    drawn = figure(mode, height, hovermode="x unified")
    order = [int(place) for place in np.argsort(-areas[-1], kind="stable") if areas[:, place].any()]
    whole = max(float(areas.sum(1).max(initial=0.0)), 1e-9)
    ends, base = [], 0.0
    for place in order:
        each, last = grounds[place], float(areas[-1, place])
        drawn.add_scatter(
            x=times, y=np.round(areas[:, place], 2), stackgroup="ground", mode="lines", fillcolor=each.colour,
            line={"color": palette.edge, "width": 0.7, "shape": "hv"}, name=_plain(each.name, 40),
            hovertemplate="%{y:,.1f} ha",
        )  # fmt: skip
        if last >= NAMED * whole:
            ends.append((base + last / 2, _plain(each.name, 11), each.colour))
        base += last
    drawn.update_layout(
        xaxis=calendar(span),
        yaxis={"range": [0, whole], "nticks": 4, "tickformat": ",.0f"},
        margin={"l": LEFT, "r": RIGHT, "t": 24, "b": 28},
    )
    end_labels(drawn, ends, (0.0, whole), (0.0, 1.0), height)
    date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def told(grounds: Sequence[Ground], most: int = 3) -> str:
    """The largest classes in words: `cereals 210 ha, grassland 180 ha, maize 96 ha`."""
    rows = sorted((each for each in grounds if each.hectares > 0), key=lambda each: -each.hectares)[:most]
    return ", ".join(f"{each.name} {in_words(each.hectares)}" for each in rows)


def _plain(name: str, most: int) -> str:
    """A name as plotly shows it: no markup, not too long."""
    return html.escape(name if len(name) <= most else f"{name[: most - 1]}…", quote=False)
