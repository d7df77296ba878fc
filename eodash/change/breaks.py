"""When each pixel changed for good: the step that a seasonal curve needs most, over all dates at once.

An index is y(t) = mean + one yearly wave (and its overtone) + noise; with a break at k, a step s·[t ≥ k] besides. For
every k the fall of the squared error is (Σ_{t≥k} r)² / (n_k − c_kᵀ A⁻¹ c_k), r the residuals of the seasonal fit, A its
normal matrix, c_k the sum of its columns from k on: one pass of running sums, no fit per date. F of the best k against
`LEAST` decides. One break per pixel, the largest; what comes and goes (a flood) or turns with the year is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.change.pair import Floats
from eodash.errors import DateError

LEAST = 40.0
"""F from which a step counts: far above chance, as neighbouring dates are alike and the best of many is taken."""
SMALLEST = 0.08
"""… and smallest step of the index."""
SIDE = 4
"""Dates on either side of a break."""
OVERTONE = 2.0
"""Years from which the overtone of the year is fitted, too."""
YEAR = 365.25
CHUNK = 4096
NONE = 65535
"""Date of a pixel without a break."""


@dataclass(frozen=True, eq=False)
class Breaks:
    """Per pixel (y, x): the first date after its break, how large the step is, how sure."""

    date: NDArray[np.uint16]  # index among the dates, NONE without a break
    step: Floats
    strength: Floats  # F


def breaks(
    index: Floats, usable: NDArray[np.bool_], times: NDArray[np.datetime64], *, least: float = LEAST,
    smallest: float = SMALLEST,
) -> Breaks:  # fmt: skip
    """Of an index (time, y, x) and where it may be used."""
    days = (times - times[0]) / np.timedelta64(1, "D")
    columns = seasonal(days)
    if len(days) < columns.shape[1] + 2 * SIDE:
        raise DateError(
            f"{len(days)} dates are too few to tell a break from a season.",
            f"Take at least {columns.shape[1] + 2 * SIDE} dates, best over two years.",
            code="few_dates",
            details={"needed": columns.shape[1] + 2 * SIDE, "found": len(days)},
        )
    shape = index.shape[1:]
    flat, seen = index.reshape(len(days), -1).T, (usable & np.isfinite(index)).reshape(len(days), -1).T
    date = np.full(len(flat), NONE, np.uint16)
    step, strength = np.zeros(len(flat), np.float32), np.zeros(len(flat), np.float32)
    for start in range(0, len(flat), CHUNK):
        part = slice(start, start + CHUNK)
        best, step[part], strength[part] = _stepped(flat[part], seen[part], columns)
        sure = (strength[part] >= least) & (np.abs(step[part]) >= smallest)
        date[part][sure] = best[sure]
    return Breaks(date.reshape(shape), step.reshape(shape), strength.reshape(shape))


def seasonal(days: Floats) -> Floats:
    """Columns of the seasonal curve: (time, column)."""
    phase = 2 * np.pi * days / YEAR
    waves = [np.ones(len(days)), np.sin(phase), np.cos(phase)]
    if len(days) and days[-1] - days[0] >= OVERTONE * YEAR - 60:
        waves += [np.sin(2 * phase), np.cos(2 * phase)]
    return np.stack(waves, 1)


def _stepped(values: Floats, seen: NDArray[np.bool_], columns: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Of each series (pixel, time): the best date, the step there, its F; 0 where too little was seen."""
    weight = seen.astype(np.float64)
    value = np.where(seen, values, 0).astype(np.float64)
    count, width = weight.sum(1), columns.shape[1]
    normal = np.einsum("pt,ta,tb->pab", weight, columns, columns, optimize=True) + 1e-9 * np.eye(width)
    inverse = np.linalg.inv(normal)
    fit = np.einsum("pab,pb->pa", inverse, value @ columns)
    residual = (value - fit @ columns.T) * weight
    error = np.square(residual).sum(1)

    def later(each: Floats) -> Floats:
        """Sums from each date to the end."""
        summed: Floats = np.cumsum(each[:, ::-1], axis=1)[:, ::-1]
        return summed

    sums = later(weight[..., None] * columns)
    after = later(weight)
    room = after - np.einsum("pta,pab,ptb->pt", sums, inverse, sums, optimize=True)
    total = later(residual)
    allowed = seen & (after >= SIDE) & (count[:, None] - after >= SIDE) & (room > 1e-6 * np.maximum(after, 1))
    gain = np.where(allowed, np.square(total) / np.where(allowed, room, 1), 0)
    best = gain.argmax(1)
    rows = np.arange(len(best))
    won = gain[rows, best]
    freedom = count - width - 1
    enough = (won > 0) & (freedom > 0)
    left = np.maximum(error - won, 1e-6 * np.maximum(count, 1))
    strength = np.where(enough, won * np.maximum(freedom, 1) / left, 0)
    step = np.where(enough, total[rows, best] / np.where(enough, room[rows, best], 1), 0)
    return best, step, strength
