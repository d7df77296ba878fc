"""The second test of attention, drawn: whether the answer hangs on the dates that it looks at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from eodash.views.attention import Floats, Head, Looks, Verdict
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

CURVES = 300
"""Height in px."""
MIDDLE = (25, 75)
"""The middle half of the pixels, around a mean."""


def drops_chart(found: xr.Dataset, mode: Mode) -> go.Figure:
    """The mean fall after dropping the k most attended dates, and k random ones, in points; shaded: middle half."""
    palette = PALETTES[mode]
    steps = np.append(0, found["k"].values)  # without dropping any nothing falls
    drawn = figure(mode, CURVES, hovermode="x unified")
    ends = {name: mean_of(_falls(found, name))[-1] for name in ("top", "random")}
    for name, colour, dash in (("random", palette.soft, "dot"), ("top", palette.accent, "solid")):
        values = _falls(found, name)
        middle, (low, high) = mean_of(values), _middle(values)
        for edge, fill in ((high, None), (low, "tonexty")):
            drawn.add_scatter(
                x=steps, y=edge, mode="lines", line={"width": 0}, fill=fill, fillcolor=_pale(colour), hoverinfo="skip",
                name=f"{name} middle",
            )  # fmt: skip
        drawn.add_scatter(
            x=steps, y=np.round(middle, 3), mode="lines+markers" if name == "top" else "lines", name=name,
            line={"color": colour, "width": 2.5 if name == "top" else 1.8, "dash": dash}, marker={"size": 6},
            hovertemplate=("most attended" if name == "top" else "random") + ": %{y:.1f} points<extra></extra>",
        )  # fmt: skip
        above = ends[name] > min(ends.values()) or (name == "random" and ends["top"] == ends["random"])
        drawn.add_annotation(
            x=steps[-1], y=np.nan_to_num(middle[-1]), xanchor="right", yanchor="bottom" if above else "top",
            yshift=14 if above else -8, showarrow=False, text="most attended" if name == "top" else "random",
            font={"size": 13.5, "color": colour},
        )  # fmt: skip
    drawn.update_layout(
        margin={"l": 46, "r": 14, "t": 14, "b": 46},
        xaxis={"title": {"text": "dates dropped, k", "font": {"size": 13.5, "color": palette.soft}, "standoff": 6},
               "dtick": max(1, int(steps.max(initial=1)) // 4), "rangemode": "tozero"},
        yaxis={"nticks": 6, "tickformat": ".0f"},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def drops_verdict(found: xr.Dataset) -> Verdict:
    """Whether what is attended is what the answer hangs on, over the region."""
    passes, pixels = found.attrs.get("verdict") == "passes", int(found.attrs.get("pixels", found.sizes["pixel"]))
    place = place_of(found)
    k = int(found["k"].values[place])
    both = [mean_of(found[name].transpose("k", "pixel").values.astype(float))[place] for name in ("top", "random")]
    if not pixels or not np.isfinite(both).all():
        return Verdict(False, "Cannot tell.", "Too few pixels have dates enough to take some away.")
    top, random = (100 * float(each) for each in both)
    dates = "The most attended date costs" if k == 1 else f"The {k} most attended dates cost"
    cost = f"{dates} {_points(top)}, {'a random one' if k == 1 else f'{k} random ones'} {_points(random)}."
    if passes:
        return Verdict(True, "Passes.", cost)
    return Verdict(False, "Not faithful here.", cost, "Where it looks does not tell why it decided.")


def agreement(looks: Looks, head: Head | None, change: Floats) -> float | None:
    """Rank correlation, over the dates that were read, of attention (of a head, or of all) and change without it."""
    attention = looks.columns.reshape(-1, len(looks.times)).mean(0) if head is None else looks.columns[head]
    moved = np.asarray(change, float)[looks.index]
    if len(moved) < 3 or not np.isfinite(moved).all() or np.ptp(moved) == 0 or np.ptp(attention) == 0:
        return None
    ranks = [pd.Series(each).rank().to_numpy() for each in (attention, moved)]
    return float(np.corrcoef(*ranks)[0, 1])


def drops_table(found: xr.Dataset) -> pd.DataFrame:
    """Fall of the winner's probability for each k."""
    made = {"dates dropped": found["k"].values}
    for name, said in (("top", "most attended"), ("random", "random")):
        values = found[name].transpose("k", "pixel").values.astype(float)
        low, high = _middle(values)
        made |= {f"{said}, mean": mean_of(values), f"{said}, 25 %": low, f"{said}, 75 %": high}
    return pd.DataFrame(made).round(5)


def mean_of(values: Floats) -> Floats:
    """Over the pixels that have an answer."""
    there = np.isfinite(values)
    total = np.where(there, values, 0).sum(1)
    mean: Floats = np.divide(total, there.sum(1), out=np.full(len(values), np.nan), where=there.any(1))
    return mean


def place_of(found: xr.Dataset) -> int:
    """Where the number of dates stands of which the verdict speaks: five, where nobody has said."""
    return int(np.abs(found["k"].values - int(found.attrs.get("k", 5))).argmin())


def _middle(values: Floats) -> tuple[Floats, Floats]:
    known = [row[np.isfinite(row)] for row in values]
    both = np.array([np.percentile(row, MIDDLE) if len(row) else (np.nan, np.nan) for row in known]).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _falls(found: xr.Dataset, name: str) -> Floats:
    """(k, pixel) in points, downwards, from no date dropped on."""
    values: Floats = -100 * found[name].transpose("k", "pixel").values.astype(float)
    return np.vstack([np.where(np.isfinite(values).any(0), 0.0, np.nan)[None], values])


def _points(value: float) -> str:
    figure = f"{value:.1f}".replace("-", "−") if abs(value) < 9.95 else f"{value:.0f}".replace("-", "−")
    return f"{figure} point{'' if figure in ('1', '1.0') else 's'}"


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},.14)"
