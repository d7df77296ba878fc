"""Dates without an observation: nothing that stands there ever reaches a network."""

from __future__ import annotations

import torch
from torch import Tensor


def hide(values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Values and days with zero, the mean after normalisation, where nothing was observed."""
    return values.float().masked_fill(~mask.unsqueeze(-1), 0.0), day.float().masked_fill(~mask, 0.0)


def never_empty(mask: Tensor) -> Tensor:
    """The mask; a series without any observation counts as all observed, so that it too has a finite answer."""
    return mask | ~mask.any(dim=1, keepdim=True)


def take(series: Tensor, index: Tensor) -> Tensor:
    """The dates `index` (B, N) of a series (B, T, F)."""
    return series.gather(1, index.unsqueeze(-1).expand(-1, -1, series.shape[-1]))


def observed_first(mask: Tensor) -> Tensor:
    """Indices (B, T) that bring the observed dates to the front and keep their order."""
    return (~mask).to(torch.uint8).argsort(dim=1, stable=True)


def squeeze(values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same series without their gaps, as long as the longest of them; the mask is off behind the others."""
    order = observed_first(mask)[:, : int(mask.sum(1).max())]
    return take(values, order), day.gather(1, order), mask.gather(1, order)


def carry(states: Tensor, mask: Tensor, *, compact: bool = False) -> Tensor:
    """At every date the state of the last observation so far, zero before the first; `compact`: states lie in front."""
    place = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    last = mask.cumsum(1) - 1 if compact else place.masked_fill(~mask, -1).cummax(1).values
    return take(states, last.clamp(min=0)).masked_fill((last < 0).unsqueeze(-1), 0.0)
