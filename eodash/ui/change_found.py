"""What changed between two dates of a run: found once for each question, and thresholded anew at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.change.chain import Detected, Settings, detect, rethresholded
from eodash.change.pair import Mask, Pair, pair_of
from eodash.change.scored import Scores, scores, verdicts
from eodash.change.thresholds import Threshold
from eodash.change.twin import twin
from eodash.cube import geobox_of
from eodash.errors import RasterError
from eodash.sources.demo import demo_world, region_geobox
from eodash.store import Run
from eodash.truth.simulated import onto
from eodash.ui import cached
from eodash.ui.said_models import images
from eodash.world import REGIONS

KEPT = 4
"""Found changes that are kept: each holds both images as floats."""
CLEAR = 0.8
"""Share of a date from which it is worth being compared."""
_finding = Lock()


@dataclass(frozen=True)
class Dates:
    """Two dates of a run by what makes their images: the key of everything found between them."""

    run: Run = field(compare=False, repr=False)
    key: str
    text: str  # of the preparation
    before: np.datetime64
    after: np.datetime64


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
    def geobox(self) -> GeoBox:
        return geobox_of(self.cube)

    @property
    def cell(self) -> float:
        return self.pair.hectares

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


def dates_of(run: Run, cube: xr.DataArray, before: int, after: int) -> Dates:
    times = cube["time"].values.astype("datetime64[s]")
    return Dates(run, run.key, cached.preparation(run).text, times[before], times[after])


def found(run: Run, cube: xr.DataArray, before: int, after: int, settings: Settings) -> Found:
    """Whatever changed; by hand and cleaning are applied to what is kept."""
    dates = dates_of(run, cube, before, after)
    rule = "em" if settings.threshold == "by hand" else settings.threshold
    with _finding:
        base = _detected(dates, replace(settings, threshold=rule, by_hand=None, cleaning=Settings().cleaning))
    threshold = base.threshold
    if settings.threshold == "by hand":
        low, high = limits(base)
        wanted = threshold.value if settings.by_hand is None else settings.by_hand
        threshold = Threshold(min(max(wanted, low), high), "by hand", curves=threshold.curves)
    made = rethresholded(base.normalised, base.magnitude, threshold, settings)
    made = replace(made, seconds=base.seconds)
    return Found(dates, cube, before, after, made, truth_of(cube, dates.before, dates.after))


def limits(detected: Detected) -> tuple[float, float]:
    """The smallest and the largest magnitude."""
    seen = detected.magnitude[np.isfinite(detected.magnitude)]
    return (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)


@lru_cache(maxsize=2)
def pair(dates: Dates) -> Pair:
    """Both images as they were measured; a RasterError where they are no pair."""
    here = images(dates.run)
    if here is None:
        raise RasterError("This run has no images any more.", "Fetch them again.", code="no_dates", retryable=True)
    places = here.indexes["time"].get_indexer([dates.before, dates.after])
    return pair_of(here[int(places[0])], here[int(places[1])])


@lru_cache(maxsize=KEPT)
def _detected(dates: Dates, settings: Settings) -> Detected:
    return detect(pair(dates), settings)


def truth_of(cube: xr.DataArray, before: np.datetime64, after: np.datetime64) -> Mask | None:
    """What truly changed, on the grid of a run; None unless a demo world has been made to change."""
    try:
        name = json.loads(cube.attrs.get("provenance", "{}")).get("region", "")
    except (TypeError, ValueError, AttributeError):
        return None
    if name not in REGIONS or not REGIONS[name].events:
        return None
    return _truth(name, geobox_of(cube), before, after)


@lru_cache(maxsize=8)
def _truth(region: str, geobox: GeoBox, before: np.datetime64, after: np.datetime64) -> Mask:
    changed = (demo_world(region).changed(before, after) > 0).astype(np.uint8)
    known: Mask = onto(changed, region_geobox(REGIONS[region]), geobox, 0) == 1
    known.flags.writeable = False
    return known


def clear_shares(cube: xr.DataArray) -> NDArray[np.float64]:
    """Of every date."""
    shares: NDArray[np.float64] = cube["clear"].values[:, ::4, ::4].mean((1, 2))
    return shares


def first_choice(cube: xr.DataArray) -> tuple[int, int]:
    """The clearest pair a year apart, the latest of equals; else the first and the last clear date."""
    times, share = cube["time"].values.astype("datetime64[s]"), clear_shares(cube)
    usable = share >= min(CLEAR, float(np.sort(share)[-2]) if len(share) > 1 else 0.0)
    best, chosen = -1.0, None
    for after in np.flatnonzero(usable):
        before = twin(times, int(after), usable)
        if before is None or before == after:
            continue
        away = abs(float((times[after] - times[before]) / np.timedelta64(1, "D")) - 365) / 365
        worth = round(float(share[before] * share[after]) - away, 2)
        if worth >= best:
            best, chosen = worth, (before, int(after))
    if chosen is not None:
        return chosen
    clear = np.flatnonzero(usable)
    return int(clear[0]), int(clear[-1])
