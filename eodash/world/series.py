"""Labelled pixel series with random physics: farmland as networks and tests need it, by the thousand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.errors import DateError
from eodash.sensors import SENSORS
from eodash.world.ground import CENTRE, GARDEN, built_spectrum, dig, soil_spectrum, water_spectrum
from eodash.world.leaf import Array
from eodash.world.legend import INDEX, NAMES
from eodash.world.rotation import succession
from eodash.world.sky import air, cloud_top, shaded, upward
from eodash.world.sowing import sow
from eodash.world.surface import SKY, reflect
from eodash.world.weather import cloudiness, wetness

BANDS = {"l1c": SENSORS["sentinel-2-l1c"].names, "l2a": SENSORS["sentinel-2-l2a"].names}
KEPT = {level: [BANDS["l1c"].index(name) for name in names] for level, names in BANDS.items()}
CHUNK = 1000
EDGE = 0.45  # most of a pixel that another field may hold: the label stays that of the larger part
Looks = tuple[Array, NDArray[np.bool_]]  # reflectance, and which looks were clear
ONE = np.ones(1, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Series:
    """Pixel series: reflectance (series, time, band), phase days, fine classes, and which looks were clear."""

    values: Array
    day: Array  # (series, time)
    label: NDArray[np.uint8]
    clear: NDArray[np.bool_]  # (series, time)
    bands: tuple[str, ...]
    level: str
    climate: str


def series(
    n: int,
    climate: str = "temperate",
    level: str = "l2a",
    seed: int = 0,
    *,
    kinds: tuple[str, ...] = NAMES,
    start: tuple[float, float] = (-15, 60),
    days: float = 365,
    step: float = 5,
    filled: bool | None = None,
    mixing: float = 0,
    careless: float = 0,
) -> Series:
    """`n` series of random `kinds`, every `step` days for `days` from a phase day within `start`.

    L2A is gap-filled in straight lines unless `filled` is False; L1C keeps its clouds unless it is True.
    `mixing`: mean share of a pixel that belongs to a neighbouring field of another kind.
    `careless`: share of the L2A series whose mask misses more of the thin clouds and shadows than usual.
    """
    if level not in BANDS:
        raise DateError(f"There is no level {level!r}.", "Take l1c or l2a.", code="unknown_level")
    fill = level == "l2a" if filled is None else filled
    codes = np.array([INDEX[name] for name in kinds])
    parts = []
    for number, first in enumerate(range(0, n, CHUNK)):
        rng = np.random.default_rng([seed, number])
        count = min(CHUNK, n - first)
        label = rng.permutation(np.resize(codes, count)) if count >= len(codes) else rng.choice(codes, count)
        begin = rng.uniform(*start, (count, 1)).astype(np.float32)
        day = begin + np.arange(0, days, step, dtype=np.float32)
        ground, sun = fields(rng, label, climate, day)
        if mixing:
            ground = mixed(rng, ground, label, begin[:, 0], mixing)
        if level == "l1c":
            values, clear = look_down(rng, ground, sun, climate, day)
        else:
            values, clear = corrected(rng, ground, sun, climate, day, careless)
        if fill:
            values = bridge(values, clear)
        parts.append((values[..., KEPT[level]], day, label.astype(np.uint8), clear))
    joined = [np.concatenate(piece) for piece in zip(*parts, strict=True)]
    return Series(joined[0], joined[1], joined[2], joined[3], BANDS[level], level, climate)


def fields(rng: np.random.Generator, label: NDArray[np.int64], climate: str, day: Array) -> tuple[Array, Array]:
    """Reflectance of the ground (series, time, band) and the sun's zenith angle (series, time)."""
    count = len(label)
    order = succession(rng, label, climate, 4, 1)
    plants = sow(rng, order, climate, rng.normal(0, 8, (count, 1)).astype(np.float32))
    soils = dig(rng, count, climate)
    low, high = (42.0, 54.0) if climate == "temperate" else (30.0, 41.0)
    latitude = np.radians(rng.uniform(low, high, (count, 1)))
    tilt = np.radians(-23.44 * np.cos(2 * np.pi * (day + 10) / 365.25))
    height = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(np.radians(22.5))
    sun = np.degrees(np.arccos(height)).astype(np.float32)
    moist = wetness(climate, day) + 0.18 * persistent(rng, day.shape, 0.8)
    wet = np.clip(moist, 0, 1).astype(np.float32)
    ground = reflect(plants, soils, day, wet, sun, ONE)[0]
    lakes = np.flatnonzero(label == INDEX["water"])
    ground[lakes] = water(rng, climate, day[lakes], soil_spectrum(soils, wet)[lakes])
    towns = np.flatnonzero(label == INDEX["built-up"])
    ground[towns] = town(rng, ground, towns, day)
    return ground, sun


def water(rng: np.random.Generator, climate: str, day: Array, shore: Array) -> Array:
    """Lakes and rivers: clear to turbid, some of them drying up in a winter-rain summer."""
    count = len(day)
    silt = np.exp(rng.normal(0.0, 0.9, (count, 1))) * np.exp(0.25 * persistent(rng, day.shape, 0.9))
    algae = rng.uniform(0, 1.2, (count, 1)) * (0.5 - 0.5 * np.cos(2 * np.pi * (day - 40) / 365.25))
    glint = np.abs(rng.normal(0, 0.004, day.shape))
    wet = water_spectrum(np.minimum(silt, 4).astype(np.float32), algae.astype(np.float32), glint.astype(np.float32))
    if climate == "temperate" or not count:
        return wet
    dries = (rng.random((count, 1)) < 0.55) * rng.uniform(0.1, 1, (count, 1))
    low = dries / (1 + np.exp(-(day - rng.uniform(100, 200, (count, 1))) / 20))
    return np.asarray(wet + low[..., None] * (0.7 * shore - wet), dtype=np.float32)


def town(rng: np.random.Generator, ground: Array, towns: NDArray[np.int64], day: Array) -> Array:
    """Pixels of stone and gardens: the gardens are those of other series."""
    count = len(towns)
    mix = rng.dirichlet([1.2, 1.4, 0.8, 0.4], count).astype(np.float32)
    stone = built_spectrum(np.concatenate([mix, np.zeros((count, 1), np.float32)], axis=1))
    stone *= rng.uniform(0.6, 1.1, (count, 1)).astype(np.float32)
    green = rng.beta(1.7, 1.7, (count, 1, 1)).astype(np.float32)
    winter = 0.5 + 0.5 * np.cos(2 * np.pi * (day[towns] - 10) / 365.25)[..., None]
    walls = stone[:, None, :] * (1 - rng.uniform(0, 0.3, (count, 1, 1)) * winter)  # their shadows are longer in winter
    others = np.setdiff1d(np.arange(len(ground)), towns)
    if not len(others):
        return np.asarray(walls, dtype=np.float32)
    plants = 0.5 * GARDEN + 0.5 * ground[rng.choice(others, count)]
    return np.asarray((1 - green) * walls + green * plants, dtype=np.float32)


def mixed(rng: np.random.Generator, ground: Array, label: NDArray[np.int64], begin: Array, mean: float) -> Array:
    """Pixels on the edge of a field: a share, mostly small, belongs to one of another kind that was seen with it."""
    share = np.minimum(rng.beta(0.5, 0.5 * (1 - mean) / mean, len(label)), EDGE).astype(np.float32)
    neighbour = beside(label, begin)
    return np.asarray(ground + share[:, None, None] * (ground[neighbour] - ground), dtype=np.float32)


def beside(label: NDArray[np.int64], begin: Array) -> NDArray[np.int64]:
    """For every series one of another kind that begins at nearly the same day; itself where there is none."""
    order = np.argsort(begin, kind="stable")
    rank, here = np.arange(len(order)), label[order]
    found = rank.copy()
    for step in range(1, len(order) // 2 + 1):
        if not (same := here[found] == here).any():
            break
        later = np.where(rank + step < len(order), rank + step, rank - step)
        found = np.where(same, later, found)
    found = np.where(here[found] == here, rank, found)
    result = np.empty_like(order)
    result[order] = order[found]
    return result


def persistent(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> Array:
    """Noise of spread 1 that remembers: (series, time)."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    for step in range(1, shape[1]):
        noise[:, step] = memory * noise[:, step - 1] + np.sqrt(1 - memory**2) * noise[:, step]
    return noise


def overcast(rng: np.random.Generator, climate: str, day: Array) -> NDArray[np.bool_]:
    """Which looks are cloudy."""
    usual = cloudiness(climate, day) + rng.uniform(-0.25, 0.25, (len(day), 1))
    rank = np.argsort(np.argsort(persistent(rng, day.shape, 0.35), axis=1), axis=1) / day.shape[1]
    return np.asarray(rank < np.clip(usual, 0.08, 0.85))


def corrected(
    rng: np.random.Generator, ground: Array, sun: Array, climate: str, day: Array, careless: float = 0
) -> Looks:
    """L2A-like: what is left of air, missed thin cloud and missed shadow; and which looks count as clear."""
    shape = day.shape
    cloudy = overcast(rng, climate, day)
    worse = np.zeros((len(day), 1))
    if careless:
        worse = (rng.random(worse.shape) < careless) * rng.beta(1, 2, worse.shape)
    missed = cloudy & (rng.random(shape) < 0.07 + 0.4 * worse)
    veil = np.where(missed, rng.uniform(0.04, 0.3, shape), 0).astype(np.float32)
    dim = np.where(cloudy & ~missed & (rng.random(shape) < 0.04 + 0.3 * worse), rng.uniform(0.15, 0.6, shape), 0)
    seen = shaded(ground, dim.astype(np.float32), SKY)
    seen += veil[..., None] * (cloud_top(rng.uniform(0.35, 0.8, shape).astype(np.float32), np.full(shape, 2.0)) - seen)
    common = 1 + 0.022 * rng.standard_normal((*shape, 1), dtype=np.float32)
    noise = 1 + 0.012 * rng.standard_normal(seen.shape, dtype=np.float32)
    rest = 0.04 * rng.standard_normal((*shape, 1), dtype=np.float32) * (CENTRE / 490) ** -1.5 * 0.18
    values = seen * common * noise + rest + 0.002 * rng.standard_normal(seen.shape, dtype=np.float32)
    clear = ~cloudy | missed | (dim > 0)
    clear[np.arange(len(clear)), rng.integers(shape[1], size=len(clear))] = True
    return np.clip(values, 0.0001, 1.6).astype(np.float32), clear


def look_down(rng: np.random.Generator, ground: Array, sun: Array, climate: str, day: Array) -> Looks:
    """L1C: ground, shadows, air and clouds as they are; and which looks were clear."""
    shape = day.shape
    cloudy = overcast(rng, climate, day)
    dim = np.where(~cloudy & (rng.random(shape) < 0.06), rng.uniform(0.2, 0.9, shape), 0).astype(np.float32)
    warm = 0.5 - 0.5 * np.cos(2 * np.pi * (day - 20) / 365.25)
    column = air(
        np.minimum(sun, 78), np.clip(np.exp(rng.normal(-1.6, 0.5, shape)), 0.04, 0.8).astype(np.float32),
        np.clip(rng.normal(0.8 + 1.7 * warm, 0.5), 0.3, 4.5).astype(np.float32),
    )  # fmt: skip
    top = upward(shaded(ground, dim, SKY), column)
    light = np.cos(np.radians(sun)) ** 0.25
    opacity = np.where(cloudy, np.clip(rng.beta(0.9, 0.9, shape) * 1.25, 0.06, 1), 0).astype(np.float32)
    bright = (light * np.clip(0.45 + 0.45 * opacity + rng.normal(0, 0.12, shape), 0.2, 1.2)).astype(np.float32)
    height = np.clip(rng.gamma(1.9, 1.9, shape), 0.6, 10).astype(np.float32)
    top += opacity[..., None] * (cloud_top(bright, height) - top)
    veiled = rng.random(shape) < rng.uniform(0.15, 0.85, (shape[0], 1))
    veil = np.where(veiled, rng.beta(0.9, 3.5, shape), 0).astype(np.float32)
    top += veil[..., None] * (cloud_top(np.full(shape, 0.62, np.float32), np.full(shape, 9.0, np.float32)) - top)
    top *= 1 + 0.01 * rng.standard_normal(top.shape, dtype=np.float32)
    top += 0.0006 * rng.standard_normal(top.shape, dtype=np.float32)
    return np.clip(top, 0.0001, 2).astype(np.float32), ~cloudy & (veil < 0.08) & (dim == 0)


def bridge(values: Array, clear: NDArray[np.bool_]) -> Array:
    """Straight lines over the looks that are not clear; the ends are held."""
    times = np.arange(clear.shape[1])
    before = np.maximum.accumulate(np.where(clear, times, -1), axis=1)
    after = np.minimum.accumulate(np.where(clear, times, len(times))[:, ::-1], axis=1)[:, ::-1]
    before, after = np.where(before < 0, after, before), np.where(after >= len(times), before, after)
    part = np.where(after > before, (times - before) / np.maximum(after - before, 1), 0).astype(np.float32)[..., None]
    left = np.take_along_axis(values, before[..., None], axis=1)
    right = np.take_along_axis(values, after[..., None], axis=1)
    return np.asarray(left + part * (right - left), dtype=np.float32)
