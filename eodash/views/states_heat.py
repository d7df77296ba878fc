"""Units by dates as a heat: a cell at each true date, rows in an order that is given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.calendar_chart import bar_widths
from eodash.views.panel import Floats, Sketch, Times
from eodash.views.score_charts import SEQUENTIAL
from eodash.views.theme import PALETTES, Mode
from eodash.views.value_map import DIVERGING

_BELOW = 2
"""Hundredths below the lowest value: where there is no date."""


def heat_of(
    values: Floats, times: Times, rows: NDArray[np.integer], chosen: int, limits: tuple[float, float], mode: Mode
) -> Callable[[go.Figure, str], None]:
    """Values (unit, time) between limits, drawn in hundredths: small whole numbers weigh little.

    No cell is wider than its date, none stands where there is no date.
    """
    low, high = (round(100 * edge) for edge in limits)
    half = (bar_widths(times) / 2).astype("timedelta64[ms]")
    edges = np.column_stack([times - half, times + half]).ravel()
    small = np.int8 if high < 120 else np.int16
    cells = np.full((len(rows), 2 * len(times) - 1), low - _BELOW, small)
    known = np.isfinite(values[rows])
    cells[:, ::2] = np.where(known, np.rint(100 * np.nan_to_num(values[rows])).clip(low, high), low - _BELOW)

    def draw(drawn: go.Figure, axis: str) -> None:
        drawn.add_heatmap(
            x=edges, y=np.arange(len(rows)), z=cells, yaxis=axis, zmin=low - _BELOW, zmax=high, showscale=False,
            colorscale=_scale(SEQUENTIAL[mode] if low == 0 else DIVERGING[mode], high - low), hoverinfo="skip",
        )  # fmt: skip
        sketch = Sketch()
        sketch.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=4, y=int(np.flatnonzero(rows == chosen)[0]), yref=axis,
            showarrow=False, text=f"◂ unit {chosen}", font={"size": 13.5, "color": PALETTES[mode].ink},
        )  # fmt: skip
        sketch.onto(drawn)

    return draw


def rows_axis(count: int) -> dict[str, object]:
    """The first row on top."""
    return {"range": [count - 0.5, -0.5], "showticklabels": False, "showgrid": False}


def _scale(colours: tuple[str, ...], hundredths: int) -> list[list[object]]:
    """Nothing where there is no date, then the ramp."""
    first, clear = _BELOW / (hundredths + _BELOW), "rgba(0,0,0,0)"
    stops = np.linspace(first, 1, len(colours)).tolist()
    ramp = [[stop, colour] for stop, colour in zip(stops, colours, strict=True)]
    return [[0.0, clear], [first / 2, clear], [first / 2, colours[0]], *ramp]
