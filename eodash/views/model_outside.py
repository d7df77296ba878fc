"""How far a region lies from what a model was trained on: a picture of the pixels, and how many lie how far."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.score_charts import SEQUENTIAL, below, heading, line, percent
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

LIMIT = 0.99
BINS = 20


def outside_map(outside: NDArray[np.float32], mode: Mode) -> go.Figure:
    """(row, column) of the share of training fields that lie closer; beyond the limit in the colour of a warning."""
    palette = PALETTES[mode]
    rows, columns = outside.shape
    drawn = figure(mode, 400, hovermode="closest")
    tones = [[0.98 * place / 4, colour] for place, colour in enumerate(SEQUENTIAL[mode])]
    drawn.add_heatmap(
        z=np.round(outside, 3),
        zmin=0,
        zmax=1,
        colorscale=[*tones, [0.99, palette.warn], [1, palette.warn]],
        showscale=False,
        hovertemplate="farther out than %{z:.1%} of the training fields<extra></extra>",
    )
    drawn.update_layout(
        margin={"l": 0, "r": 0, "t": 26, "b": 4},
        plot_bgcolor=palette.ground,
        xaxis={"visible": False, "range": [-0.5, columns - 0.5], "constrain": "domain"},
        yaxis={"visible": False, "range": [rows - 0.5, -0.5], "scaleanchor": "x", "constrain": "domain"},
    )
    heading(drawn, "The open region", "the darker, the less usual; orange: outside", palette, 0)
    return plain_axes(drawn, palette)


def outside_histogram(outside: NDArray[np.float32], mode: Mode) -> go.Figure:
    """Share of the pixels over how far out they lie; a region drawn from the training world is the dotted line."""
    palette = PALETTES[mode]
    share, edges = _binned(outside)
    drawn = figure(mode, 300, hovermode="closest")
    drawn.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=share,
        width=0.92 / BINS,
        marker={"color": palette.accent},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="%{y:.1%} of the pixels lie farther out than %{customdata[0]:.0%}–%{customdata[1]:.0%} "
        "of the training fields<extra></extra>",
    )
    line(drawn, 0, 1 / BINS, 1, 1 / BINS, palette.ink, 1.5, "dot")
    line(drawn, LIMIT, 0, LIMIT, float(max(share.max(initial=0), 0.1)), palette.warn, 2)
    drawn.update_layout(
        margin={"l": 54, "r": 16, "t": 26, "b": 44},
        xaxis=percent(0, 0.25) | {"range": [0, 1.005]},
        yaxis={"range": [0, max(0.12, 1.08 * float(share.max(initial=0)))], "tickformat": ".0%", "nticks": 5},
    )
    heading(drawn, "Share of the pixels", "dotted: were it the training world", palette)
    below(drawn, "training fields that lie closer", palette)
    return plain_axes(drawn, palette)


def _binned(outside: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the answered pixels in each bin, and the edges of the bins."""
    known = outside[np.isfinite(outside)]
    counts, edges = np.histogram(known, BINS, (0, 1))
    return counts / max(1, len(known)), edges


def bins_table(outside: NDArray[np.float32]) -> pd.DataFrame:
    """What the histogram draws."""
    share, edges = _binned(outside)
    return pd.DataFrame(
        {"training fields closer, from": edges[:-1].round(3), "to": edges[1:].round(3), "pixels": share.round(5)}
    )


def pixels_table(outside: NDArray[np.float32]) -> pd.DataFrame:
    """What the map draws, a row for each pixel that has an answer."""
    row, column = np.nonzero(np.isfinite(outside))
    return pd.DataFrame({"row": row, "column": column, "training fields closer": outside[row, column].round(4)})


def share_outside(outside: NDArray[np.float32]) -> float:
    """Share of the answered pixels beyond the limit."""
    known = outside[np.isfinite(outside)]
    return float((known > LIMIT).mean()) if len(known) else float("nan")
