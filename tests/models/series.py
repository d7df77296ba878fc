"""Series to ask the networks about: some with gaps, none alike."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from models import SeriesNetwork, build

BANDS, CLASSES = 5, 4


class Series(NamedTuple):
    """What a network takes."""

    values: Tensor
    day: Tensor
    mask: Tensor


def series(number: int = 6, dates: int = 20, *, gaps: bool = True, seed: int = 1) -> Series:
    """Standard normal values every 15 ± 5 days from day 20; with gaps, a third of the dates is not observed."""
    dice = torch.Generator().manual_seed(seed)
    values = torch.randn(number, dates, BANDS, generator=dice)
    day = 20 + 15 * torch.arange(dates) + 10 * torch.rand(number, dates, generator=dice) - 5
    mask = torch.rand(number, dates, generator=dice) > (1 / 3 if gaps else 0)
    mask[0, : dates // 3] &= not gaps  # one that begins with a gap
    mask[:, dates // 2] = True
    return Series(values, day, mask)


def fresh(architecture: str) -> SeriesNetwork:
    """A network with the same parameters each time, in eval mode; its batch norms have seen something."""
    return deepcopy(first(architecture))


@cache
def first(architecture: str) -> SeriesNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = build(architecture, bands=BANDS, classes=CLASSES)
        with torch.no_grad():
            for seed in range(3):
                network.train()(*series(32, seed=seed))
    return network.eval()
