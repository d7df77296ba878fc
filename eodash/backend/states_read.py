"""Gates and states of a recurrent network over the dates of one series."""

from __future__ import annotations

import numpy as np

from eodash.backend.one_series import OneSeries
from eodash.backend.orders import Array
from eodash.backend.watched import layers_of, states


def states_read(one: OneSeries) -> dict[str, Array]:
    """states (quantity, layer, unit, time): as they stood after each date, unchanged where nothing was observed.

    Zero before the first observation; not a number behind the chosen date, or where nothing was observed at all.
    """
    kept = states(one.network, one.card, *one.input)
    made = np.stack([each[0].permute(1, 2, 0).cpu().numpy() for each in kept.values()])
    whole = np.full((*made.shape[:3], len(one.pixels.days)), np.nan, np.float32)
    if one.any:
        whole[..., : one.date + 1] = made
    return {
        "states": whole,
        "quantity": np.array(list(kept)),
        "layer": np.array(layers_of(one.network, made.shape[1])),
        "unit": np.arange(made.shape[2]),
    }
