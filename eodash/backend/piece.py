"""A few pixels before a network: what it says of them, each thing worked out once, when somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from eodash.backend.device import Asker
from eodash.backend.fast_folding import folded
from eodash.backend.pixels import Pixels, given, tensor_of
from eodash.backend.watched import attention, few, one_state, received
from eodash.cards import Card, Class
from models.contract import Trace


class Piece:
    """Some series on their device; every one of them has an observation."""

    def __init__(
        self, ask: Asker, card: Card, legend: str, dates: Sequence[int], pixels: Pixels, raw: Tensor, mask: Tensor
    ) -> None:
        self.ask, self.card, self.legend, self.dates, self.pixels = ask, card, legend, tuple(dates), pixels
        self.values, self.day, self.mask = given(raw, mask, pixels, card.input)

    @cached_property
    def trace(self) -> Trace:
        """What is said of the whole series, and after every date by a causal network."""
        return self.ask(self.values, self.day, self.mask)

    @cached_property
    def chances(self) -> Tensor:
        """(series, date, class) after each of the dates; not a number where nothing had been observed by then."""
        newest = self.pixels.newest(self.dates)
        logits = self._after(newest) if self.ask.causal else self._prefixes(newest)
        classes = self.card.legends[self.legend]
        quick = not self.ask.policy.plain and logits.device.type == "cpu"
        chances = folded(logits, classes) if quick else folding(logits.softmax(-1), classes)
        if newest.min(initial=0) >= 0:
            return chances
        unseen = torch.from_numpy(newest < 0).to(chances.device)
        return chances.masked_fill(unseen.unsqueeze(-1), torch.nan)

    @cached_property
    def hazard(self) -> Tensor:
        """(series, date) at each of the dates: 0 where nothing was observed, for nobody stops there."""
        assert self.trace.hazard is not None
        dates = list(self.dates)
        return self.trace.hazard[:, dates].masked_fill(~self.mask[:, dates], 0.0)

    @cached_property
    def leader(self) -> tuple[Tensor, Tensor]:
        """(series, date) the largest chance, and the class that has it."""
        best, said = self.chances.max(-1)
        return best, said

    @cached_property
    def second(self) -> Tensor:
        """(series, date) the largest chance of the other classes; the largest one itself where there is one class."""
        best, said = self.leader
        if self.chances.shape[-1] == 1:
            return best
        lines = self.chances.permute(2, 1, 0)
        return lines.masked_fill(torch.arange(len(lines), device=said.device).view(-1, 1, 1) == said.T, -1.0).amax(0).T

    @cached_property
    def known(self) -> Tensor:
        """(series, date): whether anything had been observed by then."""
        return ~self.chances[..., 0].isnan()

    @cached_property
    def cloudy(self) -> Tensor:
        """(series, time) whether a date is used although it is cloudy."""
        if self.pixels.clear is None:
            return torch.zeros_like(self.mask)
        return self.mask & ~tensor_of(np.ascontiguousarray(self.pixels.clear)).to(self.mask.device)

    @cached_property
    def received(self) -> Tensor:
        """(series, layer, head, time) attention up to the last of the dates, of the network as it is."""
        parts = [received(attention(self.ask.network, self.card, *some)) for some in self._watched(64)]
        return torch.cat(parts)

    def state_of(self, quantity: str, layer: int, unit: int) -> Tensor:
        """(series, time) a gate or state of one unit, up to the last of the dates."""
        which = quantity, layer, unit
        return torch.cat([one_state(self.ask.network, self.card, *some, which) for some in self._watched(0)])

    def _watched(self, squares: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """The series as far as the last of the dates, so many at a time that there is room for what is kept of them."""
        end = max(self.dates) + 1
        units = 8 * getattr(self.ask.network.config, "hidden", 64)
        for at in few(len(self.values), 4 * end * (squares * end or units), self.ask.policy.size):
            yield self.values[at, :end], self.day[at, :end], self.mask[at, :end]

    def _after(self, newest: np.ndarray) -> Tensor:
        index = torch.from_numpy(np.maximum(newest, 0)).to(self.values.device)
        logits = self.trace.logits
        return logits.gather(1, index.unsqueeze(-1).expand(-1, -1, logits.shape[-1]))

    def _prefixes(self, newest: np.ndarray) -> Tensor:
        """(series, date, output) of a network that looks ahead: asked again wherever something new has been seen.

        The beginnings of series of one length, or nearly, go together; what lies behind each is masked.
        """
        if self.ask.shares(len(self.dates)):
            return self.ask.prefixes(self.values, self.day, self.mask, self.dates)
        device = self.values.device
        before = np.concatenate([np.full((len(newest), 1), -1), newest[:, :-1]], axis=1)
        date, row = np.nonzero((newest != before).T)  # sorted by date
        end = newest[row, date]
        said = torch.zeros(*newest.shape, self.ask.outputs, device=device)
        size = self.ask.policy.series_of(self.values.shape[1])
        for start in range(0, len(row), size):
            at = slice(start, start + size)
            rows, ends = torch.from_numpy(row[at]).to(device), torch.from_numpy(end[at]).to(device)
            length = int(end[at].max()) + 1
            mask = self.mask[rows, :length] & (torch.arange(length, device=device) <= ends.unsqueeze(1))
            logits = self.ask(self.values[rows, :length], self.day[rows, :length], mask).logits[:, 0]
            said[rows, torch.from_numpy(date[at]).to(device)] = logits
        # where nothing new was seen, the last answer holds
        fresh = np.maximum.accumulate(np.where(newest != before, np.arange(newest.shape[1]), 0), axis=1)
        index = torch.from_numpy(fresh).to(device).unsqueeze(-1)
        return said.gather(1, index.expand(-1, -1, said.shape[-1]))


def folding(chances: Tensor, classes: Sequence[Class]) -> Tensor:
    """`forward.fold` on the device: (…, output) → (…, class)."""
    exact = torch.float32 if chances.device.type == "mps" else torch.float64  # an Apple GPU knows no double precision
    table = torch.zeros(chances.shape[-1], len(classes), dtype=exact, device=chances.device)
    for column, one in enumerate(classes):
        table[list(one.outputs), column] = 1
    parts = chances.to(exact) @ table
    total = parts.sum(-1, keepdim=True)
    return torch.where(total <= 0, 1 / len(classes), parts / total).float()
