"""How leaves, soil and water reflect, as the demo world's own physics has it, and where the air lets light through.

Plants: PROSPECT-D leaves in a 4SAIL canopy over the soil; soil and water: the curves of the world's ground, which
hold in the bands of Sentinel-2 alone. Absorption: oxygen and water vapour of the near infrared (Gao & Goetz 1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import exp1

from eodash.world.canopy import Geometry, layer, over_soil, sky_share
from eodash.world.ground import CENTRE, Soils, soil_spectrum, water_spectrum
from eodash.world.leaf import constants, pile, plate

_GAP = 180.0
"""Wavelengths further apart than this, in nm, are not joined by a line."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Reflectance 0–1 by wavelength in nm; NaN between parts that nothing joins."""

    name: str
    wavelength: NDArray[np.float64]
    reflectance: NDArray[np.float64]


ABSORBED = (
    (759.0, 769.0, "oxygen"),
    (930.0, 970.0, "water vapour"),
    (1110.0, 1160.0, "water vapour"),
    (1350.0, 1460.0, "water vapour, opaque"),
    (1790.0, 1960.0, "water vapour, opaque"),
)
"""From, to in nm, and what absorbs: light of the ground hardly comes through here."""


@cache
def materials() -> tuple[Curve, ...]:
    """A grown crop, dry bare soil and a clear lake."""
    table = constants()
    order = np.argsort(table.wavelength)
    wavelength = table.wavelength[order].astype(np.float64)
    reflectance, transmittance = _leaf()
    soil = soil_spectrum(Soils(*(np.full(1, value) for value in (0.24, 0.8, 0.15, 1.5, 0.8, 1.0))), np.zeros((1, 1)))[0]
    water = water_spectrum(np.full(1, 0.4), np.full(1, 0.3), np.full(1, 0.002))
    ground = np.interp(wavelength, CENTRE, soil[0])[None]
    one = np.ones(1, np.float32)
    leaves = layer(
        reflectance[None, order], transmittance[None, order], 3.5 * one, 55 * one, 0.1 * one,
        Geometry(35 * one, 4 * one, 90 * one),
    )  # fmt: skip
    canopy = over_soil(leaves, ground, sky_share(wavelength))
    return (
        Curve("green crop", *_parted(wavelength, np.asarray(canopy[0], np.float64))),
        Curve("bare soil", CENTRE.astype(np.float64), np.asarray(soil[0], np.float64)),
        Curve("clear water", CENTRE.astype(np.float64), np.asarray(water[0], np.float64)),
    )


def _leaf() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A green leaf at each wavelength of the optical constants."""
    table, layers = constants(), np.full((1, 1), 1.5)
    contents = np.array(
        [[45.0, 9.0, 1.0, 0.0, 0.017, 0.005]]
    )  # µg/cm² of three pigments, brown, water and dry in g/cm²
    depth = np.maximum(contents @ table.absorption / layers, 1e-6)
    passed = (1 - depth) * np.exp(-depth) + depth**2 * exp1(depth)
    reflectance, transmittance = pile(plate(passed, table), layers)
    return np.asarray(reflectance[0], np.float64), np.asarray(transmittance[0], np.float64)


def _parted(
    wavelength: NDArray[np.float64], reflectance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """NaN put where the constants leave a gap, so that no line is drawn through what is not known."""
    keep = np.append(np.diff(wavelength) > 0, True)  # bands overlap: some wavelengths come twice
    wavelength, reflectance = wavelength[keep], reflectance[keep]
    wide = np.flatnonzero(np.diff(wavelength) > _GAP) + 1
    return np.insert(wavelength, wide, wavelength[wide] - 1), np.insert(reflectance, wide, np.nan)
