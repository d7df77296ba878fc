"""Small things with answers known by hand, shared by tests."""

from __future__ import annotations

from datetime import date

import numpy as np
import shapely
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox

from eodash import cube
from eodash.request import Area, Period, Request
from eodash.sensors import SENSORS

BANDS = SENSORS["sentinel-2-l2a"].default


def area(west: float = -2.92, south: float = 48.09, east: float = -2.88, north: float = 48.11) -> Area:
    return Area.of(shapely.box(west, south, east, north))


def request(**changes: object) -> Request:
    said = {
        "area": area(),
        "period": Period(date(2024, 3, 1), date(2024, 8, 31)),
        "source": "demo",
        "product": "sentinel-2-l2a",
        "bands": BANDS,
        "resolution": 10,
        "max_cloud": 80,
    }
    return Request(**said | changes)  # type: ignore[arg-type]


def geobox(rows: int = 12, columns: int = 16) -> GeoBox:
    """A UTM grid, zone 30 north."""
    return GeoBox((rows, columns), Affine(10.0, 0.0, 506_000.0, 0.0, -10.0, 5_328_000.0), "EPSG:32630")


def small_cube(dates: int = 5, rows: int = 12, columns: int = 16) -> xr.DataArray:
    """Band b on date t holds 100·(b + 1) + t everywhere; B08 is 4000, so it is green; the second date is cloudy."""
    values = np.zeros((dates, len(BANDS), rows, columns), np.int16)
    for band in range(len(BANDS)):
        values[:, band] = 100 * (band + 1) + np.arange(dates)[:, None, None]
    values[:, BANDS.index("B08")] = 4000
    clear = np.ones((dates, rows, columns), bool)
    clear[1 % dates] = dates == 1
    times = np.datetime64("2024-04-02T10:30", "s") + np.arange(dates) * np.timedelta64(10, "D")
    return cube.carrier(values, clear, times, BANDS, geobox(rows, columns), {"sensor": "sentinel-2-l2a"})
