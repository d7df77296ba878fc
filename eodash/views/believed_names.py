"""Where the names of classes stand inside stacked areas, and in which ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.views.theme import PALETTES

ROOM, AMPLE = 0.06, 0.25
"""Share of the panel's height that a name needs; and that is enough, so that it stands as early as it can."""
LETTER, RIM = 0.0135, 0.03
"""Share of the season that a letter takes, and what is left free around a name, in a panel of 540 px."""
BRIGHT = 0.19
"""Luminance from which ink is read better than white."""
PHONE = 2.5
"""How much wider a name is, in shares of the season, where the panel is as narrow as a phone."""


@dataclass(frozen=True)
class Name:
    """A name in an area: its class, when it begins, how high it stands."""

    place: int
    name: str
    time: np.datetime64
    height: float


def names_inside(times: NDArray[np.datetime64], chances: NDArray[np.floating], classes: Sequence[str]) -> list[Name]:
    """(time, class) probabilities stacked from the last class up: each name lies wholly in the area of its class.

    Classes that never have the room go without.
    """
    below = np.cumsum(chances[:, ::-1], axis=1)[:, ::-1] - chances
    above = below + chances
    share = (times - times[0]) / max(times[-1] - times[0], np.timedelta64(1, "s"))
    found: list[Name] = []
    taken: list[tuple[float, float, float]] = []
    for place, name in enumerate(classes):
        width = LETTER * len(name) + RIM
        best = (0.0, 0, 0.0, 0.0)  # room up to what is ample, when, from which height to which
        for start in np.flatnonzero(share + width <= 1):
            end = int(np.searchsorted(share, share[start] + width))
            low, high = below[start:end, place].max(), above[start:end, place].min()
            if min(high - low, AMPLE) > best[0] + 1e-9:
                best = (float(min(high - low, AMPLE)), int(start), float(low), float(high))
        if best[0] >= ROOM:
            found.append(Name(place, name, times[best[1]], _height(best[2:], float(share[best[1]]), width, taken)))
            taken.append((float(share[best[1]]), width, found[-1].height))
    return found


def _height(between: tuple[float, float], start: float, width: float, taken: list[tuple[float, float, float]]) -> float:
    """The middle, or as near to it as no other name would be touched on a phone."""
    low, high = between
    near = [height for begin, wide, height in taken if begin < start + PHONE * width and start < begin + PHONE * wide]
    steps = np.arange(0, (high - low - ROOM) / 2, ROOM / 2)
    for height in ((low + high) / 2 + sign * step for step in steps for sign in (1, -1)):
        if all(abs(height - other) >= ROOM for other in near):
            return float(height)
    return (low + high) / 2


def written_on(colour: str) -> str:
    """Ink or white, whichever is read better on a colour."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return PALETTES["light"].ink if 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT else "#FFFFFF"
