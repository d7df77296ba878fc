"""Values that come up far too often: no data read as data, and values cut off at an end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.doctor.sample import LITTLE, Sample
from eodash.sources.contract import NODATA

FILLS = (0, -9999, -1, -32767, 32767, 255, -999, -3000, -28672, 10_000, 20_000)
"""What files write where they have nothing; 65535 arrives as −1 or 32767."""
SHARE, TOGETHER = 0.002, 0.001
"""Least share of a band that lies on one value, and of the pixels where every band does."""
ENDS = (0, 255, 1000, 10_000, 20_000, 30_000, 32_767)
"""Where numbers are cut off most often."""
ANYWHERE = 0.01
"""The share of a band from which any other largest value counts as an end."""
DIGITAL = 0.2
"""The same for digital numbers, whose stretch saturates as a rule."""
LEAST, VARIED, NEIGHBOURS = 20, 16, 20
_VISIBLE = ("B01", "B02", "B03", "B04", "B05")


@dataclass(frozen=True, eq=False)
class Pile:
    """One value that too many pixels have."""

    kind: str  # no-data, clipped
    value: int
    bands: tuple[int, ...]  # empty: all bands together
    dates: tuple[int, ...]
    share: float
    at: NDArray[np.bool_]  # in the sample


def no_data(sample: Sample, out: NDArray[np.bool_]) -> Iterator[Pile]:
    """Pixels that hold the same typical fill value in every band."""
    values, seen = sample.values, sample.seen & ~out[:, None, None]
    total = max(int(seen.any(2).sum()), 1)
    for value in FILLS:
        at = (values == value) | ~seen
        together = at.all(2) & seen.any(2)
        if len(sample.bands) == 1 and value not in (-9999, -999, -3000, -28672, -32767):
            continue  # one band alone may hold zeros
        count = int(together.sum())
        if count >= LEAST and count / total >= TOGETHER and not _everywhere(values, seen, value):
            dates = tuple(int(i) for i in np.flatnonzero(together.any(1)))
            yield Pile("no-data", value, (), dates, count / total, together[:, :, None] & seen)
    for value in (-9999, -28672):
        at = (values == value) & seen
        at &= ~at.all(2, keepdims=True)
        share = at.sum() / max(int(seen.sum()), 1)
        if at.sum() >= LEAST and share >= TOGETHER / 2:
            bands = tuple(int(i) for i in np.flatnonzero(at.any((0, 1))))
            yield Pile("no-data", value, bands, tuple(int(i) for i in np.flatnonzero(at.any((1, 2)))), share, at)


def _everywhere(values: NDArray[np.int16], seen: NDArray[np.bool_], value: int) -> bool:
    """Nothing but this value: that is not a hole in an image."""
    return bool((values[seen] == value).mean() > 0.98)


def clipped(sample: Sample) -> Iterator[Pile]:
    """Values heaped at an end of what a band holds, with next to nothing beside the heap."""
    found: dict[int, dict[int, float]] = {}
    for band in range(len(sample.bands)):
        values = sample.values[:, :, band]
        some = values[values != NODATA].astype(np.int64)
        if len(some) < LITTLE or len(np.unique(some[:5000])) < VARIED:
            continue
        top, zeros = int(some.max()), int((_cut_to_zero(sample, band)).sum())
        count = int((some == top).sum())
        least = (SHARE if top in ENDS else ANYWHERE) if sample.reflectance else DIGITAL
        weather = sample.known[band] in ("B09", "B10")  # above clouds they end where the processor ends
        if not weather and count >= LEAST and count / len(some) >= least and _heaped(some, top):
            found.setdefault(top, {})[band] = count / len(some)
        least = ANYWHERE if sample.reflectance else DIGITAL  # processors set dark shadows to 0 here and there
        if int(some.min()) == 0 and zeros >= LEAST and zeros / len(some) >= least and _heaped(some, 0):
            found.setdefault(0, {})[band] = zeros / len(some)
    for value, shares in found.items():
        for band in set(range(len(sample.bands))) - shares.keys() if value else ():
            same = sample.values[:, :, band] == value
            if same.any() and sample.values[:, :, band].max() == value:
                shares[band] = float(same.mean())  # cut off at the same number, though less of it
        at = (sample.values == value) & np.isin(np.arange(len(sample.bands)), list(shares))
        dates = tuple(int(i) for i in np.flatnonzero(at.any((1, 2))))
        yield Pile("clipped", value, tuple(sorted(shares)), dates, max(shares.values()), at)


def _cut_to_zero(sample: Sample, band: int) -> NDArray[np.bool_]:
    """Zeros of a band that no water explains: of land, or of pixels without visible light."""
    zero = np.asarray(sample.values[:, :, band] == 0)
    visible = [index for index, name in enumerate(sample.known) if name in _VISIBLE]
    near = [index for index, name in enumerate(sample.known) if name in ("B08", "B8A")]
    if not visible or not near or sample.known[band] in ("B09", "B10"):
        return zero if sample.known[band] not in ("B09", "B10") else np.zeros_like(zero)
    dark = (sample.values[:, :, visible] == 0).any(2)
    land = sample.values[:, :, near].max(2) > 1000
    return np.asarray(zero & (dark | land))


def _heaped(values: NDArray[np.int64], value: int) -> bool:
    """Ten times as many there as on any of the twenty nearest values: coarse bands repeat every value."""
    known, counts = np.unique(values, return_counts=True)
    near = np.argsort(np.abs(known - value))[: NEIGHBOURS + 1]
    beside = counts[near[known[near] != value]]
    return bool(len(beside) and counts[known == value][0] > 10 * beside.max())
