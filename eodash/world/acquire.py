"""One pass of the satellite over a world: snow, shadows, air, clouds, optics, noise; and what L2A makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.errors import DateError
from eodash.sensors import SENSORS
from eodash.world.events import Altered
from eodash.world.ground import SNOW
from eodash.world.leaf import Array
from eodash.world.materials import Cover
from eodash.world.noise import field
from eodash.world.region import Region
from eodash.world.sky import Air, air, cloud_top, downward, shaded, upward
from eodash.world.surface import SKY
from eodash.world.weather import DARK, VISIBLE, Sky

LEVELS = {"l1c": SENSORS["sentinel-2-l1c"], "l2a": SENSORS["sentinel-2-l2a"]}
BANDS = SENSORS["sentinel-2-l1c"].bands
SCALE, BRIGHTEST = 10_000, 20_000
Mask = NDArray[np.bool_]
PIXEL = 10  # metres of the finest bands
NOISE = np.array([9, 8, 7, 7, 9, 8, 8, 9, 8, 8, 4, 8, 9], dtype=np.float32)  # 10⁻⁴ of reflectance


@dataclass(frozen=True, eq=False)
class Acquisition:
    """One picture: int16 (band, y, x) = reflectance × 10⁴, scene classification, and the truth about its clouds."""

    time: np.datetime64
    level: str
    bands: tuple[str, ...]
    values: NDArray[np.int16]
    scl: NDArray[np.uint8]
    cloud: NDArray[np.bool_]
    shadow: NDArray[np.bool_]
    snow: NDArray[np.bool_]


def expose(
    ground: Cover | Altered, sky: Sky, day: float, level: str, region: Region, time: np.datetime64
) -> Acquisition:
    """What is recorded of this ground under this sky."""
    if level not in LEVELS:
        raise DateError(f"There is no level {level!r}.", "Take l1c or l2a.", code="unknown_level")
    size = ground.size
    axis = np.arange(size, dtype=np.float32)
    rng = np.random.default_rng([sky.seed, 2])
    surface = ground.ground(day, sky.wet, sky.sun.zenith)
    snow = np.zeros(size * size, np.float32)
    if sky.snow > 0:
        snow = snowed(rng, surface, sky.snow, axis, ground.tall)
    dense, veil, shade = (part.ravel() for part in sky.masks(axis, axis, region.resolution))
    if sky.cover > 0:
        surface = shaded(surface, np.minimum(shade, 0.92), SKY)
    aerosol: Array = np.full(1, sky.aerosol, np.float32)
    if sky.haze > 0:
        smoke = field(rng, (120.0, 50.0)).at(axis, axis).ravel()
        aerosol = sky.aerosol + sky.haze * np.clip(0.6 + 0.5 * smoke, 0, 2)
    column = air(np.full(1, sky.sun.zenith, np.float32), aerosol, np.full(1, sky.vapour, np.float32))
    top = upward(surface, column)
    if sky.cover > 0 or sky.cirrus > 0:
        overcast(rng, top, dense, veil, sky, axis)
    believed = float(np.clip((aerosol.mean() + 0.02 * rng.standard_normal()) * rng.normal(1, 0.12), 0.02, 0.8))
    moist = float(sky.vapour * rng.normal(1, 0.08))
    gain = (1 + 0.008 * rng.standard_normal(len(BANDS))).astype(np.float32)
    off = rng.uniform(-0.22, 0.22, 2)
    picture = optics(top.T.reshape(len(BANDS), size, size), off, region.resolution)
    if level == "l2a":
        clear = air(np.full(1, sky.sun.zenith), np.full(1, believed), np.full(1, moist))
        picture = downward(picture, Air(*(part[0][:, None, None] for part in (clear.path, clear.through, clear.back))))
    picture *= gain[:, None, None] * SCALE
    grain(rng, picture)
    names = LEVELS[level].names
    if len(names) < len(BANDS):
        picture = picture[[index for index, band in enumerate(BANDS) if band.name in names]]
    np.clip(picture, 1, BRIGHTEST, out=picture)
    cloudy = (np.maximum(dense, veil) > VISIBLE).reshape(size, size)
    shadow = (shade > DARK).reshape(size, size) & ~cloudy if sky.cover > 0 else np.zeros((size, size), bool)
    white = (snow > 0.5).reshape(size, size) & ~cloudy
    masks = (dense.reshape(size, size), veil.reshape(size, size), shadow, white)
    return Acquisition(
        time, level, names, np.rint(picture).astype(np.int16), classify(rng, surface, masks), cloudy, shadow, white
    )


def snowed(rng: np.random.Generator, surface: Array, amount: float, axis: Array, tall: NDArray[np.bool_]) -> Array:
    """Lays snow on the ground, little of it on trees and none on water; gives its share per pixel."""
    drift = field(rng, (45.0, 16.0, 6.0)).at(axis, axis).ravel()
    snow = np.clip(amount + 0.22 * drift, 0, 0.97)
    snow *= np.where(surface[:, 7] < surface[:, 2], 0.0, np.where(tall, 0.22, 1.0))
    surface += snow[:, None] * (SNOW * np.float32(rng.uniform(0.7, 0.95)) - surface)
    return np.asarray(snow, dtype=np.float32)


def overcast(rng: np.random.Generator, top: Array, dense: Array, veil: Array, sky: Sky, axis: Array) -> None:
    """Puts thin and thick clouds before the ground, in place."""
    relief = field(rng, (30.0, 11.0, 5.0)).at(axis, axis).ravel()
    light = float(np.cos(np.radians(sky.sun.zenith)) ** 0.25)
    bright = np.clip((0.52 + 0.30 * dense + 0.05 * relief) * light, 0.25, 1.1).astype(np.float32)
    high = np.full(len(top), sky.base / 1000 + (0.6 if sky.small else 1.5), np.float32)
    cloudy = np.flatnonzero(dense > 0)
    tops = cloud_top(bright[cloudy], high[cloudy])
    top[cloudy] += dense[cloudy, None] * (tops - top[cloudy])
    veiled = np.flatnonzero(veil > 0)
    if len(veiled):
        ice = cloud_top(np.full(len(veiled), 0.62, np.float32), np.full(len(veiled), 9.0, np.float32))
        top[veiled] += veil[veiled, None] * (ice - top[veiled])


def optics(picture: Array, off: NDArray[np.float64], resolution: float) -> Array:
    """Blur of the lens with a small misregistration, and the pixel size of each band."""
    result = np.empty_like(picture)
    for index, band in enumerate(BANDS):
        factor = max(1, round(band.resolution / resolution))
        blurred = smear(smear(picture[index], float(off[0]), 0), float(off[1]), 1)
        result[index] = blurred if factor == 1 else coarse(blurred, factor)
    return result


def smear(image: Array, off: float, axis: int) -> Array:
    """Three-point blur along an axis, shifted by a part of a pixel."""
    if image.shape[axis] < 2:
        return image
    side = np.float32(0.14)
    before, after = side - np.float32(off / 2), side + np.float32(off / 2)
    padded = np.pad(image, [(1, 1) if number == axis else (0, 0) for number in range(2)], mode="edge")
    first, last = (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
    return np.asarray((1 - 2 * side) * image + before * first + after * last, dtype=np.float32)


def coarse(image: Array, factor: int) -> Array:
    """Means over blocks of pixels, spread over the fine grid again."""
    height, width = image.shape
    rows, columns = -(-height // factor), -(-width // factor)
    padded = np.pad(image, ((0, rows * factor - height), (0, columns * factor - width)), mode="edge")
    means = padded.reshape(rows, factor, columns, factor).mean((1, 3))
    return np.asarray(means.repeat(factor, 0).repeat(factor, 1)[:height, :width], dtype=np.float32)


def grain(rng: np.random.Generator, picture: Array) -> None:
    """Adds the sensor's noise, coarse for coarse bands, in place."""
    height, width = picture.shape[1:]
    for index, band in enumerate(BANDS):
        factor = max(1, band.resolution // PIXEL)
        small = rng.standard_normal((-(-height // factor), -(-width // factor)), dtype=np.float32)
        noise = small.repeat(factor, 0).repeat(factor, 1)[:height, :width] if factor > 1 else small
        picture[index] += noise * (NOISE[index] + 0.004 * picture[index])


def classify(
    rng: np.random.Generator,
    surface: Array,
    masks: tuple[Array, Array, Mask, Mask],
) -> NDArray[np.uint8]:
    """Scene classification with the mistakes that the real one makes: missed thin edges, roofs taken for cloud."""
    dense, veil, shadow, snow = masks
    shape = dense.shape
    red, infrared = surface[:, 3].reshape(shape), surface[:, 7].reshape(shape)
    green = surface[:, 2].reshape(shape)
    greenness = (infrared - red) / np.maximum(infrared + red, 1e-3)
    scl = np.where(greenness > 0.4, 4, 5).astype(np.uint8)
    scl[(greenness < 0.15) & (infrared < green) & (infrared < 0.12)] = 6
    doubt = field(rng, (9.0, 4.0)).at(np.arange(shape[0], dtype=np.float32), np.arange(shape[1], dtype=np.float32))
    scl[snow] = 11
    scl[(red > 0.27) & (greenness < 0.1) & ~snow & (doubt > 0.9)] = 8
    scl[(infrared < 0.075) & (scl == 5)] = 2
    scl[shadow & (doubt > -1.1)] = 3
    scl[veil > 0.10 + 0.02 * doubt] = 10
    scl[dense > 0.16 + 0.04 * doubt] = 8
    scl[dense > 0.55 + 0.06 * doubt] = 9
    scl[(scl == 4) & (doubt > 2.6)] = 7
    return scl
