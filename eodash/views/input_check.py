"""The numbers of a series beside those that a model has learned from, a row per band."""

from __future__ import annotations

import html

import numpy as np
import plotly.graph_objects as go

from eodash.input_check import FAR, USUAL, BandCheck, InputCheck
from eodash.views.score_charts import ROW, heading, line
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

LEFT, RIGHT = 54, 104
Verdict = tuple[str, str, str]
"""Mark, the name of its colour, words."""


def verdict_of(band: BandCheck) -> Verdict:
    """How usual the median of a band is."""
    if np.isnan(band.median):
        return "▲", "warn", "not seen"
    if abs(band.distance) <= USUAL:
        return "✓", "ok", "as usual"
    return ("▲", "warn", "unusual") if abs(band.distance) <= FAR else ("✕", "bad", "far off")


def bands_chart(found: InputCheck, mode: Mode) -> go.Figure:
    """Median as a dot, 5–95 % as a line, over the training mean and one scale on either side."""
    palette = PALETTES[mode]
    drawn = figure(mode, ROW * len(found.bands) + 58, hovermode="closest")
    rows = list(range(len(found.bands)))
    drawn.add_bar(
        x=[2 * band.scale for band in found.bands], base=[band.mean - band.scale for band in found.bands], y=rows,
        orientation="h", width=0.62, marker={"color": palette.panel, "line": {"color": palette.axis, "width": 1}},
        hoverinfo="skip",
    )  # fmt: skip
    for row, band in enumerate(found.bands):
        line(drawn, band.mean, row - 0.31, band.mean, row + 0.31, palette.soft, 1.5)
        mark, kind, words = verdict_of(band)
        drawn.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=8, y=row, showarrow=False, font={"size": 13.5},
            text=f"<span style='color:{getattr(palette, kind)}'>{mark}</span> {words}",
        )  # fmt: skip
        if not np.isnan(band.median):
            line(drawn, band.low, row, band.high, row, palette.accent, 2)
    drawn.add_scatter(
        x=[band.median for band in found.bands], y=rows, mode="markers",
        marker={"size": 9, "color": palette.accent, "line": {"color": palette.page, "width": 1}},
        customdata=[[html.escape(band.name), band.low, band.high, band.mean, band.scale] for band in found.bands],
        hovertemplate="<b>%{customdata[0]}</b> here %{x:.3f}, 5–95 % %{customdata[1]:.3f} to %{customdata[2]:.3f}"
        "<br>training %{customdata[3]:.3f} ± %{customdata[4]:.3f}<extra></extra>",
    )  # fmt: skip
    names = {
        "tickmode": "array",
        "tickvals": rows,
        "ticktext": [html.escape(band.name) for band in found.bands],
        "showgrid": False,
    }
    drawn.update_layout(
        margin={"l": LEFT, "r": RIGHT, "t": 26, "b": 28},
        xaxis={"nticks": 6, "tickfont": {"size": 13, "color": palette.soft}, "rangemode": "tozero"},
        yaxis={**names, "range": [len(rows) - 0.5, -0.5]},
    )
    heading(drawn, "Reflectance", "dot: median; box: in training", palette, LEFT)
    return plain_axes(drawn, palette)
