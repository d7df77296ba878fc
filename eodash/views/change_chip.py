"""A small picture of what lies around a pixel on one date, with a frame round the pixel itself."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.views.picture import Look, limits_of, rgba, webp

HALF = 12
"""Pixels on every side."""
TIMES = 6
"""Dots per pixel."""


def chip(
    cube: xr.DataArray, index: int, look: Look, place: tuple[int, int], limits: tuple[float, float] | None = None
) -> bytes:
    """WebP; where the picture ends, it is grey. `limits` of its series keep the colours of a part as they are."""
    row, column = place
    rows, columns = cube.shape[2:]
    top, left = max(row - HALF, 0), max(column - HALF, 0)
    part = cube[:, :, top : min(row + HALF + 1, rows), left : min(column + HALF + 1, columns)]
    image = rgba(part, index, look, limits or limits_of(cube, look.layer))
    whole: NDArray[np.uint8] = np.full((2 * HALF + 1, 2 * HALF + 1, 3), 140, np.uint8)
    y, x = top - (row - HALF), left - (column - HALF)
    seen = image[..., 3] > 0
    whole[y : y + image.shape[0], x : x + image.shape[1]][seen] = image[..., :3][seen]
    large = np.repeat(np.repeat(whole, TIMES, 0), TIMES, 1)
    low, high = HALF * TIMES - 2, (HALF + 1) * TIMES + 1
    for edge, tone in ((0, 26), (1, 255)):
        a, b = low + edge, high - edge
        large[a, a : b + 1], large[b, a : b + 1], large[a : b + 1, a], large[a : b + 1, b] = tone, tone, tone, tone
    return webp(large, 90)
