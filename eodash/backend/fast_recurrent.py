"""The two LSTMs: the whole module in one call, without packing; series of one length go together."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from eodash.backend.fast_dates import observed, shared
from models.contract import SeriesNetwork, Trace
from models.days import season
from models.early_lstm import EarlyLstm
from models.lstm import Lstm
from models.masks import carry, hide, never_empty, observed_first, take


class FastLstm(nn.Module):
    """The LSTM that reads in both directions."""

    PIECE = 1024

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, Lstm)
        self.dtype, self.dated = dtype, bool(network.config.dated)
        self.norm, self.cell_norm, self.classifier = network.norm, network.cell_norm, network.classifier
        self.lstm = network.lstm.to(dtype)
        self.cells = 2 * network.config.layers * network.config.hidden

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        mask = never_empty(mask)
        values, day = hide(values, day, mask)
        x = self.norm(values)
        if self.dated:
            x = torch.cat([x, season(day)], -1)
        features = self.cell_norm(self.read(x.to(self.dtype), mask))
        return Trace(self.classifier(features).unsqueeze(1), features)

    def read(self, x: Tensor, mask: Tensor) -> Tensor:
        """Final cell states (B, 2 · layers · hidden); a packed sequence would leave the fast path."""
        lengths = mask.sum(1)
        x = take(x, observed_first(mask)) if not bool(mask.all()) else x
        found = x.new_empty(len(x), self.cells, dtype=torch.float32)
        for length in sorted(set(lengths.tolist())):
            rows = (lengths == length).nonzero().squeeze(1)
            for some in rows.split(256 if x.device.type == "cpu" else len(rows)):
                found[some] = self.lstm(x[some, :length])[1][1].transpose(0, 1).flatten(1).float()
        return found


class FastEarlyLstm(nn.Module):
    """The LSTM with a stopping head; both heads are one."""

    PIECE = 256

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, EarlyLstm)
        self.dtype, self.dated = dtype, bool(network.config.dated)
        self.norm, self.project = network.norm, network.project
        self.lstm = network.lstm.to(dtype)
        heads = [network.classifier, network.stopping]
        self.register_buffer("weight", torch.cat([head.weight.detach() for head in heads]))
        self.register_buffer("bias", torch.cat([head.bias.detach() for head in heads]))

    weight: Tensor
    bias: Tensor

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        values, day = hide(values, day, mask)
        x = self.norm(values)
        if self.dated:
            x = torch.cat([x, season(day)], -1)
        x = self.project(x).to(self.dtype)
        if x.device.type != "cuda" and bool(mask.all()):
            h = self.lstm(x)[0]
        elif bool(mask[0].any()) and shared(day, mask):
            h = carry(self.lstm(observed(x, day, mask)[0])[0], mask, compact=True)
        else:
            h = carry(self.lstm(take(x, observed_first(mask)))[0], mask, compact=True)
        said = functional.linear(h.float(), self.weight, self.bias)
        return Trace(said[..., :-1], h[:, -1].float(), hazard=said[..., -1].sigmoid())
