"""Which dates a network looked at when it read one series."""

from __future__ import annotations

import numpy as np
from torch.nn.functional import pad

from eodash.backend.one_series import OneSeries
from eodash.backend.orders import Array
from eodash.backend.watched import attention, received


def attention_read(one: OneSeries) -> dict[str, Array]:
    """attention (layer, head, asked, looked), received (layer, head, time); not a number where nothing was observed."""
    values, day, mask = one.input
    later = len(one.pixels.days) - mask.shape[1]  # not shown; there so that the scores have the dates of the series
    scores = attention(
        one.network, one.card, pad(values, (0, 0, 0, later)), pad(day, (0, later)), pad(mask, (0, later))
    )
    whole, column = (each[0].cpu().numpy() for each in (scores, received(scores)))
    if not one.any:
        whole, column = np.full_like(whole, np.nan), np.full_like(column, np.nan)
    layers, heads = column.shape[:2]
    return {
        "attention": whole,
        "received": column,
        "layer": np.array([str(1 + place) for place in range(layers)]),
        "head": np.array([str(1 + place) for place in range(heads)]),
    }
