"""On which values an answer hangs: the gradient of every class's probability with respect to every input value.

All classes at once: a batch of as many copies of the series as there are classes, and one way back. Through
attention on a CPU it is quicker to go there once and back with a batch of classes; not through other layers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from eodash.backend.forward import Floats, Series, tensors
from eodash.cards import Class, Input
from eodash.early import last_observed
from models.attention import Block
from models.contract import SeriesNetwork


def gradients(
    network: SeriesNetwork, input: Input, classes: Sequence[Class], series: Series, date: int | None = None
) -> Floats:
    """(class, time, band): how a probability changes per unit of reflectance, once the date (an index) has been seen.

    Of one series, after its last date by default. 0 at dates that were not observed or come later.
    """
    dates, bands = series.values.shape[1:]
    found = np.zeros((len(classes), dates, bands), np.float32)
    end = dates if date is None else date + 1
    mask = series.mask[:1, :end]
    if not mask.any():
        return found
    kept = np.where(mask[..., None], series.values[:1, :end], np.float32(0))
    values, day, seen = tensors(network, input, kept, series.day[:1, :end], mask)
    last = int(last_observed(mask)[0])
    slope = (_one_way_there if _attends(network, values) else _copies)(network, values, day, seen, classes, last)
    scale = torch.tensor(input.scale, device=slope.device)
    found[:, :end] = np.where(mask[0, :, None], (slope / scale).cpu().numpy(), 0)
    return found


def _copies(
    network: SeriesNetwork, values: Tensor, day: Tensor, mask: Tensor, classes: Sequence[Class], last: int
) -> Tensor:
    """(class, time, band): of each copy of the series the chance of one class."""
    many = len(classes)
    copies = values.repeat(many, 1, 1).requires_grad_()
    said = chances(network, copies, day.expand(many, -1), mask.expand(many, -1), classes, last)
    return torch.autograd.grad(said.diagonal().sum(), copies)[0]


def _one_way_there(
    network: SeriesNetwork, values: Tensor, day: Tensor, mask: Tensor, classes: Sequence[Class], last: int
) -> Tensor:
    """(class, time, band): of one series the chances of all classes."""
    values = values.clone().requires_grad_()
    said = chances(network, values, day, mask, classes, last)[0]
    return torch.autograd.grad(said, values, torch.eye(len(said)), is_grads_batched=True)[0].squeeze(1)


def _attends(network: SeriesNetwork, values: Tensor) -> bool:
    return values.device.type == "cpu" and any(isinstance(each, Block) for each in network.modules())


def chances(
    network: SeriesNetwork, values: Tensor, day: Tensor, mask: Tensor, classes: Sequence[Class], last: int | Tensor
) -> Tensor:
    """(series, class) after the observation of that index, one for all or one each, with a way back to the values."""
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):  # cuDNN has no way back from evaluation
        return said_after(network, values, day, mask, classes, last)


def said_after(
    network: SeriesNetwork, values: Tensor, day: Tensor, mask: Tensor, classes: Sequence[Class], last: int | Tensor
) -> Tensor:
    """The same without a way back, where none is wanted."""
    network.eval()
    logits = network(values, day, mask).logits.float()
    if logits.shape[1] == 1:
        last = 0
    rows = torch.arange(len(logits), device=logits.device)
    said = logits[rows, last].softmax(-1)
    parts = torch.stack([said[:, list(one.outputs)].sum(-1) for one in classes], -1)
    return parts / parts.sum(-1, keepdim=True)
