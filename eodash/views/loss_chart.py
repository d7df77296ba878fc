"""A training as it goes on: the loss of every step, and what it is on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.theme import PALETTES, Mode, figure, plain_axes

WINDOW = 15
"""Steps of the running mean: single steps jump with the patches that chance drew."""
HEADROOM = 1.08
Numbers = NDArray[np.float64]


def running(losses: Sequence[float]) -> Numbers:
    """Of each step the mean of the last few."""
    values = np.asarray(losses, np.float64)
    total = np.concatenate([[0.0], np.cumsum(values)])
    start = np.maximum(0, np.arange(len(values)) + 1 - WINDOW)
    found: Numbers = (total[1:] - total[start]) / (np.arange(len(values)) + 1 - start)
    return found


def loss_chart(losses: Sequence[float], steps: int, mode: Mode, height: int = 330) -> go.Figure:
    """Faint every step, strong the running mean; the axis is as long as the training, so that one sees it grow."""
    palette, at = PALETTES[mode], np.arange(1, len(losses) + 1)
    drawn = figure(mode, height, hovermode="x unified")
    mean = running(losses)
    drawn.add_scatter(
        x=at, y=np.asarray(losses, np.float64), mode="lines", line={"color": palette.axis, "width": 1},
        hovertemplate="%{y:.3f}<extra>this step</extra>",
    )  # fmt: skip
    drawn.add_scatter(
        x=at, y=mean, mode="lines", line={"color": palette.accent, "width": 2.5},
        hovertemplate="%{y:.3f}<extra>running mean</extra>",
    )  # fmt: skip
    top = float(max(losses, default=1.0)) * HEADROOM or 1.0
    if len(losses):
        drawn.add_scatter(
            x=at[-1:], y=mean[-1:], mode="markers+text", marker={"color": palette.accent, "size": 8},
            text=[f"{mean[-1]:.2f}"], textposition="top right" if len(losses) < 0.8 * steps else "top left",
            hoverinfo="skip", cliponaxis=False,
        )  # fmt: skip
    drawn.update_layout(
        margin={"l": 44, "r": 12, "t": 12, "b": 40},
        xaxis={"range": [0, max(steps, len(losses), 1)], "nticks": 6,
               "title": {"text": "step", "standoff": 6, "font": {"size": 13, "color": palette.soft}}},
        yaxis={"range": [0, top], "nticks": 5},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def loss_words(losses: Sequence[float]) -> str:
    """`The loss fell from 1.92 to 0.41 in 200 steps.`"""
    if not len(losses):
        return "Nothing has been learnt yet."
    count, mean = len(losses), running(losses)
    first = float(np.mean(np.asarray(losses[: min(5, count)], np.float64)))
    way = "fell" if mean[-1] < first else "did not fall: it went"
    return f"The loss {way} from {first:.2f} to {mean[-1]:.2f} in {count} step{'s' if count > 1 else ''}."


def loss_table(losses: Sequence[float]) -> pd.DataFrame:
    at = np.arange(1, len(losses) + 1)
    table = {"step": at, "loss": np.asarray(losses, np.float64), "running mean": running(losses)}
    return pd.DataFrame(table).round(4)
