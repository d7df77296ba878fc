"""The stopping head alone, once everything else has been learned: it is small, and had the fewest epochs.

What the network says after each date stays as it is; only when it has said enough is learned again. The states of all
series are asked once and kept, so that a round over them costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from eodash.cards import Input
from eodash.datasets.contract import Dataset
from eodash.training.feeding import HELD_BYTES, Fed, Feed
from eodash.training.losses import early
from models.contract import SeriesNetwork, Trace

SERIES = 8192  # most series whose states are kept
SIZE = 512  # series of a step
RATE = 0.03


class _Seen(NamedTuple):
    """What the head needs of a batch."""

    state: Tensor  # (B, T, F)
    logits: Tensor  # (B, T, C)
    label: Tensor
    mask: Tensor


def learn_to_stop(
    network: SeriesNetwork, feed: Feed, ask: Callable[[Fed], Trace], alpha: float, rounds: int, seed: int
) -> None:
    """Fit `network.stopping` to the early loss, and leave every other parameter alone."""
    head: nn.Linear = network.stopping  # type: ignore[assignment]
    seen = _states(network, head, feed, ask, seed)
    learning = torch.optim.Adam(head.parameters(), lr=RATE)
    for _ in range(rounds):
        for state, logits, label, mask in seen:
            hazard = head(state).squeeze(-1).sigmoid()
            loss = early(logits, hazard, label, mask, alpha).mean()
            learning.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            learning.step()


def learn_again(network: SeriesNetwork, input: Input, data: Dataset, alpha: float, rounds: int, seed: int) -> None:
    """The same for a network that was trained before, on the processor."""
    mean, scale = torch.tensor(input.mean), torch.tensor(input.scale)

    def ask(fed: Fed) -> Trace:
        trace: Trace = network(((fed.values - mean) / scale).masked_fill(~fed.mask[..., None], 0.0), fed.day, fed.mask)
        return trace

    learn_to_stop(network, Feed(data, torch.device("cpu"), HELD_BYTES, "training"), ask, alpha, rounds, seed)


def _states(network: SeriesNetwork, head: nn.Linear, feed: Feed, ask: Callable[[Fed], Trace], seed: int) -> list[_Seen]:
    """States and answers of some series, as the finished network gives them."""
    kept: list[Tensor] = []
    seen: list[_Seen] = []
    hook = head.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    some = np.random.default_rng([seed, 3]).permutation(len(feed))[:SERIES]
    network.eval()
    try:
        with torch.no_grad():
            for fed in feed.batches(iter(np.array_split(some, max(1, -(-len(some) // SIZE))))):
                if len(fed.label):
                    logits = ask(fed).logits.float()
                    seen.append(_Seen(kept.pop().float(), logits, fed.label, fed.mask))
    finally:
        hook.remove()
    return seen
