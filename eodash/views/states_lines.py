"""Many thin lines as one small drawing: sixty-four units as traces would weigh more than the rest of the page."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from eodash.views.panel import Floats, Times

WIDE, HIGH = 1000, 150
"""Steps of the drawing from left to right and from bottom to top."""
MOST = 130
"""Dates that a thin line goes through; of more, every second, third … is left out."""
SAFE = " ,:;=/()<>'+-"


def drawn_lines(times: Times, values: Floats, limits: tuple[float, float], colour: str, opacity: float) -> str:
    """Lines (line, time) between limits as an address that holds the picture itself; empty without two dates.

    It is stretched over its dates; the strokes keep their width.
    """
    kept = np.flatnonzero(np.isfinite(values).all(0))
    kept = np.unique(np.append(kept[:: 1 + len(kept) // MOST], kept[-1:]))
    if len(kept) < 2:
        return ""
    days = (times[kept] - times[0]) / (times[-1] - times[0])
    across = np.rint(WIDE * days.astype(float)).astype(int)
    low, high = limits
    down = np.rint(HIGH * (1 - (values[:, kept].clip(low, high) - low) / (high - low))).astype(int)
    paths = "".join(_path(across, line) for line in down)
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDE} {HIGH}' preserveAspectRatio='none'>"
        f"<g fill='none' stroke='{colour}' stroke-opacity='{opacity:g}'>{paths}</g></svg>"
    )
    return "data:image/svg+xml," + quote(drawing, safe=SAFE)


def _path(across: NDArray[np.integer], down: NDArray[np.integer]) -> str:
    """One line as steps from point to point: a few letters for each."""
    steps = zip(np.diff(across).tolist(), np.diff(down).tolist(), strict=True)
    way = " ".join(f"{right} {below}" if below >= 0 else f"{right}{below}" for right, below in steps)
    return f"<path vector-effect='non-scaling-stroke' d='M{int(across[0])} {int(down[0])}l{way}'/>"
