"""A demo world: farmland with known truth, and what Sentinel-2 would see of it on each pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.world import layout, weather
from eodash.world.acquire import Acquisition, expose
from eodash.world.crops import NEVER
from eodash.world.events import KINDS, Altered, Event, happen, rotate
from eodash.world.ground import dig
from eodash.world.growth import LASTING, Plants
from eodash.world.layout import Layout
from eodash.world.leaf import Array
from eodash.world.legend import INDEX, NAMES, translate
from eodash.world.materials import Cover, cover
from eodash.world.region import Region, main_year, origin, phase
from eodash.world.rotation import quota, succession
from eodash.world.sowing import sow
from eodash.world.weather import Sky
from eodash.world.years import alike

HECTARE = 10_000.0


@dataclass(frozen=True)
class Parcel:
    """One field: what grows on it, from when to when (UTC), and its size."""

    number: int  # value in `World.parcels`
    name: str  # fine class
    sowing: np.datetime64  # or green-up of what lasts
    harvest: np.datetime64  # or end of the green season
    hectares: float
    row: float
    column: float


@dataclass(frozen=True)
class Truth:
    """What is known of a world: classes in three legends, parcels, dates (255 and NaT where there is none)."""

    fine: NDArray[np.uint8]
    breizhcrops: NDArray[np.uint8]
    landcover: NDArray[np.uint8]
    parcels: NDArray[np.uint16]
    sowing: NDArray[np.datetime64]
    harvest: NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class World:
    """A place, its map, its calendars and its weather; pictures are taken one by one, in any order."""

    region: Region
    size: int
    times: NDArray[np.datetime64]
    cloud_share: Array
    classes: NDArray[np.uint8]
    parcels: NDArray[np.uint16]
    fields: tuple[Parcel, ...]
    skies: tuple[Sky, ...]
    cover: Cover | Altered
    zero: np.datetime64
    events: tuple[Event, ...] = ()
    kinds: NDArray[np.int64] | None = None  # (parcel, year) fine classes; None where nobody asks for other years

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        return self.region.affine(self.size)

    def render(self, index: int, level: str = "l2a") -> Acquisition:
        """The acquisition of this number as L1C or L2A."""
        day = float(phase(self.times[index : index + 1], self.zero)[0])
        return expose(self.cover, self.skies[index], day, level, self.region, self.times[index])

    def classes_at(self, time: np.datetime64) -> NDArray[np.uint8]:
        """Fine class of every pixel at a moment: the crop of that year, or what an event has made of it."""
        day = float(phase(np.array([time]), self.zero)[0])
        found = self.classes.copy()
        if self.kinds is not None:
            year = min(1 + max(int(day // 365.25), -1), self.kinds.shape[1] - 1)  # the first is the one before
            crop = np.concatenate([[0], self.kinds[:, year]]).astype(np.uint8)
            found = np.where(self.parcels > 0, crop[self.parcels], found)
        for event in self.events:
            if event.lasts(day):
                found.flat[event.pixels] = event.becomes
        return found

    def changed(self, before: np.datetime64, after: np.datetime64) -> NDArray[np.uint8]:
        """What happened between two moments, if it still shows at the later one: 0, or a number in KINDS plus one."""
        first, second = phase(np.array([before, after]), self.zero).astype(float)
        found = np.zeros((self.size, self.size), np.uint8)
        for event in self.events:
            if event.lasts(first) != event.lasts(second):
                found.flat[event.pixels] = KINDS.index(event.kind) + 1
        return found

    def truth(self) -> Truth:
        """Everything that is known of this world."""
        none = np.datetime64("NaT", "s")
        sowing = np.array([none, *(parcel.sowing for parcel in self.fields)])
        harvest = np.array([none, *(parcel.harvest for parcel in self.fields)])
        return Truth(
            self.classes,
            translate(self.classes, "breizhcrops"),
            translate(self.classes, "landcover"),
            self.parcels,
            sowing[self.parcels],
            harvest[self.parcels],
        )


def make(region: Region, size: int | None = None) -> World:
    """A world: its map, calendars and weather. The same region and size give the same world."""
    size = size or region.size
    rng = [np.random.default_rng([region.seed, part]) for part in range(5)]
    times = weather.passes(rng[0], region)
    skies = weather.forecast(rng[1], region, times)
    share = np.array([weather.share(sky, size, region.resolution) for sky in skies], dtype=np.float32)
    plan = layout.draw(rng[2], size, 0.45 if region.climate == "temperate" else 0.15)

    first = region.start.year - 1
    while origin(region.latitude, first + 1) <= np.datetime64(region.start, "s"):
        first += 1
    main = 1 + max(0, main_year(region) - first)
    zero = origin(region.latitude, first)
    years = max(main, 1 + int(phase(times[-1:], zero)[0] // 365.25)) + 2
    kinds = settle(rng[3], plan, region.climate)
    order = succession(rng[3], kinds, region.climate, years, main)
    chance = np.random.default_rng([region.seed, 5])
    days = {kind: float(phase(np.array([moment]), zero)[0]) for kind, moment in region.events}
    events: tuple[Event, ...] = ()
    if days:
        order, events = rotate(chance, plan.parcels, kinds, years, days.get("rotation"))
    late = 1.2 * (abs(region.latitude) - 48) if region.climate == "temperate" else 0.0
    shift = (late + rng[3].normal(0, 4) + rng[3].normal(0, 2.5, (len(kinds), 1))).astype(np.float32)
    plants = sow(rng[3], order, region.climate, shift, main)
    if days:
        plants = alike(np.random.default_rng([region.seed, 6]), plants, order, main)
    soils = dig(rng[3], len(kinds), region.climate)
    ground = cover(rng[4], plan, plants, soils)
    classes = name_pixels(plan, kinds)
    fields = register(plan, plants, kinds, main, zero, region)
    events = happen(chance, plan, classes, days, events)
    return World(
        region, size, times, share, classes, plan.parcels, fields, skies,
        Altered(ground, events) if events else ground, zero, events, order[: int(plan.parcels.max())],
    )  # fmt: skip


def settle(rng: np.random.Generator, plan: Layout, climate: str) -> NDArray[np.int64]:
    """Classes of all plant-covered units: parcels, woods, open rest, hedges."""
    parcels, woods = int(plan.parcels.max()), int(plan.woods.max())
    trees = np.where(rng.random(woods) < 0.62, INDEX["broadleaf forest"], INDEX["conifer forest"])
    if woods:
        trees[:1] = INDEX["broadleaf forest"]
        trees[1:2] = INDEX["conifer forest"]
        trees[-1] = INDEX["broadleaf forest"]  # the river's banks
    rest = [INDEX["permanent meadows"], INDEX["broadleaf forest"]]
    return np.concatenate([quota(rng, climate, parcels), trees, rest]).astype(np.int64)


def name_pixels(plan: Layout, kinds: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The fine class of every pixel."""
    parcels, woods = int(plan.parcels.max()), int(plan.woods.max())
    table = np.concatenate([[INDEX["permanent meadows"]], kinds[:parcels]]).astype(np.uint8)
    classes = table[plan.parcels]
    forest = np.concatenate([[0], kinds[parcels : parcels + woods]]).astype(np.uint8)
    classes = np.where(plan.cover == layout.WOOD, forest[plan.woods], classes)
    classes = np.where(plan.cover == layout.WATER, INDEX["water"], classes)
    built = (plan.cover == layout.VILLAGE) | (plan.cover == layout.ROAD)
    return np.where(built, INDEX["built-up"], classes).astype(np.uint8)


def register(
    plan: Layout, plants: Plants, kinds: NDArray[np.int64], main: int, zero: np.datetime64, region: Region
) -> tuple[Parcel, ...]:
    """The parcels and their dates."""
    count = int(plan.parcels.max())
    pixels = np.bincount(plan.parcels.ravel(), minlength=count + 1)
    row, column = np.mgrid[: len(plan.parcels), : len(plan.parcels)]
    rows = np.bincount(plan.parcels.ravel(), row.ravel(), count + 1) / np.maximum(pixels, 1)
    columns = np.bincount(plan.parcels.ravel(), column.ravel(), count + 1) / np.maximum(pixels, 1)

    def moment(day: float) -> np.datetime64:
        return np.datetime64(zero + np.timedelta64(int(day * 86400), "s"))

    result = []
    for place in range(count):
        lasting = kinds[place] in LASTING or plants.emergence[place, main] > NEVER / 2
        begin = plants.green_up[place, main] if lasting else plants.emergence[place, main] - 12
        end = plants.harvest[place, main]
        result.append(
            Parcel(
                place + 1, NAMES[kinds[place]], moment(float(begin)), moment(float(max(end, begin + 20))),
                float(pixels[place + 1] * region.resolution**2 / HECTARE), float(rows[place + 1]),
                float(columns[place + 1]),
            )
        )  # fmt: skip
    return tuple(result)
