"""A strip of equal frames over a calendar: small pictures of dates, each with a hairline to its true place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from eodash.views.theme import Palette

FRAMES = 32
"""Most frames in the strip; more would be slivers."""


def thinned(times: Sequence[np.datetime64]) -> list[np.datetime64]:
    """At most FRAMES of them, evenly, both ends kept."""
    if len(times) <= FRAMES:
        return list(times)
    return [times[i] for i in np.linspace(0, len(times) - 1, FRAMES).round().astype(int)]


def strip(
    drawn: go.Figure,
    pictures: Mapping[np.datetime64, str],
    span: tuple[np.datetime64, np.datetime64],
    palette: Palette,
) -> None:
    """Draw the frames into the top quarter of a figure whose x axis covers the span."""
    times = thinned(sorted(pictures))
    count = max(len(times), 12)
    for place, time in enumerate(times):
        drawn.add_layout_image(
            source=pictures[time], xref="paper", yref="paper", x=(place + 0.03) / count, y=1.0, sizex=0.94 / count,
            sizey=0.26, sizing="fill", xanchor="left", yanchor="top",
        )  # fmt: skip
        share = float((time - span[0]) / (span[1] - span[0]))
        drawn.add_shape(
            type="line", xref="paper", yref="paper", x0=(place + 0.5) / count, y0=0.72, x1=share, y1=0.57,
            line={"color": palette.axis, "width": 1},
        )  # fmt: skip
