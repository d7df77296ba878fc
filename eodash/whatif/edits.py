"""Changes to a series, each a small frozen value; dates are told as `2024-06-11T10:30:00`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

EVERY: tuple[str, ...] = ()
"""Instead of dates: all of them."""
MOST_HAZE, MOST_NOISE, MOST_DAYS, SEEDS = 0.5, 0.3, 30, 2**31
"""Limits: reflectance in the blue, reflectance, days either way, and below what a seed lies."""


@dataclass(frozen=True)
class Drop:
    """The images of these dates are missing."""

    dates: tuple[str, ...]


@dataclass(frozen=True)
class Cloud:
    """A bright cloud on these dates: painted into raw images, masked out of preprocessed ones."""

    dates: tuple[str, ...]


@dataclass(frozen=True)
class Haze:
    """Thin haze: light added to every band, most of it in the blue."""

    amount: float  # reflectance, in the blue band
    dates: tuple[str, ...] = EVERY


@dataclass(frozen=True)
class Noise:
    """Noise of the instrument, the same for the same seed."""

    amount: float  # reflectance, one standard deviation
    seed: int = 0
    dates: tuple[str, ...] = EVERY


@dataclass(frozen=True)
class Shift:
    """Every date is told that many days later than it was."""

    days: int


@dataclass(frozen=True)
class Band:
    """A band that tells nothing: what the model has seen on average, on every date."""

    band: str


Edit = Drop | Cloud | Haze | Noise | Shift | Band


def stamps(series: xr.DataArray) -> tuple[str, ...]:
    """The dates of a series as edits name them."""
    return tuple(str(each) for each in series["time"].values.astype("datetime64[s]"))


def covered(edits: Sequence[Edit], kind: type[Drop] | type[Cloud]) -> tuple[str, ...]:
    """Every date that some edit of a kind takes, in order of time."""
    return tuple(sorted({date for edit in edits if isinstance(edit, kind) for date in edit.dates}))


def taken(edit: Drop | Cloud | Haze | Noise, times: Sequence[str]) -> NDArray[np.bool_]:
    """(time) Which dates an edit takes."""
    if isinstance(edit, Haze | Noise) and edit.dates == EVERY:
        return np.ones(len(times), bool)
    wanted = set(edit.dates)
    return np.array([time in wanted for time in times], bool)


def toggled(edits: Sequence[Edit], kind: type[Drop] | type[Cloud], date: str) -> tuple[Edit, ...]:
    """A date that is taken is given back; one that is not joins the newest edit of its kind, or begins one."""
    if date in covered(edits, kind):
        return given_back(edits, kind, (date,))
    newest = max((place for place, edit in enumerate(edits) if isinstance(edit, kind)), default=len(edits))
    held = edits[newest] if newest < len(edits) else None
    dates = held.dates if isinstance(held, Drop | Cloud) else ()
    return (*edits[:newest], kind(tuple(sorted({*dates, date}))), *edits[newest + 1 :])


def given_back(edits: Sequence[Edit], kind: type[Drop] | type[Cloud], dates: Collection[str]) -> tuple[Edit, ...]:
    """Edits of a kind without these dates; those that take none any more are gone."""
    kept: list[Edit] = []
    for edit in edits:
        if isinstance(edit, kind) and isinstance(edit, Drop | Cloud):
            left = tuple(date for date in edit.dates if date not in dates)
            kept += [replace(edit, dates=left)] if left else []
        else:
            kept.append(edit)
    return tuple(kept)
