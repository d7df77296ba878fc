"""When the satellite passes, and under which sky: sun, clouds, haze, snow, wet soil."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from eodash.world.leaf import Array
from eodash.world.noise import Field, field
from eodash.world.region import Region, origin, phase

REVISIT = 5
HOUR = 10.5  # local solar time of the pass
VISIBLE = 0.12  # opacity from which a cloud counts
DARK = 0.2  # opacity from which its shadow counts


@dataclass(frozen=True)
class Sun:
    """Zenith angle and azimuth (from north over east) in degrees."""

    zenith: float
    azimuth: float


@dataclass(frozen=True)
class Sky:
    """The weather of one acquisition."""

    sun: Sun
    cover: float  # share of the sky under thick cloud
    thickness: float  # how opaque they are
    small: bool  # cumulus instead of a sheet
    base: float  # height of the clouds in metres
    cirrus: float  # opacity of thin high cloud
    aerosol: float  # optical thickness at 550 nm
    haze: float  # more of it in places
    vapour: float  # cm of water
    snow: float  # share of the ground under snow
    wet: float  # soil moisture 0–1
    seed: int

    def clouds(self) -> tuple[Field, Field]:
        """The shapes of thick and of thin cloud."""
        rng = np.random.default_rng([self.seed, 1])
        scales = (44.0, 21.0, 10.0, 5.0) if self.small else (150.0, 70.0, 34.0, 16.0, 8.0)
        return field(rng, scales), field(rng, (130.0, 50.0, 17.0))

    def opacity(self, rows: Array, columns: Array) -> tuple[Array, Array]:
        """Opacity of thick and of thin cloud above these positions (pixels)."""
        thick, thin = self.clouds()
        dense = np.zeros((len(rows), len(columns)), np.float32)
        if self.cover > 0:
            above = thick.at(rows, columns) - ndtri(1 - self.cover)
            dense = np.clip(above * (1.6 if self.small else 0.9), 0, 1).astype(np.float32) ** 0.7 * self.thickness
        veil = np.zeros_like(dense)
        if self.cirrus > 0:
            veil = self.cirrus * np.clip(0.55 + 0.4 * thin.at(rows, columns), 0, 1.3).astype(np.float32)
        return dense.astype(np.float32), veil.astype(np.float32)

    def shift(self, resolution: float) -> tuple[float, float]:
        """Rows and columns from a pixel to the cloud that stands between it and the sun."""
        reach = self.base * np.tan(np.radians(min(self.sun.zenith, 78.0))) / resolution
        azimuth = np.radians(self.sun.azimuth)
        return float(-reach * np.cos(azimuth)), float(reach * np.sin(azimuth))

    def masks(self, rows: Array, columns: Array, resolution: float) -> tuple[Array, Array, Array]:
        """Opacity of thick and thin cloud above, and of the thick cloud towards the sun."""
        dense, veil = self.opacity(rows, columns)
        if self.cover == 0:
            return dense, veil, dense
        down, right = self.shift(resolution)
        return dense, veil, self.opacity(rows + np.float32(down), columns + np.float32(right))[0]


def passes(rng: np.random.Generator, region: Region) -> NDArray[np.datetime64]:
    """Times of the acquisitions: every fifth day, a few lost, a few from a neighbouring orbit."""
    days = (region.end - region.start).days
    count = days // REVISIT + 1
    nominal = np.arange(count) * REVISIT
    offset = np.where(rng.random(count) < 0.12, rng.choice([-2, 2, 3], count), 0)
    kept = (rng.random(count) > 0.09) | (np.arange(count) == 0)
    day = np.unique(np.clip(nominal + offset, 0, days)[kept])
    second = (HOUR * 3600 - region.longitude * 240 + rng.normal(0, 150, len(day))).astype(np.int64) % 86400  # UTC
    midnight = np.datetime64(region.start, "s")
    return np.asarray(midnight + (day * 86400 + second).astype("timedelta64[s]"))


def sun(latitude: float, longitude: float, time: np.datetime64) -> Sun:
    """Where the sun stands (Spencer 1971 for declination and the equation of time)."""
    seconds = (time - time.astype("datetime64[Y]")).astype("timedelta64[s]").astype(float)
    turn = 2 * np.pi * (seconds / 86400) / 365.25
    declination = (
        0.006918 - 0.399912 * np.cos(turn) + 0.070257 * np.sin(turn) - 0.006758 * np.cos(2 * turn)
        + 0.000907 * np.sin(2 * turn)
    )  # fmt: skip
    equation = 229.18 * (
        0.000075 + 0.001868 * np.cos(turn) - 0.032077 * np.sin(turn) - 0.014615 * np.cos(2 * turn)
        - 0.040849 * np.sin(2 * turn)
    )  # fmt: skip
    minutes = (seconds % 86400) / 60 + equation + 4 * longitude
    hour, north = np.radians(minutes / 4 - 180), np.radians(latitude)
    height = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    ahead = np.cos(north) * np.sin(declination) - np.sin(north) * np.cos(declination) * np.cos(hour)
    return Sun(float(np.degrees(np.arccos(np.clip(height, -1, 1)))), float(np.degrees(np.arctan2(east, ahead)) % 360))


def wetness(climate: str, day: Array) -> Array:
    """Usual soil moisture on a phase day."""
    warm = 0.5 - 0.5 * np.cos(2 * np.pi * (day - 20) / 365.25)
    wet = 0.70 - 0.38 * warm if climate == "temperate" else 0.72 - 0.66 * warm
    return np.asarray(wet, dtype=np.float32)


def cloudiness(climate: str, day: Array) -> Array:
    """Usual share of cloudy passes on a phase day."""
    warm = 0.5 - 0.5 * np.cos(2 * np.pi * (day - 20) / 365.25)
    return np.asarray(0.70 - 0.18 * warm if climate == "temperate" else 0.55 - 0.38 * warm, dtype=np.float32)


def forecast(rng: np.random.Generator, region: Region, times: NDArray[np.datetime64]) -> tuple[Sky, ...]:
    """The weather of every acquisition."""
    count = len(times)
    day = phase(times, origin(region.latitude, int(str(times[0])[:4])))
    season = np.mod(day, np.float32(365.25))
    lasting = np.zeros(count)
    moist = np.zeros(count)
    for step in range(count):  # tomorrow is like today, somewhat
        before = (lasting[step - 1], moist[step - 1]) if step else (0.0, 0.0)
        lasting[step] = 0.35 * before[0] + 0.937 * rng.standard_normal()
        moist[step] = 0.75 * before[1] + 0.66 * rng.standard_normal()
    cloudy = lasting > ndtri(1 - cloudiness(region.climate, season))
    amount = np.where(cloudy, rng.beta(0.85, 0.75, count), 0)
    amount = np.where((amount < 0.03) | ~cloudy, 0, np.minimum(amount, 0.995))
    calmest = lasting + 0.2 * rng.standard_normal(count)
    for month in np.unique(season // 30):  # the demo always has something to show
        inside = np.flatnonzero(season // 30 == month)
        if month == 5 or rng.random() < 0.8:
            amount[inside[np.argmin(calmest[inside])]] = 0
    snow = np.zeros(count)
    winter = np.flatnonzero((season > 320) | (season < 58)) if region.climate == "temperate" else np.array([], int)
    if len(winter):
        white = winter[rng.permutation(len(winter))[: 1 + len(winter) // 9]]
        snow[white] = rng.uniform(0.55, 1, len(white))
        amount[white[0]], snow[white[0]] = 0, 0.9
    skies = []
    for step in range(count):
        small = bool(rng.random() < 0.5) and amount[step] < 0.6
        veiled = rng.random() < (0.25 if amount[step] > 0 else 0.05)
        usual = float(wetness(region.climate, season[step : step + 1])[0])
        skies.append(
            Sky(
                sun(region.latitude, region.longitude, times[step]),
                float(amount[step]),
                float(rng.uniform(0.75, 1.0) if small else np.clip(rng.beta(2.2, 0.9) * 1.1, 0.3, 1)),
                small,
                float(rng.uniform(700, 1800) if small else rng.uniform(900, 4500)),
                float(rng.uniform(0.05, 0.4)) if veiled else 0.0,
                float(np.clip(np.exp(rng.normal(-2.2, 0.45)), 0.03, 0.4)),
                float(rng.uniform(0.1, 0.35)) if rng.random() < 0.12 else 0.0,
                float(np.clip(rng.normal(1.3 + 0.9 * np.sin(np.pi * season[step] / 365.25), 0.4), 0.4, 3.6)),
                float(snow[step]),
                float(np.clip(usual + 0.16 * moist[step], 0, 1)),
                int(rng.integers(2**31)),
            )
        )
    return tuple(skies)


def share(sky: Sky, size: int, resolution: float) -> float:
    """Share of pixels under cloud or shadow; worlds beyond 256 pixels are sampled."""
    axis = np.arange(0, size, max(1, size // 256), dtype=np.float32)
    dense, veil, shade = sky.masks(axis, axis, resolution)
    return float(np.mean((np.maximum(dense, veil) > VISIBLE) | (shade > DARK)))
