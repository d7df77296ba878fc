"""How well models hold as clouds take more and more of their clear dates: raw images against preprocessed ones."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.truth import UNKNOWN
from eodash.views.lines import end_labels
from eodash.views.model_compared import COLOURS
from eodash.views.score_charts import below, heading
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

Floats = NDArray[np.float64]
HEIGHT = 380
SYMBOLS = {"raw": "square-open", "preprocessed": "circle"}


@dataclass(frozen=True, eq=False)
class Strained:
    """One model on one input, over the shares of its clear dates that went under clouds."""

    name: str
    input: str  # "raw" or "preprocessed"
    shares: Floats
    held: Floats  # share of the pixels that is right; without a truth, that is said as without the clouds
    pixels: int  # that were counted

    def at(self, share: float) -> float:
        """The figure at the nearest share that was asked."""
        return float(self.held[int(np.abs(self.shares - share).argmin())])


def held(said: NDArray[Any], truth: NDArray[Any] | None) -> tuple[Floats, int]:
    """Per share of `said` (share, pixel) how many are right, or without a truth as at first; and of how many pixels.

    Pixels without an answer at first do not count, nor those whose truth nobody knows.
    """
    wanted = said[0] if truth is None else np.asarray(truth)
    counted = (said[0] != UNKNOWN) & (wanted != UNKNOWN)
    count = int(counted.sum())
    right = (said == wanted)[:, counted]
    return (right.mean(1) if count else np.full(len(said), np.nan)), count


def stress_chart(models: Sequence[Strained], share: float, known: bool, mode: Mode) -> go.Figure:
    """A line per model; the chosen share as a line across."""
    palette = PALETTES[mode]
    colours = {"preprocessed": COLOURS[mode][0], "raw": COLOURS[mode][1]}
    drawn = figure(mode, HEIGHT, hovermode="closest")
    low = min((float(np.nanmin(each.held)) for each in models if each.pixels), default=0.0)
    low = max(0.0, np.floor(10 * low - 0.5) / 10)
    ends = []
    for each in models:
        colour, name = colours[each.input], html.escape(each.name)
        drawn.add_scatter(
            x=np.round(100 * each.shares, 1), y=np.round(each.held, 4), mode="lines+markers", name=name,
            line={"color": colour, "width": 2, "dash": "dash" if each.input == "raw" else "solid"},
            marker={"color": colour, "size": 8, "symbol": SYMBOLS[each.input]},
            hovertemplate=f"<b>{name}, {each.input}</b><br>%{{x:.0f}} % of its clear dates: %{{y:.0%}}<extra></extra>",
        )  # fmt: skip
        if each.pixels:
            ends.append((float(each.held[-1]), f"{name}, raw" if each.input == "raw" else name, colour))
    drawn.update_layout(
        margin={"l": 54, "r": 28 + 7.2 * max((len(name) for _, name, _ in ends), default=0), "t": 26, "b": 44},
        xaxis={"range": [-2, 92], "tickvals": [0, 30, 60, 90], "ticktext": ["0", "30 %", "60 %", "90 %"],
               "tickfont": {"size": 13, "color": palette.soft}, "tickangle": 0},
        yaxis={"range": [low, 1.0], "tickformat": ".0%", "nticks": 6},
    )  # fmt: skip
    end_labels(drawn, ends, (low, 1.0), (0.0, 1.0), HEIGHT - 16)
    drawn.add_shape(
        type="line", x0=100 * share, x1=100 * share, y0=0, y1=1, yref="paper", line={"color": palette.ink, "width": 1.5}
    )
    what = ("Accuracy", "share of the pixels") if known else ("Agreement", "pixels said as without more clouds")
    heading(drawn, *what, palette)
    below(drawn, "clear dates clouded", palette)
    return plain_axes(drawn, palette)


def stress_table(models: Sequence[Strained]) -> pd.DataFrame:
    """A row per share, a column per model."""
    shares = models[0].shares if models else np.empty(0)
    rows: dict[str, Any] = {"share of clear dates": np.round(shares, 2)}
    return pd.DataFrame(rows | {f"{each.name}, {each.input}": np.round(each.held, 4) for each in models})


def stress_in_words(models: Sequence[Strained], share: float, known: bool) -> str:
    """What each model loses at a share, the one that holds best first; as HTML."""
    there = sorted((each for each in models if each.pixels), key=lambda each: -each.at(share))
    if not there:
        return "No pixel of the sample has both an answer and a truth."
    what = "right" if known else "said as before"
    each_said = [
        f"<b>{html.escape(each.name)}, {each.input} {100 * each.at(share):.0f} %</b>"
        + (f" (without: {100 * each.at(0):.0f} %)" if known else "")
        for each in there
    ]
    return f"With {100 * share:.0f} % of the clear dates under clouds, {what}: {'; '.join(each_said)}."
