"""Clouds, snow and shadows from the spectra alone, where there is no scene classification.

Each pixel is judged by its own series. A cloud is brighter and bluer than the dates before and after it, a shadow
darker in the infrared than both: a harvest or a flood is a step, not a peak, and passes. Bands are known by their code:
B and R are needed, the others sharpen the judgement. Thresholds in reflectance. The haze line B − R/2 is that of Zhu
and Woodcock, Remote Sensing of Environment 118 (2012) 83; snow as Hall and others, same journal 54 (1995) 127, has it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eodash.errors import RasterError
from eodash.preprocess.parameter import wrong
from eodash.preprocess.series import Days, Floats, Mask
from eodash.sensors import sensor_of

NEEDED = ("B", "G", "R", "N", "S1")
AROUND = 45.0
"""Days on either side that tell what is normal."""


def rule_bands(attrs: Mapping[str, str], names: tuple[str, ...]) -> dict[str, int]:
    """Code → position of the bands that the rule looks at."""
    try:
        codes = {band.code: names.index(band.name) for band in sensor_of(attrs).bands if band.name in names}
    except (RasterError, KeyError) as error:
        raise wrong("The spectral rule needs to know the bands.", "Say on import which bands the cube has.") from error
    found = {code: codes[code] for code in NEEDED if code in codes}
    if "N" not in found and "N2" in codes:
        found["N"] = codes["N2"]
    if "B" not in found or "R" not in found:
        raise wrong(
            "The spectral rule needs a blue and a red band.", "Fetch them too, or use the scene classification."
        )
    return found


def spectral_clear(days: Days, bands: Mapping[str, Floats]) -> Mask:
    """(time, pixel): seen, and neither cloud nor snow nor shadow; bands hold reflectance (time, pixel), NaN unseen."""
    seen: Mask = ~np.isnan(bands["B"]) & ~np.isnan(bands["R"])
    with np.errstate(invalid="ignore"):
        bright = _bright(bands) | _snow(bands)
        cloud = bright | _risen(days, bands, seen & ~bright)
        clear: Mask = seen & ~cloud & ~_shadowed(days, bands, seen & ~cloud)
    return clear


def _bright(bands: Mapping[str, Floats]) -> Mask:
    """White and hazy whatever the other dates say."""
    visible = np.stack([bands[code] for code in ("B", "G", "R") if code in bands])
    mean = visible.mean(0)
    whiteness = np.abs(visible - mean).sum(0) / np.maximum(mean, 1e-3)
    bright: Mask = (bands["B"] > 0.22) & (whiteness < 0.7) & (bands["B"] - 0.5 * bands["R"] > 0.08)
    return bright


def _snow(bands: Mapping[str, Floats]) -> Mask:
    """Bright in the visible, dark at 1.6 µm."""
    if not {"G", "N", "S1"} <= bands.keys():
        return np.zeros(bands["B"].shape, bool)
    green, infrared = bands["G"], bands["S1"]
    snow: Mask = (green - infrared > 0.4 * (green + infrared)) & (bands["N"] > 0.11) & (green > 0.1)
    return snow


def _risen(days: Days, bands: Mapping[str, Floats], counted: Mask) -> Mask:
    """Above the dates before and after in blue, in haze and, as only white things are, almost as much in red."""
    blue, red = bands["B"], bands["R"]
    haze = blue - np.float32(0.5) * red
    rise = blue - usual(days, blue, counted, 0.3, upper=True)
    redder = red - usual(days, red, counted, 0.3, upper=True)
    hazier = haze - usual(days, haze, counted, 0.3, upper=True)
    risen: Mask = (rise > 0.04) & (hazier > 0.015) & (redder > 0.65 * rise)
    return risen


def _shadowed(days: Days, bands: Mapping[str, Floats], clear: Mask) -> Mask:
    """Below the dates before and after in every infrared band; what is dark as water has little to lose and passes."""
    infrared = [bands[code] for code in ("N", "S1") if code in bands]
    dark = np.full(clear.shape, bool(infrared))
    for band in infrared:
        normal = usual(days, band, clear, 0.5, upper=False)
        dark &= (band < 0.85 * normal) & (normal - band > 0.03)
    return dark


def usual(days: Days, values: Floats, counted: Mask, share: float, upper: bool) -> Floats:
    """What each pixel has before and after each date: the higher or the lower of both sides' quantiles.

    A side speaks with two values that count within AROUND days; where neither does, NaN.
    """
    ranked = np.where(counted, values, np.float32(np.inf))
    levels = np.full(values.shape, np.float32(np.nan))
    for date, day in enumerate(days.tolist()):
        for near in ((days < day) & (days >= day - AROUND), (days > day) & (days <= day + AROUND)):
            if not near.any():
                continue
            count = counted[near].sum(0)
            place = np.floor(share * np.maximum(count - 1, 0)).astype(np.intp)
            found = np.take_along_axis(np.sort(ranked[near], axis=0), place[None], 0)[0]
            found[count < 2] = np.nan
            levels[date] = (np.fmax if upper else np.fmin)(levels[date], found)
    return levels
