"""What is counted of the stops of a map: what each threshold buys, the course of the season, the classes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eodash.truth.stopped import stopped_class
from eodash.truth.stopped_scored import Course, Traded, course, per_class, traded
from eodash.ui.early_found import Season
from eodash.views.early_classes import Stops

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of a class by whose dates its box is drawn."""


@lru_cache(maxsize=16)
def trades(season: Season) -> tuple[Traded, ...]:
    """What every threshold buys; only the chosen one while the chances are on their way."""
    said = np.asarray(season.map["said"].values)
    rules = season.rules or {season.threshold: season.rule}
    return tuple(traded(rule, each, said, season.truths, season.where) for each, rule in rules.items())


@lru_cache(maxsize=16)
def over_season(season: Season) -> Course:
    """Accuracy of all and of the stopped, date by date."""
    return course(season.rule, np.asarray(season.map["said"].values), season.truths, season.where)


@lru_cache(maxsize=16)
def stops_of(season: Season) -> tuple[Stops, ...]:
    """When each class is decided; classes of the truth, where one is known, else what was said in the end."""
    said = np.asarray(season.map["said"].values)
    classes = season.truths if season.truths is not None else stopped_class(said, season.rule)
    legend, dates = season.said.classes, len(season.times)
    return tuple(
        Stops(
            legend[one.place].name, legend[one.place].colour, one.counts.astype(np.float64) * season.cell,
            one.undecided * season.cell,
            tuple(one.quantile(share) for share in QUANTILES),  # type: ignore[arg-type]
        )
        for one in per_class(season.rule, classes, season.where, len(legend), dates)
    )  # fmt: skip


def never_said(season: Season) -> list[str]:
    """Classes of the legend that no pixel was ever called."""
    said = set(np.unique(season.map["said"].values).tolist())
    return [each.name for place, each in enumerate(season.said.classes) if place not in said]
