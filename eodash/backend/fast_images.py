"""Networks for images made ready: batch normalisation folded, channels last, in half precision."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eodash.backend.fast_siamese import FastSiamese
from models import ImageNetwork
from models.fc_change import FcChange, ImageTrace

Quick = Callable[..., ImageTrace | Tensor]


def quick_of(network: ImageNetwork, dtype: torch.dtype, device: str) -> Quick:
    """What says the same, to the rounding of `dtype`; of two classes perhaps only how far they lie apart."""
    if device == "cpu" and isinstance(network, FcChange) and _strips(network):
        return FastSiamese(network, dtype)
    made = copy.deepcopy(network).eval()
    for each in list(made.modules()):
        if isinstance(each, nn.Sequential):
            _fold(each)
    return made.to(device, dtype).to(memory_format=torch.channels_last).requires_grad_(False)  # type: ignore[call-overload,no-any-return]


def _strips(network: FcChange) -> bool:
    return network.config.fusion == "diff" and network.config.classes == 2


def _fold(layers: nn.Sequential) -> None:
    for place in range(len(layers) - 1):
        convolution, norm = layers[place], layers[place + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            layers[place], layers[place + 1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
        elif isinstance(norm, nn.Dropout2d):
            layers[place + 1] = nn.Identity()
