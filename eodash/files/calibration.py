"""Stored numbers → reflectance: which scale, offset and no-data value an image needs, and how that was decided."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eodash.files.bands import INDICES
from eodash.files.corrections import Corrections
from eodash.files.held import Held, Plane
from eodash.files.names import baseline_in

REFLECTANCE, NUMBERS = "reflectance × 10⁴", "digital numbers"
"""What a cube's attrs say of its units."""


@dataclass(frozen=True)
class Calibration:
    """value = stored × scale + offset; NaN, infinite and absurd floats are no data in any case."""

    scale: float
    offset: float
    nodata: float | None
    units: str
    how: str

    @property
    def row(self) -> tuple[float, float, float | None]:
        return self.scale, self.offset, self.nodata


def calibrate(plane: Plane, held: Held, product: str, modis: bool, band: str, asked: Corrections) -> Calibration:
    """What one plane needs: as the user says, else the file, else its product, else the numbers themselves."""
    nodata = _nodata(plane, product, asked)
    if asked.units == "digital numbers":
        return Calibration(asked.scale or 1.0, asked.offset or 0.0, nodata, NUMBERS, "typed")
    found = _found(plane, held, product, modis, band)
    if asked.scale is not None or asked.offset is not None or asked.units == "reflectance":
        scale = asked.scale if asked.scale is not None else found[0]
        offset = asked.offset if asked.offset is not None else found[1]
        return Calibration(scale, offset, nodata, REFLECTANCE, "typed")
    return Calibration(found[0], found[1], nodata, found[2], found[3])


def _found(plane: Plane, held: Held, product: str, modis: bool, band: str) -> tuple[float, float, str, str]:
    stated = (plane.scale, plane.offset) != (1.0, 0.0) and math.isfinite(plane.scale) and plane.scale != 0
    if stated and _like_reflectance(plane, plane.scale, plane.offset):
        return plane.scale, plane.offset, REFLECTANCE, "the file states scale and offset"
    said = f"{plane.unit} {held.tags.get('units', '')} {held.own.get('units', '')}".lower()
    whole = plane.dtype[:1] in "iu"
    if ("10⁴" in said or "10000" in said or "1e4" in said) and (whole or not _like_reflectance(plane, 1.0, 0.0)):
        return 1e-4, 0.0, REFLECTANCE, "the file states its units: reflectance × 10⁴"
    if NUMBERS in said:
        return 1.0, 0.0, NUMBERS, "the file states its units: digital numbers"
    if whole and plane.dtype not in ("uint8", "int8"):
        if product.startswith("landsat-c2-l2"):
            return 2.75e-5, -0.2, REFLECTANCE, "scale and offset of Landsat Collection 2, level 2"
        if product.startswith("sentinel-2"):
            offset, why = sentinel_offset(held)
            return 1e-4, offset, REFLECTANCE, f"scale of Sentinel-2 products; offset {offset:g}: {why}"
        if modis:
            return 1e-4, 0.0, REFLECTANCE, "scale of MODIS land products"
    if not whole and band.lower() in INDICES and _like_reflectance(plane, 1.0, 0.0):
        return 1.0, 0.0, REFLECTANCE, "a float index from −1 to 1"
    if not whole and _like_reflectance(plane, 1.0, 0.0):
        return 1.0, 0.0, REFLECTANCE, "floats between 0 and 1 are reflectance"
    if stated:
        return plane.scale, plane.offset, NUMBERS, "the file states scale and offset, but the values are no reflectance"
    return 1.0, 0.0, NUMBERS, f"{plane.dtype} without a scale: kept as they are"


def _like_reflectance(plane: Plane, scale: float, offset: float) -> bool:
    """Whether the numbers could be reflectance: nearly all between −1 and 1.6."""
    if "p98" not in plane.figures:
        return True
    low, high = sorted(plane.figures[key] * scale + offset for key in ("p2", "p98"))
    return bool(low >= -1.0 and high <= 1.6)


def _nodata(plane: Plane, product: str, asked: Corrections) -> float | None:
    if asked.nodata is not None:
        return None if asked.nodata in ("none", "nan") else float(asked.nodata)
    if plane.nodata is not None:
        return plane.nodata if math.isfinite(plane.nodata) else None  # NaN never counts as a number
    if plane.dtype == "int16" and plane.figures.get("low") == -32_768:
        return -32_768.0  # no instrument measures the lowest number there is; cubes of eodash mean "none" by it
    return 0.0 if product and plane.dtype == "uint16" else None


def sentinel_offset(held: Held) -> tuple[float, str]:
    """The offset of one Sentinel-2 file: as its tags say, else by its baseline, else none."""
    tags = {key.lower(): value for key, value in held.tags.items()}
    for key in ("boa_add_offset", "radio_add_offset", "add_offset"):
        try:
            return float(tags[key]) / 1e4, f"the tag {key.upper()}"
        except (KeyError, ValueError):
            continue
    try:
        baseline = float(tags["processing_baseline"].lstrip("Nn").replace("_", "."))
    except (KeyError, ValueError):
        baseline = baseline_in(held.file) or 0.0
    if baseline >= 4:
        return -0.1, f"processing baseline {baseline:05.2f}"
    return 0.0, f"processing baseline {baseline:05.2f}" if baseline else "no baseline stated"
