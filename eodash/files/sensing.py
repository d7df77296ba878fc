"""Which sensor took the images, and what each of their bands is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eodash.errors import RasterError
from eodash.files import bands as known
from eodash.files.corrections import Corrections, SaidBand, too_few
from eodash.files.held import Held, Plane
from eodash.files.names import product_in
from eodash.sensors import SENSORS, Band, Sensor, sensor_of

_PLAIN = {
    "A": "coastal",
    "B": "blue",
    "G": "green",
    "R": "red",
    "N": "nir",
    "S1": "swir1",
    "S2": "swir2",
    "T": "thermal",
}
_MODIS_PIXEL = 231.656358


@dataclass(frozen=True)
class Sensing:
    """The sensor; the band of each name in the files, None where it is left out; and the evidence."""

    sensor: Sensor
    bands: tuple[Band | None, ...]
    product: str
    modis: bool
    how: str
    notices: tuple[str, ...] = ()


def sense(
    names: Sequence[str], first: dict[str, Plane], held: Sequence[Held], resolution: int, asked: Corrections
) -> Sensing:
    """The sensor of bands with such names; `first` is a plane of each."""
    if asked.bands is not None and len(asked.bands) != len(names):
        raise too_few("bands", len(asked.bands), len(names))
    product, how = _product(names, held, asked)
    modis = _is_modis(held[0])
    own = held[0].own
    if own.get("sensor") and asked.sensor is None and asked.bands is None:
        return _own(names, held[0])
    told = asked.bands if asked.bands is not None else tuple(names)
    found: list[Band | None] = []
    notices = []
    for name, said in zip(names, told, strict=True):
        band = None if said is None else _band(said, first[name], product, resolution, modis)
        if band is None and said is not None:
            notices.append(f"{name} is left out: {SENSORS[product.partition('/')[0]].title} has no such band.")
        found.append(band)
    kept = [band for band in found if band is not None]
    if not kept:
        raise RasterError("No band is left.", "Name the bands, or choose another sensor.", code="bands")
    sensor = product.partition("/")[0]
    if sensor:
        order = [band.name for band in SENSORS[sensor].bands]
        if len({band.name for band in kept}) < len(kept):
            raise RasterError("Two bands are the same one.", "Name each band of the sensor once.", code="bands")
        made = _part(SENSORS[sensor], sorted(kept, key=lambda band: order.index(band.name)))
        return Sensing(made, tuple(found), product, modis, how, tuple(notices))
    distinct = iter(known.unique(kept))
    found = [band if band is None else next(distinct) for band in found]
    titled, evidence = _custom(held[0], modis, asked, any(band.code for band in kept))
    if not any(band.code for band in kept):
        notices.append("The files do not say which band is which: name them, so that colours and indices are known.")
    made = Sensor.of_bands("custom", titled, [band for band in found if band is not None])
    return Sensing(made, tuple(found), product, modis, evidence, tuple(notices))


def _product(names: Sequence[str], held: Sequence[Held], asked: Corrections) -> tuple[str, str]:
    if asked.sensor == "custom":
        return "", "typed"
    for one in held[:3]:
        if (product := product_in(one.file)) and asked.sensor in (None, product.partition("/")[0]):
            return product, "typed" if asked.sensor else "the product in the name of the files"
    if asked.sensor:
        return asked.sensor, "typed"
    return known.product_of(names) if asked.bands is None else ("", "")


def _band(said: SaidBand | str, plane: Plane, product: str, resolution: int, modis: bool) -> Band | None:
    """One band; None where a known sensor has none of that name."""
    name = said if isinstance(said, str) else said.name
    if product:
        sensor = SENSORS[product.partition("/")[0]]
        code = said.code if isinstance(said, SaidBand) and said.code else name
        code = code if code in known.CODES else known.code_of(name)
        by_code = next((band for band in sensor.bands if code and band.code == code), None)
        return known.of_sensor(name, product) or by_code
    if isinstance(said, SaidBand):
        guess = known.custom(said.name, said.centre or plane.wavelength, resolution, modis)
        code = said.code or guess.code
        title = said.title or (known.CODES[code][0] if code in known.CODES else said.name)
        return Band(said.name, title, said.centre or guess.centre, said.width or guess.width, resolution, code)
    if said in known.CODES:
        title = known.CODES[said][0]
        return Band(_PLAIN.get(said, title.replace(" ", "_")), title, plane.wavelength or 0.0, 0.0, resolution, said)
    band = known.custom(said, plane.wavelength, resolution, modis)
    if re.fullmatch(r"band\d+", said) and band.code:
        return Band(_PLAIN.get(band.code, band.title), band.title, band.centre, band.width, resolution, band.code)
    return band


def _own(names: Sequence[str], held: Held) -> Sensing:
    """A cube that eodash wrote says it all itself."""
    sensor = sensor_of(held.own)
    by_name = {band.name: band for band in sensor.bands}
    found = tuple(by_name.get(name) for name in names)
    kept = [band for band in found if band is not None]
    if not kept:
        raise RasterError("No band of the cube is one of its sensor.", "Name the bands.", code="bands")
    return Sensing(_part(sensor, kept), found, sensor.name, False, "the file: written by eodash")


def _part(sensor: Sensor, bands: Sequence[Band]) -> Sensor:
    """A known sensor with those of its bands that the files have."""
    return Sensor.of_bands(sensor.name, sensor.title, bands, since=sensor.since, revisit=sensor.revisit)


def _is_modis(held: Held) -> bool:
    """The sinusoidal grid of MODIS land products, on their sphere."""
    return "inusoidal" in held.crs and "6371007" in held.crs


def _custom(held: Held, modis: bool, asked: Corrections, coded: bool) -> tuple[str, str]:
    if modis:
        metres = abs(held.transform[0]) if held.transform else 0
        size = " 250 m" if abs(metres / _MODIS_PIXEL - 1) < 0.01 else ""
        return f"MODIS{size}", "the sinusoidal grid of MODIS and the names of the bands"
    if stated := held.tags.get("sensor_type", "").strip():
        return stated[:60], "the sensor type in the header, bands by wavelength"
    if asked.bands is not None:
        return "Bands as typed", "typed"
    return (
        ("Bands by name", "the names or wavelengths of the bands") if coded else ("Unknown sensor", "nothing says it")
    )
