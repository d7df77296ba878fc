"""Is a series like what a model has learned from? Its numbers, dates and clear share against the model's card.

Pure: a cube, a card, the stored numbers per unit of reflectance, the latitude; figures and plain words out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.cards import Card, Input
from eodash.sources.contract import NODATA
from eodash.world.region import origin, phase

PIXELS = 2_500
"""Pixels that are looked at, on a regular grid."""
USUAL, FAR = 1.25, 2.0
"""Distances of a median from the training mean, in training scales: up to here as usual, from here far off."""
LARGE, SMALL, WHITE = 4.0, 1 / 8, 1.6
"""Ratios to the training mean beyond which a factor is missing (a season without clouds is 0.4), and a reflectance
that nothing has."""
RAISED, BELOW = 0.09, -0.02
"""Darkest twentieth of the darkest band: from here an offset is missing, to here it was subtracted twice."""
SPRING, AUTUMN = (80, 170), (262, 352)
"""Phase days half a year apart: wherever winter is cold or summer is dry, the first are the greener ones."""
GREENER = 0.08
"""By how much (NDVI) the second must be greener before dates are doubted."""
_LOOK = "“Can I trust it?” looks for the fault and corrects it."
_DIGITAL = "These look like digital numbers: reflectance is their ten-thousandth part."
_TIMES = {1: "ten", 2: "a hundred", 3: "a thousand", 4: "ten thousand"}

Floats = NDArray[np.float64]
Kind = Literal["empty", "units", "offset", "offset twice", "bands", "season", "dates", "clear"]


@dataclass(frozen=True)
class BandCheck:
    """One band: what was measured (median, 5 and 95 %), and mean and scale of the training series."""

    name: str
    median: float
    low: float
    high: float
    mean: float
    scale: float

    @property
    def distance(self) -> float:
        """From the median to the training mean, in training scales."""
        return (self.median - self.mean) / self.scale


@dataclass(frozen=True)
class Doubt:
    """Something that the model does not know: in one sentence, and what may be behind it."""

    kind: Kind
    sentence: str
    advice: str


@dataclass(frozen=True)
class InputCheck:
    """A series beside a card; shares and counts of dates are those of a typical pixel."""

    bands: tuple[BandCheck, ...]
    first: np.datetime64
    last: np.datetime64
    dates: int
    used: int  # dates that the model sees of a typical pixel
    clear: tuple[float, float, float]  # share of the dates that it sees: 5 %, half, 95 % of the pixels
    greenest: np.datetime64 | None
    doubts: tuple[Doubt, ...]

    @property
    def days(self) -> int:
        return int((self.last - self.first) / np.timedelta64(1, "D"))


def check(cube: xr.DataArray, card: Card, *, per_unit: float, latitude: float) -> InputCheck:
    """A cube whose bands hold those of the card, looked at as the model looks at it: clouds stay in raw series."""
    names = [str(name) for name in cube["band"].values.tolist()]
    places = [names.index(band) for band in card.input.bands]
    step = max(1, int(np.ceil(np.sqrt(cube.shape[2] * cube.shape[3] / PIXELS))))
    stored = cube.values[:, :, ::step, ::step].reshape(*cube.shape[:2], -1)[:, places]
    observed = (stored != NODATA).all(1)
    clear = observed & cube["clear"].values[:, ::step, ::step].reshape(len(stored), -1)
    used = observed if card.input.level == "l1c" else clear
    values = stored.transpose(1, 0, 2) / per_unit  # (band, time, pixel)

    share, times = used.mean(0), cube["time"].values.astype("datetime64[s]")
    bands = _bands(values[:, used], card.input)
    green = _greenness(values, clear, card.input.bands)
    found = InputCheck(
        bands, times[0], times[-1], len(times), int(np.median(used.sum(0))), _middle(share),
        times[int(np.nanargmax(green))] if np.isfinite(green).any() else None, (),
    )  # fmt: skip
    doubts = tuple(_doubts(found, card.input, green, phase(times, _year(times, latitude))))
    return InputCheck(**(found.__dict__ | {"doubts": doubts}))


def _bands(values: Floats, wanted: Input) -> tuple[BandCheck, ...]:
    """(band, observation); not a number where there is no observation."""
    low, median, high = np.percentile(values, [5, 50, 95], axis=1) if values.size else np.full((3, len(values)), np.nan)
    rows = zip(wanted.bands, median, low, high, wanted.mean, wanted.scale, strict=True)
    return tuple(BandCheck(name, *(float(each) for each in row)) for name, *row in rows)


def _greenness(values: Floats, clear: NDArray[np.bool_], names: tuple[str, ...]) -> Floats:
    """Median NDVI of the clear pixels of each date; not a number where a tenth of them is not clear."""
    green = np.full(len(clear), np.nan)
    if not {"B04", "B08"} <= set(names):
        return green
    red, near = values[names.index("B04")], values[names.index("B08")]
    for date in np.flatnonzero(clear.mean(1) >= 0.1):
        dark, bright = red[date, clear[date]], near[date, clear[date]]
        green[date] = np.median((bright - dark) / np.maximum(bright + dark, 1e-3))
    return green
    red, near = values[names.index("B04")], values[names.index("B08")]
    for date in np.flatnonzero(clear.mean(1) >= 0.1):
        here = clear[date]
        green[date] = np.median(
            (near[date, here] - red[date, here]) / np.maximum(near[date, here] + red[date, here], 1e-3)
        )
    return green


def _middle(share: NDArray[np.floating]) -> tuple[float, float, float]:
    low, half, high = np.percentile(share, [5, 50, 95])
    return float(low), float(half), float(high)


def _year(times: NDArray[np.datetime64], latitude: float) -> np.datetime64:
    """Phase day 0 of the year in which the series begins."""
    year = int(str(times[0])[:4])
    return max(zero for one in (year - 1, year) if (zero := origin(latitude, one)) <= times[0])


def _doubts(found: InputCheck, wanted: Input, green: Floats, day: NDArray[np.floating]) -> Iterator[Doubt]:
    if np.isnan(found.bands[0].median):
        yield Doubt(
            "empty",
            "No pixel has a date that the model can use: all are cloud, shadow or unobserved.",
            "Allow more dates, or choose a model for raw images, which takes clouds as they are.",
        )
        return
    numbers = _factor(found.bands) or _offset(found.bands)
    if numbers is not None:
        yield numbers
    elif far := [band.name for band in found.bands if abs(band.distance) > FAR]:
        yield Doubt(
            "bands",
            f"{', '.join(far)} {'lies' if len(far) == 1 else 'lie'} further from the training mean than "
            f"{FAR:g} training scales.",
            "Is this another kind of land, are bands under wrong names, or are clouds under the mask?",
        )
    if wanted.dated and (season := _season(found, green, day)) is not None:
        yield season
    yield from _counts(found, wanted)


def _factor(bands: tuple[BandCheck, ...]) -> Doubt | None:
    """A power of ten between the numbers and those of the training; bands that are next to dark say nothing."""
    ratio = float(np.median([band.median / band.mean for band in bands if band.mean > 0.05] or [1.0]))
    white = float(np.median([band.high for band in bands])) > WHITE
    if ratio >= LARGE or white:
        power = int(np.clip(np.rint(np.log10(max(ratio, 10.0))), 1, 4))
        said = f"Your reflectances are {_TIMES[power]} times those the model knows"
        advice = _DIGITAL if power == 4 else "Is an offset or a scale missing?"
    elif 0 < ratio <= SMALL:
        power = int(np.clip(np.rint(-np.log10(ratio)), 1, 4))
        less = "a tenth of those" if power == 1 else f"{_TIMES[power]} times smaller than those"
        said, advice = f"Your reflectances are {less} the model knows", "Was a scale applied twice?"
    else:
        return None
    return Doubt("units", f"{said}.", f"{advice} {_LOOK}")


def _offset(bands: tuple[BandCheck, ...]) -> Doubt | None:
    """A tenth too much or too little in every band, seen where the ground is dark."""
    dark = min(bands, key=lambda band: band.low)
    if dark.low >= RAISED:
        return Doubt(
            "offset",
            f"Nothing in this series is dark: 95 % of {dark.name}, its darkest band, lie above {dark.low:.2f}.",
            f"Is the offset of −1000 missing that Sentinel-2 needs since processing baseline 04.00? {_LOOK}",
        )
    if dark.low <= BELOW:
        return Doubt(
            "offset twice",
            f"Reflectances are negative: 5 % of {dark.name} lie below {dark.low:.2f}.".replace("-", "−"),
            f"Was the offset of −1000 subtracted twice? {_LOOK}",
        )
    return None


def _season(found: InputCheck, green: Floats, day: NDArray[np.floating]) -> Doubt | None:
    """Fields that are greener half a year after spring than in spring."""
    around = day % 365.25
    spring, autumn = (green[np.isfinite(green) & (around >= low) & (around <= high)] for low, high in (SPRING, AUTUMN))
    if len(spring) < 2 or len(autumn) < 2 or autumn.mean() - spring.mean() < GREENER:
        return None
    month = f"{found.greenest.astype('datetime64[D]').item():%B}" if found.greenest is not None else "autumn"
    return Doubt(
        "season",
        f"The fields are greenest in {month}; those the model knows are greener in spring than half a year later.",
        "Are the dates half a year off, or is the area on the other hemisphere? The model reads the day of the year.",
    )


def _counts(found: InputCheck, wanted: Input) -> Iterator[Doubt]:
    fewest, most = wanted.dates
    if found.used < fewest or found.used > most:
        few = found.used < fewest
        yield Doubt(
            "dates",
            f"A typical pixel has {found.used} dates; the training series had {fewest} to {most}.",
            "Take more dates or a longer season." if few else "Thin the series out: the clearest date of each week.",
        )
    low, _ = wanted.clear_share
    if found.clear[1] < low - 0.005:
        yield Doubt(
            "clear",
            f"A typical pixel is usable on {100 * found.clear[1]:.0f} % of the dates; in training it was "
            f"{100 * low:.0f} % or more.",
            "Expect answers later in the season, and less sure ones; more dates help.",
        )
