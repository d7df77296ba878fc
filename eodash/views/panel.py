"""A panel of time: one picture of a column that shares one calendar axis, and the dates that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.sources.contract import NODATA
from eodash.views.calendar_chart import bar_widths
from eodash.views.drawing import Canvas
from eodash.views.lines import end_labels

Times = NDArray[np.datetime64]
Span = tuple[np.datetime64, np.datetime64]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Dates:
    """The dates of one series: which were observed, which of them clear."""

    times: Times
    seen: NDArray[np.bool_]
    clear: NDArray[np.bool_]  # and seen

    @property
    def cloudy(self) -> NDArray[np.bool_]:
        cloudy: NDArray[np.bool_] = self.seen & ~self.clear
        return cloudy

    @property
    def widths(self) -> NDArray[np.float64]:
        """Of the bar of each date, in ms."""
        return bar_widths(self.times)


def dates_of(series: xr.DataArray) -> Dates:
    """Of a series (time, band) of one pixel, or of a field's mean."""
    seen = (series.transpose("time", "band").values != NODATA).all(1)
    return Dates(series["time"].values.astype("datetime64[s]"), seen, series["clear"].values.astype(bool) & seen)


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture of a column: how it is called, how high it is, and what draws it."""

    title: str  # markup is ours: names that come from elsewhere are escaped
    unit: str  # in soft text behind the title
    height: int  # px of its axis
    draw: Callable[[go.Figure, str], None]  # onto the y axis of that id, which the figure has by then
    axis: dict[str, Any]  # layout of the y axis; cloudy dates are hatched over its range
    hatched: bool = True
    dates: Dates | None = None  # whose clouds are hatched; those of the column where nothing is said


def axis_of(drawn: go.Figure | Canvas, axis: str) -> Any:
    """The layout of the y axis that traces call `y3`."""
    return drawn.layout[f"yaxis{axis[1:]}"]


@dataclass
class Sketch:
    """Traces and notes, gathered to be put on a figure at once: one by one each would read all of them anew."""

    traces: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def add_scatter(self, **trace: Any) -> None:
        self.traces.append({"type": "scatter"} | trace)

    def add_bar(self, **trace: Any) -> None:
        self.traces.append({"type": "bar"} | trace)

    def add_annotation(self, **note: Any) -> None:
        self.notes.append(note)

    def ends(self, drawn: go.Figure | Canvas, axis: str, names: Sequence[tuple[float, str, str]]) -> None:
        """Names (value, name, colour) at the right ends of the lines of a panel, pushed apart."""
        here = axis_of(drawn, axis)
        low, high = (float(edge) for edge in here.range)
        end_labels(self, list(names), (low, high), tuple(here.domain), drawn.layout.height)

    def onto(self, drawn: go.Figure | Canvas) -> None:
        """Put all of it on a figure."""
        drawn.add_traces(self.traces)
        if isinstance(drawn, Canvas):
            drawn.layout.annotations += self.notes
            return
        drawn.layout.annotations = [*(note.to_plotly_json() for note in drawn.layout.annotations), *self.notes]


def hatching(sketch: Sketch, dates: Dates, limits: tuple[float, float], axis: str, colour: str, opacity: float) -> None:
    """Cloudy dates as hatched bars over, or behind, a panel."""
    where = dates.cloudy
    pattern = {"shape": "/", "size": 5, "solidity": 0.22, "fgcolor": colour, "bgcolor": "rgba(0,0,0,0)"}
    sketch.add_bar(
        x=dates.times[where], y=np.full(int(where.sum()), limits[1] - limits[0]), base=limits[0],
        width=dates.widths[where], yaxis=axis, hoverinfo="skip", opacity=opacity, name="cloudy",
        marker={"color": "rgba(0,0,0,0)", "pattern": pattern, "line": {"width": 0}},
    )  # fmt: skip
