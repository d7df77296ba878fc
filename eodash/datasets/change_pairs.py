"""Pairs of images whose change is known: of simulated worlds, and of a real place with labels.

A world gives one pair in which things happened, a year apart and clear, and pairs in which nothing did: another month,
another light, haze, a shift of the grid. Whatever a method flags in those is a false alarm.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from eodash.change.pair import Floats, Mask, Pair, checked
from eodash.datasets.nuisance import hazed, lit, noisy, shifted
from eodash.errors import RasterError
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.world import Region, World, make
from eodash.world.acquire import SCALE
from eodash.world.events import KINDS
from eodash.world.legend import translate

SPLITS = {"train": 11, "valid": 12, "test": 13}
BANDS = SENSORS["sentinel-2-l2a"].default
CLEAR_CODES = (4, 5, 6, 7)
CLEAREST = 0.03
"""Cloud share of a date that is taken."""
SPOILED: dict[str, Callable[[np.random.Generator, Floats], Floats]] = {"light": lit, "haze": hazed, "shift": shifted}
NUISANCES = ("season", *SPOILED)
TRIES = 6
SIZE = 192
"""Pixels along a side: what changes, half a per cent of that, is larger than the smallest change worth mapping."""


@dataclass(frozen=True, eq=False)
class KnownPair:
    """A pair, and what changed in it."""

    name: str
    pair: Pair
    changed: Mask
    known: Mask
    nuisance: str = ""  # what differs although nothing changed
    kinds: NDArray[np.uint8] | None = None  # 0, or a number in KINDS plus one
    covers: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None  # land cover of both dates


def world_pairs(scenes: int, split: str = "test", seed: int = 0, size: int = SIZE) -> Iterator[KnownPair]:
    """Of each scene the pair with change, then one for each nuisance."""
    for scene in range(scenes):
        rng = np.random.default_rng([SPLITS[split], seed, scene])
        for _ in range(TRIES):
            found = _pairs_of(rng, f"{split} {seed}.{scene}", size)
            if found:
                yield from found
                break


def taizhou(folder: Path) -> KnownPair:
    """Landsat, Taizhou, 2000 and 2003, with sparse labels (Wu et al. 2014)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            images = []
            for name in ("2000TM", "2003TM", "change.bmp", "unchanged.bmp"):
                with rasterio.open(folder / name) as file:
                    images.append(file.read())
    except RasterioError as error:
        raise RasterError(
            f"{folder.name} does not hold the pair of Taizhou.", "Give its folder.", code="no_file"
        ) from error
    changed, still = images[2][0] == 255, images[3][0] == 255
    before, after = (each.astype(np.float32) for each in images[:2])
    names = ("blue", "green", "red", "nir", "swir16", "swir22")
    pair = checked(Pair(before, after, np.ones(changed.shape, bool), names, 0.09))
    return KnownPair("Taizhou", pair, changed, changed | still)


@dataclass(frozen=True, eq=False)
class Scene:
    """A world where everything changes around one day, and its clear dates."""

    world: World
    clear: NDArray[np.intp]  # numbers of acquisitions
    middle: np.datetime64  # the first change

    @property
    def early(self) -> NDArray[np.intp]:
        """Clear dates well before anything changes."""
        return self.clear[self.world.times[self.clear] < self.middle - np.timedelta64(40, "D")]

    def anniversary(self, before: int) -> int | None:
        """The clear date nearest to a year later, if one is near."""
        wanted = self.world.times[before] + np.timedelta64(365, "D")
        after = int(self.clear[np.abs(self.world.times[self.clear] - wanted).argmin()])
        return after if abs(self.world.times[after] - wanted) <= np.timedelta64(25, "D") else None


def scene_of(rng: np.random.Generator, name: str, size: int) -> Scene:
    """A world drawn at random: climate, place, season, weather."""
    climate = ("temperate", "winter-rain")[int(rng.integers(2))]
    latitude = float(rng.uniform(42, 54) if climate == "temperate" else rng.uniform(34, 42)) * float(
        rng.choice([-1, 1])
    )
    start = date(2021, 1, 1) + timedelta(days=int(rng.integers(365)))
    middle = np.datetime64(start + timedelta(days=150), "s")
    events = tuple((kind, middle + np.timedelta64(3 * place, "D")) for place, kind in enumerate(KINDS))
    region = Region(
        f"pair-{name}", name, climate, latitude, float(rng.uniform(-170, 170)), int(rng.integers(2**31)), start,
        start + timedelta(days=420), size, events=events,
    )  # fmt: skip
    world = make(region)
    return Scene(world, np.flatnonzero(world.cloud_share < CLEAREST), middle)


def _pairs_of(rng: np.random.Generator, name: str, size: int) -> list[KnownPair]:
    """Nothing where the weather left no clear dates."""
    scene = scene_of(rng, name, size)
    first = scene.early
    if len(first) < 2:
        return []
    before = int(first[rng.integers(len(first) - 1)])
    after = scene.anniversary(before)
    if after is None:
        return []
    made = [known_pair(scene.world, before, after, name)]
    near = int(first[np.searchsorted(first, before) + 1])
    for nuisance in NUISANCES:
        other = near if nuisance == "season" else before
        made.append(_unchanged(scene.world, before, other, name, nuisance, rng))
    return made


def known_pair(world: World, before: int, after: int, name: str) -> KnownPair:
    """Two acquisitions, what changed between them and the land cover of both."""
    first, second = world.times[before], world.times[after]
    kinds = world.changed(first, second)
    covers = tuple(translate(world.classes_at(each), "landcover") for each in (first, second))
    return KnownPair(name, _pair(world, before, after), kinds > 0, np.ones(kinds.shape, bool), "", kinds,
                     (covers[0], covers[1]))  # fmt: skip


def _unchanged(world: World, before: int, other: int, name: str, nuisance: str, rng: np.random.Generator) -> KnownPair:
    pair = _pair(world, before, other)
    pair = disturbed(pair, nuisance, rng) if before == other else pair
    still = np.zeros(pair.usable.shape, bool)
    return KnownPair(f"{name}, {nuisance}", pair, still, np.ones_like(still), nuisance)


def disturbed(pair: Pair, nuisance: str, rng: np.random.Generator) -> Pair:
    """The first image twice, the second time as a nuisance leaves it; the sensor's noise alone tells them apart else.

    Digital numbers are taken for reflectance whose brightest hundredth is above one half.
    """
    seen = np.abs(pair.before[:, pair.usable])
    unit = 1.0 if pair.reflectance else max(float(np.quantile(seen, 0.99)) / 0.5, 1e-12)
    after = noisy(rng, pair.before / np.float32(unit))
    if nuisance in SPOILED:
        after = SPOILED[nuisance](rng, after)
    return replace(pair, after=after * np.float32(unit))


def _pair(world: World, before: int, after: int) -> Pair:
    images: list[Floats] = []
    usable = np.ones((world.size, world.size), bool)
    for place in (before, after):
        seen = world.render(place)
        chosen = seen.values[[seen.bands.index(name) for name in BANDS]]
        usable &= np.isin(seen.scl, CLEAR_CODES) & (chosen != NODATA).all(0)
        images.append(chosen.astype(np.float32) / SCALE)
    hectares = world.region.resolution**2 / 1e4
    times = (world.times[before], world.times[after])
    return Pair(images[0], images[1], usable, tuple(BANDS), hectares, reflectance=True, times=times)
