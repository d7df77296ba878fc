"""The LSTM written out, for looking inside; what it says is what nn.LSTM says.

    i, f, o = σ(W x + U h)   g = tanh(W x + U h)   c ← f·c + i·g   h ← o·tanh(c)

At a date without observation all six stay what they were at the last date read: for a layer that reads backwards, the
next one in time. Before the first date read they are zero.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from models.masks import observed_first, take

NAMES = ("i", "f", "g", "o", "c", "h")


class Unrolled(NamedTuple):
    """All that an LSTM does with a batch of series; L counts layers, forward before backward in each."""

    output: Tensor  # (B, T, directions · U) of the last layer
    cells: Tensor  # (B, L, U) each one's cell state at the end of its reading
    states: dict[str, Tensor]  # (B, T, L, U) by NAMES


def unroll(lstm: nn.LSTM, x: Tensor, mask: Tensor) -> Unrolled:
    """Read x (B, T, D), skipping what is not observed; the weights are those of the nn.LSTM."""
    kept: list[Tensor] = []
    cells: list[Tensor] = []
    for layer in range(lstm.num_layers):
        if layer:
            x = functional.dropout(x, lstm.dropout, lstm.training)
        directions = [read(lstm, f"_l{layer}", x, mask)]
        cells.append(directions[0][:, -1, 4])
        if lstm.bidirectional:
            directions.append(read(lstm, f"_l{layer}_reverse", x.flip(1), mask.flip(1)).flip(1))
            cells.append(directions[1][:, 0, 4])
        x = torch.cat([direction[:, :, 5] for direction in directions], dim=-1)
        kept += directions
    stacked = torch.stack(kept, dim=3)  # (B, T, 6, L, U)
    return Unrolled(x, torch.stack(cells, dim=1), {name: stacked[:, :, k] for k, name in enumerate(NAMES)})


def read(lstm: nn.LSTM, which: str, x: Tensor, mask: Tensor) -> Tensor:
    """One layer in one direction, date after date: (B, T, D) → (B, T, 6, U)."""
    weights: dict[str, Tensor] = {name: weight for name, weight in lstm.named_parameters() if name.endswith(which)}
    recurrent = weights[f"weight_hh{which}"]
    incoming = functional.linear(x, weights[f"weight_ih{which}"])  # (B, T, 4 U)
    if lstm.bias:
        incoming = incoming + weights[f"bias_ih{which}"] + weights[f"bias_hh{which}"]
    state = incoming.new_zeros(len(x), 6, lstm.hidden_size)
    states = []
    for date in range(x.shape[1]):
        c, h = state[:, 4], state[:, 5]
        i, f, g, o = functional.linear(h, recurrent).add(incoming[:, date]).chunk(4, dim=-1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        state = torch.where(mask[:, date, None, None], torch.stack([i, f, g, o, c, o * c.tanh()], dim=1), state)
        states.append(state)
    return torch.stack(states, dim=1)


def follow(lstm: nn.LSTM, x: Tensor, mask: Tensor, layer: int, unit: int) -> Tensor:
    """(B, T, 6) one unit of one layer, as `unroll` has it: the layers up to its own are read in one go each.

    Its gates hang on what its layer passed on the date before, and that is what nn.LSTM gives; nothing else is kept.
    """
    ways = 1 + lstm.bidirectional
    depth, backward = layer // ways, bool(layer % ways)
    lengths = mask.sum(1)
    packed = pack_padded_sequence(
        take(x, observed_first(mask)), lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
    )
    for below in range(depth):
        packed = _layer(lstm, below, packed)
    given, _ = pad_packed_sequence(packed, batch_first=True)
    passed, _ = pad_packed_sequence(_layer(lstm, depth, packed), batch_first=True)
    passed = passed.chunk(ways, -1)[int(backward)]
    before = functional.pad(passed[:, 1:], (0, 0, 0, 1)) if backward else functional.pad(passed[:, :-1], (0, 0, 1, 0))
    valid = torch.arange(given.shape[1], device=x.device) < lengths.unsqueeze(1)
    kept = _one(lstm, f"_l{depth}{'_reverse' * backward}", given, before, valid, unit, backward)
    behind = mask.cumsum(1)
    at = behind - mask.long() if backward else behind - 1  # the next date read, or the last one
    there = (at >= 0) & (at < lengths.unsqueeze(1))
    found = kept.gather(1, at.clamp(0, kept.shape[1] - 1).unsqueeze(-1).expand(-1, -1, len(NAMES)))
    return found.masked_fill(~there.unsqueeze(-1), 0.0)


def _layer(lstm: nn.LSTM, depth: int, x: PackedSequence) -> PackedSequence:
    """One layer alone, in both directions where it has them."""
    alone = nn.LSTM(
        x.data.shape[-1], lstm.hidden_size, bias=lstm.bias, batch_first=True, bidirectional=lstm.bidirectional,
        device="meta",
    )  # fmt: skip
    weights = {name: getattr(lstm, name.replace("_l0", f"_l{depth}")) for name, _ in alone.named_parameters()}
    said: PackedSequence = functional_call(alone, weights, (x,))[0]
    return said


def _one(
    lstm: nn.LSTM, which: str, x: Tensor, before: Tensor, valid: Tensor, unit: int, backward: bool
) -> Tensor:  # fmt: skip
    """(B, T, 6) one unit over dates that are all read, from what is given and what was passed on before."""
    rows = unit + lstm.hidden_size * torch.arange(4, device=x.device)
    sums = functional.linear(x, getattr(lstm, f"weight_ih{which}")[rows])
    sums = sums + functional.linear(before, getattr(lstm, f"weight_hh{which}")[rows])
    if lstm.bias:
        sums = sums + getattr(lstm, f"bias_ih{which}")[rows] + getattr(lstm, f"bias_hh{which}")[rows]
    i, f, o = (sums[..., place].sigmoid() for place in (0, 1, 3))
    g = sums[..., 2].tanh()
    c, cells = x.new_zeros(len(x)), []
    dates = range(x.shape[1])
    for date in reversed(dates) if backward else dates:
        c = torch.where(valid[:, date], f[:, date] * c + i[:, date] * g[:, date], c)
        cells.append(c)
    cell = torch.stack(cells[::-1] if backward else cells, 1)
    return torch.stack([i, f, g, o, cell, o * cell.tanh()], -1)
