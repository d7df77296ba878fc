"""Attention date by date: squares at true dates, rows ask, columns are looked at; gaps show where dates are missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.attention import Floats, Head, Looks, scaled, share
from eodash.views.calendar_chart import bar_widths, day
from eodash.views.score_charts import SEQUENTIAL
from eodash.views.theme import PALETTES, Mode, Palette, calendar, figure, plain_axes

HEIGHT, WIDTH = 480, 330
"""px of the figure, and about those of its plot, by which the squares are sized."""
ROW = 22
"""Height in px of a head, where each asks once."""
SQUARES = 80
"""Dates up to which every square is a mark of its own; of more a picture is drawn, whose rows are clicked."""


def matrix_chart(
    looks: Looks, head: Head, limits: tuple[np.datetime64, np.datetime64], asking: int | None, mode: Mode
) -> go.Figure:
    """What is clicked is the trace called `rows`; its `customdata` begins with the date of the series that asks."""
    if looks.single:
        return _heads(looks, head, limits, mode)
    palette = PALETTES[mode]
    drawn = figure(mode, HEIGHT, hovermode="closest")
    row = looks.row(asking)
    if row is not None:
        _pointed(drawn, limits, looks.times[row], palette)
    if len(looks.times) <= SQUARES:
        _squares(drawn, looks, head, limits, mode)
    else:
        _picture(drawn, looks, head, mode)
    edge = limits[0] + np.timedelta64(2, "D")
    _cloud_ticks(drawn, looks, edge, palette)
    drawn.update_layout(
        margin={"l": 58, "r": 10, "t": 10, "b": 52},
        xaxis=_months(limits, "date looked at (tick: cloudy)", palette),
        yaxis=_months(limits, "date that asks", palette) | {"range": [str(edge) for edge in limits[::-1]]},
        hoverdistance=-1 if len(looks.times) > SQUARES else 20,
    )
    return plain_axes(drawn, palette)


def matrix_table(looks: Looks, head: Head) -> pd.DataFrame:
    """Rows ask, columns are looked at."""
    names = [str(each)[:10] for each in looks.times]
    rows = pd.Index(["once"] if looks.single else names, name="asks")
    return pd.DataFrame(np.round(looks.scores[head], 6), rows, names)


def _squares(
    drawn: go.Figure, looks: Looks, head: Head, limits: tuple[np.datetime64, np.datetime64], mode: Mode
) -> None:
    count, scores = len(looks.times), looks.scores[head]
    shown = np.tril(np.ones((count, count), bool)) if looks.causal else np.ones((count, count), bool)
    asks, looked = np.nonzero(shown)
    _marks(
        drawn, looks.times[looked], looks.times[asks], scaled(scores)[shown], _size(looks, limits), mode,
        [[int(looks.index[a]), f"{day(looks.times[a])} looks at {day(looks.times[b])}: {share(float(scores[a, b]))}"]
         for a, b in zip(asks.tolist(), looked.tolist(), strict=True)],
    )  # fmt: skip


def _picture(drawn: go.Figure, looks: Looks, head: Head, mode: Mode) -> None:
    """The same as one picture, and a mark per row that takes the clicks."""
    edges, cell = _edges(looks.times)
    there = (cell[:, None] >= 0) & (cell[None] >= 0)
    if looks.causal:
        there &= cell[:, None] >= cell[None]
    shades = np.rint(1 + 254 * scaled(looks.scores[head])).astype(np.uint8)
    clear = "rgba(0,0,0,0)"
    ramp = [[(1 + 254 * place / 4) / 255, colour] for place, colour in enumerate(SEQUENTIAL[mode])]
    drawn.add_heatmap(
        x=edges, y=edges, z=np.where(there, shades[np.ix_(np.maximum(cell, 0), np.maximum(cell, 0))], 0),
        zmin=0, zmax=255, showscale=False, hoverinfo="skip", colorscale=[[0, clear], [0.5 / 255, clear], *ramp],
    )  # fmt: skip
    most = looks.scores[head].argmax(1)
    middle = looks.times[len(looks.times) // 2]
    drawn.add_scatter(
        x=np.full(len(looks.times), middle), y=looks.times, mode="markers", name="rows",
        marker={"size": 3, "color": "rgba(0,0,0,0)"},
        customdata=[[int(looks.index[each]), f"{day(looks.times[each])} looks most at {day(looks.times[to])}: "
                     f"{share(float(looks.scores[head][each, to]))}"] for each, to in enumerate(most.tolist())],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )  # fmt: skip


def _heads(looks: Looks, head: Head, limits: tuple[np.datetime64, np.datetime64], mode: Mode) -> go.Figure:
    """Of a network whose heads ask once: a row per head. `customdata` of what is clicked begins with layer and head."""
    palette = PALETTES[mode]
    every = [(layer, each) for layer in range(looks.layers) for each in range(looks.heads)]
    names = [f"H{each[1] + 1}" if looks.layers == 1 else f"L{each[0] + 1} H{each[1] + 1}" for each in every]
    drawn = figure(mode, ROW * len(every) + 62, hovermode="closest")
    _pointed(drawn, limits, every.index(head), palette)
    rows = np.repeat(np.arange(len(every)), len(looks.times))
    _marks(
        drawn, np.tile(looks.times, len(every)), rows,
        np.concatenate([scaled(looks.scores[each])[0] for each in every]), min(_size(looks, limits) + 3, ROW - 8), mode,
        [[*each, f"{name} looks at {day(time)}: {share(float(value))}"]
         for each, name in zip(every, names, strict=True)
         for time, value in zip(looks.times, looks.scores[each][0], strict=True)],
    )  # fmt: skip
    _cloud_ticks(drawn, looks, -0.9, palette)
    drawn.update_layout(
        margin={"l": 58, "r": 10, "t": 10, "b": 52},
        xaxis=_months(limits, "date looked at (tick: cloudy)", palette),
        yaxis={"range": [len(every) - 0.4, -1.3], "tickvals": list(range(len(every))), "ticktext": names,
               "showgrid": False},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def _marks(
    drawn: go.Figure, x: NDArray[np.datetime64], y: NDArray[np.generic], shade: Floats, size: float, mode: Mode,
    said: list[list[object]],
) -> None:  # fmt: skip
    drawn.add_scatter(
        x=x, y=y, mode="markers", name="rows", customdata=said,
        hovertemplate=f"%{{customdata[{len(said[0]) - 1 if said else 1}]}}<extra></extra>",
        marker={
            "symbol": "square", "size": size, "color": np.round(shade, 3), "cmin": 0, "cmax": 1, "opacity": 1,
            "colorscale": [[place / 4, colour] for place, colour in enumerate(SEQUENTIAL[mode])], "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}}, selected={"marker": {"opacity": 1}},
    )  # fmt: skip


def _pointed(drawn: go.Figure, limits: tuple[np.datetime64, np.datetime64], row: object, palette: Palette) -> None:
    """A mark at the end of the chosen row; at its beginning stand names."""
    drawn.add_scatter(
        x=[str(limits[1])], y=[row], mode="markers", name="traced", hoverinfo="skip", cliponaxis=False,
        marker={"symbol": "triangle-left", "size": 12, "color": palette.ink},
    )  # fmt: skip


def _cloud_ticks(drawn: go.Figure, looks: Looks, y: object, palette: Palette) -> None:
    """A tick above each cloudy date."""
    where = looks.times[looks.cloudy]
    drawn.add_scatter(
        x=where, y=[y] * len(where), mode="markers", name="cloudy", hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 8, "line": {"color": palette.soft, "width": 1.6}},
    )  # fmt: skip


def _size(looks: Looks, limits: tuple[np.datetime64, np.datetime64]) -> float:
    """Side of a square in px: what lies between most dates."""
    if len(looks.times) < 2:
        return 14.0
    days = np.diff(looks.times) / np.timedelta64(1, "D")
    span = float((limits[1] - limits[0]) / np.timedelta64(1, "D"))
    return float(np.clip(np.quantile(days, 0.4) * WIDTH / span, 3, 14))


def _edges(times: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Edges of cells around each date, with empty cells (−1) where there is room between two."""
    half = (bar_widths(times) / 0.86 / 2).astype("timedelta64[ms]")
    start, stop = times.astype("datetime64[ms]") - half, times.astype("datetime64[ms]") + half
    edges, cell = [start[0]], []
    for place in range(len(times)):
        if place and start[place] > edges[-1]:
            edges.append(start[place])
            cell.append(-1)
        edges.append(stop[place])
        cell.append(place)
    return np.array(edges), np.array(cell)


def _months(limits: tuple[np.datetime64, np.datetime64], title: str, palette: Palette) -> dict[str, object]:
    """The calendar of the run, with a name."""
    words = {"text": title, "font": {"size": 13.5, "color": palette.soft}, "standoff": 6}
    return calendar(limits, title=words, showgrid=False, tickfont={"size": 13})
