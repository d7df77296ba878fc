"""Accuracy against earliness: one model under every threshold, models trained for an α, published points."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from eodash.views.score_charts import below, percent
from eodash.views.theme import LEFT, PALETTES, Mode, figure, plain_axes

HEIGHT = 330
RIGHT = 20


@dataclass(frozen=True)
class Dot:
    """One place of the plane, and what the pointer says there."""

    earliness: float
    accuracy: float
    said: str


def dial_chart(
    curve: Sequence[Dot], chosen: Dot | None, trained: Sequence[Dot], published: Sequence[Dot], mode: Mode
) -> go.Figure:
    """The curve in the accent colour, the chosen place a ring; trained ones are grey, published ones open diamonds."""
    palette = PALETTES[mode]
    drawn = figure(mode, HEIGHT, hovermode="closest")
    known = [dot for dot in curve if np.isfinite(dot.accuracy)]
    line = {"size": 7, "color": palette.accent}
    drawn.add_scatter(**_dots(known), mode="lines+markers", line={"color": palette.accent, "width": 2}, marker=line)
    grey = {"size": 7, "color": palette.page, "line": {"color": palette.soft, "width": 1.5}}
    drawn.add_scatter(**_dots(trained), mode="lines+markers", marker=grey | {"opacity": 1},
                      line={"color": palette.soft, "width": 1.2, "dash": "dot"})  # fmt: skip
    diamond = {"size": 11, "symbol": "diamond-open", "color": palette.ink, "line": {"width": 1.6}}
    drawn.add_scatter(**_dots(published), mode="markers", marker=diamond)
    if chosen is not None and np.isfinite(chosen.accuracy):
        ring = {"size": 15, "color": "rgba(0,0,0,0)", "line": {"color": palette.ink, "width": 3.2}}
        drawn.add_scatter(**_dots([chosen]), mode="markers", marker=ring, name="chosen")
    every = [dot.accuracy for dot in (*known, *trained, *published)]
    low = max(0.0, (min(every, default=0.5) - 0.03) // 0.1 * 0.1)
    drawn.update_layout(
        margin={"l": LEFT, "r": RIGHT, "t": 12, "b": 44},
        xaxis=percent(0, 0.2) | {"range": [-0.02, 1.02]},
        yaxis=percent(low),
    )
    below(drawn, "earliness: share of the season saved →", palette)
    return plain_axes(drawn, palette)


def _dots(dots: Sequence[Dot]) -> dict[str, object]:
    return {
        "x": [dot.earliness for dot in dots], "y": [dot.accuracy for dot in dots],
        "customdata": [html.escape(dot.said) for dot in dots],
        "hovertemplate": "<b>%{customdata}</b><br>right in %{y:.1%}, %{x:.0%} of the season saved<extra></extra>",
    }  # fmt: skip
