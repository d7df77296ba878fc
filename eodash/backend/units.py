"""What the units of a recurrent network follow: sums over dates and pixels, of which correlations are made."""

from __future__ import annotations

import numpy as np
import torch

from eodash.backend.many_series import ManySeries
from eodash.backend.orders import Array
from eodash.backend.watched import few, layers_of, states

YEAR = 365.25
FIXED = ("cloud", "NDVI", "season")
"""Targets beside the classes."""


def units(many: ManySeries) -> dict[str, Array]:
    """Sums over the used dates of these pixels; x is a unit's value, y a target's:

    sum_n, sum_y, sum_yy (target), sum_x, sum_xx, sum_xy (target, quantity, layer, unit). NDVI counts on clear dates
    alone; a class is 1 on every date of the pixels that end in it.
    """
    said = many.chances.argmax(1)
    total: dict[str, Array] = {}
    labels: dict[str, Array] = {}
    dates = many.used.shape[1]
    config = many.network.config
    size = 8 * 4 * 6 * 2 * dates * getattr(config, "layers", 1) * getattr(config, "hidden", 64)
    for at in few(len(said), size, len(said)):
        many.on_piece()
        kept = states(many.network, many.card, *(each[at] for each in many.input))
        stacked = torch.stack(list(kept.values()), 2)  # (series, time, quantity, layer, unit)
        used = torch.from_numpy(many.used[at])
        x = stacked[used].double()
        shape, x = x.shape[1:], x.flatten(1)
        y, valid = (torch.from_numpy(each[many.used[at]]) for each in _targets(many, at, said[at]))
        sums = {
            "sum_n": valid.sum(0), "sum_y": (valid * y).sum(0), "sum_yy": (valid * y * y).sum(0),
            "sum_x": valid.T @ x, "sum_xx": valid.T @ (x * x), "sum_xy": (valid * y).T @ x,
        }  # fmt: skip
        for name, each in sums.items():
            one = each.reshape(len(each), *shape) if each.ndim > 1 else each
            total[name] = total.get(name, 0) + one.numpy()
        labels = {
            "quantity": np.array(list(kept)),
            "layer": np.array(layers_of(many.network, shape[1])),
            "unit": np.arange(shape[2]),
        }
    return total | labels | {"said": said.astype(np.uint8)}


def _targets(many: ManySeries, at: slice, said: Array) -> tuple[Array, Array]:
    """(series, time, target) what units are held against, and 1 where that is known."""
    pixels = many.pixels.take(at)
    cloudy, day = many.cloudy[at].astype(np.float64), pixels.day.astype(np.float64)
    index, known = _ndvi(many, at)
    ends = (said[:, None] == np.arange(len(many.classes)))[:, None].repeat(day.shape[1], 1).astype(np.float64)
    fixed = np.stack([cloudy, index, np.cos(2 * np.pi * day / YEAR)], -1)
    ones = np.ones_like(cloudy)
    valid = np.stack([ones, known, ones], -1)
    return np.concatenate([fixed, ends], -1), np.concatenate([valid, np.ones_like(ends)], -1)


def _ndvi(many: ManySeries, at: slice) -> tuple[Array, Array]:
    """(series, time) on clear dates, where the card has the bands that it needs."""
    pair = many.options.get("ndvi")
    clear = many.used[at] & ~many.cloudy[at]
    if pair is None:
        return np.zeros(clear.shape), np.zeros(clear.shape)
    red, near = (many.pixels.take(at).values[..., place].astype(np.float64) for place in pair)
    known = clear & (red + near > 0)
    return np.where(known, (near - red) / np.where(known, near + red, 1), 0), known.astype(np.float64)
