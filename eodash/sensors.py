"""Bands, wavelengths, composites and indices of each sensor: data, not code.

Centre wavelengths and widths: Sentinel-2A MSI spectral response functions (ESA, version 3.1), Landsat 8 OLI (USGS).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from eodash.errors import RasterError


@dataclass(frozen=True)
class Band:
    """One band of a sensor: centre and width in nm, pixel size in m, and the letter that index formulas call it by."""

    name: str
    title: str
    centre: float
    width: float
    resolution: int
    code: str = ""  # as spyndex writes it: B, G, R, RE1 … N, N2, S1, S2; empty: in no formula


@dataclass(frozen=True)
class Composite:
    """Three bands shown as red, green and blue, with the reflectance drawn as white."""

    title: str
    bands: tuple[str, str, str]
    white: float


@dataclass(frozen=True)
class Index:
    """A normalised difference of two bands: (first − second) / (first + second)."""

    title: str
    first: str
    second: str

    @property
    def formula(self) -> str:
        return f"({self.first} − {self.second}) / ({self.first} + {self.second})"


@dataclass(frozen=True)
class Sensor:
    """A kind of product: its bands in order, what they make, since when it exists (UTC)."""

    name: str
    title: str
    bands: tuple[Band, ...]
    composites: dict[str, Composite]
    indices: dict[str, Index]
    since: date
    revisit: int
    default: tuple[str, ...]

    def band(self, name: str) -> Band:
        return next(band for band in self.bands if band.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(band.name for band in self.bands)

    @classmethod
    def of_bands(cls, name: str, title: str, bands: Sequence[Band], **more: Any) -> Self:
        """A sensor whose composites and indices follow from the codes of its bands."""
        known: dict[str, Any] = {
            "since": date(1972, 7, 23),
            "revisit": 0,
            "default": tuple(band.name for band in bands),
            "composites": composites_of(bands),
            "indices": indices_of(bands),
        }
        return cls(name=name, title=title, bands=tuple(bands), **(known | more))

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "title": self.title, "bands": [asdict(band) for band in self.bands]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        return cls.of_bands(said["name"], said["title"], [Band(**band) for band in said["bands"]])


def sensor_of(attrs: Mapping[str, Any]) -> Sensor:
    """The sensor of a cube: a known one by its name, another as the cube describes it in `sensor_bands`."""
    if attrs["sensor"] in SENSORS:
        return SENSORS[attrs["sensor"]]
    if "sensor_bands" not in attrs:
        raise RasterError("This cube names no known sensor.", "Say on import which bands it has.", code="sensor")
    return Sensor.from_json(json.loads(attrs["sensor_bands"]))


_COMPOSITES = {
    "true": ("True colour", ("R", "G", "B"), 0.22),
    "false": ("False colour", ("N", "R", "G"), 0.45),
    "urban": ("Urban", ("S2", "S1", "R"), 0.5),
    "swir": ("Short-wave infrared", ("S2", "N2", "R"), 0.5),
}
"""By code: title, red, green and blue, the reflectance drawn as white."""
_INDICES = {
    "ndvi": ("NDVI", "N", "R"),
    "ndwi": ("NDWI", "G", "N"),
    "moisture": ("Moisture", "N2", "S1"),
}


def by_code(bands: Sequence[Band], stand_in: bool = True) -> dict[str, str]:
    """Code → name of a band; the wide near-infrared stands in for the narrow one where there is no other."""
    found = {band.code: band.name for band in bands if band.code}
    if stand_in and "N" in found:
        found.setdefault("N2", found["N"])
    return found


def composites_of(bands: Sequence[Band], **white: float) -> dict[str, Composite]:
    """The composites that bands allow; without any, grey from the first band."""
    known = by_code(bands)
    made = {
        name: Composite(title, (known[r], known[g], known[b]), white.get(name, level))
        for name, (title, (r, g, b), level) in _COMPOSITES.items()
        if {r, g, b} <= known.keys()
    }
    if made or not bands:
        return made
    if len(bands) >= 3:
        first, second, third = (band.name for band in bands[:3])
        return {"bands": Composite("First bands", (first, second, third), 0.4)}
    return {"grey": Composite("Grey", (bands[0].name,) * 3, 0.4)}


def indices_of(bands: Sequence[Band]) -> dict[str, Index]:
    """The normalised differences that bands allow."""
    known = by_code(bands)
    return {
        name: Index(title, known[first], known[second])
        for name, (title, first, second) in _INDICES.items()
        if {first, second} <= known.keys()
    }


_S2 = (
    Band("B01", "coastal aerosol", 442.7, 21, 60, "A"),
    Band("B02", "blue", 492.4, 66, 10, "B"),
    Band("B03", "green", 559.8, 36, 10, "G"),
    Band("B04", "red", 664.6, 31, 10, "R"),
    Band("B05", "red edge 1", 704.1, 15, 20, "RE1"),
    Band("B06", "red edge 2", 740.5, 15, 20, "RE2"),
    Band("B07", "red edge 3", 782.8, 20, 20, "RE3"),
    Band("B08", "near-IR", 832.8, 106, 10, "N"),
    Band("B8A", "narrow near-IR", 864.7, 21, 20, "N2"),
    Band("B09", "water vapour", 945.1, 20, 60, "WV"),
    Band("B10", "cirrus", 1373.5, 31, 60),
    Band("B11", "SWIR 1", 1613.7, 91, 20, "S1"),
    Band("B12", "SWIR 2", 2202.4, 175, 20, "S2"),
)
_OLI = (
    Band("blue", "blue", 482.0, 60, 30, "B"),
    Band("green", "green", 561.5, 57, 30, "G"),
    Band("red", "red", 654.5, 37, 30, "R"),
    Band("nir08", "near-IR", 865.0, 28, 30, "N"),
    Band("swir16", "SWIR 1", 1608.5, 85, 30, "S1"),
    Band("swir22", "SWIR 2", 2200.5, 187, 30, "S2"),
)

SENSORS: dict[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor.of_bands(
            "sentinel-2-l2a",
            "Sentinel-2 L2A, at the surface",
            tuple(band for band in _S2 if band.name != "B10"),
            since=date(2015, 6, 27),
            revisit=5,
            default=("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12"),
        ),
        Sensor.of_bands(
            "sentinel-2-l1c",
            "Sentinel-2 L1C, above the atmosphere",
            _S2,
            composites=composites_of(_S2, true=0.28),
            since=date(2015, 6, 27),
            revisit=5,
        ),
        Sensor.of_bands("landsat-c2-l2", "Landsat C2 L2, at the surface", _OLI, since=date(1982, 8, 22), revisit=16),
    )
}
