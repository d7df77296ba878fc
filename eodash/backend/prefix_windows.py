"""TempCNN after every date: on the grid a beginning of a series is the whole series up to its last observation, one
date that holds on to it, and nothing. Each convolution of K dates spreads what is new by K // 2; left of that its
values are those of the whole series, right of it those of an empty one.

    grid   whole whole whole | new | empty empty empty
    1st    whole whole | new new new | empty empty            … so only a window is convolved, per layer and beginning
    2nd    whole | new new new new new | empty
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from eodash.backend.fast_convolutions import Convolution, FastTempCnn, channels_last
from eodash.backend.fast_dates import on_grid
from models.days import YEAR, into_the_grid, of_this_season
from models.masks import take


def beginnings(
    network: FastTempCnn, values: Tensor, day: Tensor, mask: Tensor, newest: Tensor
) -> tuple[Tensor, Tensor]:
    """Logits (B, N, C) of the series cut off behind the observations `newest` (B, N), and whether they hold (B, N).

    They do not where a beginning is no part of the whole: dates out of order, or read in another year than the whole.
    """
    ends, told = _ends(network, day, mask)
    told = told.gather(1, newest)
    grid = on_grid(network.resample, values, day, mask)
    last = torch.cat([take(values, newest), values.new_ones(*newest.shape, 1)], -1)  # what a beginning holds on to
    end = ends.gather(1, newest)
    first = _holding(network, day, mask).gather(1, newest)
    whole = _layers(network, grid)
    empty = _layers(network, torch.zeros_like(grid[:1]))
    before, behind = _summed(network, whole[-1]), _summed(network, empty[-1])
    fresh = told.clone()
    fresh[:, 1:] &= newest[:, 1:] != newest[:, :-1]  # the others say what the one before them says
    hidden = values.new_zeros(*newest.shape, len(network.bias))
    for split in sorted(set(end[fresh].tolist())):
        rows, places = (fresh & (end == split)).nonzero(as_tuple=True)
        new = torch.where(first[rows, places, None], last[rows, places], 0.0).unsqueeze(1)[:, : grid.shape[1] - split]
        at, window = _window(network, [each[rows] for each in whole], empty, new.to(network.dtype), split)
        total = before[rows, at] + (behind[0, -1] - behind[0, at + window.shape[1]])
        weight = network.weight[:, at * window.shape[2] : (at + window.shape[1]) * window.shape[2]]
        hidden[rows, places] = total + functional.linear(window.flatten(1), weight).float() + network.bias.float()
    said: Tensor = network.classifier(hidden.relu_())
    place = torch.arange(newest.shape[1], device=newest.device)
    return take(said, torch.where(fresh, place, 0).cummax(1).values), told


def _ends(network: FastTempCnn, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T): how many grid dates lie at or before each date; whether what ends there is read as the whole is."""
    resample, half = network.resample, network.resample.step / 2
    day = day.masked_fill(~mask, 0.0)
    inside = into_the_grid(day, mask, resample.start - half, resample.end + half)
    so_far = inside.masked_fill(~mask, -torch.inf)
    earlier = so_far.cummax(1).values.roll(1, 1)
    earlier[:, 0] = -torch.inf
    ordered = ~(mask & (so_far <= earlier)).any(1, keepdim=True)
    alone = of_this_season(day, mask)
    met = (mask & (alone >= resample.start - half) & (alone <= resample.end + half)).cummax(1).values
    alone = alone - YEAR * torch.where(met, 0.0, (alone / YEAR).floor())
    return torch.searchsorted(resample.grid, inside.contiguous(), right=True), ordered & (alone == inside)


def _holding(network: FastTempCnn, day: Tensor, mask: Tensor) -> Tensor:
    """(B, T): whether the grid date behind each date is near enough to hold on to it."""
    resample, half = network.resample, network.resample.step / 2
    day = into_the_grid(day.masked_fill(~mask, 0.0), mask, resample.start - half, resample.end + half)
    behind = torch.searchsorted(resample.grid, day.contiguous(), right=True).clamp(max=len(resample.grid) - 1)
    return resample.grid[behind] <= day + half


def _layers(network: FastTempCnn, grid: Tensor) -> list[Tensor]:
    """The grid and what each convolution makes of it, (B, G, channel)."""
    layers = [grid.to(network.dtype)]
    for convolve in network.convolve:
        layers.append(_dates_first(convolve(channels_last(layers[-1])).relu_()))
    return layers


def _window(
    network: FastTempCnn, whole: list[Tensor], empty: list[Tensor], new: Tensor, split: int
) -> tuple[int, Tensor]:
    """Where what is new begins behind the last convolution, and what it is (B, dates, channel)."""
    length, low, high = whole[0].shape[1], split, min(split + 1, whole[0].shape[1])
    for layer, convolve in enumerate(network.convolve):
        assert isinstance(convolve, Convolution)
        reach = convolve.reach
        lower, higher = max(0, low - reach), min(length, high + reach)
        start, stop = max(0, lower - reach), min(length, higher + reach)
        right = empty[layer][:, high:stop].expand(len(new), -1, -1)
        strip = torch.cat([whole[layer][:, start:low], new, right], 1)
        strip = functional.pad(strip, (0, 0, reach - (lower - start), reach - (stop - higher)))
        new = _dates_first(functional.conv2d(channels_last(strip), convolve.weight, convolve.bias).relu_())
        low, high = lower, higher
    return low, new


def _summed(network: FastTempCnn, last: Tensor) -> Tensor:
    """(B, G + 1, hidden): what the flattened layer makes of the dates before each."""
    weight = network.weight.view(-1, *last.shape[1:])  # (hidden, G, channel)
    parts = torch.einsum("bgc,hgc->bgh", last, weight).float().cumsum(1)
    return functional.pad(parts, (0, 0, 1, 0))


def _dates_first(x: Tensor) -> Tensor:
    """(B, C, 1, G) as (B, G, C)."""
    return x.squeeze(2).mT
