"""Shipped networks, and pixels of the demo world as a tile holds them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eodash import cards
from eodash.backend import weights
from eodash.backend.pixels import Pixels
from eodash.backend.probe import real_like
from eodash.cards import Card
from models.contract import SeriesNetwork

ARCHITECTURES = ("early-lstm", "causal-transformer", "lstm", "transformer", "temp-cnn", "ms-resnet", "l-tae")
DATES = (5, 20, 45)


@lru_cache(maxsize=1)
def shipped(name: str) -> tuple[SeriesNetwork, Card]:
    card = cards.card(name)
    return weights.load(card), card


def world(card: Card, series: int, seed: int = 0) -> Pixels:
    """The first of the series; of the very first nothing was observed, of the second nothing before the tenth date."""
    found = real_like(card.input.level, card.input.bands, seed).take(slice(0, series))
    mask = found.mask.copy()
    mask[0] = False
    mask[1, :10] = False
    return Pixels(found.raw, found.days, mask, found.scale)


def as_dates(pixels: Pixels, dates: int) -> Pixels:
    """The same series over so many dates, the first ones again and again."""
    turn = np.arange(dates) % len(pixels.days)
    return Pixels(pixels.raw[turn], np.arange(dates, dtype=np.float32) * 2, pixels.mask[:, turn], pixels.scale)
