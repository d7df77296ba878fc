"""How plants grow: calendars, and the state they give on any day.

A row is one field or one pixel's history, a column one crop year (the one before, this one, the next ones).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eodash.world.crops import NEVER
from eodash.world.leaf import Array
from eodash.world.legend import INDEX, NAMES

YEAR = 365.25
CUTS = 5
WOODY = tuple(INDEX[name] for name in ("orchards", "nuts", "broadleaf forest", "conifer forest"))
MEADOWS = tuple(INDEX[name] for name in ("permanent meadows", "temporary meadows"))
LASTING = (*WOODY, INDEX["permanent meadows"], INDEX["water"], INDEX["built-up"])
ARABLE = tuple(number for number in range(len(NAMES)) if number not in LASTING)


@dataclass(frozen=True)
class Plants:
    """Calendars and plants, (row, year) each; `cut` and `depth` are (row, year, cut)."""

    kind: Array
    emergence: Array
    winter: Array
    green_up: Array
    pace: Array
    lai: Array
    senescence: Array
    fading: Array
    harvest: Array
    loss: Array
    straw: Array
    straw_days: Array
    tillage: Array
    base: Array
    litter: Array
    thinning: Array
    thin_day: Array
    ending: Array
    flower: Array
    flower_share: Array
    weeds: Array
    weeds_end: Array
    catch: Array
    catch_start: Array
    catch_end: Array
    drying: Array
    cover: Array
    shade: Array
    under: Array
    angle: Array
    hot: Array
    cut: Array
    depth: Array
    recovery: Array
    leaves: tuple[Array, ...]  # young, grown, dead: reflectance and transmittance of each


@dataclass(frozen=True)
class State:
    """Plants on a day, (row, time, year) or (row, time)."""

    lai: Array  # per year
    dead: Array  # per year, share of the leaf area
    young: Array  # per year, share of the living leaves
    straw: Array
    flower: Array
    wither: Array  # share of the undergrowth that is dry


def logistic(x: Array) -> Array:
    """0 far before, ½ at 0, 1 far after."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), dtype=np.float32)


def state(plants: Plants, day: Array) -> State:
    """Plants on these phase days: `day` is (time,) or (row, time)."""
    time = np.atleast_2d(np.asarray(day, np.float32))[..., None]  # (1 or row, time, 1)

    def at(value: Array) -> Array:
        return value[:, None, :]

    year = (np.arange(plants.kind.shape[1], dtype=np.float32) - 1) * np.float32(YEAR)
    dead = logistic((time - at(plants.senescence)) / at(plants.fading))
    rise = logistic((time - at(plants.green_up)) / at(plants.pace))
    started = logistic((time - at(plants.emergence)) / 8)
    grown = (at(plants.winter) + np.maximum(at(plants.lai - plants.winter), 0) * rise) * started
    grown *= 1 - at(plants.loss) * dead
    grown *= 1 - at(plants.thinning) * logistic((time - at(plants.thin_day)) / 12)
    grown *= logistic((at(plants.harvest) - time) / at(plants.ending))
    for number in range(CUTS):
        depth = plants.depth[..., number]
        if depth.any():
            since = time - at(plants.cut[..., number])
            loss = np.exp(-np.maximum(since, 0) / at(plants.recovery)) * logistic(since / 0.8)
            grown *= 1 - at(depth) * loss
    within = logistic((time - year + 45) / 10) * logistic((YEAR - 45 + year - time) / 10)
    steady = at(plants.base) * within
    extra = at(plants.weeds) * logistic((time - at(plants.weeds_end) + 90) / 14)
    extra *= logistic((at(plants.weeds_end) - time) / 3)
    extra += (
        at(plants.catch) * logistic((time - at(plants.catch_start)) / 9) * logistic((at(plants.catch_end) - time) / 3)
    )
    lai = grown + steady + extra
    gone = np.maximum(at(plants.litter), dead) * (grown + steady) / np.maximum(lai, 1e-4)
    cleared = np.where(at(plants.harvest) < NEVER, time - at(plants.harvest), -99)
    meadow = np.isin(plants.kind, MEADOWS)[:, None, :]
    since = np.where(meadow, time - at(plants.senescence), cleared)  # a dry meadow is its own straw
    straw = at(plants.straw) * np.exp(-np.maximum(since, 0) / at(plants.straw_days)) * logistic(since / 1.5)
    ends = np.where(meadow, at(plants.harvest), at(plants.tillage))
    straw *= logistic((ends - time) / np.where(meadow, 12, 2))
    woody = np.isin(plants.kind, WOODY)[:, None, :]
    straw = np.where(
        woody, at(plants.straw) * logistic((time - year + 45) / 10) * logistic((YEAR - 45 + year - time) / 10), straw
    )
    bloom = at(plants.flower_share) * np.exp(-(((time - at(plants.flower)) / 14) ** 2))
    wither = logistic((time - at(plants.drying)) / 9) * logistic((YEAR - 70 + year - time) / 18)
    return State(
        lai.astype(np.float32),
        gone.astype(np.float32),
        (1 - logistic((time - at(plants.green_up) - 12) / 10)).astype(np.float32),
        np.minimum(straw.sum(2), 0.9).astype(np.float32),
        bloom.sum(2).astype(np.float32),
        wither.sum(2).astype(np.float32),
    )
