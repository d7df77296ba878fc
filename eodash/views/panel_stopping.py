"""When a model that stops would stop: the chance of each date, and what is left of the budget."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from eodash.views.panel import Dates, Panel, Sketch
from eodash.views.theme import PALETTES, Mode

HEIGHT = 110
CEILINGS = (0.1, 0.2, 0.3, 0.5, 1.0)
"""The chance axis ends at the first of these that holds it."""


def stopping_panels(
    inspected: xr.Dataset, dates: Dates, mode: Mode, *, height: int = HEIGHT, left: float = 0.5
) -> list[Panel]:
    """P(t) as bars; δ and the budget, with the line of what is left of it at the stop. None of a model without."""
    if "chance" not in inspected:
        return []
    return [_chance(inspected, dates, mode, height), _now(inspected, dates, mode, height, left)]


def _chance(inspected: xr.Dataset, dates: Dates, mode: Mode, height: int) -> Panel:
    chance = np.nan_to_num(inspected["chance"].values.astype(float))
    top = next(each for each in CEILINGS if chance.max(initial=0.0) <= each or each == 1.0)
    palette, stop = PALETTES[mode], int(inspected.attrs.get("stop", -1))

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        shown = [palette.accent if stop < 0 or place <= stop else palette.axis for place in range(len(chance))]
        sketch.add_bar(
            x=dates.times, y=np.round(chance, 4), width=dates.widths, yaxis=axis, name="stops here",
            marker={"color": shown, "line": {"width": 0}}, hovertemplate="stops here %{y:.1%}<extra></extra>",
        )  # fmt: skip
        sketch.onto(drawn)

    ticks = [f"{50 * top:g} %", f"{100 * top:g} %"]
    layout = {"range": [0, top], "tickvals": [0, top / 2, top], "ticktext": ["0", *ticks]}
    return Panel("Chance that it stops at this date", "P(t)", height, draw, layout)


def _now(inspected: xr.Dataset, dates: Dates, mode: Mode, height: int, left: float) -> Panel:
    palette, stop = PALETTES[mode], int(inspected.attrs.get("stop", -1))

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch, names = Sketch(), []
        for name, called, colour, dash in (
            ("budget", "budget left", palette.soft, "dot"), ("hazard", "stop now, δ", palette.warn, "solid"),
        ):  # fmt: skip
            values = inspected[name].values.astype(float)
            there = np.isfinite(values)
            if not there.any():
                continue
            first = name == "budget"
            sketch.add_scatter(
                x=dates.times[there], y=np.round(values[there], 4), yaxis=axis, name=called,
                mode="lines" if first and there.sum() > 1 else "lines+markers", hovertemplate="%{y:.2f}",
                line={"color": colour, "width": 1.5, "dash": dash, "shape": "hv" if first else "linear"},
                marker={"size": 5, "color": colour}, fill="tozeroy" if first else None,
                fillcolor="rgba(128,140,145,.14)",
            )  # fmt: skip
            names.append((float(values[there][-1]), called, colour))
        sketch.ends(drawn, axis, names)
        if stop >= 0:
            sketch.add_annotation(
                x=str(dates.times[stop]), y=float(np.nan_to_num(inspected["budget"].values[stop])), yref=axis,
                text="stops", showarrow=True, arrowhead=0, ax=26, ay=-16, font={"size": 13}, bgcolor=palette.page,
                arrowcolor=palette.soft,
            )  # fmt: skip
        sketch.onto(drawn)
        drawn.add_shape(
            type="line", x0=0, x1=1, xref="paper", y0=left, y1=left, yref=axis, layer="below",
            line={"color": palette.axis, "width": 1, "dash": "dash"},
        )  # fmt: skip

    layout = {"range": [0, 1.04], "tickvals": [0, 0.5, 1], "ticktext": ["0", "½", "1"]}
    said = f"δ, and the budget left: it stops at {'½' if left == 0.5 else f'{100 * left:.0f} %'}"
    return Panel("Stop now?", said, height, draw, layout)
