"""The blocks of a chain over many series at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eodash.preprocess.blocks import Fill, Interpolate, Smooth
from eodash.preprocess.bridge import bridge
from eodash.preprocess.chain import Chain
from eodash.preprocess.normalise import normalised
from eodash.preprocess.savgol import savgol
from eodash.preprocess.series import Days, Series
from eodash.preprocess.whittaker import whittaker


@dataclass(frozen=True)
class Setting:
    """What holds for all series of a cube."""

    bands: tuple[str, ...]
    units: str  # before normalisation
    targets: Days | None  # where equal steps lie


def work(series: Series, chain: Chain, setting: Setting) -> Series:
    """Everything after the mask, in the fixed order; `values` of dates that are masked are NaN already."""
    if chain.fill:
        series = filled(series, chain.fill)
    if chain.interpolate and setting.targets is not None:
        series = stepped(series, chain.interpolate, setting.targets)
    if chain.smooth:
        series = smoothed(series, chain.smooth)
    if chain.normalise:
        series = replace(series, values=normalised(series.values, setting.bands, setting.units, chain.normalise))
    return series


def filled(series: Series, settings: Fill) -> Series:
    """Missing values on the dates there are."""
    read = bridge(series, series.days, settings.longest, hold=settings.edges == "hold")
    missing = np.isnan(series.values)
    new = (missing & ~np.isnan(read.values)).any(1)
    values = np.where(missing, read.values, series.values)
    clear = np.where(new & ~series.clear, read.clear, series.clear)
    return replace(series, values=values, clear=clear, made=series.made | new)


def stepped(series: Series, settings: Interpolate, targets: Days) -> Series:
    """The series at other, even days."""
    read = bridge(series, targets, settings.longest)
    values = read.values
    if settings.method == "whittaker":
        nodes = np.union1d(series.days, targets)
        own, there = np.searchsorted(nodes, series.days), np.searchsorted(nodes, targets)
        known = np.zeros((len(nodes), *series.known.shape[1:]), bool)
        known[own] = series.known
        spread = np.full((len(nodes), *values.shape[1:]), np.float32(np.nan))
        spread[own] = series.values
        curve = whittaker(nodes, spread, known, settings.smoothness)[there]
        values = np.where(np.isnan(curve) | np.isnan(values), values, curve)
    made = np.ones_like(read.observed)
    same = np.flatnonzero(np.isin(targets, series.days))
    made[same] = series.made[np.searchsorted(series.days, targets[same])] | ~read.observed[same]
    after = Series(targets, values, read.clear, made & ~np.isnan(values).all(1))
    if settings.method == "savgol":
        after = replace(after, values=savgol(targets, values, after.known, settings.window, settings.order))
    return after


def smoothed(series: Series, settings: Smooth) -> Series:
    """The same dates, less noise; what is missing stays missing."""
    known = series.known
    if settings.method == "whittaker":
        curve = whittaker(series.days, series.values, known, settings.smoothness)
    else:
        curve = savgol(series.days, series.values, known, settings.window, settings.order)
    return replace(series, values=np.where(known, curve, np.float32(np.nan)))
