"""From a stored number to light and back: radiance, reflectance at the top of the air, reflectance at the ground.

    reflectance = number × scale + offset          stored number ↔ reflectance
    L = ρ · E · cos θ / (π · d²)                   reflectance at the top ↔ radiance, W m⁻² sr⁻¹ µm⁻¹

E is the sun's irradiance in the band at 1 au, θ its zenith angle, d the Earth's distance in au. Between top and ground
lies the air: that step needs aerosol, vapour and ozone of the moment, and no product carries enough to take it back.

Irradiances: SOLAR_IRRADIANCE in the metadata of Sentinel-2 products since baseline 03 (Thuillier 2003 in each band).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eodash.errors import RasterError

_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
IRRADIANCE: dict[str, dict[str, float]] = {
    "Sentinel-2A": dict(zip(_BANDS, (
        1884.69, 1959.66, 1823.24, 1512.06, 1424.64, 1287.61, 1162.08, 1041.63, 955.32, 812.92, 367.15, 245.59, 85.25,
    ), strict=True)),
    "Sentinel-2B": dict(zip(_BANDS, (
        1874.30, 1959.75, 1824.93, 1512.79, 1425.78, 1291.13, 1175.57, 1041.28, 953.93, 817.58, 365.41, 247.08, 87.75,
    ), strict=True)),
}  # fmt: skip
"""Solar irradiance in W m⁻² µm⁻¹ at 1 au, by satellite and band."""
_SATELLITE = re.compile(r"(?:^|[^A-Za-z0-9])S2([A-D])_")


@dataclass(frozen=True)
class Stored:
    """How a product writes reflectance: number × scale + offset."""

    scale: float
    offset: float

    def reflectance(self, number: float) -> float:
        return number * self.scale + self.offset

    def number(self, reflectance: float) -> float:
        return (reflectance - self.offset) / self.scale

    @property
    def formula(self) -> str:
        """`number × 0.0001 − 0.1`"""
        sign = "−" if self.offset < 0 else "+"
        return f"number × {self.scale:g}" + (f" {sign} {abs(self.offset):g}" if self.offset else "")


def stored_as(applied: Mapping[str, Any]) -> Stored | None:
    """What was applied to a date's numbers; None where scenes or bands differ, or nothing is said."""
    if "bands" in applied:
        return None
    scale, offset = applied.get("scale", 1e-4 if applied.get("level") else None), applied.get("offset")
    if scale is None or offset is None or not _finite(scale) or not _finite(offset) or scale == 0:
        return None
    # With a processing baseline the offset is in digital numbers, else in reflectance.
    return Stored(float(scale), float(offset) * float(scale) if "baseline" in applied else float(offset))


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def satellite_of(items: tuple[str, ...]) -> str:
    """`Sentinel-2A` from the names of scenes; empty where they do not say, or name several."""
    found = {f"Sentinel-2{match[1]}" for item in items for match in _SATELLITE.finditer(f" {item}")}
    return found.pop() if len(found) == 1 else ""


def distance(time: np.datetime64) -> float:
    """The Earth's distance from the sun in au, within 0.0003 (Landsat data users' handbook: 1 − 0.01672 cos M)."""
    days = (time - time.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    return 1 - 0.01672 * math.cos(math.radians(0.9856 * (float(days) + 1 - 4)))


def radiance(reflectance: float, irradiance: float, zenith: float, au: float = 1.0) -> float:
    """L = ρ E cos θ / (π d²), for a sun above the horizon."""
    return reflectance * irradiance * _cosine(zenith) / (math.pi * au**2)


def top_reflectance(light: float, irradiance: float, zenith: float, au: float = 1.0) -> float:
    """ρ = π d² L / (E cos θ): radiance taken back."""
    return math.pi * au**2 * light / (irradiance * _cosine(zenith))


def _cosine(zenith: float) -> float:
    if not 0 <= zenith < 90:
        raise RasterError(
            f"The sun stands {zenith:.0f}° from the zenith: there is no daylight.", "Choose another date.", code="sun"
        )
    return math.cos(math.radians(zenith))
