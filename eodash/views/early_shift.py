"""By how many days each class is decided earlier or later in one season than in another."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from eodash.views.score_charts import below
from eodash.views.theme import PALETTES, Mode, figure, plain_axes


@dataclass(frozen=True)
class Shift:
    """By how many days a class is decided later in another season; negative is earlier."""

    name: str
    colour: str
    days: int
    said: str


def shift_chart(rows: Sequence[Shift], mode: Mode) -> go.Figure:
    """Days by which the median of each class came earlier (left) or later (right) in the second season."""
    palette = PALETTES[mode]
    order = sorted(rows, key=lambda row: row.days)
    height = 30 * max(1, len(order)) + 56
    drawn = figure(mode, height, hovermode="closest")
    widest = max([10.0, *(abs(row.days) for row in order)]) * 1.25
    drawn.add_bar(
        x=[row.days for row in order], y=list(range(len(order))), orientation="h", width=0.6,
        marker={"color": [row.colour for row in order], "line": {"color": palette.edge, "width": 1}},
        customdata=[html.escape(row.said) for row in order], hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    drawn.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": palette.ink, "width": 1.2})
    drawn.update_layout(
        margin={"l": 140, "r": 60, "t": 8, "b": 44},
        xaxis={"range": [-widest, widest], "tickformat": "+d", "nticks": 7},
        yaxis={"tickmode": "array", "tickvals": list(range(len(order))), "range": [len(order) - 0.5, -0.5],
               "ticktext": [html.escape(row.name) for row in order], "showgrid": False},
        annotations=[
            {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 8, "y": place, "showarrow": False,
             "text": f"{row.days:+d} d".replace("-", "−"), "font": {"size": 13.5}}
            for place, row in enumerate(order)
        ],
    )  # fmt: skip
    below(drawn, "← earlier      days      later →", palette)
    plain_axes(drawn, palette)
    return drawn.update_yaxes(tickfont={"size": 14, "color": palette.ink})
