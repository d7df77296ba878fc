"""Any number per pixel as a picture on the map: along a ramp, from one side to the other, or in calendar colours."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eodash.views.agreement_map import CALENDAR, Span, calendar_colours
from eodash.views.ramps import colours, css
from eodash.views.score_charts import SEQUENTIAL
from eodash.views.theme import Mode

Ramp = Literal["sequential", "diverging", "calendar"]
Bytes = NDArray[np.uint8]
Times = NDArray[np.datetime64]
SHADES = 32
"""Steps of a ramp: enough for the eye, few enough to leave room for the greys of the scene below."""
UNKNOWN = 255
NONE = 65535
"""Of date numbers: no date."""
LOW, HIGH, GAMMA = 98.5, 99.5, 0.7
"""Percentiles at which diverging and sequential colours end; small values are seen, too."""
DIVERGING: dict[Mode, tuple[str, ...]] = {
    "light": ("#0B3C7D", "#6F9BD1", "#F6F6F4", "#E0935A", "#8A3200"),
    "dark": ("#8DBBFF", "#3F6FB0", "#1A2024", "#B8652B", "#FFBE8A"),
}
"""From lowers over nothing, the page itself, to raises."""


def limits_for(values: NDArray[Any], ramp: Ramp) -> tuple[float, float]:
    """Between which values the colours run, where nobody has said so."""
    known = np.abs(values[np.isfinite(values)])
    if not known.size:
        return (-1.0, 1.0) if ramp == "diverging" else (0.0, 1.0)
    top = float(np.percentile(known, LOW if ramp == "diverging" else HIGH)) or float(known.max()) or 1.0
    return (-top, top) if ramp == "diverging" else (0.0, top)


def toned(values: NDArray[Any], ramp: Ramp, limits: tuple[float, float]) -> Bytes:
    """The shade of each number; UNKNOWN where there is none."""
    low, high = limits
    shown = np.asarray(values, np.float32)
    share = np.clip((shown - low) / max(high - low, 1e-12), 0, 1)
    if ramp == "sequential":
        share = share**GAMMA
    known = np.isfinite(shown)
    made: Bytes = np.where(known, np.rint(np.where(known, share, 0) * (SHADES - 1)), UNKNOWN).astype(np.uint8)
    return made


def toned_dates(index: NDArray[Any], times: Times, season: Span) -> Bytes:
    """The shade of each date number along the calendar of the season asked for; UNKNOWN where there is no date."""
    shown = np.asarray(index, np.float64)
    known = np.isfinite(shown) & (shown >= 0) & (shown < len(times))
    start, end = (edge.astype("datetime64[s]").astype(np.float64) for edge in season)
    share = np.clip((times.astype("datetime64[s]").astype(np.float64) - start) / max(end - start, 1.0), 0, 1)
    found = share[np.where(known, shown, 0).astype(np.intp)]
    made: Bytes = np.where(known, np.rint(found * (SHADES - 1)), UNKNOWN).astype(np.uint8)
    return made


@lru_cache(maxsize=8)
def shades(ramp: Ramp, mode: Mode) -> tuple[str, ...]:
    """The colour of each step."""
    if ramp == "calendar":
        days = np.arange(SHADES).astype("datetime64[D]")
        return tuple(calendar_colours(days, (days[0], days[-1])))
    stops = SEQUENTIAL[mode] if ramp == "sequential" else DIVERGING[mode]
    known = np.array([(place / (len(stops) - 1), *_rgb(tone)) for place, tone in enumerate(stops)])
    return tuple(css(np.array([0, *one])) for one in colours(np.linspace(0, 1, SHADES), known))


def ramp_stops(ramp: Ramp, mode: Mode, limits: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    """Value and colour of each stop, for a legend."""
    tones = {"sequential": SEQUENTIAL[mode], "diverging": DIVERGING[mode], "calendar": CALENDAR}[ramp]
    share = np.linspace(0, 1, len(tones)) ** (1 / GAMMA if ramp == "sequential" else 1)
    low, high = limits
    return tuple((float(low + each * (high - low)), tone) for each, tone in zip(share, tones, strict=True))


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:7], 16)
    return number >> 16, number >> 8 & 255, number & 255
