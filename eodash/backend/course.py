"""What a series is like, in numbers that need no network: its course over the year, its levels, how much it moves."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eodash.cards import Input

Floats = NDArray[np.float32]
STEPS = 18  # of a year
YEAR = 365.0
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
DARK, MOVE = 0.01, 0.001  # reflectance that keeps a logarithm finite
CLOUDY, AROUND = "B02", 15.0  # the band that tells clouds, and days either way in which there is a clear look


class Series(Protocol):
    """What is needed of a batch."""

    @property
    def values(self) -> Floats: ...  # (series, time, band)
    @property
    def day(self) -> Floats: ...  # (series, time)
    @property
    def mask(self) -> NDArray[np.bool_]: ...  # (series, time)


def course(batch: Series, input: Input) -> Floats:
    """(series, number): values at steps of a year, quantiles over the dates, spread and movement, all bands."""
    values, day, mask = in_order(batch)
    levels, place = quantiles(values, mask), day if input.dated else stretched(day, mask)
    looks = mask
    if input.level == "l1c" and CLOUDY in input.bands:
        looks = darkest_around(values[..., input.bands.index(CLOUDY)], day, mask)
    steps = _steps(values, place, looks)
    if input.level:  # reflectance: differences among dark values count as much as those among bright ones
        steps, levels = _root(steps), np.log(np.maximum(levels, 0) + DARK)
    blocks = (steps, levels, _moves(values, mask))
    return np.asarray(np.concatenate([block.reshape(len(values), -1) for block in blocks], axis=1), np.float32)


def darkest(batch: Series, input: Input) -> Floats:
    """(series, band): what a band stays above on nine of ten dates; an offset that nobody took off shows here."""
    values, _, mask = in_order(batch)
    level = quantiles(values, mask, SHARES[:1])[:, 0]
    return _root(level) if input.level else level


def in_order(batch: Series) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Observed dates first, by day."""
    day = np.where(batch.mask, batch.day, np.inf).astype(np.float32)
    order = day.argsort(axis=1, kind="stable")
    mask = np.take_along_axis(batch.mask, order, axis=1)
    values = np.where(mask[..., None], np.take_along_axis(batch.values, order[..., None], axis=1), np.float32(0))
    return values, np.where(mask, np.take_along_axis(day, order, axis=1), np.float32(0)), mask


def darkest_around(band: Floats, day: Floats, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The observations that none nearby is darker than: in a raw series these are without clouds."""
    kept = mask.copy()
    for apart in range(1, mask.shape[1]):
        near = (day[:, apart:] - day[:, :-apart] <= AROUND) & mask[:, apart:] & mask[:, :-apart]
        if not near.any():
            break
        kept[:, apart:] &= ~(near & (band[:, :-apart] < band[:, apart:]))
        kept[:, :-apart] &= ~(near & (band[:, apart:] < band[:, :-apart]))
    return kept


def quantiles(values: Floats, mask: NDArray[np.bool_], shares: tuple[float, ...] = SHARES) -> Floats:
    """(series, share, band) over the observed dates; not a number where there is none."""
    ranked = np.sort(np.where(mask[..., None], values, np.inf), axis=1)
    count = mask.sum(1)
    found = []
    for share in shares:
        place = share * np.maximum(count - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        low, high = (np.take_along_axis(ranked, at[:, None, None], axis=1)[:, 0] for at in (below, above))
        with np.errstate(invalid="ignore"):  # infinite where nothing was observed
            found.append(low + (high - low) * (place - below)[:, None])
    return np.stack(found, axis=1).astype(np.float32)


def stretched(day: Floats, mask: NDArray[np.bool_]) -> Floats:
    """Days of a series without dates, as shares of its own length, in days of a year."""
    last = np.where(mask, day, -np.inf).max(1, keepdims=True)
    first = np.where(mask, day, np.inf).min(1, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = (day - first) / np.maximum(last - first, 1e-6)
    return np.where(mask, share * (YEAR - 1), 0).astype(np.float32)


def _steps(values: Floats, day: Floats, mask: NDArray[np.bool_]) -> Floats:
    """(series, step, band): lines between observations, all years laid on one, the year closed to a ring."""
    ring = np.where(mask, day % YEAR, np.inf)
    order = ring.argsort(axis=1, kind="stable")
    ring, held = np.take_along_axis(ring, order, axis=1), np.take_along_axis(values, order[..., None], axis=1)
    grid = ((np.arange(STEPS) + 0.5) * YEAR / STEPS).astype(np.float32)
    count = np.maximum(mask.sum(1), 1)[:, None]
    after = (ring[:, :, None] <= grid).sum(1)  # (series, step) how many lie at or before it
    left, right = (after - 1) % count, after % count
    start, end = np.take_along_axis(ring, left, axis=1), np.take_along_axis(ring, right, axis=1)
    start, end = np.where(after == 0, start - YEAR, start), np.where(after == count, end + YEAR, end)
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num((grid - start) / np.maximum(end - start, 1e-3))[..., None]
    one, other = (np.take_along_axis(held, at[..., None], axis=1) for at in (left, right))
    return np.asarray(one + (other - one) * share, np.float32)


def _moves(values: Floats, mask: NDArray[np.bool_]) -> Floats:
    """(series, 2, band): logarithm of the deviation, and of the mean step from one observation to the next."""
    count = np.maximum(mask.sum(1), 1)[:, None]
    mean = values.sum(1) / count
    spread = np.sqrt((((values - mean[:, None]) ** 2) * mask[..., None]).sum(1) / count)
    both = (mask[:, 1:] & mask[:, :-1])[..., None]
    step = (np.abs(np.diff(values, axis=1)) * both).sum(1) / np.maximum(count - 1, 1)
    return np.asarray(np.log(np.stack([spread, step], axis=1) + MOVE), np.float32)


def _root(values: Floats) -> Floats:
    """Of reflectance, which noise may bring below zero."""
    return np.asarray(np.sqrt(np.maximum(values, 0) + 0.005), np.float32)
