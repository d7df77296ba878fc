"""Two series beside each other: the first less the second, date by date."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from eodash.views.panel import Dates, Floats, Panel, Sketch
from eodash.views.theme import PALETTES, Mode

HEIGHT = 96
MOST = 4
"""Lines that have their name at the end."""


@dataclass(frozen=True, eq=False)
class Difference:
    """One line: its name, its colour, the first less the second; not a number where either is not known."""

    name: str
    colour: str
    values: Floats


def difference_panel(
    unit: str,
    dates: Dates,
    lines: Sequence[Difference],
    mode: Mode,
    *,
    steps: bool = False,
    bars: bool = False,
    least: float = 0.0,
    height: int = HEIGHT,
) -> Panel:
    """Lines around zero, as steps or as bars; those that stay below `least` are left out."""
    strongest = sorted(lines, key=_peak, reverse=True)
    shown = [each for each in strongest if _peak(each) >= least] or strongest[:1]
    top = _round(max((_peak(each) for each in shown), default=0.0))

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch, names = Sketch(), []
        for place, each in enumerate(shown):
            there = np.isfinite(each.values)
            if not there.any():
                continue
            _drawn(sketch, dates, each, there, axis, steps, bars)
            if place < MOST and len(shown) > 1:
                names.append((float(each.values[there][-1]), html.escape(each.name), each.colour))
        sketch.ends(drawn, axis, names)
        sketch.onto(drawn)
        drawn.add_shape(
            type="line", x0=0, x1=1, xref="paper", y0=0, y1=0, yref=axis, layer="below",
            line={"color": PALETTES[mode].axis, "width": 1},
        )  # fmt: skip

    layout = {"range": [-top, top], "tickvals": [-top, 0, top], "ticktext": [f"−{top:g}", "0", f"+{top:g}"]}
    return Panel("Difference, 1 less 2", unit, height, draw, layout)


def _drawn(
    sketch: Sketch, dates: Dates, one: Difference, there: np.ndarray, axis: str, steps: bool, bars: bool
) -> None:
    times, values, name = dates.times[there], np.round(one.values[there], 4), html.escape(one.name)
    if bars:
        sketch.add_bar(
            x=times, y=values, width=dates.widths[there], yaxis=axis, name=name, hovertemplate="%{y:+.3f}",
            marker={"color": one.colour, "line": {"width": 0}},
        )  # fmt: skip
        return
    sketch.add_scatter(
        x=times, y=values, yaxis=axis, name=name, mode="lines" if len(values) > 1 else "markers",
        line={"color": one.colour, "width": 2, "shape": "hv" if steps else "linear"}, marker={"color": one.colour},
        hovertemplate="%{y:+.2f}",
    )  # fmt: skip


def _peak(one: Difference) -> float:
    return float(np.nanmax(np.abs(one.values), initial=0.0)) if np.isfinite(one.values).any() else 0.0


def _round(value: float) -> float:
    """A round number that holds a value."""
    if value <= 0:
        return 0.1
    step = 10.0 ** np.floor(np.log10(value))
    return float(next(each * step for each in (1, 2, 5, 10) if each * step >= value - 1e-12))
