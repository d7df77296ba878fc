"""Series as they might have been: fewer dates, an earlier end, another season, another sensor. On a batch, in torch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

KEPT = 0.5  # smallest share of the dates that is kept
CUT = 0.3  # how often a series ends before its end …
SHORTEST = 0.2  # … and the smallest share of its dates that it keeps then
DAYS = 3.0  # standard deviation of the shift of a season
GAIN = 0.05  # most that all bands go up or down together
BAND_GAIN = 0.05  # standard deviation of a band's own gain
OFFSET = 0.05  # standard deviation of a band's own shift, in units of its scale


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a series while a network learns; each can be switched off."""

    dates: bool = True  # a random half to all of the dates
    prefix: bool = True  # some series end at a random date: answers before the season ends
    shift: bool = True  # the whole series comes some days sooner or later
    gain: bool = True  # brighter or darker, all bands alike, and each a little by itself
    offsets: bool = True  # each band a little higher or lower


def augment(
    values: Tensor, day: Tensor, mask: Tensor, scale: Tensor, what: Augmentation, random: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Change a batch (not yet normalised) at random. Every series keeps at least one date."""
    series, device = len(values), values.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random, device=device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, device=device)

    if what.dates:
        mask = _thin(mask, KEPT + (1 - KEPT) * uniform(series), uniform(*mask.shape))
    if what.prefix:
        mask = _cut(mask, uniform(series) < CUT, uniform(series))
    if what.shift:
        day = day + DAYS * normal(series, 1)
    if what.gain:
        values = values * (1 + GAIN * (2 * uniform(series, 1, 1) - 1))
        values = values * (1 + BAND_GAIN * normal(series, 1, values.shape[2]))
    if what.offsets:
        values = values + OFFSET * scale * normal(series, 1, values.shape[2])
    return values, day, mask


def _thin(mask: Tensor, share: Tensor, draw: Tensor) -> Tensor:
    """Keep this share of the observed dates, rounded up: those with the smallest draws."""
    rank = draw.masked_fill(~mask, 2.0).argsort(1).argsort(1)
    return mask & (rank < torch.ceil(share * mask.sum(1))[:, None])


def _cut(mask: Tensor, chosen: Tensor, draw: Tensor) -> Tensor:
    """End the chosen series after a random number of dates, from a fifth (rounded up) to all."""
    dates = mask.sum(1)
    least = torch.ceil(SHORTEST * dates).clamp(min=1)
    end = (least + torch.floor(draw * (dates - least + 1))).clamp(max=dates)
    end = torch.where(chosen, end, dates)
    return mask & (mask.cumsum(1) <= end[:, None])
