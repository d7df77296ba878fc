"""What is known of the stops of a map: under which threshold, against which truth; worked out once for all sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.agreement import pixel_hectares
from eodash.backend.asked import places
from eodash.backend.maps import kept_summary, summary_key
from eodash.backend.questions import NOTHING
from eodash.cards import Card
from eodash.cube import geobox_of
from eodash.grid import inside
from eodash.sources.contract import NODATA
from eodash.truth import Truth, majority
from eodash.truth.known import Where
from eodash.truth.stopped import MEDIAN, THRESHOLDS, Rule, by_fields, decide, decided_by, rule_of, stopped_class
from eodash.ui import cached, choices
from eodash.ui.asking import question_about
from eodash.ui.said import Said
from eodash.ui.said_inspector import truth_or_none
from eodash.views.agreement_map import Span, Times, coloured_span

HEADS = ("early-lstm", "causal-transformer")
"""Architectures with a head that says when to stop."""


def can_stop(card: Card) -> bool:
    """Whether a network decides when it has seen enough."""
    return card.architecture in HEADS


def threshold() -> float:
    """Where the dial stands; the median of P(t) until somebody turns it."""
    wanted = choices.view("stop-at")
    return next((each for each in THRESHOLDS if each == wanted), MEDIAN)


HAZARD = ("hazard",)


def season_of(here: Said, truth: Truth | None = None) -> Season | None:
    """The stops of a map, as far as they are known; None while there is none."""
    if here.map is None or "stop" not in here.map:
        return None
    question, _ = question_about(here.run, here.card, here.legend, here.dates, raw=here.card.input.level == "l1c")
    found = kept_summary(cached.store(), question, HAZARD)
    chances = "" if found is None else summary_key(question, HAZARD)
    chosen = MEDIAN if found is None else threshold()
    return Season(here.answer or question.key, chances, chosen, _named(truth), here, here.map, found, truth)


def open_season(here: Said) -> Season | None:
    """Of the open run, with its own labels or the truth of the demo world."""
    return season_of(here, truth_or_none(here))


def _named(truth: Truth | None) -> str:
    """The same for the same truth."""
    if truth is None:
        return ""
    parts = hashlib.blake2b(truth.origin.encode(), digest_size=12)
    for array in (truth.classes, truth.parcels):
        if array is not None:
            parts.update(np.ascontiguousarray(array).tobytes())
    return parts.hexdigest()


@dataclass(frozen=True)
class Season:
    """The stops of one map over one run; two are equal if their answers, thresholds and truths are."""

    answer: str  # the key of the map
    chances: str  # the key of the hazards, empty while they are on their way
    threshold: float
    truth_name: str
    said: Said = field(compare=False, repr=False)
    map: xr.Dataset = field(compare=False, repr=False)
    hazard: xr.Dataset | None = field(compare=False, repr=False)
    truth: Truth | None = field(compare=False, repr=False)

    @cached_property
    def rule(self) -> Rule:
        """Of the chosen threshold; of the map itself as long as there is no other."""
        return self.rules.get(self.threshold) or _own(self)

    @cached_property
    def rules(self) -> dict[float, Rule]:
        """By threshold; empty while the chances are on their way."""
        return {} if self.hazard is None else dict(zip(THRESHOLDS, _rules(_Chances(self.chances, self)), strict=True))

    @cached_property
    def where(self) -> Where:
        """Inside the area, with an answer."""
        within = np.asarray(inside(self.said.run.request.area, geobox_of(self.said.cube)), bool)
        there: Where = within & (self.map["said"].values[-1] != NOTHING)
        return there

    @property
    def times(self) -> Times:
        return self.map["date"].values.astype("datetime64[s]")

    @property
    def span(self) -> Span:
        """Of the colours: the season that was asked for, whatever was found in it."""
        return coloured_span(self.said.run.request.period)

    @property
    def cell(self) -> float:
        """Hectares of a pixel."""
        return pixel_hectares(geobox_of(self.said.cube))

    @property
    def truths(self) -> NDArray[np.uint8] | None:
        return None if self.truth is None else self.truth.classes

    def hectares(self) -> NDArray[np.float64]:
        """Decided at each date, within the area."""
        stop = self.rule.date[self.where & self.rule.decided]
        return np.bincount(stop, minlength=len(self.times))[: len(self.times)].astype(np.float64) * self.cell

    @property
    def open_share(self) -> float:
        """Of the ground with an answer that is never decided."""
        return float((~self.rule.decided[self.where]).mean()) if self.where.any() else 1.0

    def locked(self, index: int, fields: bool) -> NDArray[np.uint8]:
        """Classes that are decided by a date; whole fields once half of their pixels are."""
        said = np.asarray(self.map["said"].values)
        if not fields or self.truth is None or self.truth.parcels is None:
            return decided_by(self.rule, said, index)
        date, classes = _fields(self)
        found: NDArray[np.uint8] = np.where(date <= index, classes, NOTHING).astype(np.uint8)
        return found


@lru_cache(maxsize=4)
def _own(season: Season) -> Rule:
    return rule_of(np.asarray(season.map["stop"].values), looks(season.said.cube, season.said.card))


@dataclass(frozen=True)
class _Chances:
    """The chances of a map by their key: whatever the dial says, they are decided once."""

    key: str
    season: Season = field(compare=False, repr=False)


@lru_cache(maxsize=2)
def _rules(chances: _Chances) -> tuple[Rule, ...]:
    hazard, here = chances.season.hazard, chances.season.said
    assert hazard is not None
    return decide(np.asarray(hazard["hazard"].values), looks(here.cube, here.card), THRESHOLDS)


@lru_cache(maxsize=4)
def _fields(season: Season) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """When each field is decided, and as what most of its pixels are."""
    assert season.truth is not None
    assert season.truth.parcels is not None
    fields = season.truth.parcels
    return by_fields(season.rule, fields), majority(
        stopped_class(np.asarray(season.map["said"].values), season.rule), fields
    )


def looks(cube: xr.DataArray, card: Card) -> Where:
    """(date, y, x): where a network was given an observation; clouds are one in raw series alone."""
    bands = [str(name) for name in cube["band"].values.tolist()]
    seen = np.ones((cube.sizes["time"], *cube.shape[2:]), bool)
    for date in range(len(seen)):
        for band in places(card, bands):
            values = np.asarray(cube.values[date, band])
            seen[date] &= values != NODATA
            if values.dtype.kind == "f":
                seen[date] &= np.isfinite(values)
    if card.input.level != "l1c":
        seen &= np.asarray(cube["clear"].values)
    return seen
