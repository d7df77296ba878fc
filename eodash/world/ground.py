"""What lies under and between the plants: soil, straw, flowers, water, roofs and roads, snow. Reflectance by band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eodash.sensors import SENSORS
from eodash.world.leaf import Array

BANDS = SENSORS["sentinel-2-l1c"].names
CENTRE = np.array([band.centre for band in SENSORS["sentinel-2-l1c"].bands], dtype=np.float32)
SHORT_WAVE = CENTRE > 1500


def _curve(values: str) -> Array:
    return np.array([float(value) for value in values.split()], dtype=np.float32)


#               B01  B02  B03  B04  B05  B06  B07  B08  B8A  B09  B10  B11  B12
STRAW = _curve(".085 .10  .145 .205 .235 .26  .28  .30  .32  .34  .30  .45  .32")
FLOWER = _curve(".05  .06  .30  .27  .42  .50  .52  .53  .54  .50  .30  .26  .14")
SUNFLOWER = _curve(".04  .05  .16  .20  .34  .46  .49  .50  .51  .48  .30  .24  .12")
ASPHALT = _curve(".07  .08  .095 .105 .11  .115 .12  .125 .13  .135 .14  .15  .145")
CONCRETE = _curve(".19  .22  .27  .31  .33  .34  .35  .36  .37  .38  .38  .40  .37")
TILE = _curve(".06  .065 .09  .17  .21  .235 .25  .26  .275 .29  .31  .37  .33")
METAL = _curve(".30  .33  .36  .38  .39  .40  .41  .42  .43  .43  .40  .38  .34")
GARDEN = _curve(".025 .035 .065 .045 .10  .24  .30  .32  .34  .33  .15  .17  .08")
DEEP_WATER = _curve(".036 .042 .034 .018 .013 .008 .007 .006 .005 .004 .003 .003 .002")
SILT = _curve(".020 .035 .065 .070 .060 .018 .016 .010 .009 .004 .001 .001 .001")
ALGAE = _curve("-.01 -.008 .014 -.004 .014 .004 .004 .003 .003 .001 0   0    0")
SNOW = _curve(".86  .88  .88  .87  .86  .85  .84  .82  .80  .72  .25  .10  .07")


@dataclass(frozen=True)
class Soils:
    """Soils, one per row: brightness at 865 nm, colour, wetness."""

    bright: Array
    slope: Array
    redness: Array
    swir1: Array  # SWIR 1 over NIR
    swir2: Array  # SWIR 2 over SWIR 1
    straw: Array  # brightness of the straw


def dig(rng: np.random.Generator, rows: int, climate: str) -> Soils:
    """Soils of a climate, one per row."""
    temperate = climate == "temperate"
    low, high = (0.13, 0.27) if temperate else (0.17, 0.34)
    short = (1.3, 1.85) if temperate else (1.4, 2.0)
    steep, red = ((0.5, 1.1), (0.0, 0.28)) if temperate else ((0.6, 1.3), (0.03, 0.36))

    def between(a: float, b: float) -> Array:
        return (a + (b - a) * rng.random(rows, dtype=np.float32)).astype(np.float32)

    return Soils(between(low, high), between(*steep), between(*red), between(*short), between(0.66, 0.9),
                 between(0.75, 1.25))  # fmt: skip


def soil_spectrum(soils: Soils, wet: Array) -> Array:
    """Reflectance of bare soil at this wetness (0–1; row, time): (row, time, band)."""
    near = np.minimum(CENTRE, 1100.0)
    shape = (near / 865) ** soils.slope[:, None] * np.exp(-soils.redness[:, None] * np.maximum(0, 610 - CENTRE) / 100)
    infrared = soils.swir1[:, None] * np.where(CENTRE > 2000, soils.swir2[:, None], 1)
    shape = np.where(SHORT_WAVE, infrared, shape) * soils.bright[:, None]
    darkening = 0.45 + 0.35 * np.minimum(CENTRE / 1800, 1.2)
    return np.asarray(shape[:, None, :] * np.exp(-wet[..., None] * darkening), dtype=np.float32)


def littered(soil: Array, soils: Soils, straw: Array, wet: Array) -> Array:
    """Soil under straw covering this share of it (row, time)."""
    colour = STRAW * soils.straw[:, None, None] * np.exp(-0.35 * wet[..., None])
    return np.asarray(soil + straw[..., None] * (colour - soil), dtype=np.float32)


def water_spectrum(silt: Array, algae: Array, glint: Array) -> Array:
    """Water with this much silt, algae and glint (each of one shape): shape + (band,)."""
    return np.asarray(
        DEEP_WATER + silt[..., None] * SILT * np.where(CENTRE > 720, silt[..., None], 1) + algae[..., None] * ALGAE
        + glint[..., None],
        dtype=np.float32,
    )  # fmt: skip


def built_spectrum(mix: Array) -> Array:
    """Asphalt, concrete, tile, metal and garden in these shares (…, 5)."""
    return np.asarray(mix @ np.stack([ASPHALT, CONCRETE, TILE, METAL, GARDEN]), dtype=np.float32)
