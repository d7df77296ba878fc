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
    """The LSTM with a stopping head; both heads are one, and the first layer reads the bands themselves."""

    PIECE = 256
    weight: Tensor
    bias: Tensor

    def __init__(self, network: SeriesNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        assert isinstance(network, EarlyLstm)
        self.dtype, self.dated = dtype, bool(network.config.dated)
        self.norm, self.lstm = network.norm, reading(network.project, network.lstm).to(dtype)
        heads = [network.classifier, network.stopping]
        self.register_buffer("weight", torch.cat([head.weight.detach() for head in heads]))
        self.register_buffer("bias", torch.cat([head.bias.detach() for head in heads]))

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        full = mask.device.type != "cuda" and bool(mask.all())
        values, day = (values.float(), day.float()) if full else hide(values, day, mask)
        x = self.norm(values)
        if self.dated:
            x = torch.cat([x, season(day)], -1)
        if not full:
            same = bool(mask[0].any()) and shared(day, mask)
            x = observed(x, day, mask)[0] if same else take(x, observed_first(mask))
        # dates before series: what the layers hand on is in order without a copy
        h = self.lstm(x.transpose(0, 1).to(self.dtype).contiguous())[0].transpose(0, 1).float()
        said, features = functional.linear(h, self.weight, self.bias), h[:, -1]
        if not full:
            unseen = ~mask.any(1, keepdim=True)
            features = take(h, (mask.sum(1, keepdim=True) - 1).clamp(min=0)).squeeze(1).masked_fill(unseen, 0.0)
            said = carry(said - self.bias, mask, compact=True) + self.bias  # the biases answer before the first date
        return Trace(said[..., :-1], features, hazard=said[..., -1].sigmoid())


def reading(project: nn.Linear, lstm: nn.LSTM) -> nn.LSTM:
    """The LSTM with the linear layer before it inside: its first layer has so many fewer inputs."""
    kept = dict(lstm.named_parameters())
    entry = kept["weight_ih_l0"]
    with torch.random.fork_rng(devices=[]):  # first weights are drawn; nobody else should notice
        found = nn.LSTM(project.in_features, lstm.hidden_size, lstm.num_layers)
    with torch.no_grad():
        for name, parameter in found.named_parameters():
            parameter.zero_()  # the LSTM itself has no biases
            if name == "weight_ih_l0":
                parameter.copy_(entry @ project.weight)
            elif name == "bias_ih_l0":
                parameter.copy_(entry @ project.bias)
            elif name in kept:
                parameter.copy_(kept[name])
    return found
