"""A series as it would have been: band by band, clipped to the carrier, where there was no data still none.

What was changed first does not matter: air → cloud → instrument → what the model is given, as light goes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.cards import Card
from eodash.preprocess.units import per_unit
from eodash.sources.contract import NODATA
from eodash.whatif.edits import Band, Cloud, Drop, Edit, Haze, Noise, Shift, stamps, taken
from eodash.world.ground import BANDS, CENTRE
from eodash.world.sky import cloud_top

Floats = NDArray[np.float64]
BRIGHT, HEIGHT = 0.78, 4.0
"""A thick cloud: reflectance of its top, and how many km it lies above the ground."""
BLUE, SLOPE = float(CENTRE[BANDS.index("B02")]), 1.3
"""Where haze is measured, in nm, and how fast it falls with the wavelength (Ångström exponent)."""
VAPOUR_BAND = "B10"
"""At 1.38 µm vapour swallows what comes from below: haze is not seen there."""
ORDER = (Haze, Cloud, Noise, Band, Drop, Shift)
HIGHEST = np.iinfo(np.int16).max


def edited(series: xr.DataArray, edits: Sequence[Edit], card: Card) -> xr.DataArray:
    """The series (time, band) after all edits; its dates stay in place, a dropped one holds no data."""
    if not edits:
        return series
    bands, times = [str(name) for name in series["band"].values.tolist()], stamps(series)
    unit, there = per_unit(series.attrs), series.values != NODATA
    values, clear = series.values / unit, series["clear"].values.astype(bool)
    for edit in sorted(edits, key=lambda each: (ORDER.index(type(each)), repr(each))):
        match edit:
            case Haze(amount=amount):
                values[taken(edit, times)] += amount * haze_spectrum(bands)
            case Cloud():
                values[taken(edit, times)] = cloud_spectrum(bands)
                clear = clear & ~taken(edit, times)
            case Noise(amount=amount):
                values[taken(edit, times)] += amount * _random(edit.seed, values.shape)[taken(edit, times)]
            case Band(band=band) if band in card.input.bands and band in bands:
                values[:, bands.index(band)] = card.input.mean[card.input.bands.index(band)]
            case Drop():
                there = there & ~taken(edit, times)[:, None]
                clear = clear & ~taken(edit, times)
    made = series.copy(data=_carried(values * unit, there, series.dtype))
    return told_dates(made.assign_coords(clear=("time", clear)), _days(edits))


def told_dates(series: xr.DataArray, days: int) -> xr.DataArray:
    """The same images, told so many days later."""
    return series.assign_coords(time=series["time"].values + np.timedelta64(days, "D")) if days else series


def cloud_spectrum(bands: Sequence[str]) -> Floats:
    """Reflectance of a thick, bright cloud seen from above, by band."""
    top = dict(zip(BANDS, cloud_top(*np.full((2, 1), [[BRIGHT], [HEIGHT]], np.float32))[0].tolist(), strict=True))
    return np.array([top.get(band, BRIGHT) for band in bands])


def cloud_given(card: Card) -> Floats | None:
    """(band,) a cloud as a network is given it, normalised; None where clouds are masked out before it sees them."""
    if card.input.level != "l1c":
        return None
    given: Floats = (cloud_spectrum(card.input.bands) - np.asarray(card.input.mean)) / np.asarray(card.input.scale)
    return given


def haze_spectrum(bands: Sequence[str]) -> Floats:
    """What thin haze adds in each band for every unit that it adds in the blue."""
    centre = dict(zip(BANDS, CENTRE.tolist(), strict=True))
    added = [0.0 if band == VAPOUR_BAND else (centre.get(band, BLUE) / BLUE) ** -SLOPE for band in bands]
    return np.array(added)


def _random(seed: int, shape: tuple[int, ...]) -> Floats:
    """Drawn for the whole series: what a date gets does not depend on which others are changed."""
    return np.random.default_rng(seed).standard_normal(shape)


def _carried(numbers: Floats, there: NDArray[np.bool_], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Whole numbers that the carrier can hold, and its sign for no data."""
    if dtype.kind == "i":
        numbers = np.rint(numbers).clip(-HIGHEST, HIGHEST)
    return np.where(there, numbers, NODATA).astype(dtype)


def _days(edits: Sequence[Edit]) -> int:
    return sum(edit.days for edit in edits if isinstance(edit, Shift))
