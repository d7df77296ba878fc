"""The method table: every way to find change, held against pairs whose change is known and pairs without any."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eodash.cards import change_shelf
from eodash.change.chain import CHANCES, LEARNED, METHODS, NORMALISED, Measure, Method, Settings, detect
from eodash.change.normalise import WAYS
from eodash.change.scored import Scores, scores
from eodash.datasets.change_pairs import KnownPair
from eodash.errors import EodashError

OnDone = Callable[[int, int], None]


def suggested(*, learned: bool = False) -> dict[str, Settings]:
    """Every method with every normalisation that helps it, thresholded and cleaned as is suggested for it.

    With `learned` also those that a network measures, as far as there are trained ones.
    """
    found: dict[str, Settings] = {}
    for method in METHODS:
        if method in NORMALISED:
            found |= {f"{method}, {way}": Settings(method, way) for way in WAYS}
        else:
            found[method] = Settings(method, "none", "otsu")  # √χ² has no two Gaussians
    there = change_shelf() if learned else {}
    return found | {method: suggestion(method) for method in LEARNED if method in there}


def suggestion(method: Method) -> Settings:
    """How a learned method is thresholded and cleaned."""
    return Settings(method, "none", "half") if method in CHANCES else Settings(method)


@dataclass(frozen=True)
class Line:
    """One method on one set of pairs."""

    name: str
    settings: Settings
    data: str
    scores: Scores | None  # None if no pair with change is among them
    alarms: Mapping[str, float]  # share of the pixels flagged where only this nuisance differs
    seconds: float  # of a pair, on average
    pairs: int
    failed: Mapping[str, str] = field(default_factory=dict)  # pair → what it broke off with

    @property
    def default(self) -> bool:
        return self.settings == Settings()

    @property
    def row(self) -> dict[str, Any]:
        """As plain values; accuracy never without kappa, Dice and how rare change is."""
        nothing = math.nan
        found = self.scores or Scores(nothing, nothing, nothing, nothing, nothing, nothing, 0, 0, 0, 0)
        return {
            "method": self.settings.method,
            "normalise": self.settings.normalise,
            "threshold": "clusters" if self.settings.method == "pca-kmeans" else self.settings.rule,
            "data": self.data,
            "kappa": _kept(found.kappa),
            "dice": _kept(found.dice),
            "accuracy": _kept(found.accuracy),
            "rare": _kept(found.rare),
            "accuracy_of_no_change": _kept(found.still),
            "false_alarm": _kept(found.false_alarm),
            "nuisances": {name: _kept(share) for name, share in self.alarms.items()},
            "seconds": round(self.seconds, 3),
            "pairs": self.pairs,
            "failed": dict(self.failed),
            "default": self.default,
        }


def change_table(
    pairs: Sequence[KnownPair],
    data: str,
    methods: Mapping[str, Settings] | None = None,
    on_done: OnDone | None = None,
    measure: Measure | None = None,
) -> list[Line]:
    """A line for each method, over all pairs; pixels are pooled, so that a large scene counts for more.

    `measure` asks the networks; without it learned methods are left out, unless `methods` names some.
    """
    chosen = suggested(learned=measure is not None) if methods is None else methods
    lines = []
    for place, (name, settings) in enumerate(chosen.items()):
        lines.append(_line(pairs, data, name, settings, measure))
        if on_done is not None:
            on_done(place + 1, len(chosen))
    return lines


def _line(
    pairs: Sequence[KnownPair], data: str, name: str, settings: Settings, measure: Measure | None
) -> Line:  # fmt: skip
    said: dict[str, list[Any]] = {}
    truth, seconds, failed = [], [], {}
    for each in pairs:
        try:
            found = detect(each.pair, settings, measure)
        except EodashError as error:
            failed[each.name] = error.name
            continue
        known = each.known & each.pair.usable
        said.setdefault(each.nuisance, []).append(found.mask[known])
        seconds.append(found.seconds)
        if not each.nuisance:
            truth.append(each.changed[known])
    alarms = {nuisance: float(np.concatenate(masks).mean()) for nuisance, masks in said.items() if nuisance}
    held = None
    if truth:
        marked, changed = np.concatenate(said[""]), np.concatenate(truth)
        held = scores(marked, changed, np.ones_like(changed))
    return Line(name, settings, data, held, alarms, float(np.mean(seconds)) if seconds else 0.0, len(pairs), failed)


def _kept(value: float | None) -> float | None:
    """Rounded; None where it is none, or no number."""
    return round(float(value), 4) if value is not None and np.isfinite(value) else None
