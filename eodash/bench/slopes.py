"""Gradients of all classes of one pixel in one batch, against captum class by class."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from captum.attr import Saliency

from eodash.backend.forward import tensors
from eodash.backend.gradients import chances, gradients
from eodash.bench.pixel_work import shipped
from eodash.bench.rounds import Took, in_turns
from eodash.early import last_observed

NETWORKS = ("early-lstm", "lstm", "transformer")
BAR = 3.0
CLOSE = 1e-5
REPEATS = 5


def slopes(architecture: str) -> tuple[dict[str, Took], float]:
    """What both took, and how far they are apart at most, relative to the steepest gradient."""
    card, network, pixels = shipped(architecture)
    row = int(np.flatnonzero(pixels.mask.sum(1) == pixels.mask.sum(1).max())[0])
    one = pixels.take(slice(row, row + 1))
    classes = next(iter(card.legends.values()))
    values, day, mask = tensors(network, card.input, np.where(one.mask[..., None], one.values, 0), one.day, one.mask)
    last = int(last_observed(one.mask)[0])
    method = Saliency(lambda inputs: chances(network, inputs, day, mask, classes, last))

    def peer() -> Any:
        each = [method.attribute(values.clone().requires_grad_(), target=k, abs=False) for k in range(len(classes))]
        return torch.cat(each).numpy() / np.asarray(card.input.scale, np.float32)

    def ours() -> Any:
        return gradients(network, card.input, classes, one)

    theirs, made = peer() * one.mask[0, :, None], ours()
    apart = float(np.abs(theirs - made).max() / np.abs(theirs).max())
    took = in_turns(
        {"peer": lambda: [peer() for _ in range(REPEATS)], "ours": lambda: [ours() for _ in range(REPEATS)]}
    )
    return took, apart
