"""What a chain does to a pixel: before and after on one calendar axis."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.preprocess.units import RANGE, ZSCORE, per_unit, units_of
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.calendar_chart import bar_widths, date_line, hatch_marker, span
from eodash.views.lines import end_labels
from eodash.views.picture import BAND, SPYNDEX, index_values
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, Palette, calendar, figure, plain_axes

HEIGHT, TALL = 330, 520
UNITS = {ZSCORE: "standard deviations", RANGE: "share of the pixel's range"}


@dataclass(frozen=True, eq=False)
class Line:
    """One band or index of one pixel."""

    times: NDArray[np.datetime64]
    values: NDArray[np.floating]
    seen: NDArray[np.bool_]
    clear: NDArray[np.bool_]  # and seen


def line_of(cube: xr.DataArray, name: str) -> Line:
    """The series of a band (`B08` or `band:B08`), else of an index, of a cube of one pixel."""
    name = name.removeprefix(BAND)
    one = cube.squeeze(["y", "x"]) if "y" in cube.dims else cube
    if name in one["band"].values.tolist():
        stored = one.sel(band=name).values
        seen = stored != NODATA
        values: NDArray[np.floating] = np.where(seen, stored, 0) / per_unit(cube.attrs)
    elif units_of(cube.attrs) in UNITS:  # an index of normalised values says nothing
        values, seen = np.zeros(one.sizes["time"]), np.zeros(one.sizes["time"], bool)
    else:
        values, seen = index_values(one.transpose("band", "time"), name)
    return Line(one["time"].values.astype("datetime64[s]"), values, seen, one["clear"].values & seen)


def before_after(
    before: xr.DataArray,
    after: xr.DataArray,
    name: str,
    mode: Mode,
    chosen: np.datetime64 | None = None,
    steps: Sequence[tuple[str, xr.DataArray]] = (),
) -> go.Figure:
    """One pixel as it was fetched and after the chain; thin lines: after each block on the way.

    Where the chain changes the unit, the two have a panel each.
    """
    palette = PALETTES[mode]
    raw, done = line_of(before, name), line_of(after, name)
    apart = units_of(before.attrs) != units_of(after.attrs)
    drawn = figure(mode, TALL if apart else HEIGHT, hovermode="x unified", barmode="overlay")
    on_the_way = [(title, line_of(cube, name)) for title, cube in steps[:-1] if _same_unit(cube, after)]
    upper, lower = ((0.58, 0.93), (0.0, 0.4)) if apart else ((0.0, 0.9), (0.0, 0.9))
    shown = [raw.values[raw.clear if raw.clear.any() else raw.seen]]
    result = [line.values[line.seen] for line in (done, *(line for _, line in on_the_way))]
    limits = _limits(shown if apart else shown + result)
    limits_after = _limits(result) if apart else limits
    axis = "y2" if apart else "y"

    _hatch(drawn, raw, limits, "y", palette)
    _before(drawn, raw, palette)
    for title, line in on_the_way:
        _thin(drawn, line, title, axis, palette)
    _after(drawn, done, raw, axis, palette)

    title, unit = _title(before, name)
    _heading(drawn, upper[1], title, unit + ("as fetched" if apart else "grey: as fetched"), palette)
    if apart:
        _heading(drawn, lower[1], f"{title}, prepared", UNITS.get(units_of(after.attrs), "reflectance"), palette)
        _ends(drawn, [(raw, "fetched", palette.soft)], limits, upper, TALL)
        _ends(drawn, [(done, "prepared", palette.accent)], limits_after, lower, TALL)
    else:
        both = [(raw, "fetched", palette.soft), (done, "prepared", palette.accent)]
        _ends(drawn, both, limits, upper, HEIGHT)
    if not done.seen.any():
        _nothing(drawn, lower, name.removeprefix(BAND) not in after["band"].values.tolist() and apart, palette)
    drawn.update_layout(
        xaxis=calendar(span(before), anchor=axis),
        yaxis={"domain": upper, "range": limits, "nticks": 6},
        margin={"l": LEFT, "r": RIGHT, "t": 26, "b": 28},
    )
    if apart:
        drawn.update_layout(yaxis2={"domain": lower, "range": limits_after, "nticks": 6})
    if chosen is not None:
        date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def _same_unit(one: xr.DataArray, other: xr.DataArray) -> bool:
    return units_of(one.attrs) == units_of(other.attrs)


def _title(cube: xr.DataArray, name: str) -> tuple[str, str]:
    """What is drawn, and its unit with a comma behind it; names of bands come from files, so they are escaped."""
    sensor, band = sensor_of(cube.attrs), name.removeprefix(BAND)
    if band in sensor.names:
        title = html.escape(f"{sensor.band(band).title} ({band})")
        return title, f"{units_of(cube.attrs).removesuffix(' × 10⁴')}, "
    return html.escape(sensor.indices[name].title if name in sensor.indices else name.removeprefix(SPYNDEX)), ""


def _limits(parts: Sequence[NDArray[np.floating]]) -> tuple[float, float]:
    """A range that holds all values with some air, at least a tenth high."""
    values = np.concatenate(parts)
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    air = max(0.06 * (high - low), (0.1 - (high - low)) / 2)
    return low - air, high + air


def _before(drawn: go.Figure, raw: Line, palette: Palette) -> None:
    """A grey line through clear dates with open dots; fainter dots alone where it was cloudy."""
    for where, name, mode, opacity in (
        (raw.clear, "fetched", "lines+markers", 1.0),
        (raw.seen & ~raw.clear, "fetched, cloudy", "markers", 0.6),
    ):
        drawn.add_scatter(
            x=raw.times[where],
            y=np.round(raw.values[where], 4),
            mode=mode,
            line={"color": palette.axis, "width": 1.5},
            marker={
                "size": 7,
                "color": palette.page,
                "line": {"color": palette.soft, "width": 1.2},
                "opacity": opacity,
            },
            name=name,
            hovertemplate="%{y:.3f}",
        )


def _after(drawn: go.Figure, done: Line, raw: Line, axis: str, palette: Palette) -> None:
    """The accent line on its own dates, broken where nothing is known; full dots where something was measured."""
    measured = np.isin(done.times, raw.times[raw.clear])
    drawn.add_scatter(
        x=done.times,
        y=np.where(done.seen, np.round(done.values, 4), np.nan),
        mode="lines+markers",
        connectgaps=False,
        line={"color": palette.accent, "width": 2.5},
        marker={
            "size": 6,
            "color": np.where(measured, palette.accent, palette.page).tolist(),
            "line": {"color": palette.accent, "width": 1.5},
        },
        name="prepared",
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )


def _thin(drawn: go.Figure, line: Line, title: str, axis: str, palette: Palette) -> None:
    drawn.add_scatter(
        x=line.times[line.seen],
        y=np.round(line.values[line.seen], 4),
        mode="lines",
        line={"color": palette.accent, "width": 1, "dash": "dot"},
        opacity=0.55,
        name=f"after {title}",
        yaxis=axis,
        hovertemplate="%{y:.3f}",
    )


def _hatch(drawn: go.Figure, raw: Line, limits: tuple[float, float], axis: str, palette: Palette) -> None:
    cloudy = raw.seen & ~raw.clear
    drawn.add_bar(
        x=raw.times[cloudy],
        y=np.full(int(cloudy.sum()), limits[1] - limits[0]),
        base=limits[0],
        width=bar_widths(raw.times)[cloudy],
        marker=hatch_marker(palette, 0.22) | {"line": {"width": 0}},
        opacity=0.4,
        yaxis=axis,
        hoverinfo="skip",
    )


def _heading(drawn: go.Figure, top: float, bold: str, soft: str, palette: Palette) -> None:
    drawn.add_annotation(
        x=0,
        xref="paper",
        xshift=-LEFT,
        xanchor="left",
        y=top,
        yref="paper",
        yanchor="bottom",
        yshift=4,
        showarrow=False,
        bgcolor=palette.page,
        text=f"<b>{bold}</b>  <span style='color:{palette.soft}'>{soft}</span>",
    )


def _ends(
    drawn: go.Figure,
    lines: Sequence[tuple[Line, str, str]],
    limits: tuple[float, float],
    domain: tuple[float, float],
    height: int,
) -> None:
    """Names of the lines that have an end."""
    known = [(float(line.values[line.seen][-1]), name, colour) for line, name, colour in lines if line.seen.any()]
    end_labels(drawn, known, limits, domain, height)


def _nothing(drawn: go.Figure, domain: tuple[float, float], meaningless: bool, palette: Palette) -> None:
    said = (
        "An index of normalised values says nothing: choose a band."
        if meaningless
        else "Nothing is known of this pixel after the chain."
    )
    drawn.add_annotation(
        x=0.5,
        xref="paper",
        y=(domain[0] + domain[1]) / 2,
        yref="paper",
        showarrow=False,
        text=said,
        font={"color": palette.soft},
        bgcolor=palette.page,
    )
