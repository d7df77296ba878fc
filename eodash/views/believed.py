"""What a model believed of one pixel after each date: images, what was measured, classes and their probabilities."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import SCALE
from eodash.indices import DIGITAL
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.believed_names import names_inside, written_on
from eodash.views.calendar_chart import bar_widths, date_line, hatch_marker
from eodash.views.lines import end_labels, line
from eodash.views.theme import BANDS, LEFT, PALETTES, RIGHT, Mode, Palette, calendar, figure, plain_axes

HEIGHT = 740
STRIP, MEASURED, SAID, BELIEVED = (0.966, 1.0), (0.56, 0.9), (0.462, 0.482), (0.0, 0.45)
"""Domains from top to bottom; the label of each date stands right above its probabilities."""
MOST = 3
"""Classes that the hover names."""


@dataclass(frozen=True, eq=False)
class Dates:
    """The dates of one series: which were observed, which of them clear."""

    times: NDArray[np.datetime64]
    seen: NDArray[np.bool_]
    clear: NDArray[np.bool_]  # and seen

    @property
    def cloudy(self) -> NDArray[np.bool_]:
        cloudy: NDArray[np.bool_] = self.seen & ~self.clear
        return cloudy


def dates_of(series: xr.DataArray) -> Dates:
    """Of a series (time, band) of one pixel, or of a field's mean."""
    seen = (series.transpose("time", "band").values != NODATA).all(1)
    return Dates(series["time"].values.astype("datetime64[s]"), seen, series["clear"].values.astype(bool) & seen)


def believed(
    series: xr.DataArray,
    inspected: xr.Dataset,
    limits: tuple[np.datetime64, np.datetime64],
    chosen: np.datetime64,
    mode: Mode,
) -> go.Figure:
    """Four panels on one calendar axis; the line of the chosen date comes last, so that it can be moved."""
    palette, dates = PALETTES[mode], dates_of(series)
    drawn = figure(mode, HEIGHT, hovermode="x unified", barmode="overlay")
    _images(drawn, dates, palette)
    top = _measured(drawn, series, dates, palette, mode)
    _hatched(drawn, dates, top, "y2", palette.hatch, 0.4)
    colours = json.loads(inspected.attrs["colours"])
    classes = [str(name) for name in inspected["class"].values.tolist()]
    chances = inspected["probabilities"].transpose("time", "class").values.astype(float)
    _labels(drawn, dates, chances, classes, colours, palette)
    _areas(drawn, dates, chances, classes, colours, palette)
    _hatched(drawn, dates, 1.0, "y5", palette.page, 0.5)
    _hover(drawn, dates, chances, classes)

    digital = series.attrs.get("units") == DIGITAL
    unit = "digital numbers" if digital else "reflectance"
    _heading(drawn, STRIP[1], "Images", "", palette)
    _heading(drawn, MEASURED[1], "What the satellite measured", f"{unit}; open dots: cloudy", palette)
    _heading(drawn, SAID[1], "What the model believed after each date", "probability", palette)
    ticks = {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    over = {"domain": BELIEVED, "range": [0, 1], "overlaying": "y4", "visible": False}
    drawn.update_layout(
        xaxis=calendar(limits, anchor="y4"),
        yaxis={"domain": STRIP, "range": [0, 1], "visible": False},
        yaxis2={"domain": MEASURED, "range": [0, top], "tickformat": "~s" if digital else ".1f", "nticks": 5},
        yaxis3={"domain": SAID, "range": [0, 1], "visible": False},
        yaxis4={"domain": BELIEVED, "range": [0, 1], **ticks},
        yaxis5=over,
        margin={"l": LEFT, "r": RIGHT, "t": 26, "b": 28},
    )
    date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def _images(drawn: go.Figure, dates: Dates, palette: Palette) -> None:
    """A cell per image: clear, or hatched."""
    widths = bar_widths(dates.times)
    for where, name, marker in (
        (dates.clear, "clear", {"color": palette.accent, "line": {"width": 0}}),
        (dates.cloudy, "cloudy", hatch_marker(palette, 0.32) | {"line": {"width": 1, "color": palette.hatch}}),
    ):
        drawn.add_bar(
            x=dates.times[where], y=np.ones(int(where.sum())), width=widths[where], marker=marker, yaxis="y",
            hovertemplate=f"{name}<extra></extra>",
        )  # fmt: skip


def _measured(drawn: go.Figure, series: xr.DataArray, dates: Dates, palette: Palette, mode: Mode) -> float:
    """The bands that have a colour; the top of the axis."""
    per_unit = 1 if series.attrs.get("units") == DIGITAL else SCALE
    sensor, ends, top = sensor_of(series.attrs), [], 0.3
    for name in series["band"].values.tolist():
        title = sensor.band(name).title
        if (colour := BANDS[mode].get(title)) is None:
            continue
        values = series.sel(band=name).values / per_unit
        line(drawn, dates.times, values, dates.clear, dates.seen, colour, html.escape(title), "y2", palette)
        if dates.clear.any():
            ends.append((float(values[dates.clear][-1]), title.removesuffix(" 1"), colour))
            top = max(top, 1.15 * float(values[dates.clear].max()))
    top = min(top, 1.0) if per_unit == SCALE else top
    end_labels(drawn, ends, (0.0, top), MEASURED, HEIGHT)
    return top


def _labels(
    drawn: go.Figure, dates: Dates, chances: NDArray[np.floating], classes: Sequence[str], colours: Sequence[str],
    palette: Palette,
) -> None:  # fmt: skip
    """The answer of each date as a cell in its colour; none before the first observation."""
    known = np.flatnonzero(np.isfinite(chances).all(1))
    best = chances[known].argmax(1)
    drawn.add_bar(
        x=dates.times[known], y=np.ones(len(known)), width=bar_widths(dates.times)[known], yaxis="y3", name="answer",
        marker={"color": [colours[each] for each in best], "line": {"width": 1, "color": palette.edge}},
        hoverinfo="skip", customdata=[classes[each] for each in best],
    )  # fmt: skip


def _areas(
    drawn: go.Figure, dates: Dates, chances: NDArray[np.floating], classes: Sequence[str], colours: Sequence[str],
    palette: Palette,
) -> None:  # fmt: skip
    """Stacked steps, the first class of the legend on top: nothing is known between two images."""
    known = np.flatnonzero(np.isfinite(chances).all(1))
    if not len(known):
        return
    last = dates.times[-1] + np.timedelta64(int(bar_widths(dates.times)[-1]), "ms")
    times = np.append(dates.times[known[0] :], last)
    steps = chances[known[0] :]
    steps = np.vstack([steps, steps[-1]])
    for place in range(len(classes) - 1, -1, -1):
        drawn.add_scatter(
            x=times, y=np.round(steps[:, place], 4), mode="lines", stackgroup="believed", yaxis="y4", hoverinfo="skip",
            line={"shape": "hv", "width": 0.8, "color": palette.page}, fillcolor=colours[place],
            name=html.escape(classes[place]),
        )  # fmt: skip
    for note in names_inside(times, steps, classes):
        drawn.add_annotation(
            x=str(note.time), y=note.height, yref="y4", text=html.escape(note.name), showarrow=False, xanchor="left",
            xshift=6, font={"size": 13.5, "color": written_on(colours[note.place])},
        )  # fmt: skip


def _hover(drawn: go.Figure, dates: Dates, chances: NDArray[np.floating], classes: Sequence[str]) -> None:
    """The few most likely classes of each date, in words."""
    known = np.flatnonzero(np.isfinite(chances).all(1))
    said = [
        "<br>".join(f"{html.escape(classes[place])} {100 * row[place]:.0f} %" for place in np.argsort(-row)[:MOST])
        for row in chances[known]
    ]
    drawn.add_scatter(
        x=dates.times[known], y=np.full(len(known), 0.5), mode="markers", marker={"opacity": 0}, yaxis="y5",
        customdata=said, hovertemplate="%{customdata}<extra></extra>", name="believed",
    )  # fmt: skip


def _hatched(drawn: go.Figure, dates: Dates, height: float, axis: str, colour: str, opacity: float) -> None:
    """Cloudy dates over, or behind, a panel."""
    where = dates.cloudy
    marker = {"shape": "/", "size": 5, "solidity": 0.22, "fgcolor": colour, "bgcolor": "rgba(0,0,0,0)"}
    drawn.add_bar(
        x=dates.times[where], y=np.full(int(where.sum()), height), width=bar_widths(dates.times)[where],
        marker={"color": "rgba(0,0,0,0)", "pattern": marker, "line": {"width": 0}}, opacity=opacity, yaxis=axis,
        hoverinfo="skip",
    )  # fmt: skip


def _heading(drawn: go.Figure, y: float, bold: str, soft: str, palette: Palette) -> None:
    drawn.add_annotation(
        x=0, xref="paper", xshift=-LEFT, xanchor="left", y=y, yref="paper", yanchor="bottom", yshift=4, showarrow=False,
        bgcolor=palette.page, text=f"<b>{bold}</b>  <span style='color:{palette.soft}'>{soft}</span>",
    )  # fmt: skip
