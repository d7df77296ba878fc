"""What one pixel measured on both dates, and on their twins a year earlier, along the wavelengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from eodash.indices import DIGITAL
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.calendar_chart import day
from eodash.views.lines import end_labels
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

HEIGHT = 300


@dataclass(frozen=True)
class Shown:
    """A date of a series and how its spectrum is drawn."""

    index: int
    label: str  # before, after, a year before …
    tone: str
    dash: str = "solid"
    name: str = ""  # of a range; a date says itself

    def when(self, images: xr.DataArray) -> str:
        """The date, or the range, in words."""
        return self.name or day(images["time"].values[self.index].astype("datetime64[s]"), year=True)


def spectra(pixel: xr.DataArray, shown: Sequence[Shown], mode: Mode) -> go.Figure:
    """One line per date; an open line is a date on which the pixel was cloudy."""
    palette, x, ticks = PALETTES[mode], *_axis(pixel)
    drawn = figure(mode, HEIGHT, hovermode="x unified")
    ends, top, low = [], 0.0, 0.0
    for one in shown:
        values = _values(pixel, one.index)
        if not np.isfinite(values).any():
            continue
        clear = bool(pixel["clear"].values[one.index])
        drawn.add_scatter(
            x=x, y=values, mode="lines+markers", name=f"{one.label}, {one.when(pixel)}" + ("" if clear else ", cloudy"),
            line={"color": one.tone, "width": 2, "dash": one.dash}, hovertemplate="%{y:.3~g}",
            marker={"size": 6, "color": one.tone if clear else palette.page, "line": {"color": one.tone, "width": 1.5}},
        )  # fmt: skip
        top, low = max(top, float(np.nanmax(values))), min(low, float(np.nanmin(values)))
        ends.append((float(values[np.isfinite(values)][-1]), one.label, one.tone))
    top = 1.1 * top or 1.0
    end_labels(drawn, ends, (low, top), (0.0, 1.0), HEIGHT - 50)
    drawn.update_layout(
        margin={"l": 46, "r": 96, "t": 8, "b": 40},
        xaxis={"title": {"text": "wavelength (nm)" if ticks is None else "", "standoff": 6,
                         "font": {"size": 13, "color": palette.soft}}, "nticks": 6}
        | (ticks or {}),
        yaxis={"range": [low, top], "nticks": 5},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def spectra_table(pixel: xr.DataArray, shown: Sequence[Shown]) -> pd.DataFrame:
    table: dict[str, object] = {"band": [str(name) for name in pixel["band"].values]}
    for one in shown:
        moment = str(pixel["time"].values[one.index].astype("datetime64[D]"))
        table[f"{one.label}, {one.name or moment}"] = _values(pixel, one.index)
    return pd.DataFrame(table)


def _values(pixel: xr.DataArray, index: int) -> np.ndarray:
    stored = pixel.values[index].astype(np.float64)
    scale = 1.0 if pixel.attrs.get("units") == DIGITAL else 1e4
    return np.where(stored == NODATA, np.nan, stored / scale)


def _axis(pixel: xr.DataArray) -> tuple[np.ndarray, dict[str, object] | None]:
    """Wavelengths where the sensor says them, else the bands in their order."""
    names = [str(name) for name in pixel["band"].values]
    known = {band.name: band.centre for band in sensor_of(pixel.attrs).bands}
    centres = np.array([known.get(name, 0.0) for name in names])
    if (centres > 0).all() and (np.diff(centres) > 0).all():
        return centres, None
    places = np.arange(len(names))
    return places, {"tickvals": places.tolist(), "ticktext": names}
