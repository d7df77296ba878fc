"""What the atmosphere does to reflectance, and how well it is taken off again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eodash.world.ground import CENTRE
from eodash.world.leaf import Array

MICRONS = CENTRE / 1000
RAYLEIGH = np.asarray(0.008569 * MICRONS**-4 * (1 + 0.0113 * MICRONS**-2 + 0.00013 * MICRONS**-4), dtype=np.float32)
AEROSOL = np.asarray((MICRONS / 0.55) ** -1.3, dtype=np.float32)
_B09, _B10 = 9, 10
#                        B01   B02   B03  B04  B05   B06  B07   B08   B8A  B09   B10  B11  B12
CLOUD = np.array([0.98, 0.97, 0.97, 0.98, 0.99, 1.0, 1.0, 1.0, 1.0, 0.62, 0.0, 0.66, 0.54], dtype=np.float32)
VAPOUR = np.array([0, 0, 0, 0.003, 0.006, 0.005, 0.003, 0.014, 0.001, 0, 0, 0.005, 0.009], dtype=np.float32)  # per cm
OZONE = np.array([0.999, 0.992, 0.966, 0.98, 0.993, 0.998, 1, 1, 1, 1, 1, 1, 1], dtype=np.float32)


@dataclass(frozen=True)
class Air:
    """What one column of clear air does in each band; leading axes are those of its inputs."""

    path: Array  # light that never met the ground
    through: Array  # down and up again
    back: Array  # ground light thrown back at the ground


def air(sun: Array, aerosol: Array, vapour: Array) -> Air:
    """Clear air for a sun at this zenith angle (degrees), aerosol thickness and water vapour (cm)."""
    low = 1 / np.maximum(np.cos(np.radians(np.asarray(sun, np.float32))), 0.15)[..., None]
    haze = np.asarray(aerosol, np.float32)[..., None] * AEROSOL
    wet = np.asarray(vapour, np.float32)[..., None]
    path = (0.75 * 1.05 * RAYLEIGH + 0.20 * haze) * low / 4 * 1.25
    gone = (0.48 * RAYLEIGH + 0.17 * haze) * (low + 1)
    gas = np.broadcast_to(OZONE * np.exp(-VAPOUR * wet * (low + 1)), gone.shape).copy()
    gas[..., _B09] = np.exp(-0.55 * np.sqrt(wet * (low + 1)))[..., 0]
    gas[..., _B10] = np.exp(-5 - 1.2 * wet)[..., 0]
    gas[..., 11:] *= 0.975
    path = path * gas
    path[..., _B10] = 0.0012
    return Air(
        path.astype(np.float32),
        (np.exp(-gone) * gas).astype(np.float32),
        np.asarray(0.92 * RAYLEIGH * np.exp(-RAYLEIGH) + 0.13 * haze, dtype=np.float32),
    )


def upward(ground: Array, column: Air) -> Array:
    """Reflectance at the top of the atmosphere."""
    return column.path + column.through * ground / (1 - column.back * ground)


def downward(top: Array, column: Air) -> Array:
    """Reflectance of the ground, from the top of the atmosphere and what the air is believed to be."""
    clean = (top - column.path) / column.through
    return clean / (1 + column.back * clean)


def shaded(ground: Array, shadow: Array, sky: Array) -> Array:
    """Ground that lost this share of the direct sunlight; what is left is blue sky light."""
    left = 1 - shadow[..., None] * (1 - 0.16 - 0.75 * sky)
    return np.asarray(ground * left, dtype=np.float32)


def cloud_top(bright: Array, height: Array) -> Array:
    """Reflectance of cloud tops by band; the higher, the less vapour lies above (height in km)."""
    top = bright[..., None] * CLOUD
    top[..., _B09] = bright * np.clip(0.45 + 0.06 * height, 0, 0.95)
    top[..., _B10] = 0.0015 + bright * np.clip(0.004 * np.maximum(height - 1.5, 0) ** 2.1, 0, 0.45)
    return top
