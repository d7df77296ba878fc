"""Satellite sensors as their makers describe them: bands, pixel sizes, how often they come back. Data, not code.

Centre and full width at half maximum in nm, pixel size at nadir in m, from these public specifications:
Sentinel-2: ESA, spectral responses of MSI on S2A. Landsat 8/9: USGS, band edges of OLI. MODIS: NASA, band edges of the
land bands 1–7 and of cirrus band 26. Sentinel-3: ESA, OLCI instrument guide. MTG-I: EUMETSAT, FCI channels (as in the
CEOS database). GOES-R: NOAA, ABI band edges. WorldView-3: Maxar data sheet. Pléiades: Airbus, products as delivered.
Thermal bands are left out: models of reflectance do not use them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from eodash.sensors import SENSORS, Band


@dataclass(frozen=True)
class Channel:
    """One band: centre and width in nm, pixel size in m, and its code in formulas."""

    name: str
    title: str
    centre: float
    width: float
    resolution: float
    code: str = ""

    @property
    def band(self) -> Band:
        return Band(self.name, self.title, self.centre, self.width, max(1, round(self.resolution)), self.code)


@dataclass(frozen=True)
class Instrument:
    """One sensor: its bands, and when it sees the same place again."""

    name: str
    title: str
    bands: tuple[Channel, ...]
    revisit: str  # as published
    days: float  # between two looks at one place
    swath: str
    since: int
    source: str

    @property
    def finest(self) -> float:
        """Pixel size of the sharpest band, in m."""
        return min(band.resolution for band in self.bands)


def _edges(name: str, title: str, low: float, high: float, resolution: float, code: str = "") -> Channel:
    """A band that is given by its edges in nm."""
    return Channel(name, title, (low + high) / 2, high - low, resolution, code)


_MSI = tuple(Channel(**asdict(band)) for band in SENSORS["sentinel-2-l1c"].bands)
_OLI = (
    _edges("B1", "coastal aerosol", 435, 451, 30, "A"),
    _edges("B2", "blue", 452, 512, 30, "B"),
    _edges("B3", "green", 533, 590, 30, "G"),
    _edges("B8", "panchromatic", 503, 676, 15),
    _edges("B4", "red", 636, 673, 30, "R"),
    _edges("B5", "near-IR", 851, 879, 30, "N"),
    _edges("B9", "cirrus", 1363, 1384, 30),
    _edges("B6", "SWIR 1", 1566, 1651, 30, "S1"),
    _edges("B7", "SWIR 2", 2107, 2294, 30, "S2"),
)
_MODIS = (
    _edges("B3", "blue", 459, 479, 500, "B"),
    _edges("B4", "green", 545, 565, 500, "G"),
    _edges("B1", "red", 620, 670, 250, "R"),
    _edges("B2", "near-IR", 841, 876, 250, "N"),
    _edges("B5", "near-IR 2", 1230, 1250, 500),
    _edges("B26", "cirrus", 1360, 1390, 1000),
    _edges("B6", "SWIR 1", 1628, 1652, 500, "S1"),
    _edges("B7", "SWIR 2", 2105, 2155, 500, "S2"),
)
_OLCI = tuple(
    Channel(f"Oa{number:02d}", title, centre, width, 300, code)
    for number, (centre, width, title, code) in enumerate(
        (
            (400, 15, "aerosol, water", ""), (412.5, 10, "yellow substance", ""), (442.5, 10, "coastal aerosol", "A"),
            (490, 10, "blue", "B"), (510, 10, "sediment", ""), (560, 10, "green", "G"), (620, 10, "sediment", ""),
            (665, 10, "red", "R"), (673.75, 7.5, "fluorescence", ""), (681.25, 7.5, "fluorescence peak", ""),
            (708.75, 10, "red edge 1", "RE1"), (753.75, 7.5, "reference of oxygen", "RE2"), (761.25, 2.5, "oxygen", ""),
            (764.375, 3.75, "oxygen", ""), (767.5, 2.5, "oxygen", ""), (778.75, 15, "red edge 3", "RE3"),
            (865, 20, "near-IR", "N"), (885, 10, "reference of vapour", ""), (900, 10, "water vapour", ""),
            (940, 20, "water vapour", "WV"), (1020, 40, "near-IR 2", ""),
        ),
        1,
    )
)  # fmt: skip
_FCI = (
    _edges("VIS0.4", "blue", 414, 474, 1000, "B"),
    _edges("VIS0.5", "green", 490, 530, 1000, "G"),
    _edges("VIS0.6", "red", 615, 665, 500, "R"),
    _edges("VIS0.8", "near-IR", 840, 890, 1000, "N"),
    _edges("VIS0.9", "water vapour", 904, 924, 1000),
    _edges("NIR1.3", "cirrus", 1365, 1395, 1000),
    _edges("NIR1.6", "SWIR 1", 1585, 1635, 1000, "S1"),
    _edges("NIR2.2", "SWIR 2", 2225, 2275, 500, "S2"),
)
_ABI = (
    _edges("C01", "blue", 450, 490, 1000, "B"),
    _edges("C02", "red", 590, 690, 500, "R"),
    _edges("C03", "near-IR", 846, 885, 1000, "N"),
    _edges("C04", "cirrus", 1371, 1386, 2000),
    _edges("C05", "SWIR 1", 1580, 1640, 1000, "S1"),
    _edges("C06", "SWIR 2", 2225, 2275, 2000, "S2"),
)
_WV3 = (
    _edges("PAN", "panchromatic", 450, 800, 0.31),
    _edges("Coastal", "coastal", 400, 450, 1.24, "A"),
    _edges("Blue", "blue", 450, 510, 1.24, "B"),
    _edges("Green", "green", 510, 580, 1.24, "G"),
    _edges("Yellow", "yellow", 585, 625, 1.24, "Y"),
    _edges("Red", "red", 630, 690, 1.24, "R"),
    _edges("RedEdge", "red edge", 705, 745, 1.24, "RE1"),
    _edges("NIR1", "near-IR", 770, 895, 1.24, "N"),
    _edges("NIR2", "near-IR 2", 860, 1040, 1.24),
    _edges("SWIR1", "SWIR", 1195, 1225, 3.7),
    _edges("SWIR2", "SWIR", 1550, 1590, 3.7),
    _edges("SWIR3", "SWIR", 1640, 1680, 3.7, "S1"),
    _edges("SWIR4", "SWIR", 1710, 1750, 3.7),
    _edges("SWIR5", "SWIR", 2145, 2185, 3.7),
    _edges("SWIR6", "SWIR", 2185, 2225, 3.7, "S2"),
    _edges("SWIR7", "SWIR", 2235, 2285, 3.7),
    _edges("SWIR8", "SWIR", 2295, 2365, 3.7),
)
_PLEIADES = (
    _edges("PAN", "panchromatic", 470, 830, 0.5),
    _edges("B0", "blue", 430, 550, 2, "B"),
    _edges("B1", "green", 500, 620, 2, "G"),
    _edges("B2", "red", 590, 710, 2, "R"),
    _edges("B3", "near-IR", 740, 940, 2, "N"),
)

INSTRUMENTS: dict[str, Instrument] = {
    one.name: one
    for one in (
        Instrument("sentinel-2", "Sentinel-2 MSI", _MSI,
                   "5 days with two satellites, at the equator", 5, "290 km", 2015, "ESA"),
        Instrument("landsat", "Landsat 8 and 9 OLI", _OLI, "8 days with both, 16 with one", 8, "185 km", 2013, "USGS"),
        Instrument("modis", "MODIS", _MODIS, "1 to 2 days", 1.5, "2330 km", 2000, "NASA"),
        Instrument("sentinel-3", "Sentinel-3 OLCI", _OLCI,
                   "less than 2 days with two satellites, at the equator", 2, "1270 km", 2016, "ESA"),
        Instrument("mtg", "Meteosat (MTG) FCI, geostationary", _FCI,
                   "10 minutes, the whole disc", 10 / 1440, "disc of the Earth, from 0°", 2022, "EUMETSAT"),
        Instrument("goes", "GOES-R ABI, geostationary", _ABI,
                   "10 minutes, the whole disc", 10 / 1440, "disc of the Earth, from 75° and 137° W", 2016, "NOAA"),
        Instrument("worldview-3", "WorldView-3, very high resolution", _WV3,
                   "4.5 days within 20° of nadir, on request", 4.5, "13 km", 2014, "Maxar"),
        Instrument("pleiades", "Pléiades, very high resolution", _PLEIADES,
                   "1 day with two satellites, on request", 1, "20 km", 2011, "Airbus"),
    )
}  # fmt: skip
"""Every sensor of the sensor page, by name."""
