"""The confusion matrix as something to click: its cells, its rows and its columns."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.score_charts import CELL, DARK, confusion_chart
from eodash.views.theme import PALETTES, Mode

ANY = -1
HEAD = 0.8
"""How far before the first cell, in cells, the swatch of a class stands."""
CELLS, HEADS = 28, 14
"""Sizes of the squares that take clicks, in px."""
FRAME = 2.5
FAINT, LEAST = 0.7, 0.005
"""Power that lets small shares be seen, and the share from which a cell has a number."""
BELOW, LETTER = 12, 5.2
"""Room for slanting names, in px: for any of them, and for each letter."""


def matrix_chart(
    names: Sequence[str],
    colours: Sequence[str],
    counts: NDArray[np.int64],
    pick: tuple[int, int],
    mode: Mode,
) -> go.Figure:
    """Truth down, answer across. Squares take the clicks, as heat-map cells do not; swatches stand for whole lines.

    Every point says in `customdata` which truth and which answer it stands for, ANY for all of them.
    """
    palette, size = PALETTES[mode], len(names)
    total = counts.sum(1, keepdims=True)
    share = counts / np.maximum(total, 1)
    drawn = go.Figure(_frame(tuple(names), mode))
    drawn.update_traces(z=np.where(total > 0, share**FAINT, np.nan), selector={"type": "heatmap"})
    cells = [(row, column) for row in range(size) for column in range(size)]
    drawn.add_scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        mode="markers+text",
        marker={"symbol": "square", "size": CELLS, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        text=[f"{100 * share[cell]:.0f}" if share[cell] > LEAST else "" for cell in cells],
        textfont={"size": 13, "color": [palette.page if share[cell] >= DARK else palette.ink for cell in cells]},
        customdata=[[row, column, _cell(names, counts, row, column)] for row, column in cells],
        hovertemplate="%{customdata[2]}<extra></extra>",
        **_unchanged(),
    )
    lines = [(row, ANY) for row in range(size)] + [(ANY, column) for column in range(size)]
    drawn.add_scatter(
        x=[-HEAD if column == ANY else column for _, column in lines],
        y=[size - 1 + HEAD if row == ANY else row for row, _ in lines],
        mode="markers",
        marker={
            "symbol": "square",
            "size": HEADS,
            "color": [colours[max(line)] for line in lines],
            "line": {"width": 1, "color": palette.edge},
        },
        customdata=[[row, column, _line(names, counts, row, column)] for row, column in lines],
        hovertemplate="%{customdata[2]}<extra></extra>",
        **_unchanged(),
    )
    drawn.update_xaxes(range=[-1 - 0.12, size - 0.5])
    drawn.update_yaxes(range=[size + 0.12, -0.5])
    if pick != (ANY, ANY):
        row, column = pick
        drawn.add_shape(
            type="rect",
            x0=(-0.5 if column == ANY else column - 0.5),
            x1=(size - 0.5 if column == ANY else column + 0.5),
            y0=(-0.5 if row == ANY else row - 0.5),
            y1=(size - 0.5 if row == ANY else row + 0.5),
            line={"color": palette.ink, "width": FRAME},
            fillcolor="rgba(0,0,0,0)",
        )
    below = BELOW + LETTER * min(20, max(map(len, names), default=0))
    drawn.update_layout(clickmode="event+select", height=CELL * (size + 1) + 26 + below)
    drawn.update_layout(margin={"b": below})
    return drawn


@lru_cache(maxsize=16)
def _frame(names: tuple[str, ...], mode: Mode) -> go.Figure:
    """The matrix without counts: drawn once, as each number as a note of its own would take ten times as long."""
    empty = confusion_chart(names, np.zeros((len(names), len(names)), int).tolist(), mode)
    return empty.update_traces(hoverinfo="skip", hovertemplate=None, customdata=None, selector={"type": "heatmap"})


def picked_in(selection: Mapping[str, Any] | None, classes: int) -> tuple[int, int] | None:
    """Truth and answer of the point that was clicked; None where none was."""
    points = ((selection or {}).get("selection") or {}).get("points") or []
    for point in points:
        data = point.get("customdata")
        if isinstance(data, dict):  # as some versions of the front end tell lists
            data = [data[key] for key in sorted(data, key=int)]
        if isinstance(data, Sequence) and not isinstance(data, str) and len(data) >= 2:
            row, column = data[0], data[1]
            if all(isinstance(each, int) and ANY <= each < classes for each in (row, column)):
                return int(row), int(column)
    return None


def _unchanged() -> dict[str, Any]:
    """What is picked is framed; Plotly's own way to show a selection, fading the rest, would hide the swatches."""
    return {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}


def _cell(names: Sequence[str], counts: NDArray[np.int64], row: int, column: int) -> str:
    count, total = int(counts[row, column]), int(counts[row].sum())
    share = f", {100 * count / total:.1f} % of the class" if total else ""
    said = f"<b>{_name(names[row])}</b> called <b>{_name(names[column])}</b>"
    return f"{said}<br>{count:,} pixels{share}"


def _line(names: Sequence[str], counts: NDArray[np.int64], row: int, column: int) -> str:
    if column == ANY:
        return f"All that is <b>{_name(names[row])}</b>: {int(counts[row].sum()):,} pixels"
    return f"All that is called <b>{_name(names[column])}</b>: {int(counts[:, column].sum()):,} pixels"


def _name(name: str) -> str:
    return html.escape(name[:60], quote=False)
