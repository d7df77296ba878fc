"""Ranges of dates as shades behind a series that is drawn once and shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import plotly.graph_objects as go

from eodash.views.theme import PALETTES, Mode


@contextmanager
def shaded(drawn: go.Figure, ranges: Sequence[tuple[date, date]], mode: Mode) -> Iterator[go.Figure]:
    """The chart with its ranges; afterwards it is as it was."""
    shapes = drawn.layout.shapes
    rectangles = [
        {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "opacity": 0.14,
         "x0": first.isoformat(), "x1": (last + timedelta(days=1)).isoformat(), "line": {"width": 0},
         "fillcolor": PALETTES[mode].accent}
        for first, last in ranges
    ]  # fmt: skip
    drawn.layout.shapes = [*shapes, *rectangles]
    try:
        yield drawn
    finally:
        drawn.layout.shapes = shapes
