"""What the doctor looks at: some pixels of a series, always the same ones, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import SCALE
from eodash.doctor.library import known_as
from eodash.errors import RasterError
from eodash.sensors import Band, Sensor, sensor_of
from eodash.sources.contract import NODATA

POSITIONS, VALUES = 4096, 4_000_000
"""Most pixels looked at per date, and most values altogether."""
LITTLE = 100
"""Fewer pixels than this say nothing about a scene."""
SPECTRA = 5_000
"""Most spectra that are judged."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The same pixels on every date: values (date, pixel, band) as the cube holds them."""

    values: NDArray[np.int16]
    clear: NDArray[np.bool_]  # date, pixel
    times: tuple[str, ...]
    bands: tuple[str, ...]
    known: tuple[str, ...]  # the library's name of each band; empty where it has none
    titles: tuple[str, ...]
    sensor: str
    level: str  # l2a, l1c, or empty where the numbers are not known to be reflectance

    @property
    def seen(self) -> NDArray[np.bool_]:
        return np.asarray(self.values != NODATA, dtype=bool)

    @property
    def reflectance(self) -> bool:
        return bool(self.level)

    def without(self, masked: NDArray[np.bool_], dates: NDArray[np.bool_]) -> Sample:
        """The same without these values and these dates."""
        values = np.where(masked, np.int16(NODATA), self.values)[~dates]
        times = tuple(time for time, out in zip(self.times, dates, strict=True) if not out)
        return replace(self, values=values, clear=self.clear[~dates], times=times)


@dataclass(frozen=True, eq=False)
class Spectra:
    """Whole spectra, clear ones where a date has enough of them: (pixel, band) in reflectance, and each one's date."""

    values: NDArray[np.float64]
    date: NDArray[np.int64]
    columns: tuple[int, ...]  # the bands, as the sample counts them
    known: tuple[str, ...]
    cloudy: frozenset[int] = frozenset()  # dates without enough clear pixels, judged by the others


def sampled(cube: xr.DataArray) -> Sample:
    """Pixels on an even net over the area, enough for every question."""
    dates, bands, rows, columns = cube.shape
    most = int(np.clip(VALUES // (dates * bands), 256, POSITIONS))
    total = rows * columns
    at = np.unique(np.random.default_rng(0).choice(total, most, replace=False)) if total > most else np.arange(total)
    y, x = np.unravel_index(at, (rows, columns))
    values = np.stack([cube.data[index][:, y, x].T for index in range(dates)]).astype(np.int16, copy=False)
    clear = np.stack([cube["clear"].values[index][y, x] for index in range(dates)])
    names = tuple(str(name) for name in cube["band"].values)
    sensor = _sensor(cube)
    described = [_band(sensor, name) for name in names]
    level = _level(cube, sensor)
    return Sample(
        values,
        clear & (values != NODATA).any(2),
        tuple(str(time) for time in cube["time"].values.astype("datetime64[s]")),
        names,
        tuple(known_as([band.code for band in described], names, level or "l2a")),
        tuple(band.title for band in described),
        sensor.name if sensor else "",
        level,
    )


def spectra(sample: Sample) -> Spectra | None:
    """What can be judged by its spectrum; None where that is too little."""
    seen = sample.seen
    share = seen.mean((0, 1)) / max(float(seen.any(2).mean()), 1e-9)
    columns = tuple(index for index, name in enumerate(sample.known) if name and share[index] > 0.5)
    if len(columns) < 2 or not sample.reflectance:
        return None
    whole = np.asarray(seen[:, :, list(columns)].all(2), dtype=bool)
    per_date = max(SPECTRA // max(len(sample.times), 1), 40)
    rng = np.random.default_rng(1)
    parts, dates, cloudy = [], [], set()
    for index in range(len(sample.times)):
        usable = np.flatnonzero(whole[index] & sample.clear[index])
        if len(usable) < 0.1 * whole.shape[1]:
            usable = np.flatnonzero(whole[index])
            cloudy.add(index)
        pick = usable if len(usable) <= per_date else np.sort(rng.choice(usable, per_date, replace=False))
        parts.append(sample.values[index][pick][:, list(columns)])
        dates.append(np.full(len(pick), index))
    values = np.concatenate(parts).astype(np.float64) / SCALE
    if len(values) < LITTLE:
        return None
    known = tuple(sample.known[index] for index in columns)
    return Spectra(values, np.concatenate(dates), columns, known, frozenset(cloudy))


def _sensor(cube: xr.DataArray) -> Sensor | None:
    try:
        return sensor_of(cube.attrs)
    except (KeyError, RasterError):
        return None


def _band(sensor: Sensor | None, name: str) -> Band:
    for band in sensor.bands if sensor else ():
        if band.name == name:
            return band
    return Band(name, name, 0, 0, 0)


def _level(cube: xr.DataArray, sensor: Sensor | None) -> str:
    if cube.attrs.get("units", "reflectance") == "digital numbers" or sensor is None:
        return ""
    return "l1c" if sensor.name.endswith("l1c") else "l2a"
