"""Maps that stop early, by any threshold: when each pixel is decided, as what, and how good that is against a truth.

The budget B(t) is what is left of the chance to stop later. A pixel is decided at the first date by which its stopping
is at least as likely as the threshold; ½ is the median of P(t), the rule of `eodash.early`. Nothing is trained anew:
another threshold reads the same chances differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.truth.known import UNKNOWN, Classes, Where

MEDIAN = 0.5
THRESHOLDS = (0.01, 0.02, 0.03, *(round(0.05 * step, 2) for step in range(1, 20)))
"""What the dial offers."""
NEVER = 65535
"""Date of a pixel that never comes to a decision."""
ROWS = 64
"""Rows of a map that are worked on at one time."""

Dates = NDArray[np.uint16]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rule:
    """Where every pixel stops under one threshold."""

    date: Dates  # (y, x) index of the date of decision, NEVER without one
    earliness: NDArray[np.float16]  # (y, x) share of its own dates that was not waited for; 0 where it is undecided

    @property
    def decided(self) -> Where:
        there: Where = self.date != NEVER
        return there


def decide(hazard: NDArray[np.floating[Any]], seen: Where, thresholds: Sequence[float] = (MEDIAN,)) -> tuple[Rule, ...]:
    """A rule per threshold from the chance of stopping at each date (date, y, x), and where there was a look at all."""
    shape = hazard.shape[1:]
    date = np.full((len(thresholds), *shape), NEVER, np.uint16)
    early = np.zeros((len(thresholds), *shape), np.float16)
    for start in range(0, shape[0], ROWS):
        part = slice(start, start + ROWS)
        looked = np.asarray(seen[:, part])
        delta = np.where(looked, np.asarray(hazard[:, part], np.float64), 0.0)
        left = np.cumprod(1 - delta, axis=0)
        last = _last(looked)
        before = np.take_along_axis(np.concatenate([np.ones_like(left[:1]), left[:-1]]), last[None], 0)[0]
        looks = looked.cumsum(0)
        for place, threshold in enumerate(thresholds):
            going = 1 - threshold
            first = np.minimum((left > going).sum(0), last)  # it only falls, so this counts the dates before
            there = (before < going) & (looks[-1] > 0)
            date[place, part] = np.where(there, first, NEVER)
            early[place, part] = _saved(date[place, part], looks)
    return tuple(Rule(one, two) for one, two in zip(date, early, strict=True))


def rule_of(date: Dates, seen: Where) -> Rule:
    """The rule that a map was made with, from its dates of decision."""
    early = np.zeros(date.shape, np.float16)
    for start in range(0, len(date), ROWS):
        part = slice(start, start + ROWS)
        early[part] = _saved(date[part], np.asarray(seen[:, part]).cumsum(0))
    return Rule(np.asarray(date), early)


def _saved(date: Dates, looks: NDArray[np.integer[Any]]) -> NDArray[np.float16]:
    """Share of its looks that a pixel did not wait for, by the number of looks up to each date."""
    there, count = date != NEVER, looks[-1]
    step = np.take_along_axis(looks, np.where(there, date, 0)[None].astype(np.int64), 0)[0] - 1
    share = 1 - np.divide(step, count - 1, out=np.ones(step.shape), where=count > 1)
    found: NDArray[np.float16] = np.where(there, share, 0.0).astype(np.float16)
    return found


def stopped_class(said: Classes, rule: Rule) -> Classes:
    """(y, x) the class at the date of decision of answers (date, y, x); the last answer where there was none."""
    date = np.where(rule.decided, rule.date, len(said) - 1).astype(np.int64)
    found: Classes = np.take_along_axis(np.asarray(said), date[None], 0)[0]
    return found


def decided_by(rule: Rule, said: Classes, index: int) -> Classes:
    """(y, x) what is decided by a date, and stays so: the class at the stop; UNKNOWN where it is still open."""
    found: Classes = np.where(rule.date <= index, stopped_class(said, rule), UNKNOWN).astype(np.uint8)
    return found


def by_fields(rule: Rule, parcels: NDArray[np.uint16]) -> Dates:
    """(y, x) when half of the pixels of a field are decided, the same for all of them; of no field as they are."""
    counts = np.bincount(parcels.ravel())
    order = np.lexsort((rule.date.ravel(), parcels.ravel()))
    starts = np.concatenate([[0], counts.cumsum()[:-1]])
    middle = np.minimum(starts + (np.maximum(counts, 1) - 1) // 2, parcels.size - 1)
    median = rule.date.ravel()[order][middle]
    found: Dates = np.where(parcels > 0, median[parcels], rule.date).astype(np.uint16)
    return found


def _last(seen: Where) -> NDArray[np.int64]:
    """(y, x) index of the last look; the last date where there is none."""
    last: NDArray[np.int64] = len(seen) - 1 - seen[::-1].argmax(0)
    return last
