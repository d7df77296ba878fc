"""What each pixel is made of: its unit, how vigorous it is, what else lies in it; and a table of spectra per day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.world import layout
from eodash.world.ground import CENTRE, Soils, built_spectrum, water_spectrum
from eodash.world.growth import WOODY, Plants
from eodash.world.layout import Layout
from eodash.world.leaf import Array
from eodash.world.noise import field
from eodash.world.sowing import vary
from eodash.world.surface import reflect

NODES = np.array([-2.2, -1.1, 0, 1.1, 2.2], dtype=np.float32)  # vigours at which canopies are computed
GAINS = np.array([0.8, 1.2], dtype=np.float32)  # soil brightness at which they are
WATER_MIX = np.stack([np.linspace(0.05, 0.5, len(NODES)), np.linspace(1.2, 0.2, len(NODES))]).astype(np.float32)
VILLAGE_MIX = np.array(
    [[0.05, 0.03, 0.02, 0.0, 0.90], [0.2, 0.06, 0.08, 0.0, 0.66], [0.32, 0.12, 0.16, 0.02, 0.38],
     [0.32, 0.24, 0.24, 0.05, 0.15], [0.2, 0.35, 0.15, 0.25, 0.05]], dtype=np.float32,
)  # fmt: skip
ROAD_MIX = np.array([[0.50 + 0.02 * k, 0.32, 0, 0, 0.18 - 0.02 * k] for k in range(5)], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Cover:
    """Pixels (flattened) and the units they belong to: plants first, then water, village, road."""

    size: int
    plants: Plants  # at every vigour node
    soils: Soils
    unit: NDArray[np.int32]  # per pixel
    vigour: Array  # position on the nodes, 0 … 4
    drift: Array  # how vigour changes over the season
    soil: Array  # 0 … 1 between the two gains
    mixed: NDArray[np.int32]  # pixels with something else in them
    other: NDArray[np.int32]  # what unit that is
    share: Array  # how much of the pixel it is
    texture: Array  # relief and roughness, around 1
    tall: NDArray[np.bool_]  # trees, which shed snow

    def table(self, day: float, wet: float, sun: float) -> Array:
        """Spectra (unit, node, gain, band) of a day."""
        one = np.ones(1, np.float32)
        gains = reflect(self.plants, self.soils, one * day, one * wet, one * sun, GAINS)[:, :, 0]
        nodes = len(NODES)
        plants = gains.reshape(len(GAINS), -1, nodes, len(CENTRE)).transpose(1, 2, 0, 3)
        season = 0.5 - 0.5 * np.cos(2 * np.pi * (day - 40) / 365.25)
        silt = WATER_MIX[0] * np.float32(1.15 - 0.5 * season)
        water = water_spectrum(silt, WATER_MIX[1] * np.float32(season), np.full(nodes, 0.004, np.float32))
        garden = 1 - VILLAGE_MIX[:, 4:] * np.float32(0.25 * (1 - season))
        solid = [water, built_spectrum(VILLAGE_MIX) * garden, built_spectrum(ROAD_MIX)]
        rest = np.stack([np.repeat(part[:, None], len(GAINS), axis=1) for part in solid])
        return np.ascontiguousarray(np.concatenate([plants, rest]), dtype=np.float32)

    def ground(self, day: float, wet: float, sun: float) -> Array:
        """Reflectance of every pixel (pixel, band) on a day, seen from right above the ground."""
        table = self.table(day, wet, sun)
        flat = table.reshape(-1, table.shape[-1])
        place = np.clip(self.vigour + self.drift * np.float32(np.sin(2 * np.pi * day / 183)), 0, len(NODES) - 1.001)
        low = place.astype(np.int32)
        up, bright = (place - low)[:, None], self.soil[:, None]
        start = (self.unit * len(NODES) + low) * len(GAINS)
        dark = flat.take(start, axis=0)
        dark += bright * (flat.take(start + 1, axis=0) - dark)
        light = flat.take(start + 2, axis=0)
        light += bright * (flat.take(start + 3, axis=0) - light)
        dark += up * (light - dark)
        if len(self.mixed):
            middle = (self.other * len(NODES) + len(NODES) // 2) * len(GAINS)
            dark[self.mixed] += self.share[:, None] * (flat.take(middle, axis=0) - dark[self.mixed])
        dark *= self.texture[:, None]
        return dark


def cover(rng: np.random.Generator, plan: Layout, plants: Plants, soils: Soils) -> Cover:
    """Pixels of a map filled with plants, water and stone."""
    size = len(plan.cover)
    axis = np.arange(size, dtype=np.float32)
    parcels, woods = int(plan.parcels.max()), int(plan.woods.max())
    meadow, hedge, water, village, road = (parcels + woods + number for number in range(5))
    unit = np.where(plan.parcels > 0, plan.parcels.astype(np.int32) - 1, meadow)
    unit = np.where(plan.cover == layout.WOOD, plan.woods.astype(np.int32) + parcels - 1, unit)
    for kind, number in ((layout.WATER, water), (layout.VILLAGE, village), (layout.ROAD, road)):
        unit = np.where(plan.cover == kind, number, unit)

    grain = rng.standard_normal((size, size), dtype=np.float32)
    patchy = field(rng, (26.0, 11.0, 5.0)).at(axis, axis)
    slow = field(rng, (90.0, 40.0)).at(axis, axis)
    soil = field(rng, (60.0, 22.0, 9.0)).at(axis, axis)
    uneven = rng.uniform(0.5, 1.2, parcels + woods + 5).astype(np.float32)[unit]
    tree = np.isin(plants.kind[:, 1], WOODY)
    wooded = np.concatenate([tree, [False, False, False]])[unit]
    vigour = uneven * (0.85 * patchy + 0.4 * slow) + np.where(wooded, 0.95, 0.15) * grain
    vigour = np.where(plan.cover == layout.VILLAGE, 0.75 * grain + 0.7 * patchy - 0.35, vigour)
    vigour = np.where(plan.cover == layout.WATER, 0.5 * patchy + 0.1 * grain, vigour)

    verge = np.where((plan.lane > 0) & (plan.cover != layout.ROAD) & (plan.cover != layout.WATER), plan.lane, 0)
    bushes = np.where(verge > 0, 0, plan.hedge)
    margin = np.where((verge > 0) | (bushes > 0) | ~plan.edge, 0, 0.3)
    share = verge + bushes + margin
    other = np.where(verge > 0, road, np.where(bushes > 0, hedge, meadow))
    mixed = np.flatnonzero(share.ravel() > 0)
    rough = 1 + 0.02 * grain[::-1] + 0.03 * np.clip(soil[::-1, ::-1], -2, 2)
    nodes = vary(plants, NODES)
    return Cover(
        size,
        nodes,
        Soils(**{name: np.repeat(value, len(NODES)) for name, value in vars(soils).items()}),
        unit.ravel().astype(np.int32),
        (np.clip(vigour, -2.2, 2.2) / 1.1 + 2).ravel().astype(np.float32),
        (0.35 * slow[:, ::-1]).ravel().astype(np.float32),
        np.clip(0.5 + 0.3 * soil, 0, 1).ravel().astype(np.float32),
        mixed.astype(np.int32),
        other.ravel()[mixed].astype(np.int32),
        share.ravel()[mixed].astype(np.float32),
        rough.ravel().astype(np.float32),
        wooded.ravel() | (plan.cover == layout.VILLAGE).ravel(),
    )
