"""Some series before a network, as far as one date: what an explanation of a sample starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from eodash.backend.endings import said_at_end
from eodash.backend.forward import Floats, tensors
from eodash.backend.pixels import Pixels
from eodash.cards import Card, Class
from eodash.sources.contract import NODATA
from models.contract import SeriesNetwork

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ManySeries:
    """Part of a sample, cut behind the date; at least one date of each series had been observed."""

    network: SeriesNetwork
    card: Card
    legend: str
    pixels: Pixels
    first: int = 0  # place of the first of them in the sample, so that draws do not depend on how it was cut
    options: Mapping[str, Any] = field(default_factory=dict)
    on_piece: Callable[[], None] = lambda: None  # may raise, and nothing goes on

    @property
    def classes(self) -> tuple[Class, ...]:
        return tuple(self.card.legends[self.legend])

    @property
    def used(self) -> Bools:
        """(series, time) dates that the network is shown."""
        return self.pixels.mask

    @cached_property
    def observed(self) -> Bools:
        """(series, time) dates of which there is an image, cloudy or not."""
        raw = self.pixels.raw
        there = raw != NODATA
        if raw.dtype.kind == "f":
            there &= np.isfinite(raw)
        seen: Bools = there.all(1).T
        return seen

    @cached_property
    def cloudy(self) -> Bools:
        """(series, time) observed, but not clear."""
        return self.observed & ~(self.observed if self.pixels.clear is None else self.pixels.clear)

    @cached_property
    def input(self) -> tuple[Tensor, Tensor, Tensor]:
        """Values (series, time, band), day and mask (series, time), as the network takes them."""
        return tensors(self.network, self.card.input, self.pixels.values, self.pixels.day, self.pixels.mask)

    @cached_property
    def chances(self) -> Floats:
        """(series, class) at the end."""
        return self.said_of(self.used)

    def said_of(self, masks: Bools, values: Tensor | None = None) -> Floats:
        """(series, class) if these dates (series, time) alone had been seen, or other values had stood there."""
        shown, day, _ = self.input
        shown = shown if values is None else values
        return said_at_end(self.network, self.classes, shown, day, masks, self.on_piece)

    def keys(self, draw: int) -> Floats:
        """(series, time) random numbers that order dates; the same for the same seed, draw and place in the sample."""
        seed, dates = int(self.options.get("seed", 0)), self.used.shape[1]
        places = range(self.first, self.first + len(self.used))
        return np.array([np.random.default_rng((seed, draw, each)).random(dates, np.float32) for each in places])
