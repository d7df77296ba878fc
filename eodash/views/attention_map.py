"""How much ground looks at each date most, in the colours of the map."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.agreement_map import Span
from eodash.views.calendar_chart import day
from eodash.views.hectares import in_words
from eodash.views.stop_map import stop_histogram
from eodash.views.theme import Mode
from eodash.views.value_map import NONE

__all__ = ["NONE", "gradient", "looked_chart", "looked_hectares", "looked_table", "looked_words"]

Times = NDArray[np.datetime64]
HEIGHT = 280


def looked_hectares(looked: NDArray[np.generic], dates: int, each: float) -> NDArray[np.float64]:
    """Of each date, from the date number of each pixel; `each`: hectares of a pixel."""
    known = looked[looked != NONE].astype(np.int64)
    return np.asarray(np.bincount(known, minlength=dates)[:dates] * each, np.float64)


def looked_chart(times: Times, hectares: NDArray[np.float64], limits: Span, season: Span, mode: Mode) -> go.Figure:
    """Colour bar, distribution and axis in one; the colours are those of the season that was asked for."""
    return stop_histogram(times, hectares, limits, season, mode, HEIGHT)


def looked_words(times: Times, hectares: NDArray[np.float64]) -> str:
    """Which date most of the ground looks at."""
    if not hectares.any():
        return "Nothing usable was seen of any pixel."
    most, count = int(hectares.argmax()), int((hectares > 0.01 * hectares.sum()).sum())
    part = 100 * hectares[most] / hectares.sum()
    several = f"; {count} dates are looked at most by more than 1 % of it each" if count > 1 else ""
    return f"{part:.0f} % of the ground ({in_words(float(hectares[most]))}) looks at {day(times[most])} most{several}."


def looked_table(times: Times, hectares: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame({"date": [str(each)[:10] for each in times], "hectares": np.round(hectares, 4)})


def gradient(title: str, stops: Sequence[tuple[str, str]]) -> str:
    """A ramp with a name and the values at its ends, as HTML."""
    tones = ", ".join(html.escape(colour) for _, colour in stops)
    return (
        f"<div class='eo-caption eo-row' style='gap:10px;align-items:center'><span>{html.escape(title)}</span>"
        f"<span style='display:flex;gap:8px;align-items:center'>{html.escape(stops[0][0])}"
        f"<i style='display:inline-block;width:120px;height:10px;border-radius:2px;"
        f"background:linear-gradient(90deg, {tones})'></i>{html.escape(stops[-1][0])}</span></div>"
    )
