"""The whole way from a pair to changed areas, as one frozen set of settings that a link can hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from eodash.change import cva
from eodash.change.floor import light_floor, noise_floor
from eodash.change.mad import ir_mad, mad
from eodash.change.normalise import Normalised, Way, normalise
from eodash.change.pair import Floats, Mask, Pair, checked, same
from eodash.change.pca_kmeans import pca_kmeans
from eodash.change.post import Cleaning, Step, clean
from eodash.change.season import Season, season_of, without
from eodash.change.thresholds import Rule, Threshold, threshold
from eodash.change.triples import UNIT
from eodash.errors import ModelError, RasterError

Measure = Callable[[Pair, str], Floats]
"""What a learned method, by name, measures of a pair: (y, x), NaN where not both dates show anything."""
Chance = Literal["fc-ef", "fc-siam-conc", "fc-siam-diff", "cover-and-change"]
Distance = Literal["pretext-overlap", "pretext-triplet", "pretext-here"]
Method = Literal["cva", "pca-kmeans", "mad", "ir-mad", Chance, Distance]
CHANCES: tuple[Chance, ...] = get_args(Chance)
"""Learned methods that say how likely change is."""
DISTANCES: tuple[Distance, ...] = get_args(Distance)
"""Those that say how far learned features moved; "pretext-here" learnt them on the open series."""
LEARNED: tuple[Method, ...] = (*CHANCES, *DISTANCES)
"""Methods that a network measures; by the names of their cards."""
METHODS: tuple[Method, ...] = tuple(method for method in get_args(Method) if method not in LEARNED)
NORMALISED: tuple[Method, ...] = ("cva", "pca-kmeans", *DISTANCES)
"""Methods that a normalisation helps; MAD is unmoved by any, and networks for chances were trained without."""


@dataclass(frozen=True)
class Settings:
    """How change is found; as it stands, what is suggested."""

    method: Method = "cva"
    normalise: Way = "pif"
    threshold: Rule = "em"
    by_hand: float | None = None
    season: bool = True  # take out the line along which most of the ground moved, where the dates are of two seasons
    floor: bool = True  # never below what noise alone reaches, nor, in reflectance, what light and air do
    cleaning: Cleaning = field(default_factory=Cleaning)

    @property
    def rule(self) -> Rule:
        """The threshold that is taken: a chance has one half, or one by hand."""
        if self.method in CHANCES and self.threshold != "by hand":
            return "half"
        return "em" if self.threshold == "half" and self.method not in CHANCES else self.threshold


@dataclass(frozen=True, eq=False)
class Detected:
    """What was found, and everything that led there."""

    settings: Settings
    normalised: Normalised
    magnitude: Floats  # (y, x), NaN where not both were seen
    threshold: Threshold
    marked: Mask  # above the threshold
    mask: Mask  # … and cleaned
    steps: tuple[Step, ...]
    notices: tuple[str, ...]
    seconds: float
    season: Season | None = None  # what was taken out of the pair

    @property
    def usable(self) -> Mask:
        return self.normalised.pair.usable

    @property
    def hectares(self) -> float:
        """Changed."""
        return float(self.mask.sum() * self.normalised.pair.hectares)

    @property
    def share(self) -> float:
        """Of what was seen on both dates."""
        return float(self.mask.sum() / max(1, self.usable.sum()))


def detect(pair: Pair, settings: Settings | None = None, measure: Measure | None = None) -> Detected:
    """Normalise, measure, threshold, clean. A learned method is measured by `measure`."""
    begun, settings = time.perf_counter(), settings or Settings()
    _known(settings)
    if not pair.usable.any():
        checked(pair)  # says so
    way: Way = settings.normalise if settings.method in NORMALISED else "none"
    if same(pair):
        still = pair.picture(np.zeros(int(pair.usable.sum())))
        none = Threshold(0.0, settings.rule, "Both dates show the same image: nothing changed.")
        return rethresholded(Normalised(pair, way), still, none, settings, begun)
    similar = normalise(pair, way)
    turned = season_of(similar.pair) if settings.season and settings.method in NORMALISED else None
    if turned is not None:
        similar = replace(similar, pair=without(similar.pair, turned), season=turned)
    values, marked = _measured(similar, settings, measure)
    magnitude = pair.picture(values)
    found = threshold(values, settings.rule, settings.by_hand)
    if marked is not None and settings.threshold != "by hand":
        found = Threshold(0.0, settings.threshold, "Two clusters decide, not a threshold.")
    elif settings.floor and settings.threshold != "by hand" and settings.method in NORMALISED:
        lowest = noise_floor(values)
        if lowest > found.value:
            found = replace(found, value=lowest, notice="Raised to what noise alone reaches in this pair.")
        learned = settings.method in LEARNED
        if (least := UNIT if learned else light_floor(similar.pair)) > found.value:
            why = "the same ground reaches that on two dates" if learned else "light and air alone move a pixel so far"
            found = replace(found, value=least, notice=f"Raised to {least:.3g}: {why}.")
    return rethresholded(similar, magnitude, found, settings, begun)


def rethresholded(
    similar: Normalised, magnitude: Floats, found: Threshold, settings: Settings, begun: float | None = None
) -> Detected:
    """The same magnitude, thresholded and cleaned anew: what a slider asks for."""
    begun = time.perf_counter() if begun is None else begun
    usable = similar.pair.usable
    with np.errstate(invalid="ignore"):
        marked = usable & (magnitude > found.value)
    mask, steps = clean(marked, usable, settings.cleaning, similar.pair.hectares)
    notices = (*similar.pair.notices, *([found.notice] if found.notice else []))
    seconds = time.perf_counter() - begun
    return Detected(settings, similar, magnitude, found, marked, mask, steps, notices, seconds, similar.season)


def _measured(similar: Normalised, settings: Settings, measure: Measure | None) -> tuple[Floats, Mask | None]:
    """Magnitude of the usable pixels; and the decision, if the method makes one itself."""
    pair = similar.pair
    if settings.method in LEARNED:
        if measure is None:
            raise ModelError(
                f"{settings.method} is measured by a network, and none was given.",
                "Give detect(…, measure=eodash.backend.learned.measure), or choose another method.",
                code="measure",
            )
        return measure(pair, settings.method)[pair.usable], None
    if settings.method == "ir-mad" or settings.method == "mad":
        return (ir_mad if settings.method == "ir-mad" else mad)(pair).magnitude, None
    moved = cva.magnitude(pair.before[:, pair.usable], pair.after[:, pair.usable])
    if settings.method == "cva":
        return moved, None
    return pca_kmeans(pair.picture(moved), pair.usable)


def _known(settings: Settings) -> None:
    """Raise where the settings, which may come from a link, name a method that nobody has."""
    if settings.method not in (*METHODS, *LEARNED):
        raise RasterError(
            f"There is no method '{str(settings.method)[:40]}' to find change by.",
            f"Choose {', '.join((*METHODS, *LEARNED))}.",
            code="method",
        )
