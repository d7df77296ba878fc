"""A line of measured values on the calendar, and the names at the right ends of lines."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.theme import Palette


def line(
    drawn: go.Figure,
    times: NDArray[np.datetime64],
    values: NDArray[np.floating],
    clear: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    colour: str,
    name: str,
    axis: str,
    palette: Palette,
) -> None:
    """A line through clear dates, open dots where it was cloudy."""
    drawn.add_scatter(
        x=times[clear],
        y=np.round(values[clear], 4),
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 6, "color": colour},
        name=name,
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )
    cloudy = seen & ~clear
    drawn.add_scatter(
        x=times[cloudy],
        y=np.round(values[cloudy], 4),
        mode="markers",
        marker={"size": 5, "color": palette.page, "line": {"color": colour, "width": 1}, "opacity": 0.7},
        name=f"{name}, cloudy",
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )


def end_labels(
    drawn: go.Figure,
    ends: list[tuple[float, str, str]],
    limits: tuple[float, float],
    domain: tuple[float, float],
    height: int,
) -> None:
    """Names at the right end of lines, pushed apart so that none hides another."""
    low, high = limits
    step = 17 / (height - 54)
    places: list[float] = []
    for value, name, colour in sorted(ends):
        share = (min(max(value, low), high) - low) / (high - low)
        place = domain[0] + share * (domain[1] - domain[0])
        places.append(max(place, places[-1] + step) if places else place)
        drawn.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=places[-1],
            yref="paper",
            yanchor="middle",
            showarrow=False,
            text=f"<span style='color:{colour}'>●</span> {name}",
            font={"size": 13.5},
        )
