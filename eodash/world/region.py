"""Places where a demo world lies, and their grids."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

CLIMATES = ("temperate", "winter-rain")
SNAP = 60.0  # metres: the coarsest pixel of Sentinel-2


@dataclass(frozen=True)
class Region:
    """A place and season of a demo world; latitude and longitude (degrees) are those of the centre."""

    name: str
    title: str
    climate: str
    latitude: float
    longitude: float
    seed: int
    start: date
    end: date
    size: int = 256
    resolution: float = 10.0
    events: tuple[tuple[str, np.datetime64], ...] = ()  # what changes for good, and when

    @property
    def south(self) -> bool:
        return self.latitude < 0

    @property
    def zone(self) -> int:
        return int((self.longitude + 180) // 6) + 1

    @property
    def epsg(self) -> int:
        """The zone of Universal Transverse Mercator (WGS 84)."""
        return (32700 if self.south else 32600) + self.zone

    def corner(self, size: int | None = None) -> tuple[float, float]:
        """West and north edge in metres, on a multiple of 60 m."""
        east, north = mercator(self.latitude, self.longitude, self.zone)
        half = (size or self.size) * self.resolution / 2
        return math.floor((east - half) / SNAP) * SNAP, math.ceil((north + half) / SNAP) * SNAP

    def affine(self, size: int | None = None) -> tuple[float, float, float, float, float, float]:
        """a, b, c, d, e, f: x = a·column + b·row + c, y = d·column + e·row + f."""
        west, north = self.corner(size)
        return self.resolution, 0.0, west, 0.0, -self.resolution, north

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        return self.affine()

    @property
    def origin(self) -> np.datetime64:
        """Phase day 0 of the main season: 1 January in the north, half a year later or earlier in the south."""
        return origin(self.latitude, main_year(self))


def origin(latitude: float, year: int) -> np.datetime64:
    """The moment a phase year begins: winter lies around it in both hemispheres."""
    shift = np.timedelta64(int(182.5 * 86400), "s") if latitude < 0 else np.timedelta64(0, "s")
    return np.datetime64(f"{year}-01-01T00:00:00", "s") + shift


def phase(times: NDArray[np.datetime64], zero: np.datetime64) -> NDArray[np.float32]:
    """Days since phase day 0; from then on all calendars are those of a northern year."""
    return np.asarray((times - zero) / np.timedelta64(86400, "s"), dtype=np.float32)


def main_year(region: Region) -> int:
    """The phase year that shares most days with the season."""
    start, end = np.datetime64(region.start, "s"), np.datetime64(region.end, "s")

    def shared(year: int) -> float:
        begin, finish = origin(region.latitude, year), origin(region.latitude, year + 1)
        return float((min(end, finish) - max(start, begin)) / np.timedelta64(1, "s"))

    return max(range(region.start.year - 1, region.end.year + 1), key=shared)


def mercator(latitude: float, longitude: float, zone: int) -> tuple[float, float]:
    """Easting and northing in metres (Krüger's series to third order, WGS 84)."""
    radius, flattening, scale = 6378137.0, 1 / 298.257223563, 0.9996
    third = flattening / (2 - flattening)
    mean = radius / (1 + third) * (1 + third**2 / 4 + third**4 / 64)
    series = (
        third / 2 - 2 / 3 * third**2 + 5 / 16 * third**3,
        13 / 48 * third**2 - 3 / 5 * third**3,
        61 / 240 * third**3,
    )
    sine, away = math.sin(math.radians(latitude)), math.radians(longitude - (zone * 6 - 183))
    eccentric = 2 * math.sqrt(third) / (1 + third)
    conformal = math.sinh(math.atanh(sine) - eccentric * math.atanh(eccentric * sine))
    north, east = math.atan2(conformal, math.cos(away)), math.atanh(math.sin(away) / math.hypot(1, conformal))
    x = east + sum(a * math.cos(2 * k * north) * math.sinh(2 * k * east) for k, a in enumerate(series, 1))
    y = north + sum(a * math.sin(2 * k * north) * math.cosh(2 * k * east) for k, a in enumerate(series, 1))
    return 500000 + scale * mean * x, (10000000 if latitude < 0 else 0) + scale * mean * y


REGIONS: dict[str, Region] = {
    region.name: region
    for region in (
        Region(
            "temperate-north", "Temperate farmland, 48° N", "temperate",
            48.1, -2.9, 48, date(2024, 1, 25), date(2024, 10, 31),
        ),
        Region(
            "temperate-south", "Temperate farmland, 44° S", "temperate",
            -43.9, 171.6, 44, date(2023, 7, 25), date(2024, 4, 30),
        ),
        Region(
            "winter-rain-south", "Winter-rain farmland, 37° S", "winter-rain",
            -36.6, 143.5, 36, date(2017, 8, 1), date(2018, 7, 31),
        ),
        Region(
            "winter-rain-north", "Winter-rain farmland, 41° N", "winter-rain",
            41.3, 15.6, 41, date(2024, 1, 10), date(2024, 12, 20),
        ),
        Region(
            "changing-valley", "A valley that changes, 49° N", "temperate",
            49.0, 1.2, 57, date(2023, 3, 1), date(2024, 10, 31),
            events=tuple(
                (kind, np.datetime64(day, "s"))
                for kind, day in (
                    ("buildings", "2023-10-10"), ("lake", "2023-12-01"), ("felling", "2024-02-01"),
                    ("flood", "2024-03-20"), ("rotation", "2024-02-15"), ("fire", "2024-07-25"),
                )
            ),
        ),
    )
}  # fmt: skip
