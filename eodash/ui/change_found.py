"""What changed between two dates, or ranges, of a run: found once for each question, and thresholded anew at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.change.chain import CHANCES, LEARNED, Detected, Measure, Settings, detect, rethresholded
from eodash.change.pair import Mask, Pair, pair_of
from eodash.change.ranges import composite
from eodash.change.scored import Scores, scores, verdicts
from eodash.change.thresholds import Threshold
from eodash.cube import geobox_of
from eodash.errors import RasterError
from eodash.store import Run
from eodash.ui import cached
from eodash.ui.change_ranges import Chosen, Spans
from eodash.ui.change_truth import truth_of
from eodash.ui.said_models import images
from eodash.views.calendar_chart import day
from eodash.views.change_words import spanned

KEPT = 4
"""Found changes that are kept: each holds both images as floats."""
_finding = Lock()


@dataclass(frozen=True)
class Dates:
    """Two dates of a run by what makes their images: the key of everything found between them."""

    run: Run = field(compare=False, repr=False)
    key: str
    text: str  # of the preparation
    before: np.datetime64
    after: np.datetime64
    spans: Spans | None = None  # of composites; the dates are then the clearest in them

    @property
    def said(self) -> tuple[str, ...]:
        """What names everything that was computed of them."""
        moments = (self.before, self.after) if self.spans is None else self.spans
        return (self.key, self.text, *(str(each) for each in moments))

    @property
    def names(self) -> tuple[str, str]:
        """Both as they are said."""
        if self.spans is None:
            return day(self.before, year=True), day(self.after, year=True)
        first, second = self.spans
        return spanned(first.first, first.last), spanned(second.first, second.last)


@dataclass(frozen=True, eq=False)
class Found:
    """Two dates, the settings, what was found, and the truth where it is known."""

    dates: Dates
    cube: xr.DataArray = field(repr=False)
    before: int
    after: int
    detected: Detected = field(repr=False)
    truth: Mask | None = field(repr=False)

    @property
    def pair(self) -> Pair:
        """As it was measured."""
        return pair(self.dates)

    @property
    def images(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Both as cubes of one image: of a range, its composite."""
        if self.dates.spans is not None:
            return composites(self.dates)
        return self.cube[self.before : self.before + 1], self.cube[self.after : self.after + 1]

    @property
    def ends(self) -> tuple[np.datetime64, np.datetime64]:
        """The last image of either side: up to which a model reads."""
        if self.dates.spans is None:
            return self.dates.before, self.dates.after
        times = self.cube["time"].values.astype("datetime64[s]")
        first, second = (times[np.flatnonzero(span.holds(times))[-1]] for span in self.dates.spans)
        return first, second

    @property
    def geobox(self) -> GeoBox:
        return geobox_of(self.cube)

    @property
    def cell(self) -> float:
        return self.pair.hectares

    @property
    def chance(self) -> bool:
        """Whether a network gives each pixel's chance of change instead of how far it moved."""
        return self.detected.settings.method in CHANCES

    @property
    def usable(self) -> Mask:
        return self.detected.usable

    @property
    def mask(self) -> Mask:
        return self.detected.mask

    @cached_property
    def scores(self) -> Scores | None:
        return None if self.truth is None else scores(self.mask, self.truth, self.usable)

    def verdicts(self, mask: Mask) -> NDArray[np.uint8]:
        assert self.truth is not None
        return verdicts(mask, self.truth, self.usable)


def dates_of(run: Run, cube: xr.DataArray, compared: Chosen) -> Dates:
    times = cube["time"].values.astype("datetime64[s]")
    before, after = times[compared.before], times[compared.after]
    return Dates(run, run.key, cached.preparation(run).text, before, after, compared.spans)


def found(run: Run, cube: xr.DataArray, compared: Chosen, settings: Settings, measure: Measure | None = None) -> Found:
    """Whatever changed; by hand and cleaning are applied to what is kept."""
    dates = dates_of(run, cube, compared)
    rule = "em" if settings.threshold == "by hand" else settings.threshold
    plain = replace(settings, threshold=rule, by_hand=None, cleaning=Settings().cleaning)
    base = detected(dates, plain, measure if settings.method in LEARNED else None)
    threshold = base.threshold
    if settings.threshold == "by hand":
        low, high = limits(base)
        wanted = threshold.value if settings.by_hand is None else settings.by_hand
        threshold = Threshold(min(max(wanted, low), high), "by hand", curves=threshold.curves)
    made = rethresholded(base.normalised, base.magnitude, threshold, settings)
    made = replace(made, seconds=base.seconds)
    before, after = pair(dates).times or (dates.before, dates.after)
    return Found(dates, cube, compared.before, compared.after, made, truth_of(cube, before, after))


def limits(detected: Detected) -> tuple[float, float]:
    """The smallest and the largest magnitude; of a chance none and all."""
    if detected.settings.method in CHANCES:
        return 0.0, 1.0
    seen = detected.magnitude[np.isfinite(detected.magnitude)]
    return (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)


@lru_cache(maxsize=2)
def pair(dates: Dates) -> Pair:
    """Both images as they were measured; a RasterError where they are no pair."""
    if dates.spans is not None:
        first, second = composites(dates)
        return pair_of(first[0], second[0])
    here = _images(dates)
    places = here.indexes["time"].get_indexer([dates.before, dates.after])
    return pair_of(here[int(places[0])], here[int(places[1])])


@lru_cache(maxsize=2)
def composites(dates: Dates) -> tuple[xr.DataArray, xr.DataArray]:
    """Of each range the median of its clear observations, a cube of one image each."""
    assert dates.spans is not None
    here = _images(dates)
    return composite(here, dates.spans[0]), composite(here, dates.spans[1])


def _images(dates: Dates) -> xr.DataArray:
    here = images(dates.run)
    if here is None:
        raise RasterError("This run has no images any more.", "Fetch them again.", code="no_dates", retryable=True)
    return here


def detected(dates: Dates, settings: Settings, measure: Measure | None = None) -> Detected:
    """What these settings find, found once whoever asks."""
    with _finding:
        return _detected(dates, settings, measure)


@lru_cache(maxsize=KEPT)
def _detected(dates: Dates, settings: Settings, measure: Measure | None) -> Detected:
    return detect(pair(dates), settings, measure)
