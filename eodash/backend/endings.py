"""What a network says at the end of series of which only some dates have been observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.backend.device import PLAIN
from eodash.backend.forward import Floats
from eodash.backend.gradients import said_after
from eodash.cards import Class
from eodash.early import last_observed
from models.contract import SeriesNetwork


def said_at_end(
    network: SeriesNetwork,
    classes: Sequence[Class],
    values: Tensor,
    day: Tensor,
    masks: NDArray[np.bool_],
    on_piece: Callable[[], None] = lambda: None,
) -> Floats:
    """(series, class) from values (series or 1, time, band), day (series or 1, time) and masks (series, time).

    Not a number where nothing is left. `on_piece` is called now and then; it may raise, and nothing goes on.
    """
    found = np.full((len(masks), len(classes)), np.nan, np.float32)
    some = np.flatnonzero(masks.any(1))
    size = PLAIN.series_of(masks.shape[1])
    for start in range(0, len(some), size):
        on_piece()
        rows = some[start : start + size]
        seen = np.ascontiguousarray(masks[rows])
        mask, last = (torch.from_numpy(each).to(values.device) for each in (seen, last_observed(seen)))
        these = rows if len(values) > 1 else np.zeros_like(rows)
        with torch.inference_mode():
            shown = values[these].masked_fill(~mask.unsqueeze(-1), 0.0)
            found[rows] = said_after(network, shown, day[these], mask, classes, last).cpu().numpy()
    return found
