"""What makes two images of one ground differ although nothing changed there: light, haze, the grid, the sensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from eodash.change.pair import Floats

Rng = np.random.Generator


def noisy(rng: Rng, image: Floats) -> Floats:
    """The noise of another exposure."""
    noise = rng.normal(0, 1, image.shape).astype(np.float32)
    return np.asarray(image + noise * (0.0008 + 0.004 * image), np.float32)


def lit(rng: Rng, image: Floats, low: float = 0.7, high: float = 0.85) -> Floats:
    """Under another sun, on slopes."""
    relief = gaussian_filter(rng.standard_normal(image.shape[1:]), 12)
    relief /= max(float(np.abs(relief).max()), 1e-6)
    return np.asarray(image * (rng.uniform(low, high) * (1 + 0.1 * relief)).astype(np.float32), np.float32)


def hazed(rng: Rng, image: Floats, least: float = 0.02, wavelengths: Floats | None = None) -> Floats:
    """Under thin haze: adds most in the blue, dims a little."""
    blue = np.linspace(1, 0.15, len(image), dtype=np.float32) if wavelengths is None else wavelengths
    return np.asarray(image * np.float32(0.92) + np.float32(rng.uniform(least, 0.05)) * blue[:, None, None], np.float32)


def shifted(rng: Rng, image: Floats, low: float = 0.4, high: float = 0.9) -> Floats:
    """On a grid not quite the same, by a share of a pixel."""
    by = rng.uniform(low, high, 2) * rng.choice([-1, 1], 2)
    return np.stack([shift(band, by, order=1, mode="nearest") for band in image]).astype(np.float32)


def regained(rng: Rng, image: Floats) -> Floats:
    """By another sensor: a gain and an offset for each band."""
    gain = np.exp(rng.normal(0, 0.08, len(image)))[:, None, None]
    offset = rng.normal(0, 0.006, len(image))[:, None, None]
    return np.asarray(image * gain + offset, np.float32)


def digital(rng: Rng, images: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Both as eight-bit numbers: coarse steps, and white where it is brightest."""
    top = np.quantile(np.concatenate(images, 1), rng.uniform(0.995, 1), axis=(1, 2))[:, None, None]
    scale = rng.uniform(60, 250, len(top))[:, None, None] / np.maximum(top, 1e-6)
    first, second = (np.clip(np.rint(each * scale), 0, 255).astype(np.float32) for each in images)
    return first, second


def coarse(image: NDArray[np.floating], factor: int) -> Floats:
    """Means of blocks."""
    bands, rows, columns = image.shape
    blocks = image.reshape(bands, rows // factor, factor, columns // factor, factor)
    return np.asarray(blocks.mean((2, 4)), np.float32)
