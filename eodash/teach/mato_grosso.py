"""MODIS over Mato Grosso: 27 × 37 pixels, 137 composites of 16 days, 603 labelled seasons of five crop sequences.

vwmaus/dtwSat @ 4218264, GPL-3. The files stay where they are; nothing of them is part of this project.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from eodash.errors import RasterError

BANDS: Mapping[str, float] = {"blue": 469.0, "red": 645.0, "nir": 858.5, "mir": 2130.0}
"""Reflectance, by its centre in nm."""
ALSO = ("evi", "ndvi")
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Seasons:
    """Labelled series: one season of one pixel each, from September to August."""

    values: Floats  # (series, time, band): BANDS, then ALSO
    times: NDArray[np.datetime64]  # (series, time) when it was observed
    label: NDArray[np.int64]
    place: NDArray[np.int64]  # flat place of its pixel
    names: tuple[str, ...]
    latitude: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """(series, time) where there is a number in every band."""
        return np.asarray(np.isfinite(self.values).all(-1))

    @property
    def days(self) -> NDArray[np.float64]:
        """(series, time) since the first of September."""
        return np.asarray((self.times - _september(self.times)[:, None]) / np.timedelta64(86400, "s"), np.float64)

    def as_sensor(self, centres: NDArray[np.float64]) -> Floats:
        """(series, time, band) of another sensor: its bands lie between ours, by wavelength."""
        have = np.array(list(BANDS.values()))
        right = np.clip(np.searchsorted(have, centres), 1, len(have) - 1)
        share = np.clip((centres - have[right - 1]) / (have[right] - have[right - 1]), 0, 1).astype(np.float32)
        below, above = self.values[..., right - 1], self.values[..., right]
        return np.asarray(below + (above - below) * share, np.float32)


def open_seasons(folder: Path) -> Seasons:
    """The labelled seasons of a folder."""
    try:
        stacks, transform, crs = _stacks(folder)
        timeline = np.array((folder / "timeline").read_text("utf-8").split(), "datetime64[D]")
        with (folder / "samples.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return _seasons(stacks, timeline, rows, transform, crs)
    except (OSError, ValueError, KeyError, RasterioError) as error:
        raise RasterError(
            f"The MODIS set in {folder.name} cannot be read: {str(error)[:120]}",
            "Fetch it again from where it came from.",
            code="unreadable",
        ) from error


def _stacks(folder: Path) -> tuple[dict[str, NDArray[np.float64]], rasterio.Affine, str]:
    stacks = {}
    for name in (*BANDS, *ALSO, "doy"):
        with rasterio.open(folder / f"{name}.tif", driver="GTiff") as file:
            values = file.read().astype(np.float64)
            stacks[name] = np.where(values < -1e300, np.nan, values)
            transform, crs = file.transform, file.crs.to_wkt()
    return stacks, transform, crs


def _seasons(
    stacks: Mapping[str, NDArray[np.float64]], timeline: NDArray[np.datetime64], rows: list[dict[str, str]],
    transform: rasterio.Affine, crs: str,
) -> Seasons:  # fmt: skip
    names = tuple(sorted({row["label"] for row in rows}))
    there = pyproj.Transformer.from_crs("EPSG:4326", pyproj.CRS.from_wkt(crs), always_xy=True)
    longitude, latitude = (np.array([float(row[axis]) for row in rows]) for axis in ("longitude", "latitude"))
    column, row = (np.floor(each).astype(int) for each in ~transform * there.transform(longitude, latitude))
    begins = np.array([row["from"] for row in rows], "datetime64[D]")
    first = np.searchsorted(timeline, begins)
    length = int(np.searchsorted(timeline, begins[0] + np.timedelta64(365, "D")) - first[0])
    at = np.minimum(first[:, None] + np.arange(length), len(timeline) - 1)
    values = np.stack([stacks[name][at, row[:, None], column[:, None]] for name in (*BANDS, *ALSO)], axis=-1)
    composite = timeline[at]
    year = composite.astype("datetime64[Y]")
    day = (composite - year.astype("datetime64[D]")).astype(int) + 1
    seen = np.nan_to_num(stacks["doy"][at, row[:, None], column[:, None]], nan=1).astype(int)
    turned = (seen < day).astype(int)  # a composite of December may have been seen in January
    times = (year + turned).astype("datetime64[D]") + (seen - 1).astype("timedelta64[D]")
    return Seasons(
        values.astype(np.float32),
        times.astype("datetime64[s]"),
        np.array([names.index(row["label"]) for row in rows], np.int64),
        row * stacks["doy"].shape[2] + column,
        names,
        float(latitude.mean()),
    )


def _september(times: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """The first of September that each series begins with."""
    months = times[:, 0].astype("datetime64[M]")
    year = (months - np.timedelta64(8, "M")).astype("datetime64[Y]")
    return np.asarray(year.astype("datetime64[M]") + np.timedelta64(8, "M")).astype("datetime64[s]")
