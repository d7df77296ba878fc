"""Whether attention is where the answer hangs: the most attended dates are taken away, and as many random ones.

Jain & Wallace (2019), arXiv:1902.10186, ask whether attention explains; this asks the least that it would have to do.
"""

from __future__ import annotations

import numpy as np
import torch

from eodash.backend.forward import Floats
from eodash.backend.many_series import Bools, ManySeries
from eodash.backend.orders import Array
from eodash.backend.watched import attention, few, received

MOST, DRAWS = 8, 4
"""Dates taken away at most; random choices of them for each pixel."""


def faithfulness(many: ManySeries) -> dict[str, Array]:
    """Fall of the winner's probability without the k most attended dates, and without k random ones.

    top, random (k, pixel), not a number where fewer than k + 1 dates are used; `random` is the mean over DRAWS choices.
    cloud_attention (layer, head, pixel) is the share of attention on cloudy dates, cloud_share (pixel) their share of
    the dates that there are.
    """
    given = _received(many)
    ranked = given.mean((1, 2)) if (head := many.options.get("head")) is None else given[:, head[0], head[1]]
    falls = [_falls(many, ranked)]
    falls += [_falls(many, many.keys(draw)) for draw in range(int(many.options.get("draws", DRAWS)))]
    cloudy = many.cloudy & many.used
    return {
        "top": falls[0],
        "random": np.mean(falls[1:], axis=0, dtype=np.float64).astype(np.float32),
        "cloud_attention": np.moveaxis((given * cloudy[:, None, None]).sum(-1), 0, -1),
        "cloud_share": (many.cloudy.sum(1) / np.maximum(1, many.observed.sum(1))).astype(np.float32),
        "k": np.arange(1, MOST + 1),
    }


def _falls(many: ManySeries, score: Floats) -> Floats:
    """(k, series): the fall once the dates of highest score are gone."""
    order = np.argsort(-np.where(many.used, score, -np.inf), axis=1, kind="stable")
    rows, winner = np.arange(len(score)), many.chances.argmax(1)
    before = many.chances[rows, winner]
    found = np.full((MOST, len(score)), np.nan, np.float32)
    left: Bools = many.used.copy()
    for k in range(min(MOST, left.shape[1])):
        left[rows, order[:, k]] = False
        found[k] = before - many.said_of(left)[rows, winner]
    return found


def _received(many: ManySeries) -> Floats:
    """(series, layer, head, time)."""
    dates = many.used.shape[1]
    parts = []
    for at in few(len(many.used), 4 * 64 * dates * dates, len(many.used)):
        many.on_piece()
        parts.append(received(attention(many.network, many.card, *(each[at] for each in many.input))))
    found: Floats = torch.cat(parts).cpu().numpy()
    return found
