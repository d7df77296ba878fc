"""What a whole landscape did together is the season: the one direction in which most of it moved is taken out.

Fields green up and ripen along one line of the spectrum, far in the near infrared and little, or the other way, in the
red. Where two dates lie apart in the year, and the ground moved along such a line in a good part of the pair, that line
no longer counts as change; whatever moves across it still does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eodash.change.pair import Floats, Pair
from eodash.sensors import SENSORS

APART = 3.0
"""Days apart in the year up to which dates are of one season …"""
ANNIVERSARY = 30.0
"""… and for dates that lie years apart, chosen so that the season is the same."""
YEAR = 365.25
MOVED = 0.02
"""Reflectance (root mean square over bands) beyond which a pixel moved …"""
BROAD = 0.1
"""… and the share of the ground that must have: change is rarer."""
TOGETHER = 0.5
"""Share of all movement that the line explains, every pixel with one vote."""
LEAF = 2.0
"""A leaf moves the near infrared so many times as far as the red, or the other way."""
RED, NIR = (
    {band.name for sensor in SENSORS.values() for band in sensor.bands if band.code == code} | {name}
    for code, name in (("R", "red"), ("N", "nir"))
)
SAMPLE = 200_000


@dataclass(frozen=True, eq=False)
class Season:
    """The line along which most of a pair moved."""

    direction: NDArray[np.float64]  # (band,), of length one
    moved: float  # share of the pixels that moved along it
    explained: float  # share of the movement that it explains
    days: float  # between the dates, within the year

    @property
    def words(self) -> str:
        return (
            f"Taken out as season: the dates lie {self.days:.0f} days apart in the year, "
            f"and {self.moved:.0%} of the ground moved along one line of the spectrum."
        )


def days_apart(times: tuple[np.datetime64, np.datetime64]) -> float:
    """Between two dates within the year: 0 for the same day of any two years."""
    days = abs((times[1] - times[0]) / np.timedelta64(1, "D")) % YEAR
    return float(min(days, YEAR - days))


def one_season(times: tuple[np.datetime64, np.datetime64]) -> bool:
    """Whether two dates are of one season."""
    years = abs((times[1] - times[0]) / np.timedelta64(1, "D")) > YEAR - ANNIVERSARY - 1
    return days_apart(times) <= (ANNIVERSARY if years else APART)


def season_of(pair: Pair) -> Season | None:
    """The season in a pair of reflectance; None where both dates are of one season, or the ground stood still."""
    if not pair.reflectance or pair.times is None or len(pair.bands) < 2 or one_season(pair.times):
        return None
    places = np.flatnonzero(pair.usable)[:: max(1, int(pair.usable.sum()) // SAMPLE)]
    before, after = (each.reshape(len(each), -1)[:, places].astype(np.float64) for each in (pair.before, pair.after))
    moved = (after - before) / np.sqrt(len(before))
    votes = moved / (np.sqrt(np.square(moved).sum(0)) + MOVED)  # who moved far has no more to say than who moved a bit
    values, axes = np.linalg.eigh(votes @ votes.T)
    direction, explained = axes[:, -1], float(values[-1] / max(values.sum(), 1e-12))
    share = float((np.abs(direction @ moved) > MOVED).mean())
    if share < BROAD or explained < TOGETHER or not _of_leaves(direction, pair.bands):
        return None
    return Season(direction, share, explained, days_apart(pair.times))


def _of_leaves(direction: NDArray[np.float64], bands: tuple[str, ...]) -> bool:
    """Whether growing or ripening moves the ground so; not where red or near infrared are missing."""
    red, near = (next((place for place, name in enumerate(bands) if name in names), None) for names in (RED, NIR))
    if red is None or near is None:
        return False
    return bool(direction[red] * direction[near] <= 0 or abs(direction[near]) > LEAF * abs(direction[red]))


def without(pair: Pair, season: Season) -> Pair:
    """Both dates meet half-way along the line of the season, so that swapping them changes nothing."""
    direction = season.direction.astype(pair.before.dtype)
    along = np.zeros(pair.usable.shape, pair.before.dtype)
    for share, before, after in zip(direction, pair.before, pair.after, strict=True):
        along += share * (after - before)
    half: Floats = direction[:, None, None] * (along / 2)
    return replace(pair, before=pair.before + half, after=pair.after - half, notices=(*pair.notices, season.words))
