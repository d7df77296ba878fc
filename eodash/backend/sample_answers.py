"""Explanations of a sample, labelled; and what the numbers come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.faithful import verdict
from eodash.backend.orders import Array
from eodash.backend.questions import keeps_none
from eodash.cards import Card

FLAT = 1e-9
"""Variance, against the square of the mean and 1, below which a unit counts as never moving."""


def sample_answer(
    kind: str,
    arrays: Mapping[str, Array],
    axes: Mapping[str, tuple[str, ...]],
    sample: xr.DataArray,
    card: Card,
    legend: str,
    attrs: Mapping[str, Any],
) -> xr.Dataset:
    """The Dataset of a kind, over the pixels of a sample."""
    classes = [each.name for each in card.legends[legend]]
    coords: dict[str, Any] = {name: ("pixel", sample[name].values) for name in ("row", "column")}
    coords |= {"class": classes, **{name: arrays[name] for name, dims in axes.items() if dims == (name,)}}
    held = {name: dims for name, dims in axes.items() if name not in coords and not name.startswith("sum_")}
    made = xr.Dataset({name: (dims, arrays[name]) for name, dims in held.items()}, coords, dict(attrs))
    if kind == "faithfulness":
        made.attrs |= verdict(arrays["top"], arrays["random"], card.title)
    if kind == "units":
        made["correlation"] = (
            ("quantity", "layer", "unit", "target"),
            np.moveaxis(correlation(arrays), 0, -1).astype(np.float32),
        )
        made = made.assign_coords(target=["cloud", "NDVI", "season", *classes])
    return made


def without_attention(sample: xr.DataArray, card: Card, legend: str, attrs: Mapping[str, Any]) -> xr.Dataset:
    """The answer about a model that has no attention to be faithful."""
    why = keeps_none(card, "attention")
    coords = {name: ("pixel", sample[name].values) for name in ("row", "column")}
    said = {"verdict": "no attention", "words": f"{why.message} {why.advice}"}
    return xr.Dataset({}, {**coords, "class": [each.name for each in card.legends[legend]]}, {**attrs, **said})


def attrs_of(card: Card, legend: str, date: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of every answer."""
    classes = card.legends[legend]
    return {
        "card": card.name,
        "title": card.title,
        "legend": legend,
        "colours": json.dumps([each.colour for each in classes]),
        "date": date,
        "facts": json.dumps(dict(facts)),
    }


def correlation(sums: Mapping[str, Array]) -> Array:
    """(target, quantity, layer, unit) Pearson's; not a number where a unit or a target never moves."""
    x, xx, xy = (sums[name] for name in ("sum_x", "sum_xx", "sum_xy"))
    shape = (-1, *(1,) * (x.ndim - 1))
    n, y, yy = (np.asarray(sums[name], np.float64).reshape(shape) for name in ("sum_n", "sum_y", "sum_yy"))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = x / n, y / n
        spread_x, spread_y = xx / n - mean_x**2, yy / n - mean_y**2
        moves = (spread_x > FLAT * (1 + mean_x**2)) & (spread_y > FLAT * (1 + mean_y**2))
        found = (xy / n - mean_x * mean_y) / np.sqrt(spread_x * spread_y)
    return np.where(moves, found.clip(-1, 1), np.nan)
