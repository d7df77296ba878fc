"""One series before a network, as far as one date: what every explanation of a pixel starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from eodash.backend.endings import said_at_end
from eodash.backend.forward import Floats, tensors
from eodash.backend.pixels import Pixels, check
from eodash.cards import Card, Class
from models.contract import SeriesNetwork


@dataclass(frozen=True, eq=False)
class OneSeries:
    """The first of some pixels; only the dates up to one of them are shown to the network."""

    network: SeriesNetwork
    card: Card
    legend: str
    pixels: Pixels  # the whole series
    date: int

    def __post_init__(self) -> None:
        check(self.network, self.card, self.legend, self.pixels, (self.date,))

    @property
    def classes(self) -> tuple[Class, ...]:
        return tuple(self.card.legends[self.legend])

    @cached_property
    def shown(self) -> Pixels:
        """What the network is shown."""
        return self.pixels.take(slice(0, 1)).until(self.date)

    @property
    def any(self) -> bool:
        """Whether anything had been observed by then."""
        return bool(self.shown.mask.any())

    @cached_property
    def input(self) -> tuple[Tensor, Tensor, Tensor]:
        """Values (1, time, band), day and mask (1, time), as the network takes them."""
        return tensors(self.network, self.card.input, self.shown.values, self.shown.day, self.shown.mask)

    @cached_property
    def chances(self) -> Floats:
        """(class,) at the date; not a number where nothing had been observed."""
        said: Floats = self.said_of(self.shown.mask)[0]
        return said

    def said_of(self, masks: NDArray[np.bool_]) -> Floats:
        """(copy, class): what is said at the end if these dates (copy, time) alone had been observed."""
        values, day, _ = self.input
        return said_at_end(self.network, self.classes, values, day, masks)
