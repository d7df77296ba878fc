"""A column of panels: one figure, stacked on one calendar axis, the images on top, one line of the chosen date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go

from eodash.views.calendar_chart import date_line
from eodash.views.drawing import Canvas
from eodash.views.panel import Dates, Panel, Sketch, Span, axis_of, dates_of, hatching
from eodash.views.panel_beliefs import beliefs_panel
from eodash.views.panel_difference import difference_panel
from eodash.views.panel_measured import IMAGES, images_panel, index_panel, measured_panel
from eodash.views.panel_stopping import stopping_panels
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, Palette, calendar

__all__ = [
    "Dates", "Panel", "beliefs_panel", "column", "dates_of", "difference_panel", "height_of", "images_panel",
    "index_panel", "measured_panel", "stopping_panels",
]  # fmt: skip

TITLE, TOP, BOTTOM = 44, 26, 28
"""Px above each panel but the first, for its title; the margins."""


def column(
    panels: Sequence[Panel],
    dates: Dates,
    limits: Span,
    chosen: np.datetime64 | None,
    mode: Mode,
    *,
    tag: str = "",
    veil: bool = False,
) -> go.Figure:
    """Panels under each other; the images come first, unless they are among the panels.

    `tag` stands before the chosen date on top of its line; with `veil` what comes after that date is faint.
    """
    palette = PALETTES[mode]
    there = any(panel.title == IMAGES for panel in panels)
    shown = list(panels) if there else [images_panel(dates, mode), *panels]
    inner = _inner(shown)
    drawn = Canvas(mode, inner + TOP + BOTTOM, hovermode="x unified", barmode="overlay")
    plain = {"showline": False, "ticks": "", "zeroline": False, "gridcolor": palette.grid, "fixedrange": True}
    layout: dict[str, Any] = {"margin": {"l": LEFT, "r": RIGHT, "t": TOP, "b": BOTTOM}}
    top, axes = float(inner), []
    for place, panel in enumerate(shown, 1):
        axes.append("y" if place == 1 else f"y{place}")
        domain = [max(0.0, (top - panel.height) / inner), top / inner]
        font = {"size": 13, "color": palette.soft}
        layout[f"yaxis{axes[-1][1:]}"] = plain | {"tickfont": font} | panel.axis | {"domain": domain}
        top -= panel.height + TITLE
    layout["xaxis"] = calendar(limits, anchor=axes[-1], **plain)
    drawn.update_layout(**layout)
    under = Sketch()
    for panel, axis in zip(shown, axes, strict=True):
        if panel.hatched:
            low, high = (float(edge) for edge in panel.axis["range"])
            hatching(under, panel.dates or dates, (low, high), axis, palette.hatch, 0.4)
        _heading(under, panel, axis_of(drawn, axis).domain[1], palette)
    under.onto(drawn)
    for panel, axis in zip(shown, axes, strict=True):
        panel.draw(cast(go.Figure, drawn), axis)  # it takes what they put on it
    if chosen is not None:
        _chosen(drawn, chosen, limits, tag, veil, palette)
    return drawn.drawing()


def height_of(panels: Sequence[Panel]) -> int:
    """Of the figure in px, images included: what is kept free for it until it is there."""
    return _inner(panels) + TOP + BOTTOM


def _inner(panels: Sequence[Panel]) -> int:
    return sum(panel.height for panel in panels) + TITLE * (len(panels) - 1)


def _heading(sketch: Sketch, panel: Panel, y: float, palette: Palette) -> None:
    soft = f"  <span style='color:{palette.soft}'>{panel.unit}</span>" if panel.unit else ""
    sketch.add_annotation(
        x=0, xref="paper", xshift=-LEFT, xanchor="left", y=y, yref="paper", yanchor="bottom", yshift=4, showarrow=False,
        bgcolor=palette.page, text=f"<b>{panel.title}</b>{soft}",
    )  # fmt: skip


def _chosen(drawn: Canvas, chosen: np.datetime64, limits: Span, tag: str, veil: bool, palette: Palette) -> None:
    """The line of the chosen date comes last, so that it can be moved; a veil stays where it is."""
    date_line(drawn, chosen, palette)
    if tag:
        last = drawn.layout.annotations[-1]
        last["text"] = f"{tag} {last['text']}"
    if veil:
        drawn.add_shape(
            type="rect", x0=str(chosen.astype("datetime64[s]")), x1=str(limits[1]), xref="x", y0=0, y1=1, yref="paper",
            layer="above", line={"width": 0}, fillcolor=palette.page, opacity=0.5,
        )  # fmt: skip
