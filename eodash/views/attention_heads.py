"""All heads of a network at a glance: a small matrix each, and the share of its attention on clouds below it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.attention import Floats, Head, Looks, named, scaled, share
from eodash.views.score_charts import SEQUENTIAL
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

SQUARE, STRIP, BELOW, TOP = 116, 26, 30, 26
"""Heights in px of a matrix, of the one row of a head that asks once, of the room below it, of the names on top."""
GAP = 0.07
"""Between two of them, of their width."""
ABREAST = 3
"""Heads in a row, of a network with one layer."""
CELLS = 96
"""Rows and columns of a small matrix at most: of neighbours the strongest stays."""


def heads_chart(looks: Looks, chosen: Head, mode: Mode) -> go.Figure:
    """Layers below each other, heads side by side; the last trace is what one clicks, `customdata` the head."""
    palette, one = PALETTES[mode], STRIP if looks.single else SQUARE
    places = _places(looks)
    across, down = 1 + max(x for x, _ in places.values()), 1 + max(y for _, y in places.values())
    drawn = figure(mode, TOP + down * (one + BELOW) + 4, hovermode="closest")
    ramp = [[place / 4, colour] for place, colour in enumerate(SEQUENTIAL[mode])]
    step = (one + BELOW) / one
    notes: list[dict[str, Any]] = []
    plain = {"showarrow": False, "xref": "x", "yref": "y"}
    for head, (x, y) in places.items():
        picture = small(scaled(looks.scores[head]))
        left, top = x * (1 + GAP), y * step
        drawn.add_heatmap(
            z=picture, x0=left + 0.5 / picture.shape[1], dx=1 / picture.shape[1], y0=top + 0.5 / picture.shape[0],
            dy=1 / picture.shape[0], zmin=0, zmax=255, showscale=False, colorscale=ramp, hoverinfo="skip",
        )  # fmt: skip
        on_clouds = looks.on_clouds[head]
        more = more_than_even(looks, float(on_clouds))
        words = _below(looks, head, on_clouds, more)
        notes.append(plain | {
            "x": left, "y": top + 1, "xanchor": "left", "yanchor": "top", "yshift": -2, "text": words,
            "font": {"size": 13.5, "color": palette.warn if more else palette.soft},
        })  # fmt: skip
    if looks.layers > 1:
        soft = {"size": 13, "color": palette.soft}
        notes += [plain | {"x": x * (1 + GAP) + 0.5, "y": 0, "yanchor": "bottom", "yshift": 5, "text": f"head {x + 1}",
                           "font": soft} for x in range(across)]  # fmt: skip
        notes += [plain | {"x": 0, "y": y * step + 0.5, "xanchor": "right", "xshift": -5, "text": f"L{y + 1}",
                           "font": soft} for y in range(down)]  # fmt: skip
    _frame(drawn, *places[chosen], step, palette.ink)
    drawn.add_scatter(
        x=[x * (1 + GAP) + 0.5 for x, _ in places.values()], y=[y * step + 0.5 for _, y in places.values()],
        mode="markers", marker={"size": min(96, one + 8), "symbol": "square", "color": "rgba(0,0,0,0)"},
        customdata=[[*head, _hover(looks, head)] for head in places], cliponaxis=False,
        hovertemplate="%{customdata[2]}<extra></extra>", name="heads",
    )  # fmt: skip
    drawn.update_layout(
        margin={"l": 28 if looks.layers > 1 else 4, "r": 6, "t": TOP if looks.layers > 1 else 8, "b": 4},
        xaxis={"range": [-0.02, across * (1 + GAP) - GAP + 0.02], "visible": False},
        yaxis={"range": [down * step, 0], "visible": False},
        annotations=notes,
    )
    return plain_axes(drawn, palette)


def heads_table(looks: Looks) -> pd.DataFrame:
    """Layer, head, and the share of its attention on cloudy dates."""
    return pd.DataFrame([
        {"layer": layer + 1, "head": head + 1, "a head that looks evenly": round(looks.even, 6),
         "attention on cloudy dates": round(float(looks.on_clouds[layer, head]), 6)}
        for layer in range(looks.layers) for head in range(looks.heads)
    ])  # fmt: skip


def more_than_even(looks: Looks, on_clouds: float) -> bool:
    """Whether clouds get more than from a head that looks at all dates alike."""
    return bool(looks.cloudy.any() and not looks.cloudy.all() and on_clouds > looks.even)


def small(scores: Floats) -> NDArray[np.uint8]:
    """0–1 as bytes, at most CELLS rows and columns: of neighbours the strongest."""
    made: NDArray[np.uint8] = np.rint(255 * np.clip(scores, 0, 1)).astype(np.uint8)
    for axis in (0, 1):
        if made.shape[axis] > CELLS:
            starts = np.linspace(0, made.shape[axis], CELLS, endpoint=False).astype(int)
            made = np.maximum.reduceat(made, starts, axis=axis)
    return made


def _places(looks: Looks) -> dict[Head, tuple[int, int]]:
    """Column and row of each head."""
    every = [(layer, head) for layer in range(looks.layers) for head in range(looks.heads)]
    if looks.layers == 1:
        return {head: (head[1] % ABREAST, head[1] // ABREAST) for head in every}
    return {head: (head[1], head[0]) for head in every}


def _below(looks: Looks, head: Head, on_clouds: float, more: bool) -> str:
    """The share on clouds, where any cloudy date was read; the name, where no title stands above."""
    name = f"{named(head, 1, short=True)}  " if looks.layers == 1 else ""
    return f"{name}{'▲ ' if more else ''}{share(on_clouds)}" if looks.cloudy.any() else name


def _hover(looks: Looks, head: Head) -> str:
    on_clouds = f": {100 * looks.on_clouds[head]:.2f} % on clouds" if looks.cloudy.any() else ""
    return named(head, looks.layers) + on_clouds


def _frame(drawn: go.Figure, x: int, y: int, step: float, ink: str) -> None:
    """Around the chosen one."""
    left, right, top, bottom = x * (1 + GAP), x * (1 + GAP) + 1, y * step, y * step + 1
    drawn.add_scatter(
        x=[left, right, right, left, left], y=[top, top, bottom, bottom, top], mode="lines", hoverinfo="skip",
        line={"color": ink, "width": 3}, cliponaxis=False, name="chosen",
    )  # fmt: skip
