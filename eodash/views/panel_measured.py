"""What was there to see: the images, the bands that were measured, an index of them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from eodash.cube import SCALE
from eodash.indices import DIGITAL
from eodash.sensors import sensor_of
from eodash.views.calendar_chart import hatch_marker
from eodash.views.lines import line
from eodash.views.panel import Dates, Floats, Panel, Sketch, dates_of
from eodash.views.picture import BAND, SPYNDEX, index_values
from eodash.views.theme import BANDS, PALETTES, PIXELS, Mode

IMAGES = "Images"
STRIP, MEASURED, INDEX = 23, 233, 150
"""Heights in px."""


def images_panel(dates: Dates, mode: Mode) -> Panel:
    """A cell per image: clear, or hatched."""
    palette = PALETTES[mode]

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        for where, name, marker in (
            (dates.clear, "clear", {"color": palette.accent, "line": {"width": 0}}),
            (dates.cloudy, "cloudy", hatch_marker(palette, 0.32) | {"line": {"width": 1, "color": palette.hatch}}),
        ):
            sketch.add_bar(
                x=dates.times[where], y=np.ones(int(where.sum())), width=dates.widths[where], marker=marker, yaxis=axis,
                hovertemplate=f"{name}<extra></extra>",
            )  # fmt: skip
        sketch.onto(drawn)

    return Panel(IMAGES, "", STRIP, draw, {"range": [0, 1], "visible": False}, hatched=False)


def measured_panel(
    series: xr.DataArray, dates: Dates, mode: Mode, bands: Sequence[str] | None = None, *, height: int = MEASURED
) -> Panel:
    """The bands of a series (time, band) that have a colour, or those of `bands` alone."""
    digital = series.attrs.get("units") == DIGITAL
    lines = coloured(series, mode, bands)
    known = [float(values[dates.clear].max()) for _, values, _ in lines if dates.clear.any()]
    top = max(1.0 if digital else 0.3, *(1.15 * each for each in known), 0.0)
    top = top if digital else min(top, 1.0)

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        for title, values, colour in lines:
            name = html.escape(title)
            line(sketch, dates.times, values, dates.clear, dates.seen, colour, name, axis, PALETTES[mode])
        if dates.clear.any():
            names = [(float(v[dates.clear][-1]), title.removesuffix(" 1"), colour) for title, v, colour in lines]
            sketch.ends(drawn, axis, names)
        sketch.onto(drawn)

    unit = "digital numbers" if digital else "reflectance"
    layout = {"range": [0, top], "tickformat": "~s" if digital else ".1f", "nticks": 5}
    return Panel("What the satellite measured", f"{unit}; open dots: cloudy", height, draw, layout)


def coloured(series: xr.DataArray, mode: Mode, wanted: Sequence[str] | None = None) -> list[tuple[str, Floats, str]]:
    """Title, values and colour of each band that has a colour."""
    per_unit = 1 if series.attrs.get("units") == DIGITAL else SCALE
    sensor = sensor_of(series.attrs)
    found: list[tuple[str, Floats, str]] = []
    for name in series["band"].values.tolist():
        title = sensor.band(name).title
        colour = BANDS[mode].get(title)
        if colour is not None and (wanted is None or name in wanted):
            found.append((title, series.sel(band=name).values / per_unit, colour))
    return found


def index_values_of(series: xr.DataArray, name: str) -> tuple[Floats, np.ndarray]:
    """The values of an index over a series (time, band), and where they are known."""
    values, known = index_values(series.transpose("band", "time"), name)
    return np.asarray(values, np.float64), np.asarray(known, bool)


def index_panel(
    series: xr.DataArray,
    name: str,
    dates: Dates,
    mode: Mode,
    *,
    height: int = INDEX,
    beside: xr.DataArray | None = None,
) -> Panel:
    """An index of a series (time, band), `ndvi` or any that its bands allow; that of a second pixel `beside` it."""
    both = [series] if beside is None else [series, beside]
    found = [(*index_values_of(each, name), dates_of(each)) for each in both]
    sensor = sensor_of(series.attrs)
    title = sensor.indices[name].title if name in sensor.indices else name.removeprefix(SPYNDEX).removeprefix(BAND)
    clear = np.concatenate([values[known & there.clear] for values, known, there in found])
    low, high = index_limits(clear, name in sensor.indices)
    called = [html.escape(title)] if beside is None else ["1", "2, pinned"]

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch, names = Sketch(), []
        for (values, known, there), said, colour in zip(
            found, called, (PALETTES[mode].accent, PIXELS[0]), strict=False
        ):
            seen, shown = there.seen & known, there.clear & known
            line(sketch, there.times, values, shown, seen, colour, said, axis, PALETTES[mode])
            if beside is not None and shown.any():
                names.append((float(values[shown][-1]), said, colour))
        sketch.ends(drawn, axis, names)
        sketch.onto(drawn)

    layout = {"range": [low, high], "nticks": 5, "tickformat": ".1f" if high - low > 0.2 else ".2f"}
    return Panel(html.escape(title), "index; open dots: cloudy", height, draw, layout)


def index_limits(values: Floats, named: bool) -> tuple[float, float]:
    """From nothing to one for the indices of a sensor's own; around its values for another."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    if named:
        return (low - 0.05 if low < 0 else 0.0), 1.0
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    rim = 0.08 * (high - low) or max(abs(high), 1e-6) * 0.1
    return low - rim, high + rim
