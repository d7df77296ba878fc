"""Which values mattered, in numbers: what a method says of every date and band, and how much of it lies on clouds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.sensors import sensor_of
from eodash.views.panel import Dates, Floats, Times
from eodash.views.theme import BANDS, PALETTES, Mode
from eodash.views.value_map import limits_for

Method = Literal["gradient", "integrated", "occlusion"]
METHODS: dict[Method, str] = {
    "gradient": "Gradient",
    "integrated": "Integrated gradients",
    "occlusion": "Occlusion",
}


@dataclass(frozen=True, eq=False)
class Saliency:
    """What one method says of one series, as far as the date of the score."""

    method: Method
    values: Floats  # (time, band): the signed share of each value; of an occlusion empty
    over_time: Floats  # (time,): of an occlusion the fall of the score without a date, else the sum of |values|
    over_band: Floats  # (band,): the same of bands
    bands: tuple[str, ...]  # of the card, in its order
    titles: tuple[str, ...]
    dates: Dates
    seen: NDArray[np.bool_]  # (time,) what the network was shown
    last: int  # index of the date of the score
    winner: str
    score: float
    baseline: float = float("nan")  # score of the mean spectrum
    gap: float = float("nan")

    @property
    def times(self) -> Times:
        return self.dates.times

    @property
    def any(self) -> bool:
        """Whether the network saw anything."""
        return bool(self.seen.any())

    @property
    def by_then(self) -> NDArray[np.bool_]:
        """Dates that there are as far as that of the score, shown to the network or not."""
        there: NDArray[np.bool_] = self.dates.seen & (np.arange(len(self.times)) <= self.last)
        return there

    @property
    def cloudy(self) -> NDArray[np.bool_]:
        """Those of them that are cloudy."""
        cloudy: NDArray[np.bool_] = self.by_then & ~self.dates.clear
        return cloudy

    @property
    def cloudy_share(self) -> float:
        """Share of the dates by then that are cloudy."""
        return float(self.cloudy.sum() / max(1, self.by_then.sum()))

    @property
    def share_on_clouds(self) -> float:
        """Share of Σ|value| that lies on them; not a number where all of it is nothing."""
        size = np.abs(np.nan_to_num(self.over_time))
        total = float(size[self.seen].sum())
        return float(size[self.cloudy].sum() / total) if total > 0 else float("nan")

    @property
    def limits(self) -> tuple[float, float]:
        """Symmetric, at q98.5 of |value|."""
        return limits_for(self.values[self.seen], "diverging")


def saliency_of(explained: xr.Dataset, series: xr.DataArray, dates: Dates, method: Method) -> Saliency:
    """What a method says, out of an explanation of a series (time, band)."""
    bands = tuple(str(band) for band in explained["band"].values.tolist())
    sensor = sensor_of(series.attrs)
    if method == "occlusion":
        values = np.zeros((0, len(bands)))
        over_time = explained["occlusion_time"].values.astype(float)
        over_band = explained["occlusion_band"].values.astype(float)
    else:
        values = explained[method].transpose("time", "band").values.astype(float)
        over_time, over_band = np.abs(values).sum(1), np.abs(values).sum(0)
    attrs = explained.attrs
    titles = tuple(sensor.band(band).title for band in bands)
    seen, last = explained["seen"].values.astype(bool), int(attrs.get("date", len(dates.times) - 1))
    score, baseline, gap = (float(attrs.get(name, np.nan)) for name in ("score", "baseline_score", "gap"))
    winner = str(attrs.get("winner") or "")
    return Saliency(
        method, values, over_time, over_band, bands, titles, dates, seen, last, winner, score, baseline, gap
    )


def colour_of(title: str, mode: Mode) -> str:
    """Of a band by its title; soft ink where it has none of its own."""
    return BANDS[mode].get(title, PALETTES[mode].soft)


def table(found: Saliency, series: xr.DataArray) -> dict[str, list[object]]:
    """A row per date that the network saw; the value and what it carries, band by band."""
    rows = np.flatnonzero(found.seen)
    made: dict[str, list[object]] = {
        "date": [str(each)[:10] for each in found.times[rows]],
        "cloudy": [bool(each) for each in found.cloudy[rows]],
    }
    if found.method == "occlusion":
        made["score falls without it by"] = [round(float(each), 6) for each in found.over_time[rows]]
        return made
    for place, band in enumerate(found.bands):
        made[band] = [int(each) for each in series.sel(band=band).values[rows]]
        made[f"{found.method} {band}"] = [float(f"{each:.4g}") for each in found.values[rows, place]]
    return made


def band_table(found: Saliency) -> dict[str, list[object]]:
    """A row per band."""
    said = "score falls without it by" if found.method == "occlusion" else "sum of sizes over the dates"
    return {
        "band": list(found.bands),
        "name": list(found.titles),
        said: [float(f"{each:.4g}") for each in found.over_band],
    }
