"""Plants drawn from the table of crops: their calendars, sizes and leaves, and how vigour changes them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.world.crops import CROPS, NEVER, Crop
from eodash.world.growth import CUTS, LASTING, MEADOWS, WOODY, YEAR, Plants
from eodash.world.leaf import Array, Leaves, optics
from eodash.world.legend import NAMES


def bounds(climate: str, name: str) -> tuple[Array, Array]:
    """Low and high, or mean and spread, of one entry of the table for every class."""
    blank = Crop((0, 1), (0, 0), (0, 1), (9, 9), (0, 0), (NEVER, 1), (9, 9), (NEVER, NEVER), straw=(0, 0))
    table = [CROPS[kind][climate] if kind in CROPS else blank for kind in NAMES]
    pairs = np.array([np.resize(getattr(crop, name), 2) for crop in table], dtype=np.float32)
    return pairs[:, 0], pairs[:, 1]


def sow(rng: np.random.Generator, kind: NDArray[np.int64], climate: str, shift: Array, main: int = 1) -> Plants:
    """Plants and calendars for classes `kind` (row, year); `shift` (row, 1) moves a row's calendar in days.

    Column 1 begins at phase day 0, `main` is the column told about.
    Perennials keep their leaves and crowns over the years.
    """
    rows, years = kind.shape
    lasting = np.isin(kind, LASTING)
    dry_climate = climate == "winter-rain"

    def spread(name: str) -> Array:
        low, high = bounds(climate, name)
        share = rng.random((rows, years), dtype=np.float32)
        share = np.where(lasting, share[:, :1], share)
        return low[kind] + (high - low)[kind] * share

    wander = np.zeros((rows, years), np.float32)
    if dry_climate:  # the autumn rains come when they come
        wander = rng.normal(28, 20, (rows, years)).astype(np.float32) * np.where(np.isin(kind, MEADOWS), 0.3, 1)
        wander[:, main] = 0
    offset = shift + np.float32(YEAR) * (np.arange(years, dtype=np.float32) - 1)

    def day(name: str, moves: float = 1.0) -> Array:
        mean, deviation = bounds(climate, name)
        jitter = np.clip(rng.standard_normal((rows, years), dtype=np.float32), -2.2, 2.2)
        return np.where(mean[kind] >= NEVER, NEVER, mean[kind] + deviation[kind] * jitter + moves * wander + offset)

    fading = spread("fading")
    senescence = day("senescence", 0.1)
    green_up = day("green_up", 0.8)
    green_up = np.minimum(green_up, np.where(senescence < NEVER, senescence - 32, NEVER))
    emergence = np.minimum(day("emergence"), green_up - 12)
    end = spread("harvest")
    harvest = np.where(np.isin(kind, (*MEADOWS, *WOODY)) & (senescence >= NEVER), end + offset, 0)
    harvest = np.where(harvest == 0, np.where(senescence < NEVER, senescence + 1.5 * fading + end, end), harvest)
    if dry_climate:
        harvest = np.where(np.isin(kind, MEADOWS), end + offset + np.float32(-10), harvest)
    weeds_chance, _ = bounds(climate, "weeds")
    catch_chance, _ = bounds(climate, "catch")

    def chance(odds: Array, low: float, high: float) -> Array:
        hit = rng.random((rows, years), dtype=np.float32) < odds[kind]
        return np.where(hit, low + (high - low) * rng.random((rows, years), dtype=np.float32), 0)

    def between(low: float, high: float) -> Array:
        share = rng.random((rows, years), dtype=np.float32)
        return low + (high - low) * np.where(lasting, share[:, :1], share)

    few, many = bounds(climate, "cuts")
    count = np.floor(few[kind] + (many - few + 0.999)[kind] * rng.random((rows, years), dtype=np.float32))
    order = np.arange(CUTS, dtype=np.float32)
    cut = (138 + offset)[..., None] + order * 43 + rng.normal(0, 8, (rows, years, CUTS)).astype(np.float32)
    depth = np.where(order < count[..., None], 0.55 + 0.35 * rng.random((rows, years, CUTS), dtype=np.float32), 0)

    irrigated = np.isin(kind, MEADOWS) & (rng.random((rows, 1)) < (0.06 if dry_climate else 0))
    chlorophyll = spread("chlorophyll")
    flower_low, _ = bounds(climate, "flower")
    drawn: dict[str, Any] = dict(  # noqa: C408 – names as in Plants
        kind=kind.astype(np.float32),
        emergence=emergence,
        winter=spread("winter"),
        green_up=green_up,
        pace=spread("pace"),
        lai=spread("lai"),
        senescence=senescence + np.where(irrigated, 110, 0),
        fading=fading,
        harvest=harvest,
        loss=spread("loss"),
        straw=spread("straw"),
        straw_days=between(60, 260) if dry_climate else between(40, 160),
        tillage=harvest + (between(90, 320) if dry_climate else between(12, 120)),
        base=spread("base"),
        litter=spread("litter"),
        thinning=spread("thinning"),
        thin_day=between(135, 168) + offset,
        ending=spread("ending"),
        flower=day("flower", 0.3),
        flower_share=np.where(flower_low[kind] < NEVER, between(0.2, 0.52), 0),
        weeds=chance(weeds_chance, 0.2, 1.8),
        weeds_end=emergence - between(5, 40),
        catch=chance(catch_chance, 0.3, 2.2),
        catch_start=harvest + between(18, 60),
        catch_end=np.maximum(harvest + 70, between(290, 430) + offset),
        drying=between(112, 134) + offset if dry_climate else np.full((rows, years), NEVER, np.float32),
        cover=spread("cover"),
        shade=spread("shade"),
        under=spread("under"),
        angle=spread("angle"),
        hot=between(0.03, 0.25),
        cut=cut,
        depth=depth,
        recovery=between(14, 30),
    )
    leaves = foliage(
            spread("layers"), chlorophyll, between(0.16, 0.28), spread("water") * 1e-3, spread("dry") * 1e-3,
            between(0.3, 1.1), between(0.0008, 0.003), between(0, 1.2),
        )  # fmt: skip
    return Plants(**{name: np.ascontiguousarray(value, np.float32) for name, value in drawn.items()}, leaves=leaves)


def foliage(
    layers: Array, chlorophyll: Array, carotenoid: Array, water: Array, dry: Array, brown: Array, parched: Array,
    remnant: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Optics of young, grown and dead leaves, (row, year, band) each."""
    none = np.zeros(layers.size, np.float32)
    flat = [np.asarray(part, np.float32).ravel() for part in (layers, chlorophyll, carotenoid, water, dry)]
    pile, green, yellow, wet, mass = flat
    young = Leaves(pile, green * 0.68, green * 0.68 * yellow, none, none, wet, mass * 0.9)
    grown = Leaves(pile, green, green * yellow, none, none, wet, mass)
    dead = Leaves(pile + 0.3, remnant.ravel(), none + 1.0, none, brown.ravel(), parched.ravel(), mass)
    shape = (*layers.shape, -1)
    return tuple(part.reshape(shape) for leaf in (young, grown, dead) for part in optics(leaf))


def vary(plants: Plants, nodes: Array) -> Plants:
    """The same plants at several vigours: rows repeated, one per node; weak spots are thinner, paler, earlier dry."""
    many = len(nodes)
    names = [field.name for field in fields(Plants) if field.name != "leaves"]
    repeated: dict[str, Any] = {name: np.repeat(getattr(plants, name), many, axis=0) for name in names}
    vigour = np.tile(nodes, len(plants.kind))[:, None].astype(np.float32)
    woody = np.isin(repeated["kind"], WOODY)
    strength = np.exp(np.where(woody, 0.10, 0.28) * vigour)
    for name in ("lai", "winter", "base", "catch", "weeds", "under"):
        repeated[name] = repeated[name] * strength
    repeated["senescence"] = repeated["senescence"] + np.where(woody, 0, 2.2) * vigour
    repeated["green_up"] = repeated["green_up"] - 1.2 * vigour
    repeated["cover"] = np.clip(repeated["cover"] * np.exp(np.where(woody, 0.12, 0) * vigour), 0, 1)
    repeated["shade"] = np.clip(repeated["shade"] * np.exp(np.where(woody, -0.22, 0) * vigour), 0, 0.8)
    leaves = tuple(np.repeat(part, many, axis=0) for part in plants.leaves)
    paler = 1 - 0.03 * vigour[..., None]  # optics of paler leaves, to first order in the visible
    colour = np.where(np.arange(leaves[0].shape[-1]) < 5, paler, 1).astype(np.float32)
    tinted = tuple(part * colour if number < 4 else part for number, part in enumerate(leaves))
    return Plants(**{name: value.astype(np.float32) for name, value in repeated.items()}, leaves=tinted)
