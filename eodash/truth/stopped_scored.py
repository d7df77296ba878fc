"""What stopping early is worth: accuracy against earliness, date by date, and class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.truth.known import UNKNOWN, Classes, Where
from eodash.truth.stopped import NEVER, Rule, stopped_class

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Traded:
    """What one threshold buys: how often it is right where it stops, and how much of the season it saves."""

    threshold: float
    accuracy: float  # not a number where no truth is known
    earliness: float
    decided: float  # share

    @property
    def harmonic(self) -> float:
        return metrics.harmonic_mean(self.accuracy, self.earliness)


def traded(rule: Rule, threshold: float, said: Classes, truth: Classes | None, where: Where) -> Traded:
    """Over the pixels of an area that have an answer; with a truth, over those that have one, too."""
    there = where & (np.asarray(said[-1]) != UNKNOWN)
    there = there if truth is None else there & (truth != UNKNOWN)
    if not there.any():
        return Traded(threshold, float("nan"), float("nan"), float("nan"))
    right = float("nan") if truth is None else float((stopped_class(said, rule) == truth)[there].mean())
    return Traded(
        threshold, right, float(rule.earliness[there].mean(dtype=np.float64)), float(rule.decided[there].mean())
    )


@dataclass(frozen=True, eq=False)
class Course:
    """Date by date: of all pixels, and of those that have stopped by then."""

    everywhere: Floats  # (date,) how often the answer of that date is right, over all pixels; NaN without an answer
    stopped: Floats  # (date,) how often the decision is right, over those that are decided by then
    share: Floats  # (date,) that is decided


def course(rule: Rule, said: Classes, truth: Classes | None, where: Where) -> Course:
    """The season of a map that stops; accuracies are not a number where no truth is known."""
    dates = len(said)
    there = where & (np.asarray(said[-1]) != UNKNOWN)
    there = there if truth is None else there & (truth != UNKNOWN)
    stop = rule.date[there].astype(np.int64)
    total = max(1, len(stop))
    ended = np.bincount(np.minimum(stop, dates), minlength=dates + 1)[:dates].cumsum()
    nothing = np.full(dates, np.nan)
    if truth is None:
        return Course(nothing, nothing, ended / total)
    real, final = truth[there], stopped_class(said, rule)[there]
    hits = np.bincount(np.minimum(stop, dates), final == real, dates + 1)[:dates].cumsum()
    everywhere = nothing.copy()
    for date in range(dates):
        called = said[date][there]
        answered = called != UNKNOWN
        if answered.any():
            everywhere[date] = float((called[answered] == real[answered]).mean())
    return Course(everywhere, np.divide(hits, ended, out=nothing.copy(), where=ended > 0), ended / total)


@dataclass(frozen=True, eq=False)
class ClassStops:
    """The dates of decision of the pixels of one class."""

    place: int  # in the legend
    counts: NDArray[np.int64]  # (date,) how many stop there
    undecided: int

    @property
    def pixels(self) -> int:
        return int(self.counts.sum()) + self.undecided

    def quantile(self, share: float) -> int | None:
        """Index of the date by which that share of all of them has stopped; None where it never comes to that."""
        reached = self.counts.cumsum() >= share * self.pixels
        return int(reached.argmax()) if self.pixels and reached.any() else None


def per_class(rule: Rule, classes: Classes, where: Where, count: int, dates: int) -> tuple[ClassStops, ...]:
    """Of every class that has pixels there, in the order of the legend."""
    found = []
    for place in range(count):
        stop = rule.date[where & (classes == place)]
        if len(stop):
            counts = np.bincount(stop[stop != NEVER], minlength=dates)[:dates]
            found.append(ClassStops(place, counts, int((stop == NEVER).sum())))
    return tuple(found)
