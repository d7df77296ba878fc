"""Bands, wavelengths, composites and indices of each sensor: data, not code.

Centre wavelengths and widths: Sentinel-2A MSI spectral response functions (ESA, version 3.1), Landsat 8 OLI (USGS).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Band:
    """One band of a sensor: centre and width in nm, pixel size in m."""

    name: str
    title: str
    centre: float
    width: float
    resolution: int


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


_S2 = (
    Band("B01", "coastal aerosol", 442.7, 21, 60),
    Band("B02", "blue", 492.4, 66, 10),
    Band("B03", "green", 559.8, 36, 10),
    Band("B04", "red", 664.6, 31, 10),
    Band("B05", "red edge 1", 704.1, 15, 20),
    Band("B06", "red edge 2", 740.5, 15, 20),
    Band("B07", "red edge 3", 782.8, 20, 20),
    Band("B08", "near-IR", 832.8, 106, 10),
    Band("B8A", "narrow near-IR", 864.7, 21, 20),
    Band("B09", "water vapour", 945.1, 20, 60),
    Band("B10", "cirrus", 1373.5, 31, 60),
    Band("B11", "SWIR 1", 1613.7, 91, 20),
    Band("B12", "SWIR 2", 2202.4, 175, 20),
)
_OLI = (
    Band("blue", "blue", 482.0, 60, 30),
    Band("green", "green", 561.5, 57, 30),
    Band("red", "red", 654.5, 37, 30),
    Band("nir08", "near-IR", 865.0, 28, 30),
    Band("swir16", "SWIR 1", 1608.5, 85, 30),
    Band("swir22", "SWIR 2", 2200.5, 187, 30),
)
_S2_COMPOSITES = {
    "true": Composite("True colour", ("B04", "B03", "B02"), 0.22),
    "false": Composite("False colour", ("B08", "B04", "B03"), 0.45),
}
_OLI_COMPOSITES = {
    "true": Composite("True colour", ("red", "green", "blue"), 0.22),
    "false": Composite("False colour", ("nir08", "red", "green"), 0.45),
}

SENSORS: dict[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor(
            "sentinel-2-l2a",
            "Sentinel-2 L2A, at the surface",
            tuple(band for band in _S2 if band.name != "B10"),
            _S2_COMPOSITES,
            {"ndvi": Index("NDVI", "B08", "B04")},
            date(2015, 6, 27),
            5,
            ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12"),
        ),
        Sensor(
            "sentinel-2-l1c",
            "Sentinel-2 L1C, above the atmosphere",
            _S2,
            _S2_COMPOSITES | {"true": Composite("True colour", ("B04", "B03", "B02"), 0.28)},
            {"ndvi": Index("NDVI", "B08", "B04")},
            date(2015, 6, 27),
            5,
            tuple(band.name for band in _S2),
        ),
        Sensor(
            "landsat-c2-l2",
            "Landsat C2 L2, at the surface",
            _OLI,
            _OLI_COMPOSITES,
            {"ndvi": Index("NDVI", "nir08", "red")},
            date(1982, 8, 22),
            16,
            tuple(band.name for band in _OLI),
        ),
    )
}
