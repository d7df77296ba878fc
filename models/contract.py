"""What every network of the shelf takes, and the one thing it gives back.

values (B, T, D)   normalised reflectance; anything finite where the mask is off
day    (B, T)      phase days: day of year in the north, half a year less in the south; goes on over the new year
mask   (B, T)      True where there is an observation; a series may have gaps, but never no observation at all
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn


class Trace(NamedTuple):
    """Everything a network says about a batch of series."""

    logits: Tensor  # (B, T, C) after every date; (B, 1, C) from a network that looks ahead
    features: Tensor  # (B, F) what the classifier saw of the whole series
    hazard: Tensor | None = None  # (B, T) chance of stopping at each date, given that it has not stopped before
    attention: Tensor | None = None  # (B, L, H, Q, T) rows sum to one over the observed dates; only when watched
    states: dict[str, Tensor] | None = None  # (B, T, L, U) gates i, f, g, o and states c, h; only when watched


class SeriesNetwork(nn.Module):
    """A network over the dates of one pixel. `causal`: what it says at a date is the same whether or not more come."""

    causal: ClassVar[bool]
    config: Any  # the frozen dataclass it was built from: bands, classes, and what its paper chose
    classifier: nn.Linear  # the last layer: F features → C classes

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        """Read the series; with `watch`, attention and states are kept. What is said is the same either way."""
        raise NotImplementedError
