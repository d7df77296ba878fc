"""What is grown where and when: shares of the classes, and the crops before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.world.growth import ARABLE, LASTING
from eodash.world.legend import INDEX, NAMES

SHARES: dict[str, dict[str, float]] = {
    "temperate": {
        "winter barley": 0.07, "winter wheat": 0.17, "summer barley": 0.03, "summer wheat": 0.02, "rapeseed": 0.06,
        "corn": 0.18, "sunflower": 0.025, "legumes": 0.03, "root crops": 0.035, "fallow": 0.02, "orchards": 0.03,
        "nuts": 0.02, "permanent meadows": 0.17, "temporary meadows": 0.15,
    },
    "winter-rain": {
        "winter barley": 0.14, "winter wheat": 0.24, "summer barley": 0.025, "summer wheat": 0.02, "rapeseed": 0.14,
        "corn": 0.02, "sunflower": 0.025, "legumes": 0.10, "root crops": 0.02, "fallow": 0.04, "orchards": 0.03,
        "nuts": 0.025, "permanent meadows": 0.13, "temporary meadows": 0.045,
    },
}  # fmt: skip


def chances(climate: str) -> NDArray[np.float64]:
    """Share of each fine class among parcels; sums to one."""
    table = SHARES[climate]
    share = np.array([table.get(name, 0.0) for name in NAMES])
    return np.asarray(share / share.sum())


def quota(rng: np.random.Generator, climate: str, parcels: int) -> NDArray[np.int64]:
    """A class for each parcel: shares as given, and every class somewhere if there are parcels enough."""
    share = chances(climate)
    count = np.floor(share * parcels).astype(int)
    present = np.flatnonzero(share)
    if parcels >= 2 * len(present):
        count[present] = np.maximum(count[present], 1)
    lacking = parcels - int(count.sum())
    if lacking > 0:
        count += np.bincount(rng.choice(len(share), lacking, p=share), minlength=len(share))
    kinds = np.repeat(np.arange(len(share)), count)
    return np.asarray(rng.permutation(kinds)[:parcels], dtype=np.int64)


def succession(
    rng: np.random.Generator, kinds: NDArray[np.int64], climate: str, years: int, main: int
) -> NDArray[np.int64]:
    """Classes (row, year) around the main year: perennials stay, the rest rotates."""
    share = chances(climate)
    fields = np.array([number for number in ARABLE if share[number] > 0])
    odds = share[fields] / share[fields].sum()
    result = rng.choice(fields, (len(kinds), years), p=odds)
    stays = np.isin(kinds, LASTING)
    ley = (kinds == INDEX["temporary meadows"])[:, None] & (rng.random((len(kinds), years)) < 0.6)
    result = np.where(stays[:, None] | ley, kinds[:, None], result)
    result[:, main] = kinds
    return np.asarray(result, dtype=np.int64)
