"""Networks drawn at random whose batch norms are not those of a fresh layer, and series for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import models

SMALL = {
    "lstm": {"hidden": 8, "layers": 2},
    "transformer": {"width": 16, "layers": 2, "depth": 8, "inner": 16},
    "ms-resnet": {"width": 8},
    "temp-cnn": {"width": 8, "hidden": 16},
}


@dataclass(frozen=True, eq=False)
class Series:
    values: NDArray[np.float32]  # (series, time, band)
    day: NDArray[np.float32]  # (series, time)
    mask: NDArray[np.bool_]  # (series, time)


def fresh(architecture: str, bands: int, classes: int, **config: float) -> models.SeriesNetwork:
    torch.manual_seed(11)
    network = models.build(architecture, bands=bands, classes=classes, **SMALL.get(architecture, {}) | config).eval()
    with torch.no_grad():
        for each in network.modules():
            if isinstance(each, nn.BatchNorm1d):
                each.running_mean.normal_()
                each.running_var.uniform_(0.5, 2)
                each.weight.uniform_(0.5, 2)
                each.bias.normal_()
    return network
