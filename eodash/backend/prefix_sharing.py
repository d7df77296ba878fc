"""What a network that looks ahead says after every date: what the beginnings of a series share is computed once.

    prefixes(network, values, day, mask, dates) → logits (B, date, C)

`network` is one of the shelf or a prepared one (fast.py); values, day and mask are its tensors, normalised, on its
device (forward.tensors). The answer at a date is that to the series cut off behind it, as `forward.prefixes` asks, to
rounding in the precision of the network. Where nothing had been observed by then it is finite and means nothing.

    l-tae          dates are encoded once; every beginning weighs them anew
    temp-cnn       convolutions left of the end of a beginning are those of the whole series (prefix_windows.py)
    causal         one pass says it all
    the others     every beginning by itself, those of one length together; dates without an observation ask nothing
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from eodash.backend.fast import Prepared, quick_of
from eodash.backend.fast_convolutions import FastTempCnn
from eodash.backend.prefix_windows import beginnings
from models.contract import SeriesNetwork
from models.l_tae import LTae
from models.masks import hide, squeeze, take
from models.temp_cnn import TempCnn

PIECE = 256
"""Series in one go: all their beginnings are in memory at a time."""
FEW = 3
"""Fewer dates than this are cheaper to ask one by one."""


def prefixes(
    network: SeriesNetwork | Prepared, values: Tensor, day: Tensor, mask: Tensor, dates: Sequence[int]
) -> Tensor:
    """Logits (B, date, C) after each of these dates (indices, ascending), had the series ended there."""
    convolved = _convolved(network)
    chosen = torch.tensor(list(dates), dtype=torch.long, device=mask.device)
    with torch.inference_mode():
        said = [
            _piece(network, convolved, values[at : at + PIECE], day[at : at + PIECE], mask[at : at + PIECE], chosen)
            for at in range(0, max(1, len(values)), PIECE)
        ]
        return torch.cat(said)


def _convolved(network: SeriesNetwork | Prepared) -> FastTempCnn | None:
    """The convolutions with their norms inside, where windows of them can be asked."""
    if isinstance(network, Prepared):
        return network.quick if isinstance(network.quick, FastTempCnn) else None
    if not isinstance(network, TempCnn) or quick_of(network) is None:
        return None
    return FastTempCnn(copy.deepcopy(network).eval(), torch.float32).to(network.classifier.weight.device)


def _piece(
    network: SeriesNetwork | Prepared,
    convolved: FastTempCnn | None,
    values: Tensor,
    day: Tensor,
    mask: Tensor,
    chosen: Tensor,
) -> Tensor:
    mask = _begun(mask)
    newest = torch.where(mask, torch.arange(mask.shape[1], device=mask.device), 0).cummax(1).values[:, chosen]
    plain = network.plain if isinstance(network, Prepared) else network
    if plain.causal:
        return take(network(values, day, mask).logits.float(), newest)
    if len(chosen) < FEW:
        return _by_date(network, values, day, mask, chosen)
    if isinstance(plain, LTae):
        return _weighed(plain, values, day, mask, newest)
    if convolved is not None:
        said, told = beginnings(convolved, values, day, mask, newest)
        for place, end in enumerate((chosen + 1).tolist()):
            rows = (~told[:, place]).nonzero().squeeze(1)
            if len(rows):
                cut = values[rows, :end], day[rows, :end], _begun(mask[rows, :end])
                said[rows, place] = network(*cut).logits[:, 0].float()
        return said
    many = 2 * len(chosen) > mask.shape[1]
    return _by_length(network, values, day, mask, newest) if many else _by_date(network, values, day, mask, chosen)


def _begun(mask: Tensor) -> Tensor:
    """The mask; the first date counts as observed where nothing is, so that there is a finite answer."""
    first = torch.zeros_like(mask)
    first[:, 0] = True
    return mask | (first & ~mask.any(1, keepdim=True))


def _weighed(network: LTae, values: Tensor, day: Tensor, mask: Tensor, newest: Tensor) -> Tensor:
    """The softmax of every beginning over keys and values that are the same in all of them."""
    values, day = hide(values, day, mask)
    heads, depth = network.query.shape
    x = network.project(network.norm(values)) + network.positions(day, mask).repeat(1, 1, heads)  # (B, T, width)
    score = (network.key(x).unflatten(-1, (heads, depth)) * network.query).sum(-1) / math.sqrt(depth)  # (B, T, H)
    seen = mask.unsqueeze(1) & (torch.arange(mask.shape[1], device=mask.device) <= newest.unsqueeze(-1))  # (B, N, T)
    seen |= ~seen.any(-1, keepdim=True)
    attention = score.mT.unsqueeze(2).masked_fill(~seen.unsqueeze(1), -torch.inf).softmax(-1)  # (B, H, N, T)
    mixed = attention @ x.unflatten(-1, (heads, -1)).transpose(1, 2)  # (B, H, N, width / H)
    mixed = mixed.transpose(1, 2).flatten(2)  # (B, N, width)
    features = network.out_norm(network.hidden(mixed.flatten(0, 1)))
    said: Tensor = network.classifier(features)
    return said.view(*mixed.shape[:2], -1)


def _by_date(network: SeriesNetwork | Prepared, values: Tensor, day: Tensor, mask: Tensor, chosen: Tensor) -> Tensor:
    """Every date by itself: all series as far as that date."""
    ends = [date + 1 for date in chosen.tolist()]
    return torch.stack(
        [network(values[:, :end], day[:, :end], _begun(mask[:, :end])).logits[:, 0].float() for end in ends], 1
    )


def _by_length(network: SeriesNetwork | Prepared, values: Tensor, day: Tensor, mask: Tensor, newest: Tensor) -> Tensor:
    """Every number of observations by itself: without their gaps, beginnings of one length need no mask."""
    lengths = mask.cumsum(1).gather(1, newest).clamp(min=1)  # (B, N)
    values, day, mask = squeeze(values, day, mask)
    said: Tensor | None = None
    for length in sorted(set(lengths.flatten().tolist()), reverse=True):
        rows, places = (lengths == length).nonzero(as_tuple=True)
        series, back = rows.unique(return_inverse=True)
        some = values[series, :length], day[series, :length], mask[series, :length]
        logits = network(*some).logits[:, 0].float()
        if said is None:
            said = logits.new_zeros(*newest.shape, logits.shape[-1])
        said[rows, places] = logits[back]
    assert said is not None
    return said
