"""What a network would say of one series, had a date not been there."""

from __future__ import annotations

import numpy as np

from eodash.backend.one_series import OneSeries
from eodash.backend.orders import Array


def drops(one: OneSeries) -> dict[str, Array]:
    """drop_probabilities (time, class) without that one date; drop_change (time): half the sum of |Δp|, 0 to 1.

    Nothing changes without a date that the model had not used; not a number where nothing would be left.
    """
    dates = len(one.pixels.days)
    said = np.tile(one.chances, (dates, 1))
    used = np.flatnonzero(one.shown.mask[0])
    masks = np.repeat(one.shown.mask, len(used), axis=0)
    masks[np.arange(len(used)), used] = False
    if len(used):
        said[used] = one.said_of(masks)
    change = np.abs(said.astype(np.float64) - one.chances).sum(1) / 2
    return {"drop_probabilities": said, "drop_change": change.astype(np.float32)}
