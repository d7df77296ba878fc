"""Which band is which: by the names that products use, by wavelength, or as the user says.

Ranges of the codes: spyndex 0.12. Centres of MODIS bands: MOD13Q1 user's guide (blue, red, near and middle infrared).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from eodash.sensors import SENSORS, Band

CODES = {
    "A": ("coastal aerosol", 400, 450),
    "B": ("blue", 450, 530),
    "G": ("green", 510, 600),
    "R": ("red", 620, 690),
    "RE1": ("red edge 1", 695, 715),
    "RE2": ("red edge 2", 730, 750),
    "RE3": ("red edge 3", 765, 795),
    "N": ("near-IR", 760, 900),
    "N2": ("narrow near-IR", 850, 880),
    "WV": ("water vapour", 930, 960),
    "S1": ("SWIR 1", 1550, 1750),
    "S2": ("SWIR 2", 2080, 2350),
    "T": ("thermal infrared", 10400, 12510),
}
"""As spyndex writes them: title, and the range of wavelengths in nm."""
_WORDS = {
    "coastal": "A",
    "aerosol": "A",
    "blue": "B",
    "green": "G",
    "red": "R",
    "rededge": "RE1",
    "rededge1": "RE1",
    "rededge2": "RE2",
    "rededge3": "RE3",
    "nir": "N",
    "nir08": "N",
    "nir1": "N",
    "nearinfrared": "N",
    "swir1": "S1",
    "swir16": "S1",
    "swir": "S1",
    "swir2": "S2",
    "swir22": "S2",
    "mir": "S2",
    "thermal": "T",
    "lwir11": "T",
}
MODIS = {"B": (469.0, 20.0), "R": (645.0, 50.0), "N": (858.5, 35.0), "S2": (2130.0, 50.0)}
MASKS = {
    "scl": "scl",
    "qa_pixel": "qa_pixel",
    "qa": "qa_pixel",
    "clear": "clear",
    "cloud": "cloud",
    "cloud_mask": "cloud",
    "fmask": "fmask",
}
"""Bands that say which pixels are clear, and how."""
LEFT_OUT = {
    "alpha": "what is transparent, not measurements",
    "doy": "the day of the year",
    "day_of_year": "the day of the year",
    "aot": "aerosol optical thickness",
    "wvp": "water vapour",
    "tci": "a picture, not measurements",
    "cld": "a probability",
    "cldprb": "a probability",
    "qa_radsat": "quality flags",
    "sr_qa_aerosol": "quality flags",
    "vi_quality": "quality flags",
    "pixel_reliability": "quality flags",
}
"""Bands that are no reflectance."""
INDICES = ("ndvi", "evi", "savi", "ndwi", "nbr", "ndbi", "msavi", "lai")
_LANDSAT = {
    "oli": {"2": "blue", "3": "green", "4": "red", "5": "nir08", "6": "swir16", "7": "swir22"},
    "tm": {"1": "blue", "2": "green", "3": "red", "4": "nir08", "5": "swir16", "7": "swir22"},
}


def code_of(name: str) -> str:
    """The code that a plain word for a band stands for; empty if there is none."""
    words = re.sub(r"[^a-z0-9]", "", name.lower())
    return _WORDS.get(words, "")


def code_at(wavelength: float) -> str:
    """The code of a wavelength in nm; where ranges overlap, the one whose middle is nearer."""
    within = [code for code, (_, low, high) in CODES.items() if low <= wavelength <= high and code != "N2"]
    if not within:
        within = [code for code, (_, low, high) in CODES.items() if low - 15 <= wavelength <= high + 15]
    return min(within, key=lambda code: abs(wavelength - (CODES[code][1] + CODES[code][2]) / 2)) if within else ""


def of_sensor(name: str, product: str) -> Band | None:
    """The band of a known product that a name means, such as SR_B4 of Landsat or B4 of Sentinel-2."""
    sensor, _, kind = product.partition("/")
    if sensor not in SENSORS:
        return None
    known = {band.name.lower(): band for band in SENSORS[sensor].bands}
    plain = re.sub(r"_(?:10|20|60)m$", "", name.lower())
    if plain in known:
        return known[plain]
    number = re.fullmatch(r"(?:sr_)?b(?:and[ _]?)?0?(\d{1,2}|8a)", plain)
    if number is None:
        return None
    if kind:
        return known.get(_LANDSAT[kind].get(number[1], ""))
    return known.get(f"b{number[1].zfill(2)}")


def product_of(names: Sequence[str]) -> tuple[str, str]:
    """The product whose bands alone have such names, and the evidence."""
    lower = {name.lower() for name in names}
    if lower & {"nir08", "swir16", "swir22"} and lower <= {"blue", "green", "red", "nir08", "swir16", "swir22", *MASKS}:
        return "landsat-c2-l2", "the names of its bands, as catalogues write Landsat Collection 2"
    numbered = [name for name in lower if re.fullmatch(r"b(?:\d\d|8a)(?:_\d\dm)?", name)]
    short = {"b8a", "b11", "b12"} & lower and {"b2", "b3", "b4", "b8"} & lower
    if (
        numbered
        and all(of_sensor(name, "sentinel-2-l1c") for name in numbered)
        and ("b8a" in lower or "b02" in lower or "b04" in lower or "b08" in lower or short)
    ):
        level = "sentinel-2-l1c" if "b10" in lower and "scl" not in lower else "sentinel-2-l2a"
        return level, "the names of its bands, as Sentinel-2 writes them"
    return "", ""


def custom(name: str, wavelength: float | None, resolution: int, modis: bool = False) -> Band:
    """A band of no known product, with what its name or wavelength tells."""
    code = code_at(wavelength) if wavelength else code_of(name)
    if code in MODIS and modis and wavelength is None:
        centre, width = MODIS[code]
        return Band(name, CODES[code][0], centre, width, resolution, code)
    title = CODES[code][0] if code else name
    return Band(name, title, wavelength or 0.0, 0.0, resolution, code)


def unique(bands: Sequence[Band]) -> list[Band]:
    """Names and codes that occur once: a second one of a name gets a number, of a code none."""
    made: list[Band] = []
    names: set[str] = set()
    codes: set[str] = set()
    numbers: dict[str, int] = {}
    for band in bands:
        name = band.name
        while name in names:
            numbers[band.name] = numbers.get(band.name, 1) + 1
            name = f"{band.name}_{numbers[band.name]}"
        made.append(replace(band, name=name, code="" if band.code in codes else band.code))
        names.add(name)
        codes.add(band.code)
    return made
