"""Charts on the calendar: what a pixel measured, and which images there are."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.indices import DIGITAL
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.drawing import Canvas, layout_of
from eodash.views.lines import end_labels, line
from eodash.views.picture import BAND, SPYNDEX, band_layers, index_layers, index_values, layers
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

    index = panel_layer(cube, index)
    _strip(drawn, times, clear, seen, palette)
    low, high = _index_panel(drawn, cube, pixels, index, palette)
    top = _bands_panel(drawn, one, times, clear, seen, palette, mode)
    for axis, base, height in (("y2", low, high - low), ("y3", 0.0, top)):
        _hatch(drawn, times, seen & ~clear, base, height, axis, palette)

    digital, named = cube.attrs.get("units") == DIGITAL, index in sensor_of(cube.attrs).indices
    headings = {
        "y": ("Images", f"pixel {newest.number}; hatched: cloudy"),
        "y2": (_title(cube, index), "each pinned pixel; open dots: cloudy"),
        "y3": (
            f"What the satellite measured at pixel {newest.number}",
            "digital numbers" if digital else "reflectance",
        ),
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
        yaxis2={
            "domain": domains["y2"],
            "range": [low, high],
            **({"dtick": 0.5, "tickformat": ".1f"} if named else {"nticks": 5}),
        },
        yaxis3={"domain": domains["y3"], "range": [0, top], "tickformat": "~s" if digital else ".1f", "nticks": 5},
        margin={"l": LEFT, "r": RIGHT, "t": 26, "b": 28},
    )
    date_line(drawn, chosen, palette)
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


def panel_layer(cube: xr.DataArray, asked: str) -> str:
    """The layer that the middle panel draws: the one asked for if the bands give it, else an index, else a band."""
    sensor, bands = sensor_of(cube.attrs), tuple(cube["band"].values.tolist())
    simple = [name for name in layers(sensor, bands) if name not in sensor.composites]
    if asked in simple or asked in band_layers(sensor, bands):
        return asked
    if asked.startswith(SPYNDEX) and asked in index_layers(sensor, bands, cube.attrs.get("units", "")):
        return asked
    return simple[0] if simple else f"{BAND}{bands[0]}"


def _title(cube: xr.DataArray, layer: str) -> str:
    """What the middle panel is called; names of bands come from files, so they are escaped."""
    sensor = sensor_of(cube.attrs)
    if layer in sensor.indices:
        return html.escape(sensor.indices[layer].title)
    return html.escape(layer.removeprefix(SPYNDEX).removeprefix(BAND))


def _index_panel(
    drawn: go.Figure, cube: xr.DataArray, pixels: Sequence[Pixel], index: str, palette: Palette
) -> tuple[float, float]:
    """One line per pixel; the range that holds them, at least 0–1 for a normalised difference."""
    times = cube["time"].values.astype("datetime64[s]")
    ends: list[tuple[float, str, str]] = []
    measured = []
    for pixel in pixels:
        values, seen = index_values(cube[:, :, pixel.row, pixel.column].transpose("band", "time").load(), index)
        clear = cube["clear"].values[:, pixel.row, pixel.column] & seen
        line(drawn, times, values, clear, seen, pixel.colour, f"pixel {pixel.number}", "y2", palette)
        if clear.any():
            ends.append((float(values[clear][-1]), f"pixel {pixel.number}", pixel.colour))
            measured += [float(values[clear].min()), float(values[clear].max())]
    if index in sensor_of(cube.attrs).indices:
        low, high = min([0.0, *(value - 0.05 for value in measured)]), 1.0
    else:
        low, high = _round_limits(measured)
    end_labels(drawn, ends, (low, high), (0.54, 0.86), HEIGHT)
    return low, high


def _round_limits(measured: Sequence[float]) -> tuple[float, float]:
    """A range around values of any size."""
    if not measured:
        return 0.0, 1.0
    low, high = min(measured), max(measured)
    rim = 0.08 * (high - low) or max(abs(high), 1e-6) * 0.1
    return low - rim, high + rim


def _bands_panel(
    drawn: go.Figure,
    one: xr.DataArray,
    times: NDArray[np.datetime64],
    clear: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    palette: Palette,
    mode: Mode,
) -> float:
    """The five bands that have a colour, or the first five of a sensor that has none of them; the top of the axis."""
    ends: list[tuple[float, str, str]] = []
    digital = one.attrs.get("units") == DIGITAL
    top = 1.0 if digital else 0.3
    for name, title, colour in _drawn_bands(one, mode):
        values = one.sel(band=name).values / (1 if digital else 1e4)
        line(drawn, times, values, clear, seen, colour, title, "y3", palette)
        if clear.any():
            ends.append((float(values[clear][-1]), title.removesuffix(" 1"), colour))
            top = max(top, float(values[clear].max()) * 1.15)
    top = top if digital else min(top, 1.0)
    end_labels(drawn, ends, (0.0, top), (0.0, 0.43), HEIGHT)
    return top


def _drawn_bands(one: xr.DataArray, mode: Mode) -> list[tuple[str, str, str]]:
    """Name, title and colour of each band that is drawn as a line."""
    sensor, names = sensor_of(one.attrs), one["band"].values.tolist()
    titled = [(name, sensor.band(name).title) for name in names]
    known = [(name, title, BANDS[mode][title]) for name, title in titled if title in BANDS[mode]]
    return known or [
        (name, html.escape(name), colour) for name, colour in zip(names, BANDS[mode].values(), strict=False)
    ]


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


def date_line(drawn: go.Figure | Canvas, chosen: np.datetime64, palette: Palette) -> None:
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
        text=tag(drawn, chosen),
        font={"color": palette.page, "size": 13.5},
        bgcolor=palette.ink,
        borderpad=3,
    )


def move_date(drawn: go.Figure, chosen: np.datetime64) -> None:
    """Put the line of the chosen date of a drawn series elsewhere: drawing it anew takes twenty times as long."""
    moment = str(chosen.astype("datetime64[s]"))
    layout = layout_of(drawn)
    layout["shapes"][-1].update(x0=moment, x1=moment)
    layout["annotations"][-1].update(x=moment, text=_tag(layout["xaxis"]["range"], chosen))


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


def tag(drawn: go.Figure | Canvas, time: np.datetime64) -> str:
    """A date as a chart names it: with its year where the axis is longer than one."""
    return _tag(drawn.layout.xaxis.range, time)


def _tag(edges: Sequence[object], time: np.datetime64) -> str:
    start, end = (np.datetime64(str(edge)[:10], "D") for edge in edges)
    return day(time, year=bool(end - start > np.timedelta64(400, "D")))


def day(time: np.datetime64, year: bool = False) -> str:
    """`27 Jun`, or `27 Jun 2024`."""
    moment = time.astype("datetime64[D]").item()
    return f"{moment.day} {moment:%b %Y}" if year else f"{moment.day} {moment:%b}"
