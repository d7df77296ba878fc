"""The date each pixel was decided: in the colours of the calendar, over a fixed span, and as hectares per date.

One date, one colour, whatever else there is on the map. Shades stand for equal parts of the season, so that a series of
a year of daily images needs no more of them than one of five dates.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.agreement_map import Span, Times, calendar_colours
from eodash.views.calendar_chart import bar_widths
from eodash.views.class_map import Toned, of_classes
from eodash.views.hectares import in_words
from eodash.views.theme import PALETTES, Mode, calendar, figure, plain_axes

SHADES = 120
"""Parts of a season: as many as a palette of 256 has room for beside two greys."""
LEFT, RIGHT = 44, 6
"""Margins in px of a histogram that stands alone in a narrow column."""


def shades(times: Times, season: Span) -> NDArray[np.uint8]:
    """Which part of the season each date lies in."""
    start, end = (edge.astype("datetime64[s]").astype(float) for edge in season)
    share = (times.astype("datetime64[s]").astype(float) - start) / max(end - start, 1.0)
    parts: NDArray[np.uint8] = np.minimum(np.clip(share, 0, 1) * SHADES, SHADES - 1).astype(np.uint8)
    return parts


def of_stops(date: NDArray[np.uint16], times: Times, season: Span, until: int | None = None) -> Toned:
    """Dates of decision (indices) in the colours of the calendar; hatched what is never decided, or after `until`."""
    last = len(times) - 1 if until is None else until
    there = date <= last
    tone = np.where(there, shades(times, season)[np.minimum(date, len(times) - 1)], SHADES).astype(np.uint8)
    middles = np.arange(SHADES) + 0.5
    start, end = (edge.astype("datetime64[s]").astype(np.int64) for edge in season)
    moments = (start + middles * (end - start) / SHADES).astype("datetime64[s]")
    return of_classes(tone, calendar_colours(moments, season))


def stop_histogram(
    times: Times, hectares: NDArray[np.float64], span: Span, season: Span, mode: Mode, height: int = 190
) -> go.Figure:
    """Hectares decided at each date: colour bar, distribution and axis in one."""
    palette = PALETTES[mode]
    drawn = figure(mode, height, hovermode="closest")
    drawn.add_bar(
        x=times, y=np.round(hectares, 3), width=bar_widths(times), name="decided",
        marker={"color": calendar_colours(times, season), "line": {"color": palette.edge, "width": 1}},
        customdata=[in_words(float(size)) for size in hectares],
        hovertemplate="%{x|%-d %b %Y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    top = max(float(hectares.max(initial=0.0)), 1e-6) * 1.08
    drawn.update_layout(
        xaxis=calendar(span),
        yaxis={"range": [0, top], "nticks": 4, "tickformat": "~s"},
        margin={"l": LEFT, "r": RIGHT, "t": 8, "b": 28},
    )
    return plain_axes(drawn, palette)
