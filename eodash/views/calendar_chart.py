"""Charts on the calendar: what a pixel measured, and which images there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.picture import index_values
from eodash.views.theme import (
    BANDS,
    LEFT,
    PALETTES,
    PIXELS,
    RIGHT,
    Mode,
    Palette,
    calendar,
    figure,
    plain_axes,
)

HEIGHT = 640


@dataclass(frozen=True)
class Pixel:
    """A pinned pixel: its number on map and chart, and where it lies."""

    number: int
    row: int
    column: int

    @property
    def colour(self) -> str:
        return PIXELS[(self.number - 1) % len(PIXELS)]


def span(cube: xr.DataArray) -> tuple[np.datetime64, np.datetime64]:
    """The season of a run and seven days on either side: the range of every calendar axis."""
    times = cube["time"].values.astype("datetime64[D]")
    week = np.timedelta64(7, "D")
    return times[0] - week, times[-1] + week


def series(cube: xr.DataArray, pixels: Sequence[Pixel], index: str, chosen: np.datetime64, mode: Mode) -> go.Figure:
    """Images, an index of every pinned pixel, and the bands of the newest one, on one calendar axis."""
    palette = PALETTES[mode]
    newest = pixels[-1]
    one = cube[:, :, newest.row, newest.column].load()
    times = cube["time"].values.astype("datetime64[s]")
    seen = (one.values != NODATA).all(1)
    clear = one["clear"].values & seen
    drawn = figure(mode, HEIGHT, hovermode="x unified", barmode="overlay")
    limits = span(cube)
    domains = {"y": (0.945, 0.985), "y2": (0.54, 0.86), "y3": (0.0, 0.43)}

    _strip(drawn, times, clear, seen, palette)
    low, high = _index_panel(drawn, cube, pixels, index, palette, mode)
    top = _bands_panel(drawn, one, times, clear, seen, palette, mode)
    for axis, base, height in (("y2", low, high - low), ("y3", 0.0, top)):
        _hatch(drawn, times, seen & ~clear, base, height, axis, palette)

    title = sensor_of(cube.attrs).indices[index].title
    headings = {
        "y": ("Images", f"pixel {newest.number}; hatched: cloudy"),
        "y2": (title, "each pinned pixel; open dots: cloudy"),
        "y3": (f"What the satellite measured at pixel {newest.number}", "reflectance"),
    }
    for axis, (bold, soft) in headings.items():
        drawn.add_annotation(
            x=0,
            xref="paper",
            xshift=-LEFT,
            xanchor="left",
            y=domains[axis][1],
            yref="paper",
            yanchor="bottom",
            yshift=4,
            showarrow=False,
            bgcolor=palette.page,
            text=f"<b>{bold}</b>  <span style='color:{palette.soft}'>{soft}</span>",
        )
    drawn.update_layout(
        xaxis=calendar(limits, anchor="y3"),
        yaxis={"domain": domains["y"], "range": [0, 1], "visible": False},
        yaxis2={"domain": domains["y2"], "range": [low, high], "dtick": 0.5, "tickformat": ".1f"},
        yaxis3={"domain": domains["y3"], "range": [0, top], "tickformat": ".1f", "nticks": 5},
        margin={"l": LEFT, "r": RIGHT, "t": 26, "b": 28},
    )
    _chosen_date(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def _strip(
    drawn: go.Figure, times: NDArray[np.datetime64], clear: NDArray[np.bool_], seen: NDArray[np.bool_], palette: Palette
) -> None:
    widths = bar_widths(times)
    for where, marker, name in (
        (clear, {"color": palette.accent}, "clear"),
        (seen & ~clear, hatch_marker(palette, 0.32), "cloudy"),
    ):
        drawn.add_bar(
            x=times[where],
            y=np.ones(int(where.sum())),
            width=widths[where],
            marker=marker | {"line": {"width": 0 if name == "clear" else 1, "color": palette.hatch}},
            hovertemplate=f"{name}<extra></extra>",
            yaxis="y",
        )


def _index_panel(
    drawn: go.Figure, cube: xr.DataArray, pixels: Sequence[Pixel], index: str, palette: Palette, mode: Mode
) -> tuple[float, float]:
    """One line per pixel; the range that holds them, at least 0–1."""
    times = cube["time"].values.astype("datetime64[s]")
    ends: list[tuple[float, str, str]] = []
    low, high = 0.0, 1.0
    for pixel in pixels:
        values, seen = index_values(cube[:, :, pixel.row, pixel.column].transpose("band", "time").load(), index)
        clear = cube["clear"].values[:, pixel.row, pixel.column] & seen
        _line(drawn, times, values, clear, seen, pixel.colour, f"pixel {pixel.number}", "y2", palette)
        if clear.any():
            ends.append((float(values[clear][-1]), f"pixel {pixel.number}", pixel.colour))
            low = min(low, float(values[clear].min()) - 0.05)
    _end_labels(drawn, ends, (low, high), (0.54, 0.86), palette)
    return low, high


def _bands_panel(
    drawn: go.Figure,
    one: xr.DataArray,
    times: NDArray[np.datetime64],
    clear: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    palette: Palette,
    mode: Mode,
) -> float:
    """The five bands that have a colour; the top of the axis."""
    sensor = sensor_of(one.attrs)
    ends: list[tuple[float, str, str]] = []
    top = 0.3
    for name in one["band"].values.tolist():
        title = sensor.band(name).title
        if title not in BANDS[mode]:
            continue
        values = one.sel(band=name).values / 1e4
        _line(drawn, times, values, clear, seen, BANDS[mode][title], title, "y3", palette)
        if clear.any():
            ends.append((float(values[clear][-1]), title.removesuffix(" 1"), BANDS[mode][title]))
            top = max(top, float(values[clear].max()) * 1.15)
    top = min(top, 1.0)
    _end_labels(drawn, ends, (0.0, top), (0.0, 0.43), palette)
    return top


def _line(
    drawn: go.Figure,
    times: NDArray[np.datetime64],
    values: NDArray[np.floating],
    clear: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    colour: str,
    name: str,
    axis: str,
    palette: Palette,
) -> None:
    """A line through clear dates, open dots where it was cloudy."""
    drawn.add_scatter(
        x=times[clear],
        y=np.round(values[clear], 4),
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 6, "color": colour},
        name=name,
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )
    cloudy = seen & ~clear
    drawn.add_scatter(
        x=times[cloudy],
        y=np.round(values[cloudy], 4),
        mode="markers",
        marker={"size": 5, "color": palette.page, "line": {"color": colour, "width": 1}, "opacity": 0.7},
        name=f"{name}, cloudy",
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )


def _end_labels(
    drawn: go.Figure,
    ends: list[tuple[float, str, str]],
    limits: tuple[float, float],
    domain: tuple[float, float],
    palette: Palette,
) -> None:
    """Names at the right end of lines, pushed apart so that none hides another."""
    low, high = limits
    step = 17 / (HEIGHT - 54)
    places: list[float] = []
    for value, name, colour in sorted(ends):
        share = (min(max(value, low), high) - low) / (high - low)
        place = domain[0] + share * (domain[1] - domain[0])
        places.append(max(place, places[-1] + step) if places else place)
        drawn.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=places[-1],
            yref="paper",
            yanchor="middle",
            showarrow=False,
            text=f"<span style='color:{colour}'>●</span> {name}",
            font={"size": 13.5},
        )


def _hatch(
    drawn: go.Figure,
    times: NDArray[np.datetime64],
    where: NDArray[np.bool_],
    base: float,
    height: float,
    axis: str,
    palette: Palette,
) -> None:
    drawn.add_bar(
        x=times[where],
        y=np.full(int(where.sum()), height),
        base=base,
        width=bar_widths(times)[where],
        marker=hatch_marker(palette, 0.22) | {"line": {"width": 0}},
        opacity=0.4,
        yaxis=axis,
        hoverinfo="skip",
    )


def _chosen_date(drawn: go.Figure, chosen: np.datetime64, palette: Palette) -> None:
    moment = str(chosen.astype("datetime64[s]"))
    drawn.add_shape(
        type="line", x0=moment, x1=moment, xref="x", y0=0, y1=1, yref="paper", line={"color": palette.ink, "width": 1.5}
    )
    drawn.add_annotation(
        x=moment,
        xref="x",
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        text=day(chosen),
        font={"color": palette.page, "size": 13.5},
        bgcolor=palette.ink,
        borderpad=3,
    )


def move_date(drawn: go.Figure, chosen: np.datetime64) -> None:
    """Put the line of the chosen date of a drawn series elsewhere: drawing it anew takes twenty times as long."""
    moment = str(chosen.astype("datetime64[s]"))
    drawn.layout.shapes[-1].update(x0=moment, x1=moment)
    drawn.layout.annotations[-1].update(x=moment, text=day(chosen))


def bar_widths(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Widths in ms: .86 of the smaller distance to a neighbour, at most five days."""
    gaps = np.diff(times) / np.timedelta64(1, "ms")
    nearest = np.minimum(np.append(gaps, np.inf), np.insert(gaps, 0, np.inf))
    widths: NDArray[np.float64] = 0.86 * np.minimum(nearest, 5 * 864e5)
    return widths


def hatch_marker(palette: Palette, solidity: float) -> dict[str, object]:
    return {
        "color": "rgba(0,0,0,0)",
        "pattern": {
            "shape": "/",
            "size": 5,
            "solidity": solidity,
            "fgcolor": palette.hatch,
            "bgcolor": "rgba(0,0,0,0)",
        },
    }


def day(time: np.datetime64, year: bool = False) -> str:
    """`27 Jun`, or `27 Jun 2024`."""
    moment = time.astype("datetime64[D]").item()
    return f"{moment.day} {moment:%b %Y}" if year else f"{moment.day} {moment:%b}"
