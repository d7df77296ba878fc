"""How far each pixel moved: √ counts, or the few that changed would not be seen; both curves; the threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.change.chain import CHANCES, Detected
from eodash.change.pair import Floats
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

BARS = 72
TAIL = 99.8
"""Per cent of the magnitudes that are drawn; the last bar holds the rest."""
ROOM = 1.35
"""The axis ends at least so far beyond the threshold."""
Numbers = NDArray[np.float64]


def binned(found: Detected) -> tuple[Numbers, Numbers]:
    """Edges and counts of the drawn bars."""
    values: Floats = found.magnitude[np.isfinite(found.magnitude)].astype(np.float64)
    if not values.size:
        return np.array([0.0, 1.0]), np.zeros(1)
    low, high = min(0.0, float(values.min())), max(float(np.percentile(values, TAIL)), ROOM * found.threshold.value)
    high = 1.0 if found.settings.method in CHANCES else high if high > low else low + 1.0
    counts, edges = np.histogram(np.clip(values, low, high), BARS, (low, high))
    return edges, counts.astype(np.float64)


def magnitudes(found: Detected, mode: Mode, height: int = 330) -> go.Figure:
    """Bars grey below the threshold and in the accent above, the curves of EM over them."""
    palette, (edges, counts) = PALETTES[mode], binned(found)
    along = "chance of change" if found.settings.method in CHANCES else "magnitude ρ"
    centres, width, at = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0]), found.threshold.value
    drawn = figure(mode, height, hovermode="closest")
    drawn.add_bar(
        x=centres, y=np.sqrt(counts), width=width,
        marker={"color": np.where(centres > at, palette.accent, palette.axis).tolist(), "line": {"width": 0}},
        customdata=counts, hovertemplate="%{x:.3~g}: %{customdata:,.0f} pixels<extra></extra>",
    )  # fmt: skip
    top = max(float(np.sqrt(counts.max(initial=1.0))), 1.0) * 1.12
    if found.threshold.curves is not None:
        fine = np.linspace(edges[0], edges[-1], 240)
        for curve, dash, name in zip(found.threshold.curves, ("dash", "solid"), ("no change", "change"), strict=True):
            tall = np.sqrt(curve.density(fine) * counts.sum() * width)
            drawn.add_scatter(
                x=fine, y=np.minimum(tall, top), mode="lines", line={"color": palette.ink, "width": 2, "dash": dash},
                hoverinfo="skip",
            )  # fmt: skip
            peak = int(tall.argmax())
            drawn.add_annotation(
                x=float(fine[peak]), y=min(float(tall[peak]), 0.9 * top), yshift=12, text=name, showarrow=False,
                xanchor="left" if peak < 30 else "center", bgcolor=palette.page, borderpad=1,
            )  # fmt: skip
    drawn.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": palette.warn, "width": 2.5})
    share = (at - edges[0]) / (edges[-1] - edges[0])
    drawn.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", showarrow=False, text=f"threshold {at:.3g}",
        font={"color": palette.warn}, xanchor="left" if share < 0.2 else "right" if share > 0.8 else "center",
    )  # fmt: skip
    drawn.update_layout(
        margin={"l": 40, "r": 8, "t": 26, "b": 40},
        xaxis={"range": [float(edges[0]), float(edges[-1])], "nticks": 6,
               "title": {"text": along, "standoff": 6, "font": {"size": 13, "color": palette.soft}}},
        yaxis={"range": [0, top], "nticks": 4},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def magnitude_table(found: Detected) -> pd.DataFrame:
    edges, counts = binned(found)
    table = {"from": edges[:-1], "to": edges[1:], "pixels": counts.astype(int)}
    if found.threshold.curves is not None:
        middle, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        for curve, name in zip(found.threshold.curves, ("fitted, no change", "fitted, change"), strict=True):
            table[name] = curve.density(middle) * counts.sum() * width
    return pd.DataFrame(table).round(5)
