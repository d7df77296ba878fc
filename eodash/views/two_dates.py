"""Two chosen dates on a chart that is drawn once and shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import plotly.graph_objects as go

from eodash.views.calendar_chart import move_date
from eodash.views.calendar_chart import tag as named


@contextmanager
def dated(drawn: go.Figure, first: np.datetime64, second: np.datetime64 | None = None) -> Iterator[go.Figure]:
    """A drawn series with the line of one date, or of two, A and B; afterwards the chart is as it was."""
    move_date(drawn, first)
    if second is None:
        yield drawn
        return
    shapes, notes = drawn.layout.shapes, drawn.layout.annotations
    line, tag = shapes[-1].to_plotly_json(), notes[-1].to_plotly_json()
    moment = str(second.astype("datetime64[s]"))
    dashed = line | {"x0": moment, "x1": moment, "line": line["line"] | {"dash": "dash"}}
    ahead = "right" if first <= second else "left"  # the tags of near dates must not cover each other
    behind = "left" if first <= second else "right"
    tags = [
        tag | {"text": f"A {named(drawn, first)}", "xanchor": ahead, "xshift": 0},
        tag | {"x": moment, "text": f"B {named(drawn, second)}", "xanchor": behind, "xshift": 0},
    ]
    drawn.layout.shapes = [*shapes, dashed]
    drawn.layout.annotations = [*notes[:-1], *tags]
    try:
        yield drawn
    finally:
        drawn.layout.shapes, drawn.layout.annotations = shapes, notes
