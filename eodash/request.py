"""What was asked: an area, a period, a source. Frozen and hashable; a request is also the cache key."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eodash.errors import AoiError, DateError

EARTH_RADIUS = 6_371_007.2
"""Radius in metres of the sphere with the Earth's surface."""


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        check_box(self.west, self.south, self.east, self.north)

    @property
    def polygon(self) -> shapely.Polygon:
        return shapely.box(self.west, self.south, self.east, self.north)


def check_box(west: float, south: float, east: float, north: float) -> None:
    """Raise an AoiError unless the four numbers are a box on the Earth."""
    if not all(math.isfinite(value) for value in (west, south, east, north)):
        raise AoiError("A coordinate is not a number.", "Give four finite numbers.", code="not_finite")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        raise AoiError(
            f"{west:g}, {south:g}, {east:g}, {north:g} lies outside longitudes ±180 and latitudes ±90.",
            "Longitude comes first (x, y). Are the two swapped?",
            code="out_of_range",
        )
    if west > east:
        raise antimeridian("box")
    if west == east or south >= north:
        raise AoiError("The box has no area.", "Draw a box with some width and height.", code="not_polygon")


def antimeridian(what: str = "area") -> AoiError:
    return AoiError(f"The {what} crosses the 180° meridian.", "Draw one area on each side of it.", code="antimeridian")


@dataclass(frozen=True)
class Area:
    """Polygons in degrees, WGS 84, as normalised WKT; made by `eodash.areas`."""

    wkt: str
    name: str = ""

    @classmethod
    def of(cls, geometry: BaseGeometry, name: str = "") -> Self:
        """An area from a valid polygon, rounded to 1e-7 degrees (1 cm)."""
        rounded = shapely.set_precision(shapely.force_2d(geometry), 1e-7)
        return cls(shapely.to_wkt(shapely.normalize(rounded), rounding_precision=7, trim=True), name)

    @cached_property
    def geometry(self) -> BaseGeometry:
        return shapely.from_wkt(self.wkt)

    @property
    def bounds(self) -> Box:
        return Box(*self.geometry.bounds)

    @property
    def hectares(self) -> float:
        """Area on the sphere: exact for edges that are straight in an equal-area cylinder."""

        def equal_area(lonlat: np.ndarray) -> np.ndarray:
            return EARTH_RADIUS * np.column_stack([np.radians(lonlat[:, 0]), np.sin(np.radians(lonlat[:, 1]))])

        return float(shapely.transform(self.geometry, equal_area).area / 1e4)

    @property
    def geojson(self) -> dict[str, Any]:
        """A GeoJSON feature."""
        geometry = json.loads(shapely.to_geojson(self.geometry))
        return {"type": "Feature", "properties": {"name": self.name}, "geometry": geometry}


@dataclass(frozen=True)
class Period:
    """First and last day, both included, UTC."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise DateError(
                f"The period starts on {self.start} and ends before that, on {self.end}.",
                "Swap the two dates.",
                code="order",
            )

    @classmethod
    def parse(cls, start: str, end: str) -> Self:
        """A period from two ISO dates; a time with a zone is turned into its UTC day."""
        return cls(_day(start), _day(end))

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, time: np.datetime64) -> bool:
        return bool(np.datetime64(self.start) <= time.astype("datetime64[D]") <= np.datetime64(self.end))


def _day(text: str) -> date:
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError) as error:
        raise DateError(
            f"'{str(text)[:40]}' is not a date.", "Write year-month-day, like 2024-06-30.", code="parse"
        ) from error
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


THIN = {"2": "one of two", "week": "one per week", "month": "one per month"}
"""How dates may be thinned: the clearest of each two, of each week, of each month."""


def grouped(times: Sequence[np.datetime64], thin: str) -> list[int]:
    """The number of the group that each of these times, in order, belongs to; thinning leaves one of each group."""
    if not thin:
        return list(range(len(times)))
    if thin not in THIN:
        raise DateError(
            f"Dates cannot be thinned by '{thin[:40]}'.", f"Choose one of {', '.join(THIN)}, or none.", code="thin"
        )
    if thin == "2":
        return [place // 2 for place in range(len(times))]
    if thin == "month":
        return [int(time.astype("datetime64[M]").astype(int)) for time in times]
    return [(int(time.astype("datetime64[D]").astype(int)) + 3) // 7 for time in times]  # 1970 began on a Thursday


@dataclass(frozen=True)
class Request:
    """One question to one source: enough to fetch the same cube again."""

    area: Area
    period: Period
    source: str
    product: str
    bands: tuple[str, ...]
    resolution: int
    max_cloud: int = 100
    recipe: str = ""  # how files are read, as canonical JSON; empty for every other source
    thin: str = ""  # one of THIN: fewer dates, the clearest of each stretch; empty for all

    @property
    def key(self) -> str:
        """The same for two requests that give the same cube; names do not count."""
        said = self.to_json()
        said["area"] = self.area.wkt
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        said = asdict(self)
        for name in ("recipe", "thin"):
            if not said[name]:
                del said[name]
        said["period"] = [self.period.start.isoformat(), self.period.end.isoformat()]
        return said

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        try:
            start, end = said["period"]
            area = Area(**said["area"])
            sound = isinstance(area.name, str) and area.geometry.geom_type in ("Polygon", "MultiPolygon")
            if not sound or area.geometry.is_empty or not all(isinstance(band, str) for band in said["bands"]):
                raise ValueError("area or bands")
            return cls(
                area=area,
                period=Period.parse(start, end),
                source=str(said["source"]),
                product=str(said["product"]),
                bands=tuple(said["bands"]),
                resolution=int(said["resolution"]),
                max_cloud=int(said["max_cloud"]),
                recipe=str(said.get("recipe", "")),
                thin=str(said.get("thin", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, shapely.errors.GEOSException) as error:
            raise AoiError(
                "This request cannot be read.", "Ask anew: choose an area and dates.", code="request"
            ) from error
