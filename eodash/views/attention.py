"""Attention in numbers: which date looked at which, how much of it falls on clouds, and in which words that is said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.views.panel import dates_of

Floats = NDArray[np.float64]
Head = tuple[int, int]
"""Layer and head, both from 0."""

SKIPS = 0.5
"""A head skips clouds if they get less than this share of what they would get from a head that looks at all alike."""


@dataclass(frozen=True, eq=False)
class Looks:
    """Attention of one series over the dates that the network used: rows ask, columns are looked at."""

    scores: Floats  # (layer, head, asking, looked): rows sum to one
    times: NDArray[np.datetime64]
    cloudy: NDArray[np.bool_]
    index: NDArray[np.int64]  # of each of these dates in the series
    hidden: int = 0  # cloudy dates that were masked out before the network read them
    causal: bool = False

    @property
    def single(self) -> bool:
        """Whether a head asks once, not once per date."""
        return self.scores.shape[2] == 1 and len(self.times) != 1

    @property
    def layers(self) -> int:
        return int(self.scores.shape[0])

    @property
    def heads(self) -> int:
        return int(self.scores.shape[1])

    @cached_property
    def columns(self) -> Floats:
        """(layer, head, looked): the share of a head's attention that a date receives."""
        return column_shares(self.scores)

    @cached_property
    def on_clouds(self) -> Floats:
        """(layer, head): the share of attention that falls on cloudy dates."""
        return cloud_shares(self.scores, self.cloudy)

    @cached_property
    def even(self) -> float:
        """What falls on cloudy dates from a head that looks at all dates alike that it may look at."""
        if not len(self.cloudy):
            return 0.0
        if not self.causal or self.single:
            return float(self.cloudy.mean())
        return float((np.cumsum(self.cloudy) / np.arange(1, len(self.cloudy) + 1)).mean())

    def row(self, asking: int | None) -> int | None:
        """The row of a date of the series; None if the network did not use it, or asks but once."""
        if asking is None or self.single:
            return None
        found = np.flatnonzero(self.index == asking)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Verdict:
    """A test in words: what is plain, and what is a warning (▲), empty if there is none."""

    good: bool
    bold: str
    rest: str = ""
    warning: str = ""


def column_shares(scores: NDArray[np.floating]) -> Floats:
    """(…, asking, looked) → (…, looked): sums of the columns over the sum of all."""
    sums = np.asarray(scores, np.float64).sum(-2)
    total = sums.sum(-1, keepdims=True)
    shares: Floats = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    return shares


def cloud_shares(scores: NDArray[np.floating], cloudy: NDArray[np.bool_]) -> Floats:
    """(…, asking, looked) → (…): the sum of the columns of cloudy dates over the sum of all."""
    shares: Floats = column_shares(scores)[..., cloudy].sum(-1)
    return shares


def looks_of(series: xr.DataArray, explained: xr.Dataset, *, causal: bool, masks: bool) -> Looks:
    """The attention of an explanation of a series (time, band); `masks`: clouds are taken out before the network."""
    dates = dates_of(series)
    used = explained["seen"].values.astype(bool)
    scores = np.nan_to_num(explained["attention"].transpose("layer", "head", "asked", "looked").values.astype(float))
    asking = slice(None) if scores.shape[2] != len(used) else np.flatnonzero(used)
    scores = scores[:, :, asking][..., used]
    hidden = int((~series["clear"].values.astype(bool) & ~used).sum()) if masks else 0
    return Looks(scores, dates.times[used], dates.cloudy[used], np.flatnonzero(used), hidden, causal)


def head_of(looks: Looks, wanted: object) -> Head:
    """The chosen layer and head; at first the one least on clouds, or where that says nothing, most on one date."""
    match wanted:
        case [int(layer), int(head)] if 0 <= layer < looks.layers and 0 <= head < looks.heads:
            return layer, head
    clouds = bool(looks.cloudy.any()) and not looks.cloudy.all()
    first = int(looks.on_clouds.argmin() if clouds else looks.columns.max(-1, initial=0.0).argmax())
    return first // looks.heads, first % looks.heads


def named(head: Head, layers: int, short: bool = False) -> str:
    """`Layer 1, head 2`, or `L1 H2`; without its layer where there is one only."""
    if short:
        return f"H{head[1] + 1}" if layers == 1 else f"L{head[0] + 1} H{head[1] + 1}"
    return f"Head {head[1] + 1}" if layers == 1 else f"Layer {head[0] + 1}, head {head[1] + 1}"


def scaled(scores: Floats) -> Floats:
    """0–1 for colours, so that weak attention is seen, too: (v / q99.5)^0.7."""
    if not scores.size or scores.max() <= 0:
        return np.zeros_like(scores)
    top = float(np.quantile(scores, 0.995)) or float(scores.max())
    return np.asarray(np.clip(scores / top, 0, 1) ** 0.7, np.float64)


def share(value: float) -> str:
    """A share in per cent with about two figures that count."""
    percent = 100 * value
    if 0 < percent < 0.005:
        return "< 0.01 %"
    digits = 0 if percent >= 9.95 or percent == 0 else 1 if percent >= 0.095 else 2
    return f"{percent:.{digits}f} %"
