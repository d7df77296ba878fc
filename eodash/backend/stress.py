"""What a model says as clouds take more and more of its clear dates: painted where it reads them, else taken away."""

from __future__ import annotations

import numpy as np
import torch

from eodash.backend.many_series import ManySeries
from eodash.backend.orders import Array
from eodash.backend.questions import NOTHING
from eodash.whatif import cloud_given

SHARES = tuple(step / 10 for step in range(10))


def stress(many: ManySeries) -> dict[str, Array]:
    """said (share, pixel): the class at the end once that share of the clear dates has gone under clouds.

    The same dates for every model, and those of a smaller share among those of a larger one; at least one stays.
    """
    shares = many.options.get("shares", SHARES)
    usable = many.used & ~many.cloudy
    rank = np.where(usable, many.keys(0), np.inf).argsort(1, kind="stable").argsort(1, kind="stable")
    cloud = cloud_given(many.card)
    under = None if cloud is None else torch.tensor(cloud, dtype=torch.float32)
    found = np.full((len(shares), len(usable)), NOTHING, np.uint8)
    for place, share in enumerate(shares):
        hit = usable & (rank < np.floor(float(share) * usable.sum(1) + 1e-9)[:, None])
        if under is None:
            said = many.said_of(many.used & ~hit)
        else:
            values = many.input[0]
            said = many.said_of(many.used, torch.where(torch.from_numpy(hit).unsqueeze(-1), under, values))
        known = ~np.isnan(said[:, 0])
        found[place, known] = said[known].argmax(1)
    return {"said": found, "share": np.asarray(shares, np.float64)}
