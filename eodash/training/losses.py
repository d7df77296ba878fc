"""What training makes small. Every loss is one number per series, over its observed dates alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Compact:
    """Where the observed dates of each series are, moved to its front."""

    index: Tensor  # (B, T) the n-th observed date; what lies behind the last one is to be left alone
    observed: Tensor  # (B, T) True for the first `count`
    count: Tensor  # (B,) at least one


def compact(mask: Tensor) -> Compact:
    """Padding and gaps do not count: dates are numbered among those that were observed."""
    index = torch.argsort((~mask).to(torch.uint8), dim=1, stable=True)
    return Compact(index, mask.gather(1, index), mask.sum(1))


def stopping(hazard: Tensor, dates: Compact) -> Tensor:
    """(B, T) chance to stop at each observed date; the last takes what is left, so that they sum to one."""
    last = torch.arange(hazard.shape[1], device=hazard.device) == dates.count[:, None] - 1
    chance = hazard.gather(1, dates.index).masked_fill(last, 1.0)
    going_on = (1 - chance).cumprod(1).roll(1, dims=1)
    going_on[:, 0] = 1.0
    return (chance * going_on).masked_fill(~dates.observed, 0.0)


def final(logits: Tensor, mask: Tensor) -> Tensor:
    """(B, C): what is said of the whole series, which a causal network says at its last observed date."""
    if logits.shape[1] == 1:
        return logits[:, 0]
    last = (mask * torch.arange(mask.shape[1], device=mask.device)).argmax(1)
    return logits[torch.arange(len(last), device=mask.device), last]


def cross_entropy(logits: Tensor, label: Tensor, mask: Tensor, smoothing: float = 0.0) -> Tensor:
    """(B,) of the one answer, or the mean over the answers after each observed date."""
    if logits.shape[1] == 1:
        return functional.cross_entropy(logits[:, 0], label, reduction="none", label_smoothing=smoothing)
    every = label[:, None].expand(mask.shape)
    entropy = functional.cross_entropy(logits.mT, every, reduction="none", label_smoothing=smoothing)  # (B, T)
    return (entropy * mask).sum(1) / mask.sum(1)


def early(logits: Tensor, hazard: Tensor, label: Tensor, mask: Tensor, alpha: float) -> Tensor:
    """(B,) the first paper: Σ P(t)·(α·(1 − ŷ⁺) + (1 − α)·t/T), t = 1 … T."""
    dates = compact(mask)
    right = _log_right(logits, label, dates).exp()
    time = torch.arange(1, mask.shape[1] + 1, device=mask.device) / dates.count[:, None]
    return (stopping(hazard, dates) * (alpha * (1 - right) + (1 - alpha) * time)).sum(1)


def elects(logits: Tensor, hazard: Tensor, label: Tensor, mask: Tensor, alpha: float, epsilon: float = 10.0) -> Tensor:
    """(B,) its successor: Σ (P(t) + ε/T)·(α·CE − (1 − α)·ŷ⁺·(1 − t/T)), t = 0 … T − 1; P + ε/T sums to 1 + ε."""
    dates = compact(mask)
    log_right = _log_right(logits, label, dates)
    time = torch.arange(mask.shape[1], device=mask.device) / dates.count[:, None]
    weight = (stopping(hazard, dates) + epsilon / dates.count[:, None]) * dates.observed
    return (weight * (-alpha * log_right - (1 - alpha) * log_right.exp() * (1 - time))).sum(1)


def _log_right(logits: Tensor, label: Tensor, dates: Compact) -> Tensor:
    """(B, T) log of the probability given to the true class after each observed date."""
    log_probability = logits.log_softmax(-1)
    said = log_probability.gather(2, label[:, None, None].expand(-1, logits.shape[1], 1))[..., 0]
    return said.gather(1, dates.index)
