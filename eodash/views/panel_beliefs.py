"""What a model believed after each date: classes and their probabilities, stacked as steps."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.views.believed_names import names_inside, written_on
from eodash.views.panel import Dates, Floats, Panel, Sketch, axis_of, hatching
from eodash.views.theme import PALETTES, Mode, Palette

HEIGHT = 331
CELLS, AIR = 14, 8
"""Px that the answer of each date takes above its probabilities, and what is between the two."""
MOST = 3
"""Classes that the hover names."""


def beliefs_panel(inspected: xr.Dataset, dates: Dates, mode: Mode, *, height: int = HEIGHT) -> Panel:
    """Of one series: its probabilities (time, class), not a number before the first usable date."""
    palette = PALETTES[mode]
    colours: list[str] = json.loads(inspected.attrs["colours"])
    classes = [str(name) for name in inspected["class"].values.tolist()]
    chances = inspected["probabilities"].transpose("time", "class").values.astype(float)

    def draw(drawn: go.Figure, axis: str) -> None:
        low, high = axis_of(drawn, axis).domain
        px = (high - low) / height
        cells, over = f"y{axis[1:] or 1}01", f"y{axis[1:] or 1}02"
        below = [low, high - (CELLS + AIR) * px]
        hidden = {"range": [0, 1], "visible": False, "fixedrange": True}
        axis_of(drawn, axis).domain = below
        drawn.layout[f"yaxis{cells[1:]}"] = hidden | {"domain": [high - CELLS * px, high]}
        drawn.layout[f"yaxis{over[1:]}"] = hidden | {"domain": below, "overlaying": axis}
        sketch = Sketch()
        _answers(sketch, dates, chances, classes, colours, cells, palette)
        _areas(sketch, dates, chances, classes, colours, axis, palette)
        hatching(sketch, dates, (0.0, 1.0), over, palette.page, 0.5)
        _hover(sketch, dates, chances, classes, over)
        sketch.onto(drawn)

    ticks = {"range": [0, 1], "tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    return Panel("What the model believed after each date", "probability", height, draw, ticks, hatched=False)


def _answers(
    sketch: Sketch, dates: Dates, chances: Floats, classes: Sequence[str], colours: Sequence[str], axis: str,
    palette: Palette,
) -> None:  # fmt: skip
    """The answer of each date as a cell in its colour; none before the first observation."""
    known = _known(chances)
    best = chances[known].argmax(1)
    sketch.add_bar(
        x=dates.times[known], y=np.ones(len(known)), width=dates.widths[known], yaxis=axis, name="answer",
        marker={"color": [colours[each] for each in best], "line": {"width": 1, "color": palette.edge}},
        hoverinfo="skip", customdata=[classes[each] for each in best],
    )  # fmt: skip


def _areas(
    sketch: Sketch, dates: Dates, chances: Floats, classes: Sequence[str], colours: Sequence[str], axis: str,
    palette: Palette,
) -> None:  # fmt: skip
    """Stacked steps, the first class of the legend on top: nothing is known between two images."""
    known = _known(chances)
    if not len(known):
        return
    last = dates.times[-1] + np.timedelta64(int(dates.widths[-1]), "ms")
    times = np.append(dates.times[known[0] :], last)
    steps = chances[known[0] :]
    steps = np.vstack([steps, steps[-1]])
    for place in range(len(classes) - 1, -1, -1):
        sketch.add_scatter(
            x=times, y=np.round(steps[:, place], 4), mode="lines", stackgroup=f"believed {axis}", yaxis=axis,
            line={"shape": "hv", "width": 0.8, "color": palette.page}, fillcolor=colours[place],
            name=html.escape(classes[place]), hoverinfo="skip",
        )  # fmt: skip
    for note in names_inside(times, steps, classes):
        sketch.add_annotation(
            x=str(note.time), y=note.height, yref=axis, text=html.escape(note.name), showarrow=False, xanchor="left",
            xshift=6, font={"size": 13.5, "color": written_on(colours[note.place])},
        )  # fmt: skip


def _hover(sketch: Sketch, dates: Dates, chances: Floats, classes: Sequence[str], axis: str) -> None:
    """The few most likely classes of each date, in words."""
    known = _known(chances)
    said = [
        "<br>".join(f"{html.escape(classes[place])} {100 * row[place]:.0f} %" for place in np.argsort(-row)[:MOST])
        for row in chances[known]
    ]
    sketch.add_scatter(
        x=dates.times[known], y=np.full(len(known), 0.5), mode="markers", marker={"opacity": 0}, yaxis=axis,
        customdata=said, hovertemplate="%{customdata}<extra></extra>", name="believed",
    )  # fmt: skip


def _known(chances: Floats) -> NDArray[np.intp]:
    return np.flatnonzero(np.isfinite(chances).all(1))
