"""What may have been done to numbers: each hypothesis undoes it, and is better or worse than leaving them alone.

The measure is the gain in log-likelihood per band when the numbers are undone, over spectra of the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eodash.doctor.library import KNEE, LEVELS, Library, library
from eodash.doctor.sample import Spectra

Floats = NDArray[np.float64]
SCALES = (10.0, 0.1, 100.0, 0.01)
OFFSETS = (1000, -1000)
"""×10⁻⁴ reflectance: what processing baseline 04.00 of Sentinel-2 adds to every number."""
SERIES, DATE = 0.25, 0.45
"""Least gain with which a whole series, or one date, is called wrong (clean ones: below 0, and below 0.1)."""
ORDER, BAND = 0.12, 0.30
"""The same for bands: a swap moves two of many."""
FEW = 30
"""Fewer spectra of a date say nothing about it."""
GREEN = 0.12
"""NIR − red of plants, whatever was added to both: under clouds it is less."""
RAISED = 0.09
"""Where an offset is missing, reflectance begins at 0.1, less what the removal of air takes too much."""
HAZY = 3
"""Dates from which a series without short-wave infrared is believed to lack an offset: fewer may be haze."""
_ORDERED = 1000


@dataclass(frozen=True)
class Verdict:
    """The best of the hypotheses: how to undo it, for which dates (empty: all), and what is gained."""

    kind: Literal["scale", "offset", "level", "order", "band"]
    number: float  # factor, or what is added; 0 where it is neither
    dates: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()  # the bands it concerns, as the spectra count them
    order: tuple[int, ...] = ()  # place of each band's true values
    gain: float = 0.0  # per spectrum and band
    total: float = 0.0


def best(seen: Spectra, level: str, levels: bool) -> Verdict | None:
    """The hypothesis that explains most; None where the numbers may stay as they are."""
    own = library(level, seen.known)
    found = [*_numbers(seen, own), *_bands(seen, own), *_orders(seen, own), *(_levels(seen, level) if levels else ())]
    return max(found, key=lambda verdict: verdict.total, default=None)


def undone(seen: Spectra, verdict: Verdict) -> Spectra:
    """The spectra as they would be without the fault."""
    values = seen.values.copy()
    rows = np.isin(seen.date, verdict.dates) if verdict.dates else np.ones(len(values), bool)
    if verdict.kind == "order":
        values[rows] = values[rows][:, list(verdict.order)]
    elif verdict.kind == "offset":
        values[rows] += verdict.number / 1e4
    elif verdict.kind == "scale":
        values[rows] *= verdict.number
    elif verdict.kind == "band":
        values[:, list(verdict.columns)] *= verdict.number
    return replace(seen, values=values)


def likelihood(own: Library, values: Floats, factor: float = 1.0) -> Floats:
    """Log-likelihood per band of spectra that were measured, if these are what they were before."""
    return np.asarray(own.score(values) - 0.5 * np.log(values**2 + KNEE**2).mean(-1) + np.log(factor))


def _numbers(seen: Spectra, own: Library) -> Iterator[Verdict]:
    """Scales and offsets of the whole series, from a date on, or on some dates."""
    now = likelihood(own, seen.values)
    for factor in SCALES:
        yield from _when(seen, likelihood(own, seen.values * factor, factor) - now, "scale", factor)
    for add in OFFSETS:
        gain = likelihood(own, seen.values + add / 1e4) - now
        yield from _when(seen, gain, "offset", float(add))


def _when(seen: Spectra, gain: Floats, kind: Literal["scale", "offset", "level"], number: float) -> Iterator[Verdict]:
    dates = int(seen.date.max()) + 1
    telling = _telling(seen) if number == -1000 else np.ones(len(gain), bool)
    mean, count = _by_date(gain, seen.date, dates, telling)
    judged = count >= FEW
    if not judged.any():
        return
    everywhere = float(gain[telling].mean())
    against = judged & (mean < -SERIES)
    agreed = judged[mean > 0].sum() >= 0.8 * judged.sum() and count[against].sum() <= 0.05 * count.sum()
    if everywhere > SERIES and agreed:
        yield Verdict(kind, number, gain=everywhere, total=float(gain[telling].sum()))
        return
    if kind == "level":  # snow, haze and a low sun look like air: only plants tell of single dates
        telling = _telling(seen)
        mean, count = _by_date(gain, seen.date, dates, telling)
        judged = count >= FEW
    single = judged & (mean > DATE)
    if number == -1000:
        single &= ~np.isin(np.arange(dates), list(seen.cloudy)) & _raised(seen, dates)
    wrong = np.flatnonzero(single)
    if not len(wrong) or len(wrong) == dates:
        return
    if number == -1000 and not {"B11", "B12"} & set(seen.known) and len(wrong) < HAZY:
        return
    first = wrong[0]
    if len(wrong) > 1 and not against[first:].any() and (mean[:first][judged[:first]] < 0).all():
        wrong = np.arange(_first(seen, first, judged, number), dates)
    rows = np.isin(seen.date, wrong) & telling
    yield Verdict(
        kind, number, tuple(int(index) for index in wrong), gain=float(gain[rows].mean()), total=float(gain[rows].sum())
    )


def _raised(seen: Spectra, dates: int) -> NDArray[np.bool_]:
    """Dates on which nothing lies below what was added."""
    low = [seen.values[seen.date == index].min(1) for index in range(dates)]
    return np.array([len(some) > 0 and np.percentile(some, 2) >= RAISED for some in low])


def _first(seen: Spectra, first: int, judged: NDArray[np.bool_], number: float) -> int:
    """The fault may have begun on dates before that say nothing by themselves: as long as nothing speaks against it."""
    while first > 0 and not judged[first - 1]:
        there = seen.values[seen.date == first - 1]
        if number != -1000 or not len(there) or np.percentile(there.min(1), 1) < RAISED:
            break
        first -= 1
    return int(first)


def _telling(seen: Spectra) -> NDArray[np.bool_]:
    """Plants, whose red and short-wave infrared are dark: where nothing else is, a haze looks like an offset."""
    names = list(seen.known)
    near = next((name for name in ("B08", "B8A") if name in names), None)
    if near is None or "B04" not in names:
        return np.ones(len(seen.values), bool)
    return np.asarray(seen.values[:, names.index(near)] - seen.values[:, names.index("B04")] > GREEN)


def _by_date(gain: Floats, date: NDArray[np.int64], dates: int, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    count = np.bincount(date[rows], minlength=dates).astype(float)
    return np.bincount(date[rows], gain[rows], minlength=dates) / np.maximum(count, 1), count


def _levels(seen: Spectra, level: str) -> Iterator[Verdict]:
    """The other level, judged by the bands that both have."""
    other = "l1c" if level == "l2a" else "l2a"
    shared = [index for index, name in enumerate(seen.known) if name in LEVELS[other].names and name != "B10"]
    names = tuple(seen.known[index] for index in shared)
    if not {"B01", "B02"} & set(names) or len(names) < 4:
        return
    values = seen.values[:, shared]
    gain = library(other, names).score(values) - library(level, names).score(values)
    plausible = library(other, names).score(values).mean() > -0.6
    if plausible:
        yield from _when(seen, gain, "level", 0.0)


def _bands(seen: Spectra, own: Library) -> Iterator[Verdict]:
    """One band on another scale than the others."""
    values = _some(seen)
    if values.shape[1] < 3:
        return
    now = likelihood(own, values)
    for column, name in enumerate(seen.known):
        if name in ("B09", "B10"):
            continue  # dark or bright with the weather
        for factor in SCALES:
            changed = values.copy()
            changed[:, column] *= factor
            gain = likelihood(own, changed, factor ** (1 / values.shape[1])) - now
            if gain.mean() > BAND and (gain > 0).mean() > 0.6:
                total = float(gain.mean() * len(seen.values))
                yield Verdict("band", factor, columns=(column,), gain=float(gain.mean()), total=total)


def _orders(seen: Spectra, own: Library) -> Iterator[Verdict]:
    """Bands under each other's names."""
    values, count = _some(seen), len(seen.known)
    if count < 3:
        return
    now = own.score(values).mean()

    def gain(order: tuple[int, ...]) -> float:
        return float(own.score(values[:, list(order)]).mean() - now)

    tried = {order: gain(order) for order in _candidates(seen.known)}
    if not tried:
        return
    order = max(tried, key=lambda order: tried[order])
    if tried[order] < ORDER:
        return
    high = tried[order]
    for _ in range(3):  # what is left over are swaps
        swapped = {(near := _swapped(order, a, b)): gain(near) for a, b in combinations(range(count), 2)}
        better = max(swapped, key=lambda order: swapped[order])
        if swapped[better] < high + 0.04:
            break
        order, high = better, swapped[better]
    columns = tuple(index for index, place in enumerate(order) if index != place)
    yield Verdict("order", 0.0, columns=columns, order=order, gain=high, total=high * len(seen.values))


def _candidates(names: tuple[str, ...]) -> set[tuple[int, ...]]:
    """Orders that files come in: by name as text, shifted, backwards, red first; and any two exchanged."""
    count = len(names)
    usual = tuple(range(count))
    texts = sorted(usual, key=lambda index: names[index].replace("B0", "B"))
    made = [
        tuple(texts),
        tuple(int(place) for place in np.argsort(texts)),
        usual[::-1],
        usual[1:] + usual[:1],
        usual[-1:] + usual[:-1],
        *(_swapped(usual, a, b) for a, b in combinations(usual, 2)),
    ]
    return set(made) - {usual}


def _swapped(order: tuple[int, ...], a: int, b: int) -> tuple[int, ...]:
    changed = list(order)
    changed[a], changed[b] = changed[b], changed[a]
    return tuple(changed)


def _some(seen: Spectra) -> Floats:
    step = -(-len(seen.values) // _ORDERED)
    return seen.values[::step]
