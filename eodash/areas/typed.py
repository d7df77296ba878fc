"""Typed numbers → corners: plain degrees, or with N, S, E, W before or behind them."""

from __future__ import annotations

import math
import re

from eodash.areas.outline import Ring, not_finite
from eodash.errors import AoiError

TYPED_LENGTH = 100_000

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SUFFIXED = re.compile(rf"({_NUMBER})\s*°?\s*([NSEWnsew]?)")
_PREFIXED = re.compile(rf"([NSEWnsew])\s*({_NUMBER})\s*°?")


def pairs_of(text: str) -> Ring:
    """Longitude, latitude pairs from what somebody typed."""
    if len(text) > TYPED_LENGTH:
        raise AoiError("The text is too long.", "Upload it as a GeoJSON file.", code="too_large")
    if re.search(r"\b(?:nan|inf|infinity)\b", text, re.IGNORECASE):
        raise not_finite()
    values = _lettered(text.replace("−", "-").replace("º", "°"))
    if not all(math.isfinite(value) for value, _ in values):
        raise not_finite()
    if len(values) < 4 or len(values) % 2:
        raise _not_coordinates()
    if not any(letter for _, letter in values):
        numbers = [value for value, _ in values]
        return list(zip(numbers[::2], numbers[1::2], strict=True))
    longitudes = [value for value, letter in values if letter in ("E", "W")]
    latitudes = [value for value, letter in values if letter in ("N", "S")]
    if len(longitudes) != len(latitudes) or len(longitudes) + len(latitudes) < len(values):
        raise _not_coordinates()
    if len(longitudes) == 2:
        latitudes.sort()
    return list(zip(longitudes, latitudes, strict=True))


def _lettered(text: str) -> list[tuple[float, str]]:
    """Each number, negative for S and W, with its letter or none."""
    prefixed = bool(re.match(r"\W*[NSEWnsew]", text))
    pattern = _PREFIXED if prefixed else _SUFFIXED
    if re.sub(r"[\s,;()\[\]]", "", pattern.sub(" ", text)):
        raise _not_coordinates()
    values: list[tuple[float, str]] = []
    for match in pattern.finditer(text):
        number, letter = (match[2], match[1].upper()) if prefixed else (match[1], match[2].upper())
        values.append((float(number) * (-1 if letter in ("S", "W") else 1), letter))
    return values


def _not_coordinates() -> AoiError:
    return AoiError(
        "These are no coordinates.",
        "Write west, south, east, north in degrees, like -2.92, 48.09, -2.88, 48.11.",
        code="not_coordinates",
    )
