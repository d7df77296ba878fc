"""The numbers of pixels over the dates, as a table: what the series and the chain draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from eodash.preprocess.units import per_unit
from eodash.sources.contract import NODATA
from eodash.views.calendar_chart import Pixel, panel_layer
from eodash.views.chain_chart import Line, line_of


def series_table(cube: xr.DataArray, pixels: Sequence[Pixel], layer: str) -> pd.DataFrame:
    """A row for each pixel and date: whether it was clear, the layer, every band."""
    layer = panel_layer(cube, layer)
    return pd.concat([_pixel(cube, pixel, layer) for pixel in pixels], ignore_index=True)


def _pixel(cube: xr.DataArray, pixel: Pixel, layer: str) -> pd.DataFrame:
    one = cube[:, :, pixel.row : pixel.row + 1, pixel.column : pixel.column + 1].load()
    drawn, bands = line_of(one, layer), one["band"].values.tolist()
    stored = one.values[:, :, 0, 0]
    values = np.where(stored != NODATA, stored / per_unit(one.attrs), np.nan)
    columns = {"pixel": pixel.number, "date": drawn.times, "clear": drawn.clear, layer: _known(drawn)}
    return pd.DataFrame(columns | {band: values[:, place].round(5) for place, band in enumerate(bands)})


def chain_table(before: xr.DataArray, after: xr.DataArray, name: str) -> pd.DataFrame:
    """One pixel as it was fetched and after the chain, by date."""
    raw, done = line_of(before, name), line_of(after, name)
    fetched = pd.DataFrame({"fetched": _known(raw), "cloudy": raw.seen & ~raw.clear}, index=raw.times)
    prepared = pd.DataFrame({"prepared": _known(done)}, index=done.times)
    return fetched.join(prepared, how="outer").rename_axis("date").reset_index()


def _known(line: Line) -> np.ndarray:
    """Not a number where there is none."""
    found: np.ndarray = np.where(line.seen, line.values, np.nan).round(5)
    return found
