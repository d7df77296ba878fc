"""Which way each pixel moved: how far from the middle, and at which angle between two bands or indices.

Round the circle lie eight sectors; what is chosen of them is all that the map calls change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.change.cva import direction
from eodash.change.pair import Floats, Mask
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

SECTORS = 8
DOTS = 700
"""Dots of what changed, and as many of what did not: more would only be a blot."""
RIM = 1.06
ARROWS = ("→", "↗", "↑", "↖", "←", "↙", "↓", "↘")


@dataclass(frozen=True, eq=False)
class Moved:
    """How far and which way, per pixel (y, x)."""

    magnitude: Floats
    angle: Floats  # −π … π, NaN where nothing was seen
    changed: Mask
    threshold: float
    cell: float  # hectares of a pixel
    names: tuple[str, str]

    @property
    def sector(self) -> NDArray[np.int8]:
        """0 to the right, counted against the clock; −1 where nothing was seen."""
        turned = np.rint(np.nan_to_num(self.angle) / (2 * np.pi / SECTORS)).astype(np.int64) % SECTORS
        return np.where(np.isfinite(self.angle), turned, -1).astype(np.int8)

    def hectares(self) -> NDArray[np.float64]:
        """Changed ground in each sector."""
        counts = np.bincount(self.sector[self.changed & (self.sector >= 0)], minlength=SECTORS)
        return counts.astype(np.float64) * float(self.cell)


def angles(first: tuple[Floats, Floats], second: tuple[Floats, Floats], usable: Mask) -> Floats:
    """The direction of two changes (before, after), each measured in its own spread, so that neither outshouts."""
    scaled = []
    for before, after in (first, second):
        change = np.where(usable, after - before, np.nan)
        seen = change[usable]
        spread = float(np.sqrt(np.mean(np.square(seen)))) if seen.size else 0.0
        scaled.append(change / (spread or 1.0))
    both = np.stack(scaled)
    return direction(np.zeros_like(both), both)


def restricted(mask: Mask, moved: Moved, sectors: Sequence[int]) -> Mask:
    """Only what moved into the chosen sectors; all of it where none is chosen."""
    return mask & np.isin(moved.sector, list(sectors)) if sectors else mask


def polar(moved: Moved, chosen: Sequence[int], mode: Mode, height: int = 330) -> go.Figure:
    """Dots round the middle, rings at half and whole of the scale, the threshold in orange, sectors to click."""
    palette, top = PALETTES[mode], scale(moved)
    drawn = figure(mode, height, hovermode="closest")
    sizes = moved.hectares()
    for number in range(SECTORS):
        drawn.add_shape(
            type="path", path=_wedge(number, 0.0 if number in chosen else 1.0, RIM), layer="below",
            fillcolor=palette.accent, opacity=0.14 if number in chosen else 0.06, line={"width": 0},
        )  # fmt: skip
    for radius, tone, width in (
        (1.0, palette.axis, 1), (0.5, palette.grid, 1), (min(moved.threshold / top, 1.0), palette.warn, 2.5),
    ):  # fmt: skip
        drawn.add_shape(type="circle", x0=-radius, x1=radius, y0=-radius, y1=radius,
                        line={"color": tone, "width": width})  # fmt: skip
    for where, tone, opacity in ((~moved.changed, palette.axis, 0.55), (moved.changed, palette.accent, 0.8)):
        places = _sample(where & np.isfinite(moved.angle) & np.isfinite(moved.magnitude))
        far = np.clip(moved.magnitude.ravel()[places] / top, 0, 1)
        turn = moved.angle.ravel()[places]
        drawn.add_scattergl(
            x=far * np.cos(turn), y=far * np.sin(turn), mode="markers", hoverinfo="skip",
            marker={"color": tone, "size": 3.5, "opacity": opacity},
        )  # fmt: skip
    turns = np.arange(SECTORS) * 2 * np.pi / SECTORS
    drawn.add_scatter(
        x=1.16 * np.cos(turns), y=1.16 * np.sin(turns), mode="markers+text", text=list(ARROWS),
        customdata=list(range(SECTORS)), textfont={"size": 15, "color": palette.accent},
        marker={"size": 26, "color": [palette.accent] * SECTORS,
                "opacity": [0.25 if number in chosen else 0.05 for number in range(SECTORS)]},
        hovertext=[f"{sector_name(number, moved.names)}: {size:,.1f} ha" for number, size in enumerate(sizes)],
        hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"opacity": 0.3}},
        unselected={"marker": {"opacity": 0.05}},
    )  # fmt: skip
    first, second = moved.names
    for x, y, text, side in ((1.0, 0.19, f"{first} ↑", "right"), (0.0, 0.19, f"{first} ↓", "left")):
        drawn.add_annotation(x=x, xref="paper", y=y, text=text, showarrow=False, xanchor=side, bgcolor=palette.page)
    for y, text in ((1.34, f"{second} ↑"), (-1.34, f"{second} ↓")):
        drawn.add_annotation(x=0, y=y, text=text, showarrow=False)
    bare = {"visible": False, "showgrid": False}
    drawn.update_layout(
        margin={"l": 0, "r": 0, "t": 4, "b": 4}, xaxis={"range": [-1.5, 1.5], **bare},
        yaxis={"range": [-1.42, 1.42], "scaleanchor": "x", **bare},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def scale(moved: Moved) -> float:
    """The magnitude at the rim."""
    seen = moved.magnitude[np.isfinite(moved.magnitude)]
    return max(float(np.percentile(seen, 99.5)) if seen.size else 1.0, 1.25 * moved.threshold, 1e-9)


def sector_name(number: int, names: tuple[str, str]) -> str:
    """`NDVI down, red up`: what the two do in a sector."""
    turn = number * 2 * np.pi / SECTORS
    parts = [
        f"{name} {'up' if value > 0 else 'down'}"
        for name, value in zip(names, (np.cos(turn), np.sin(turn)), strict=True)
        if abs(value) > 1e-6
    ]
    return ", ".join(parts)


def polar_table(moved: Moved) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "direction": [sector_name(number, moved.names) for number in range(SECTORS)],
            "hectares changed": np.round(moved.hectares(), 2),
        }
    )


def _sample(where: Mask) -> NDArray[np.intp]:
    """Some of the pixels, the same each time."""
    places = np.flatnonzero(where)
    return places[:: max(1, -(-len(places) // DOTS))]


def _wedge(number: int, inner: float, outer: float) -> str:
    """An SVG path round one sector."""
    half = np.pi / SECTORS
    turns = np.linspace(number * 2 * half - half, number * 2 * half + half, 13)
    points = [(outer * np.cos(turn), outer * np.sin(turn)) for turn in turns]
    points += [(inner * np.cos(turn), inner * np.sin(turn)) for turn in turns[::-1]]
    return "M" + " L".join(f"{x:.4f},{y:.4f}" for x, y in points) + " Z"
