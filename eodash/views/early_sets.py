"""Sets on the plane of earliness and accuracy: from whoever never stops to where the model stops of itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from eodash.views.score_charts import below, percent
from eodash.views.theme import LEFT, PALETTES, Mode, figure, plain_axes

HEIGHT = 300


@dataclass(frozen=True)
class Against:
    """One set under one model."""

    name: str
    whole: float  # accuracy with the whole series
    accuracy: float  # at the stop
    earliness: float
    named: bool  # at its dot


def sets_chart(sets: Sequence[Against], mode: Mode) -> go.Figure:
    """A line per set from the left edge to its dot."""
    palette = PALETTES[mode]
    drawn = figure(mode, HEIGHT, hovermode="closest")
    traces = []
    for one in sets:
        colour = palette.accent if one.named else palette.soft
        words = f"<b>{html.escape(one.name)}</b><br>%{{y:.1%}} right, %{{x:.0%}} of the series unread<extra></extra>"
        traces.append({
            "type": "scatter", "x": [0, one.earliness], "y": [one.whole, one.accuracy], "mode": "lines+markers",
            "line": {"color": colour, "width": 2 if one.named else 1.2}, "hovertemplate": words,
            "marker": {"size": [9, 10], "color": [palette.page, colour], "opacity": 1,
                       "line": {"color": colour, "width": 2}},
        })  # fmt: skip
    drawn.add_traces(traces)
    low = max(0.0, (min((min(one.whole, one.accuracy) for one in sets), default=0.5) - 0.03) // 0.1 * 0.1)
    drawn.update_layout(
        margin={"l": LEFT, "r": 20, "t": 12, "b": 44},
        xaxis=percent(0, 0.2) | {"range": [-0.02, 1.02]},
        yaxis=percent(low),
        annotations=[
            {"x": one.earliness, "y": one.accuracy, "text": html.escape(one.name), "showarrow": False,
             "yanchor": "bottom", "yshift": 8, "font": {"size": 13.5}}
            for one in sets if one.named
        ],
    )  # fmt: skip
    below(drawn, "earliness: share of the series left unread →", palette)
    return plain_axes(drawn, palette)
