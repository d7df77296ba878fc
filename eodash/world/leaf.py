"""Leaf reflectance and transmittance: PROSPECT-D (Féret, Gitelson, Noble & Jacquemoud 2017), in Sentinel-2's bands.

A leaf is a pile of N plates; each absorbs by its pigments, water and dry matter. Written from the paper's equations,
vectorised over leaves; the optical constants are measured figures (coefficients.csv).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import exp1

Array = NDArray[np.floating[Any]]  # float32 throughout
COEFFICIENTS = Path(__file__).with_name("coefficients.csv")
PER_BAND = 5


@dataclass(frozen=True)
class Leaves:
    """Leaves, one per entry: contents per leaf area."""

    layers: Array  # N, number of plates
    chlorophyll: Array  # µg/cm²
    carotenoid: Array  # µg/cm²
    anthocyanin: Array  # µg/cm²
    brown: Array  # arbitrary units
    water: Array  # g/cm² (= cm)
    dry: Array  # g/cm²


@dataclass(frozen=True)
class Constants:
    """Optical constants at each wavelength, and what one surface lets through."""

    wavelength: Array  # nm
    weight: Array  # share of the wavelength in its band
    absorption: Array  # (6, wavelength): chlorophyll, carotenoid, anthocyanin, brown, water, dry
    entering: Array  # transmissivity of the surface within 40° of the normal
    diffuse: Array  # the same for all directions
    leaving: Array  # the same from inside


@cache
def constants() -> Constants:
    """The table of the package, read once."""
    rows = np.genfromtxt(COEFFICIENTS, delimiter=",", comments="#", skip_header=4, usecols=range(1, 10))
    wavelength, weight, refraction = rows[:, 0], rows[:, 1], rows[:, 2]
    diffuse = surface(90.0, refraction)
    return Constants(
        *(
            np.ascontiguousarray(part, dtype=np.float32)
            for part in (
                wavelength,
                weight,
                rows[:, 3:].T,
                surface(40.0, refraction),
                diffuse,
                diffuse / refraction**2,
            )
        )
    )


def surface(cone: float, refraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean Fresnel transmissivity for unpolarised light from a cone of directions (half angle in degrees)."""
    steps = 400
    angle = (np.arange(steps) + 0.5) / steps * np.radians(cone)
    inside = np.arcsin(np.sin(angle)[:, None] / refraction)
    outer, inner = np.cos(angle)[:, None], np.cos(inside)
    across = ((outer - refraction * inner) / (outer + refraction * inner)) ** 2
    along = ((inner - refraction * outer) / (inner + refraction * outer)) ** 2
    weight = np.sin(2 * angle)[:, None]
    return np.asarray(((1 - (across + along) / 2) * weight).sum(0) / weight.sum(0))


def optics(leaves: Leaves) -> tuple[Array, Array]:
    """Reflectance and transmittance of each leaf in each band: two arrays (leaf, band)."""
    table = constants()
    contents = np.stack(
        np.broadcast_arrays(
            leaves.chlorophyll, leaves.carotenoid, leaves.anthocyanin, leaves.brown, leaves.water, leaves.dry
        ),
        axis=1,
    ).astype(np.float32)
    layers = np.broadcast_to(np.asarray(leaves.layers, np.float32), contents.shape[:1])[:, None]
    depth = np.maximum(contents @ table.absorption / layers, 1e-6)
    passed = (1 - depth) * np.exp(-depth) + depth**2 * exp1(depth)
    reflectance, transmittance = pile(plate(passed, table), layers)
    return in_bands(reflectance, table.weight), in_bands(transmittance, table.weight)


def plate(passed: Array, table: Constants) -> tuple[Array, Array, Array, Array]:
    """Reflectance and transmittance of one plate: lit from the sky's cone, and lit from everywhere."""
    back = 1 - table.leaving
    echo = 1 - (back * passed) ** 2
    top_through = table.entering * passed * table.leaving / echo
    top_back = 1 - table.entering + back * passed * top_through
    through = table.diffuse * passed * table.leaving / echo
    return top_back, top_through, 1 - table.diffuse + back * passed * through, through


def pile(one: tuple[Array, Array, Array, Array], layers: Array) -> tuple[Array, Array]:
    """Reflectance and transmittance of a pile of plates (Stokes 1862), the first of them lit from the cone."""
    top_r, top_t, r, t = one
    spread = np.sqrt(np.maximum((1 + r + t) * (1 + r - t) * (1 - r + t) * (1 - r - t), 1e-12))
    a = (1 + r**2 - t**2 + spread) / (2 * r)
    power = ((1 - r**2 + t**2 + spread) / (2 * t)) ** (layers - 1)
    below = a**2 * power**2 - 1
    rest_r = a * (power**2 - 1) / below
    rest_t = power * (a**2 - 1) / below
    echo = 1 - rest_r * r
    return top_r + top_t * rest_r * t / echo, top_t * rest_t / echo


def in_bands(spectrum: Array, weight: Array) -> Array:
    """Weighted mean over the wavelengths of each band."""
    return np.asarray((spectrum * weight).reshape(len(spectrum), -1, PER_BAND).sum(2), dtype=np.float32)
