"""Reflectance of the ground from plants, soil and sun: where leaf, canopy, growth and ground meet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.world.canopy import Geometry, layer, over_soil, sky_share
from eodash.world.ground import CENTRE, FLOWER, SUNFLOWER, Soils, littered, soil_spectrum
from eodash.world.growth import WOODY, Plants, State, state
from eodash.world.leaf import Array
from eodash.world.legend import INDEX

SKY = sky_share(CENTRE.astype(np.float64))
CHUNK = 2000


def reflect(plants: Plants, soils: Soils, day: Array, wet: Array, sun: Array, gains: Array) -> Array:
    """Reflectance (gain, row, time, band) of plants over soils made darker or brighter by each gain.

    `day`, `wet` and the sun's zenith angle are (time,) or (row, time).
    """
    rows = len(plants.kind)
    day, wet, sun = (np.repeat(part, rows // len(part), axis=0) for part in map(np.atleast_2d, (day, wet, sun)))
    step = max(1, CHUNK // day.shape[1])
    parts = [
        _reflect(_rows(plants, part), _soils(soils, part), day[part], wet[part], sun[part], gains)
        for part in (slice(start, start + step) for start in range(0, rows, step))
    ]
    return np.concatenate(parts, axis=1)


def _rows(plants: Plants, part: slice) -> Plants:
    values: dict[str, Any] = {name: value[part] for name, value in vars(plants).items() if name != "leaves"}
    values["leaves"] = tuple(leaf[part] for leaf in plants.leaves)
    return Plants(**values)


def _soils(soils: Soils, part: slice) -> Soils:
    return Soils(**{name: value[part] for name, value in vars(soils).items()})


def _reflect(plants: Plants, soils: Soils, day: Array, wet: Array, sun: Array, gains: Array) -> Array:
    now = state(plants, day)
    rows, times = day.shape
    total = now.lai.sum(2)
    share = now.lai / np.maximum(total, 1e-4)[..., None]
    reflectance, transmittance = mixed_leaves(plants, now, share)

    def mean(value: Array) -> Array:
        weighed = (share * value[:, None, :]).sum(2)
        return np.asarray(np.where(total > 1e-3, weighed, value[:, 1:2]), dtype=np.float32).ravel()

    where = Geometry(np.minimum(sun, 80).ravel(), np.full(1, 4, np.float32), np.full(1, 90, np.float32))
    leaves = layer(
        reflectance.reshape(rows * times, -1), transmittance.reshape(rows * times, -1), total.ravel(),
        mean(plants.angle), mean(plants.hot), where,
    )  # fmt: skip
    bare = littered(soil_spectrum(soils, wet), soils, now.straw, wet)
    grounds = gains[:, None, None, None] * bare
    woody = np.isin(plants.kind[:, 1], WOODY)
    if woody.any():
        grounds[:, woody] = undergrowth(plants, now, grounds[:, woody], woody, sun)
    petals = np.where(plants.kind[:, 1:2] == INDEX["sunflower"], SUNFLOWER, FLOWER)[:, None, :]
    crowns = np.where(woody[:, None], plants.cover[:, 1:2], 1)[..., None]
    shade = mean(plants.shade).reshape(rows, times, 1) * (0.4 + 0.6 * np.minimum(total, 2) / 2)[..., None]
    result = np.empty((len(gains), rows, times, len(CENTRE)), np.float32)
    for number, ground in enumerate(grounds):
        canopy = over_soil(leaves, ground.reshape(rows * times, -1), SKY).reshape(ground.shape)
        canopy += now.flower[..., None] * (petals - canopy)
        result[number] = crowns * (1 - shade) * canopy + (1 - crowns) * ground
    return result


def mixed_leaves(plants: Plants, now: State, share: Array) -> tuple[Array, Array]:
    """Optics of the leaves of a day: young, grown and dead ones of every year, by their share of the area."""
    young = share * (1 - now.dead) * now.young
    grown = share * (1 - now.dead) * (1 - now.young)
    dead = share * now.dead
    bare = 1 - share.sum(2, keepdims=True)  # no leaves at all: any optics will do
    grown[..., 1:2] += bare
    parts = plants.leaves
    weights = np.concatenate([young, grown, dead], axis=2)
    return (
        np.matmul(weights, np.concatenate([parts[0], parts[2], parts[4]], axis=1)),
        np.matmul(weights, np.concatenate([parts[1], parts[3], parts[5]], axis=1)),
    )


def undergrowth(plants: Plants, now: State, grounds: Array, woody: NDArray[np.bool_], sun: Array) -> Array:
    """Grass below and between trees, over each ground: (gain, row, time, band)."""
    rows, times = sun[woody].shape
    dry = now.wither[woody][..., None]
    parts = [part[woody, 1][:, None, :] for part in plants.leaves]
    reflectance = ((1 - dry) * parts[2] + dry * parts[4]).reshape(rows * times, -1)
    transmittance = ((1 - dry) * parts[3] + dry * parts[5]).reshape(rows * times, -1)
    area = (plants.under[woody, 1:2] * (1 - 0.7 * dry[..., 0])).ravel()
    flat = np.full(rows * times, 58, np.float32)
    where = Geometry(np.minimum(sun[woody], 80).ravel(), np.full(1, 4, np.float32), np.full(1, 90, np.float32))
    grass = layer(reflectance, transmittance, area, flat, flat / 600, where)
    flattened = [ground.reshape(rows * times, -1) for ground in grounds]
    return np.stack([over_soil(grass, ground, SKY) for ground in flattened]).reshape(grounds.shape)
