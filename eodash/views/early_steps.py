"""The probability of each class after each date, as one line of steps per class: nothing is known between images."""

from __future__ import annotations

import html
import json

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from eodash.views.panel import Dates, Panel
from eodash.views.theme import PALETTES, Mode

HEIGHT = 170
MOST, LEAST = 6, 0.08
"""So many classes are drawn in their colour, and only those that were ever this likely."""
LATE = 0.6
"""Share of the season from which a name stands left of its date: it would stick out."""


def steps_panel(inspected: xr.Dataset, dates: Dates, mode: Mode, *, height: int = HEIGHT) -> Panel:
    """Lines of the likeliest classes, named where they are highest; the others are one thin grey sum."""
    palette = PALETTES[mode]
    names = [str(name) for name in inspected["class"].values.tolist()]
    tones: list[str] = json.loads(inspected.attrs["colours"])
    chances = inspected["probabilities"].transpose("time", "class").values.astype(float)
    known = np.isfinite(chances).all(1)

    def draw(drawn: go.Figure, axis: str) -> None:
        if not known.any():
            return
        peaks = np.where(known[:, None], chances, 0).max(0)
        order = [int(place) for place in np.argsort(-peaks) if peaks[place] >= LEAST][:MOST]
        times, shown = dates.times[known], chances[known]
        traces = []
        rest = 1 - shown[:, order].sum(1)
        for place in [*reversed(order), None]:
            values = rest if place is None else shown[:, place]
            name = "others" if place is None else html.escape(names[place])
            colour = palette.axis if place is None else tones[place]
            if place is not None:  # an edge first: pale classes are seen on white, dark ones on black
                edge = {"color": palette.edge, "width": 3.4, "shape": "hv"}
                traces.append({"type": "scatter", "x": times, "y": values, "mode": "lines", "line": edge, "yaxis": axis,
                               "hoverinfo": "skip"})  # fmt: skip
            line = {"color": colour, "width": 1 if place is None else 2.4, "shape": "hv"}
            traces.append({
                "type": "scatter", "x": times, "y": np.round(values, 4), "yaxis": axis, "line": line, "name": name,
                "mode": "lines" if len(times) > 1 else "markers", "hovertemplate": "%{y:.0%}",
                "marker": {"color": colour, "size": 8},
            })  # fmt: skip
        drawn.add_traces(traces)
        _named(drawn, axis, [(int(place), names[place]) for place in order], shown, times, mode)

    ticks = {"range": [0, 1.04], "tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    return Panel("Class probabilities", "after each date", height, draw, ticks)


def _named(
    drawn: go.Figure, axis: str, order: list[tuple[int, str]], shown: np.ndarray, times: np.ndarray, mode: Mode
) -> None:  # fmt: skip
    """The last leader at the right end; whoever else led, at the date where it led by most."""
    palette, leader = PALETTES[mode], shown.argmax(1)
    used: list[tuple[int, float]] = []
    for place, name in order:
        led = np.flatnonzero(leader == place)
        if place == leader[-1]:
            drawn.add_annotation(
                x=1, xref="paper", xanchor="left", xshift=6, y=float(shown[-1, place]), yref=axis, showarrow=False,
                text=html.escape(_short(name)), font={"size": 13.5},
            )  # fmt: skip
            continue
        if not len(led):
            continue
        at = int(led[shown[led, place].argmax()])
        if any(abs(at - other) < len(times) // 8 and abs(shown[at, place] - height) < 0.15 for other, height in used):
            continue
        used.append((at, float(shown[at, place])))
        late = times[at] - times[0] > LATE * (times[-1] - times[0])
        drawn.add_annotation(
            x=str(times[at]), y=float(shown[at, place]), yref=axis, xanchor="right" if late else "left",
            yanchor="bottom", showarrow=False, text=html.escape(name), font={"size": 13, "color": palette.ink},
            bgcolor="rgba(0,0,0,0)", yshift=1,
        )  # fmt: skip


def _short(name: str, most: int = 11) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
