"""Two images of one ground: the bands both have, where both are usable, and what was decided to make them a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.agreement import pixel_hectares
from eodash.cube import SCALE, geobox_of
from eodash.errors import RasterError
from eodash.indices import DIGITAL
from eodash.sources.contract import NODATA

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

FEWEST = 50
"""Pixels that both dates must show: below that no statistic of a pair means anything."""
RANGE = 1e-9
"""A band whose values spread less than this share of their size is constant."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Before and after, (band, y, x); what they hold where `usable` is off means nothing."""

    before: Floats
    after: Floats
    usable: Mask  # (y, x)
    bands: tuple[str, ...]
    hectares: float = 0.01  # of one pixel
    notices: tuple[str, ...] = field(default=())
    reflectance: bool = False  # numbers of which 1 is all light
    times: tuple[np.datetime64, np.datetime64] | None = None

    @property
    def series(self) -> tuple[Floats, Floats]:
        """The usable pixels, (band, pixel), double precision."""
        return self.before[:, self.usable].astype(np.float64), self.after[:, self.usable].astype(np.float64)

    def swapped(self) -> Pair:
        """After before before."""
        times = None if self.times is None else (self.times[1], self.times[0])
        return replace(self, before=self.after, after=self.before, times=times)

    def picture(self, values: Floats) -> Floats:
        """Numbers of the usable pixels as an image, NaN elsewhere."""
        found = np.full((*values.shape[:-1], *self.usable.shape), np.nan, np.float32)
        found[..., self.usable] = values
        return found


def pair_of(before: xr.DataArray, after: xr.DataArray) -> Pair:
    """Of two images (band, y, x) with `clear`, cut from cubes; a RasterError where they are no pair."""
    notices: list[str] = []
    first, second = geobox_of(before), geobox_of(after)
    if before.shape[1:] != after.shape[1:] or first != second:
        raise RasterError(
            f"The two images lie on different grids ({_size(before)} and {_size(after)} pixels).",
            "Fetch both for one area at one resolution; a file is laid onto the grid of the other when it is imported.",
            code="grid",
            details={"needed": _size(before), "found": _size(after)},
        )
    bands = tuple(str(name) for name in before["band"].values if name in set(after["band"].values.tolist()))
    if not bands:
        raise RasterError(
            "The two images have no band in common.",
            "Compare images of one sensor, or name their bands alike.",
            code="bands",
            details={"found": f"{_names(before)} | {_names(after)}"},
        )
    left_out = sorted({*_names(before), *_names(after)} - set(bands))
    if left_out:
        notices.append(f"Left out, as only one image has them: {', '.join(left_out)}.")
    digital = [each.attrs.get("units") == DIGITAL for each in (before, after)]
    if digital[0] != digital[1]:
        raise RasterError(
            "One image holds reflectance, the other digital numbers.",
            "Turn the digital numbers into reflectance first, or compare two images as they were delivered.",
            code="scale",
        )
    if digital[0]:
        notices.append("Both images are digital numbers without a scale: magnitudes are in those numbers.")
    sensors = [str(each.attrs.get("sensor", "")) for each in (before, after)]
    if sensors[0] != sensors[1]:
        notices.append(f"Two sensors, {sensors[0] or 'unnamed'} and {sensors[1] or 'unnamed'}: normalise, and doubt.")
    arrays = [each.sel(band=list(bands)).values for each in (before, after)]
    usable = np.ones(arrays[0].shape[1:], bool)
    for array, cube in zip(arrays, (before, after), strict=True):
        usable &= (array != NODATA).all(0)
        if "clear" in cube.coords:
            usable &= cube["clear"].values.astype(bool)
    scale = 1.0 if digital[0] else float(SCALE)
    values = [array.astype(np.float32) / np.float32(scale) for array in arrays]
    known = all("time" in each.coords and each.coords["time"].ndim == 0 for each in (before, after))
    moments = [np.datetime64(each["time"].item(), "ns") for each in (before, after)] if known else []
    times = (moments[0], moments[1]) if known else None
    hectares = pixel_hectares(first)
    return checked(Pair(values[0], values[1], usable, bands, hectares, tuple(notices), not digital[0], times))


def checked(pair: Pair) -> Pair:
    """The pair without bands that say nothing, or a RasterError if nothing can be said of it."""
    found = int(pair.usable.sum())
    if found < FEWEST:
        raise RasterError(
            "No pixel is usable on both dates." if not found else f"Only {found} pixels are usable on both dates.",
            "Choose dates whose clear parts overlap, or composites of several dates.",
            code="no_common_pixel",
            details={"needed": FEWEST, "found": found},
        )
    varied = [_varies(pair.before[band][pair.usable]) and _varies(pair.after[band][pair.usable])
              for band in range(len(pair.bands))]  # fmt: skip
    if not any(varied):
        raise RasterError(
            "Every band is constant in at least one of the two images.",
            "These are not images of ground: look at both.",
            code="constant",
        )
    if all(varied):
        return pair
    gone = [name for name, kept in zip(pair.bands, varied, strict=True) if not kept]
    kept = np.flatnonzero(varied)
    return replace(
        pair, before=pair.before[kept], after=pair.after[kept], bands=tuple(pair.bands[each] for each in kept),
        notices=(*pair.notices, f"Left out, as constant: {', '.join(gone)}."),
    )  # fmt: skip


def same(pair: Pair) -> bool:
    """Whether both dates show the very same numbers."""
    return bool(np.array_equal(pair.before[:, pair.usable], pair.after[:, pair.usable]))


def _varies(values: Floats) -> bool:
    if not np.isfinite(values).all():
        return False
    low, high = float(values.min()), float(values.max())
    return high - low > RANGE * max(abs(low), abs(high), 1e-12)


def _names(image: xr.DataArray) -> Sequence[str]:
    return [str(name) for name in image["band"].values.tolist()]


def _size(image: xr.DataArray) -> str:
    return " × ".join(str(each) for each in image.shape[1:])
