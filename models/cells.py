"""The LSTM written out, for looking inside; what it says is what nn.LSTM says.

    i, f, o = σ(W x + U h)   g = tanh(W x + U h)   c ← f·c + i·g   h ← o·tanh(c)

At a date without observation all six stay what they were at the last date read: for a layer that reads backwards, the
next one in time. Before the first date read they are zero.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

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
