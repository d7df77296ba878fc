"""Change that is planted into patches while a network learns: blobs of any size, brighter, darker or from elsewhere.

Simulated scenes know six kinds of change, at few sizes; a network that has seen only these looks for nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RADIUS = (1.2, 8.0)
"""Pixels."""
SEEN = 0.8
"""Deviations, root mean square over the bands, from which a planted pixel counts as changed."""
Array = NDArray[Any]


def plant(rng: np.random.Generator, before: Array, after: Array, usable: Array, changed: Array) -> None:
    """One to three blobs in one of the two images (band, y, x), in place; truth (y, x) follows."""
    side = before.shape[-1]
    row, column = np.mgrid[:side, :side]
    image = (before, after)[int(rng.integers(2))]
    for _ in range(int(rng.integers(1, 4))):
        middle, turn = rng.uniform(0, side, 2), rng.uniform(0, np.pi)
        across = np.exp(rng.uniform(np.log(RADIUS[0]), np.log(RADIUS[1]), 2))
        y, x = row - middle[0], column - middle[1]
        u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        power = float(rng.choice([2, 8]))  # round, or with corners
        inside = (np.abs(u / across[0]) ** power + np.abs(v / across[1]) ** power < 1) & usable
        was = image[:, inside]
        if rng.random() < 0.5:
            moved = rng.normal(0, 2, (1, 1)) + rng.normal(0, 0.7, (len(image), 1))
            now = was * rng.uniform(0.3, 1) + moved + rng.normal(0, 0.15, was.shape)
        else:  # what lies elsewhere
            away = tuple(int(each) for each in rng.integers(side // 4, side - side // 4, 2))
            now = np.roll(image, away, (1, 2))[:, inside]
        image[:, inside] = now
        changed[inside] |= np.sqrt(np.square(now - was).mean(0)) > SEEN


def drift(rng: np.random.Generator, image: Array, usable: Array) -> Array:
    """One date brighter or darker as a whole, more so in some bands: other sensors, other air."""
    gain = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.05, (len(image), 1, 1)))
    offset = rng.normal(0, 0.8) + rng.normal(0, 0.3, (len(image), 1, 1))
    return np.asarray(np.where(usable, image * gain + offset, 0), image.dtype)
