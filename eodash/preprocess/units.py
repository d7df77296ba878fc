"""What the numbers of a carrier stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REFLECTANCE, DIGITAL = "reflectance × 10⁴", "digital numbers"
ZSCORE, RANGE = "z-score × 1000", "share of range × 10⁴"
"""Normalised values: steps of a thousandth of a standard deviation lie below the noise; beyond ±32.7 they saturate."""

PER_UNIT = {REFLECTANCE: 10_000.0, DIGITAL: 1.0, ZSCORE: 1000.0, RANGE: 10_000.0}


def units_of(attrs: Mapping[str, Any]) -> str:
    """Reflectance unless the carrier says otherwise."""
    return str(attrs.get("units", REFLECTANCE))


def per_unit(attrs: Mapping[str, Any]) -> float:
    """Stored numbers per unit: divide by it to draw."""
    return PER_UNIT.get(units_of(attrs), 1.0)
