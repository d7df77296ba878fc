"""On the calendar: how often a map is right at each date, and what the picked pixels measured and were called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.calendar_chart import date_line
from eodash.views.lines import end_labels
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, Palette, calendar, figure, plain_axes

Floats = NDArray[np.float64]
PANEL, GAP, TOP, BOTTOM = 150, 34, 26, 28
"""Heights in px of a panel, of the room above it for its title, and of the margins."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A line over some dates, with a band around it where it is a mean of many."""

    name: str
    colour: str
    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    width: float = 2


@dataclass(frozen=True, eq=False)
class Panel:
    """Lines with the same unit on the same dates."""

    title: str
    soft: str
    times: NDArray[np.datetime64]
    curves: Sequence[Curve]
    limits: tuple[float, float] = (0.0, 1.0)
    share: bool = True  # in per cent
    steps: bool = True  # nothing is known between images


def panels_chart(
    panels: Sequence[Panel], span: tuple[np.datetime64, np.datetime64], chosen: np.datetime64, mode: Mode
) -> go.Figure:
    """Panels under each other on one calendar axis."""
    palette, count = PALETTES[mode], len(panels)
    inner = count * (PANEL + GAP)
    height = inner + TOP + BOTTOM
    drawn = figure(mode, height, hovermode="x unified")
    layout: dict[str, object] = {}
    for place, panel in enumerate(panels):
        top = 1 - (place * (PANEL + GAP) + GAP) / inner
        domain = (max(0.0, top - PANEL / inner), top)
        axis = "y" if place == 0 else f"y{place + 1}"
        for curve in panel.curves:
            _draw(drawn, panel, curve, axis)
        ends = [(last, curve.name, curve.colour) for curve in panel.curves if (last := _last(curve.values)) is not None]
        end_labels(drawn, ends, panel.limits, domain, height)
        layout[f"yaxis{place + 1 if place else ''}"] = {
            "domain": domain,
            "range": list(panel.limits),
            "nticks": 4,
            "tickformat": ".0%" if panel.share else ".1f",
        }
        _title(drawn, panel, top, palette)
    lowest = "y" if count == 1 else f"y{count}"
    drawn.update_layout(
        xaxis=calendar(span, anchor=lowest), margin={"l": LEFT, "r": RIGHT, "t": TOP, "b": BOTTOM}, **layout
    )
    date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def _draw(drawn: go.Figure, panel: Panel, curve: Curve, axis: str) -> None:
    there = np.isfinite(curve.values)
    times = panel.times[there]
    if curve.low is not None and curve.high is not None:
        for edge, fill in ((curve.high, None), (curve.low, "tonexty")):
            drawn.add_scatter(
                x=times, y=np.round(edge[there], 4), mode="lines", line={"width": 0}, fill=fill,
                fillcolor=_pale(curve.colour), hoverinfo="skip", yaxis=axis,
            )  # fmt: skip
    drawn.add_scatter(
        x=times,
        y=np.round(curve.values[there], 4),
        mode="lines" if there.sum() > 1 else "markers",
        line={
            "color": curve.colour,
            "width": curve.width,
            "shape": "hv" if panel.steps else "linear",
        },
        marker={"color": curve.colour, "size": 8},
        name=curve.name,
        yaxis=axis,
        hovertemplate="%{y:.0%}" if panel.share else "%{y:.2f}",
    )


def _title(drawn: go.Figure, panel: Panel, top: float, palette: Palette) -> None:
    drawn.add_annotation(
        x=0, xref="paper", xshift=-LEFT, xanchor="left", y=top, yref="paper", yanchor="bottom", yshift=4,
        showarrow=False, bgcolor=palette.page,
        text=f"<b>{panel.title}</b>  <span style='color:{palette.soft}'>{panel.soft}</span>",
    )  # fmt: skip


def _last(values: Floats) -> float | None:
    there = values[np.isfinite(values)]
    return float(there[-1]) if len(there) else None


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},.18)"
