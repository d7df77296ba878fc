"""Units ranked by how they go with clouds, a class, the season: the strongest as bars."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from eodash.views.states import QUANTITIES, Unit, layers_of
from eodash.views.theme import PALETTES, Mode, figure, plain_axes

MOST = 10
ROW, TOP, BOTTOM = 27, 8, 34
CLOUD = "cloud"


@dataclass(frozen=True)
class Ranked:
    """A unit, by the quantity of its that goes best with a target."""

    unit: Unit
    correlation: float


def targets_of(found: xr.Dataset) -> list[str]:
    return [str(each) for each in found["target"].values.tolist()]


def ranked(found: xr.Dataset, target: str, quantity: str = "") -> list[Ranked]:
    """Every unit once, the strongest correlation with a target first; of one quantity, or of the best of the six.

    Empty where the target never varies, as clouds in series without clouds.
    """
    letters = [str(each) for each in found["quantity"].values.tolist()]
    here = found["correlation"].transpose("target", "quantity", "layer", "unit")
    table = np.asarray(here.values[targets_of(found).index(target)], np.float64)
    if quantity in letters:
        place = letters.index(quantity)
        letters, table = [quantity], table[place : place + 1]
    strength = np.nan_to_num(np.abs(table))
    if not (strength > 0).any():
        return []
    best = strength.argmax(0)  # (layer, unit)
    layers, units = layers_of(found), found["unit"].values.tolist()
    order = np.argsort(-strength.max(0), axis=None, kind="stable")
    places = zip(*np.unravel_index(order, best.shape), strict=True)
    return [
        Ranked(Unit(letters[best[a, b]], layers[a], int(units[b])), float(table[best[a, b], a, b])) for a, b in places
    ]


def correlation_of(found: xr.Dataset, target: str, unit: Unit) -> float:
    """Of one unit's quantity; not a number where either never varies."""
    letters = [str(each) for each in found["quantity"].values.tolist()]
    here = found["correlation"].transpose("target", "quantity", "layer", "unit").values
    value = here[targets_of(found).index(target), letters.index(unit.quantity), layers_of(found).index(unit.layer)]
    return float(value[found["unit"].values.tolist().index(unit.unit)])


@lru_cache(maxsize=64)
def ranking_chart(units: tuple[Ranked, ...], chosen: Unit | None, mode: Mode) -> go.Figure:
    """The strongest as bars from the middle; the chosen one in ink."""
    palette, shown = PALETTES[mode], units[:MOST]
    drawn = figure(mode, ROW * max(1, len(shown)) + TOP + BOTTOM, hovermode="closest")
    places = list(range(len(shown)))
    drawn.add_bar(
        x=[round(each.correlation, 3) for each in shown], y=places, orientation="h", width=0.62,
        marker={
            "color": [palette.ink if _same(each.unit, chosen) else palette.accent for each in shown],
            "line": {"width": 0},
        },
        customdata=[[each.unit.quantity, each.unit.layer, each.unit.unit] for each in shown],
        hovertemplate=[f"{label(each.unit)}: %{{x:.2f}}<extra></extra>" for each in shown],
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
    )  # fmt: skip
    drawn.add_vline(x=0, line={"width": 1, "color": palette.axis})
    ends = [
        {
            "x": 1, "xref": "paper", "xanchor": "right", "xshift": 48, "y": place, "showarrow": False,
            "text": f"{each.correlation:+.2f}".replace("-", "−"), "font": {"size": 13.5},
        }
        for place, each in enumerate(shown)
    ]  # fmt: skip
    ticks = {"tickfont": {"size": 13.5, "color": palette.ink}}
    drawn.update_layout(
        annotations=ends,
        margin={"l": 118, "r": 52, "t": TOP, "b": BOTTOM},
        xaxis={"range": [-1.04, 1.04], "tickvals": [-1, 0, 1], "ticktext": ["−1", "0", "1"]},
        yaxis={
            "range": [max(1, len(shown)) - 0.5, -0.5], "tickvals": places, "showgrid": False,
            "ticktext": [html.escape(label(each.unit)) for each in shown],
        },
    )  # fmt: skip
    plain_axes(drawn, palette)
    drawn.update_yaxes(**ticks)
    return drawn


def label(unit: Unit) -> str:
    """`L1 ← unit 30 · i`, as it fits beside a bar."""
    return f"L{unit.layer} unit {unit.unit} · {unit.quantity}"


def ranking_table(units: Sequence[Ranked], target: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (each.unit.layer, each.unit.unit, QUANTITIES[each.unit.quantity].name, round(each.correlation, 4))
            for each in units
        ],
        columns=["layer", "unit", "quantity", f"correlation with {target}"],
    )


def _same(one: Unit, other: Unit | None) -> bool:
    return other is not None and (one.layer, one.unit) == (other.layer, other.unit)
