"""What lies between two answers, computed once for each pair; its pictures, and where the browser finds them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from streamlit.runtime import get_instance

from eodash.agreement import (
    UNKNOWN,
    Numbers,
    agreeing,
    first_divergence,
    on_one_legend,
    pixel_hectares,
    verdict,
)
from eodash.cube import geobox_of
from eodash.errors import ModelError, RasterError
from eodash.grid import inside
from eodash.request import Area
from eodash.ui import cached
from eodash.ui.said import Said
from eodash.ui.said_compare_other import Other
from eodash.ui.viewed import clearest
from eodash.views.agreement_map import Times, agreement_picture, calendar_colours, coloured_span, divergence_picture
from eodash.views.picture import warp_of

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Pair:
    """Two answers over the dates that both have, on one legend; two pairs are the same if their keys and dates are."""

    keys: tuple[str, str]
    places: tuple[tuple[int, ...], tuple[int, ...]]  # of the common dates in either map
    chosen: int = field(compare=False)  # among the common dates
    first: Bytes = field(compare=False, repr=False)  # (date, y, x), UNKNOWN outside the area
    second: Bytes = field(compare=False, repr=False)
    within: NDArray[np.bool_] = field(compare=False, repr=False)
    geobox: GeoBox = field(compare=False, repr=False)
    times: Times = field(compare=False, repr=False)
    season: tuple[np.datetime64, np.datetime64] = field(compare=False)
    names: tuple[str, ...] = field(compare=False)
    colours: tuple[str, ...] = field(compare=False)
    cell: float = field(compare=False)  # hectares of a pixel


@dataclass(frozen=True, eq=False)
class Course:
    """How the agreement goes over the season."""

    share: Numbers  # per date, of the pixels with two answers
    divergence: NDArray[np.int32]  # (y, x) index of the first date of divergence
    first_hectares: Numbers  # that differ for the first time, per date
    ever: float  # share of the compared ground that differs at some date
    median: np.datetime64  # by which half of that has


@dataclass(frozen=True)
class _Answer:
    """A map by its key."""

    key: str
    map: xr.Dataset = field(compare=False, repr=False)


def pair_of(here: Said, other: Other) -> Pair:
    """Both answers, brought onto the dates and the legend that they share."""
    assert here.map is not None
    days, others = (each["date"].values.astype("datetime64[D]") for each in (here.map, other.map))
    _, mine, theirs = np.intersect1d(days, others, return_indices=True)
    there = np.flatnonzero(mine == here.place)
    if not len(there):
        raise ModelError(
            "The other model has no answer for this date.", "Choose another date above the map.", code="no_such_date"
        )
    names, table = on_one_legend(*([str(name) for name in each["class"].values] for each in (here.map, other.map)))
    tones = dict(zip(other.map["class"].values.tolist(), _colours(other.map), strict=True))
    tones |= dict(zip(here.map["class"].values.tolist(), _colours(here.map), strict=True))
    geobox = geobox_of(here.cube)
    places = (tuple(mine.tolist()), tuple(theirs.tolist()))
    first, second, within = _paired(
        _Answer(here.answer, here.map), _Answer(other.answer, other.map), places, table.tobytes(),
        here.run.request.area, geobox,
    )  # fmt: skip
    return Pair(
        (here.answer, other.answer), places, int(there[0]), first, second, within, geobox,
        here.map["date"].values[mine].astype("datetime64[s]"), coloured_span(here.run.request.period), names,
        tuple(tones[name] for name in names), pixel_hectares(geobox),
    )  # fmt: skip


@lru_cache(maxsize=4)
def _paired(
    mine: _Answer, theirs: _Answer, places: tuple[tuple[int, ...], tuple[int, ...]], table: bytes, area: Area,
    geobox: GeoBox,
) -> tuple[Bytes, Bytes, NDArray[np.bool_]]:  # fmt: skip
    """The classes of both over the common dates, and what of the grid lies in the area."""
    within: NDArray[np.bool_] = inside(area, geobox)
    renamed = np.frombuffer(table, np.uint8)
    first = np.where(within, mine.map["said"].values[list(places[0])], np.uint8(UNKNOWN))
    second = np.where(within, renamed[theirs.map["said"].values[list(places[1])]], np.uint8(UNKNOWN))
    return first, second, within


def _colours(answer: xr.Dataset) -> list[str]:
    found: list[str] = json.loads(answer.attrs["colours"])
    return found


@lru_cache(maxsize=8)
def season_of(pair: Pair) -> Course:
    """How it goes over the season."""
    divergence = first_divergence(pair.first, pair.second)
    counts = np.bincount(divergence[divergence >= 0], minlength=len(pair.times))
    compared = int(((pair.first != UNKNOWN) & (pair.second != UNKNOWN)).any(0).sum())
    half = int(np.searchsorted(counts.cumsum(), counts.sum() / 2))
    return Course(
        agreeing(pair.first, pair.second),
        divergence,
        counts.astype(np.float64) * pair.cell,
        float(counts.sum() / max(compared, 1)),
        pair.times[min(half, len(pair.times) - 1)],
    )


def agreement_of(pair: Pair, here: Said) -> str:
    """The address of the map of agreement at the chosen date."""
    return _address(_agreement(pair, pair.chosen, here.run.key), f"agreement-{pair.keys}")


def divergence_of(pair: Pair, here: Said) -> str:
    """The address of the map of the first date of divergence."""
    return _address(_divergence(pair, here.run.key), f"divergence-{pair.keys}")


@lru_cache(maxsize=64)
def _agreement(pair: Pair, chosen: int, key: str) -> bytes:
    grey, seen = _scene(key)
    found = verdict(pair.first[chosen], pair.second[chosen])
    return agreement_picture(found, grey, seen & pair.within, warp_of(pair.geobox))


@lru_cache(maxsize=8)
def _divergence(pair: Pair, key: str) -> bytes:
    grey, seen = _scene(key)
    tones = calendar_colours(pair.times, pair.season)
    return divergence_picture(season_of(pair).divergence, tones, grey, seen & pair.within, warp_of(pair.geobox))


def _scene(key: str) -> tuple[Bytes, NDArray[np.bool_]]:
    """The clearest image of a stored cube in grey, and where it was seen."""
    images = cached.cube(key)
    if images is None:
        raise RasterError("This run has no images any more.", "Fetch them again.", code="no_dates", retryable=True)
    return cached.grey_scene(key, str(images["time"].values[clearest(images)].astype("datetime64[s]")))


def _address(body: bytes, name: str) -> str:
    """Where the browser finds a picture for as long as the page shows it."""
    return str(get_instance().media_file_mgr.add(body, "image/png", name))
