"""A sample of pixels, explained part by part, with all that holds for the tiles of a map: lost workers, cancelling."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.cluster import Cluster
from eodash.backend.engine_tiles import LEAST, Gate, Round, Sent
from eodash.backend.orders import Array, Order
from eodash.cards import Card
from eodash.errors import RasterError
from eodash.jobs import Progress


class SampleRound(Round):
    """One question about every pixel of a sample; its progress is counted in pixels."""

    def __init__(
        self, cluster: Cluster, gate: Gate, order: Order, sample: xr.DataArray, card: Card, progress: Progress | None
    ) -> None:
        super().__init__(cluster, gate, order, as_row(sample), card, progress)
        self.kind = json.dumps([order.card, order.kinds, order.options, len(order.day)])
        self.whole: dict[str, Array] = {}  # sums over the pixels, and labels

    def _tell(self) -> None:
        self.progress.tick(self.done, self.total, "Explaining")

    def _size(self) -> int:
        return super()._size() if self.kind in self.gate.speeds else LEAST

    def _keep(self, said: dict[str, Any], sent: Sent) -> None:
        apart = {name: said["arrays"][name] for name, axes in said["axes"].items() if axes[-1] != "pixel"}
        for name, each in apart.items():
            self.whole[name] = self.whole[name] + each if name in self.whole and name.startswith("sum_") else each
        arrays = {name: each for name, each in said["arrays"].items() if name not in apart}
        super()._keep({**said, "arrays": arrays}, sent)


def as_row(sample: xr.DataArray) -> xr.DataArray:
    """A sample as a region of one row."""
    if not sample.sizes["pixel"]:
        raise RasterError(
            "There is no pixel to look at: nothing was observed.", "Choose another area or other dates.", code="empty"
        )
    values = np.asarray(sample.values)[:, :, None]
    clear = np.asarray(sample["clear"].values)[:, None]
    return xr.DataArray(values, {"clear": (("time", "y", "x"), clear)}, ("time", "band", "y", "x"))
