"""What a network keeps while it reads: its attention, its states. Only some networks have either."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from eodash.backend.forward import evaluating
from eodash.backend.questions import keeps_none
from eodash.cards import Card
from eodash.errors import ModelError
from models.cells import NAMES, follow
from models.contract import SeriesNetwork, Trace
from models.early_lstm import EarlyLstm
from models.lstm import Lstm

MEMORY = 128 * 2**20
"""Bytes that what is kept of the series read in one go may take."""


def attention(network: SeriesNetwork, card: Card, values: Tensor, day: Tensor, mask: Tensor) -> Tensor:
    """(series, layer, head, asked, looked): rows of observed dates sum to one, the others are zero.

    One row where a network asks once per head.
    """
    said = _watch(network, values, day, mask).attention
    if said is None:
        raise keeps_none(card, "attention")
    said = said.float().masked_fill(~mask[:, None, None, None, :], 0.0)
    return said if said.shape[3] == 1 else said.masked_fill(~mask[:, None, None, :, None], 0.0)


def received(attention: Tensor) -> Tensor:
    """(series, layer, head, time): the mean of what the observed dates give; sums to one, not a number without any."""
    total = attention.sum(3)
    return total / total.sum(-1, keepdim=True)


def states(network: SeriesNetwork, card: Card, values: Tensor, day: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """(series, time, layer, unit) by name: the gates i, f, g, o and the states c, h."""
    said = _watch(network, values, day, mask).states
    if said is None:
        raise keeps_none(card, "states")
    return said


def one_state(
    network: SeriesNetwork, card: Card, values: Tensor, day: Tensor, mask: Tensor, which: tuple[str, int, int]
) -> Tensor:
    """(series, time) one gate or state of one layer and unit, without what the others hold."""
    if not isinstance(network, Lstm | EarlyLstm):
        raise keeps_none(card, "states")
    quantity, layer, unit = which
    layers, units = network.lstm.num_layers * (1 + network.lstm.bidirectional), network.lstm.hidden_size
    if quantity not in NAMES or not (0 <= layer < layers and 0 <= unit < units):
        names = f"{', '.join(NAMES)} in {layers} layers of {units} units"
        raise absent(card, names, f"{quantity}:{layer}:{unit}")
    with evaluating(network):
        return follow(network.lstm, *network.entering(values, day, mask), layer, unit)[..., NAMES.index(quantity)]


def layers_of(network: SeriesNetwork, count: int) -> list[str]:
    """What layers of states are called: their number, and which way they read where there are both."""
    lstm = getattr(network, "lstm", None)
    if lstm is not None and lstm.bidirectional:
        return [f"{1 + place // 2} {'→←'[place % 2]}" for place in range(count)]
    return [str(1 + place) for place in range(count)]


def few(series: int, bytes_each: int, most: int) -> Iterator[slice]:
    """So many series at a time that what is kept of them stays small."""
    size = max(1, min(most, MEMORY // max(1, bytes_each)))
    return (slice(start, min(series, start + size)) for start in range(0, series, size))


def absent(card: Card, there: str, asked: str) -> ModelError:
    """A layer, head or unit that the network does not have."""
    return ModelError(
        f"{card.title} has {there}; asked for {asked}.",
        "Count them from 0.",
        code="reducer",
        details={"needed": asked, "found": there},
    )


def _watch(network: SeriesNetwork, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
    with evaluating(network):
        said: Trace = network(values, day, mask, watch=True)
    return said
