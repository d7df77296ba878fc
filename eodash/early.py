"""When to stop looking: from the chance of stopping at each date to one date per series. Pure and deterministic.

Hazard δ(t) is the chance of stopping at a date, given that it did not happen before. The last observed date takes
what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stop:
    """Where series stop. The rule is the median of P: the first date by which it is at least as likely as not.

    With half of it or more left for the last date a series is undecided, and counts as stopped there.
    """

    chance: Floats  # (series, time) P(t): sums to one, 0 at dates without an observation
    budget: Floats  # (series, time) what is left after each date: 1 − the sum of P so far; 0 from the last date on
    date: NDArray[np.int64]  # (series,) index on the time axis
    step: NDArray[np.int64]  # (series,) the same counted in observations: 0 is the first
    dates: NDArray[np.int64]  # (series,) how many observations there are
    decided: NDArray[np.bool_]  # (series,) False: at least half was left for the last date


def stopping(hazard: NDArray[np.floating], mask: NDArray[np.bool_]) -> Stop:
    """The distribution of the stopping date of each series, and its median."""
    series, time = mask.shape
    last = last_observed(mask)
    delta = np.where(mask, hazard.astype(np.float64), 0.0)  # nobody stops at a date that nobody saw
    going_on = np.cumprod(1 - delta, axis=1)
    before = np.concatenate([np.ones((series, 1)), going_on[:, :-1]], axis=1)
    steps = np.arange(time)
    over = steps >= last[:, None]
    chance = np.where(steps == last[:, None], before, np.where(over, 0.0, delta * before))
    budget = np.where(over, 0.0, going_on)
    decided = np.take_along_axis(before, last[:, None], 1)[:, 0] < 0.5
    date = np.where(decided, (budget <= 0.5).argmax(1), last)
    seen = mask.cumsum(1)
    return Stop(
        chance=chance,
        budget=budget,
        date=date,
        step=np.maximum(np.take_along_axis(seen, date[:, None], 1)[:, 0] - 1, 0),
        dates=seen[:, -1],
        decided=decided,
    )


def last_observed(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Index of the last observation of each series; the last of all where there is none."""
    last: NDArray[np.int64] = mask.shape[1] - 1 - mask[:, ::-1].argmax(1)
    return last
