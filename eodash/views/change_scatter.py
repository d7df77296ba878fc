"""Both dates against each other in one band: the pixels that did not change, and the line that makes them alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eodash.change.normalise import Fit, Normalised
from eodash.change.pair import Mask, Pair
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

DOTS = 900


def scatter(pair: Pair, similar: Normalised, band: str, mode: Mode, height: int = 300) -> go.Figure:
    """After (across) and before (up) as they were measured; grey: all, accent: pseudo-invariant."""
    palette, place = PALETTES[mode], pair.bands.index(band)
    drawn = figure(mode, height, hovermode="closest")
    invariant = similar.invariant if similar.invariant is not None else np.zeros_like(pair.usable)
    for where, tone, name in ((pair.usable & ~invariant, palette.axis, "pixel"),
                              (invariant, palette.accent, "pseudo-invariant")):  # fmt: skip
        x, y = _drawn(pair, place, where)
        drawn.add_scattergl(
            x=x, y=y, mode="markers", marker={"size": 3.5, "color": tone, "opacity": 0.6},
            hovertemplate=f"{name}: after %{{x:.3~g}}, before %{{y:.3~g}}<extra></extra>",
        )  # fmt: skip
    seen = np.concatenate([pair.before[place][pair.usable], pair.after[place][pair.usable]])
    low, high = (float(each) for each in np.percentile(seen, (0.2, 99.8)))
    rim = 0.05 * (high - low)
    ends, small = np.array([low - rim, high + rim]), {"size": 13, "color": palette.soft}
    drawn.add_scatter(x=ends, y=ends, mode="lines", line={"color": palette.axis, "width": 1, "dash": "dot"},
                      hoverinfo="skip")  # fmt: skip
    if (fit := fit_of(similar, band)) is not None:
        drawn.add_scatter(x=ends, y=fit.offset + fit.slope * ends, mode="lines", hoverinfo="skip",
                          line={"color": palette.warn, "width": 2.5})  # fmt: skip
    drawn.update_layout(
        margin={"l": 46, "r": 8, "t": 8, "b": 40},
        xaxis={"range": ends.tolist(), "nticks": 5, "title": {"text": "after", "standoff": 6, "font": small}},
        yaxis={"range": ends.tolist(), "nticks": 5, "title": {"text": "before", "standoff": 4, "font": small}},
    )
    return plain_axes(drawn, palette)


def fit_of(similar: Normalised, band: str) -> Fit | None:
    return next((fit for fit in similar.fits if fit.band == band), None)


def fit_words(similar: Normalised, band: str) -> str:
    """The line and how well it holds on pixels that did not make it."""
    if (fit := fit_of(similar, band)) is None:
        said = {
            "none": "Nothing is done: the dates are compared as they were measured.",
            "z-score": "Each date is measured from its own mean in its own spread; no line is fitted.",
            "histogram": "The date after takes the histogram of the one before; no line is fitted.",
        }
        return said.get(similar.way, "No line is fitted.")
    sign = "+" if fit.offset >= 0 else "−"
    better = "less" if fit.error_after < fit.error_before else "not less"
    return (
        f"before = {fit.slope:.3f} · after {sign} {abs(fit.offset):.3g}. On a third of the pixels, held out, the dates "
        f"differ by {fit.error_before:.3g} as they are and {fit.error_after:.3g} with the line: {better}."
    )


def fit_table(similar: Normalised) -> pd.DataFrame:
    rows = [
        {"band": fit.band, "slope": fit.slope, "offset": fit.offset,
         "difference held out, as measured": fit.error_before, "difference held out, with the line": fit.error_after}
        for fit in similar.fits
    ]  # fmt: skip
    return pd.DataFrame(rows or [{"band": band, "slope": 1.0, "offset": 0.0} for band in similar.pair.bands])


def _drawn(pair: Pair, place: int, where: Mask) -> tuple[np.ndarray, np.ndarray]:
    places = np.flatnonzero(where)
    places = places[:: max(1, -(-len(places) // DOTS))]
    return pair.after[place].ravel()[places], pair.before[place].ravel()[places]
