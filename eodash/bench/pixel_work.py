"""The work that is measured: a cube of whole numbers, networks of the peers' size, and those of the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import models
from eodash import cards
from eodash.backend.device import Policy
from eodash.backend.pixels import Pixels, pixels_of
from eodash.backend.probe import real_like
from eodash.backend.tile import predict_tile
from eodash.backend.weights import load
from eodash.cards import Card, Class, Input
from models.contract import SeriesNetwork

DATES, BANDS, CLASSES, STEP = 45, 10, 9, 8.0
LEGEND, SCALE = "nine", 1e-4
QUICK = Policy(dtype="bfloat16", plain=False)
PLAIN = Policy()
SAME, APART = 0.995, 0.03
"""What a quick map has to reach against the plain one: share of the same class, most that a probability may differ."""


@dataclass(frozen=True)
class Work:
    """A network of the size of its peer's."""

    architecture: str
    operations: float  # per pixel, millions
    pixels: int
    bar: float
    config: dict[str, float] = field(default_factory=dict)


SIZE = {"width": 64, "layers": 5, "heads": 2, "depth": 32, "inner": 128}
GRID = {"grid_start": 0.0, "grid_step": STEP, "grid_length": DATES}
WORKS = {
    "LSTM": Work("lstm", 118.9, 512, 4.0, {"hidden": 128}),
    "Transformer": Work(
        "transformer", 17.4, 1024, 3.0, {"width": 64, "layers": 5, "heads": 2, "depth": 32, "inner": 128}
    ),
    "MS-ResNet": Work("ms-resnet", 19.2, 1024, 4.0, {"grid_start": 0.0, "grid_step": 352 / 127, "grid_length": 128}),
    "TempCNN": Work("temp-cnn", 27.4, 1024, 7.0, {"kernel": 7, "width": 128, "hidden": 512} | GRID),
    "early LSTM": Work("early-lstm", 9.5 * DATES / 71, 2048, 3.0),
}
"""MS-ResNet: the peer stretches a series to 512 dates and its first two layers leave 128; here the grid has as many."""


@lru_cache(maxsize=2)
def cube(pixels: int) -> NDArray[np.int16]:
    """(time, band, 1, pixel): seasons of nine kinds, each pixel with a peak, a height and noise of its own."""
    draw = np.random.default_rng(7)
    kind = draw.integers(CLASSES, size=pixels)
    peak = 60 + 30 * kind + draw.normal(0, 12, pixels)
    day = STEP * np.arange(DATES)[:, None]
    green = np.exp(-(((day - peak) / 45) ** 2)) * draw.uniform(0.6, 1, pixels)  # (time, pixel)
    bare, grown = draw.uniform(0.05, 0.25, (2, BANDS, 1))
    values = bare + (grown - bare + 0.2) * green[:, None] + draw.normal(0, 0.02, (DATES, BANDS, pixels))
    found: NDArray[np.int16] = np.rint(values * 1e4).clip(1, 10_000).astype(np.int16)[:, :, None]
    return found


def pixels_in(values: NDArray[np.int16], card: Card) -> Pixels:
    """A tile as a worker makes it; nothing is clouded."""
    clear = np.ones((values.shape[0], *values.shape[2:]), bool)
    return pixels_of(values, clear, (STEP * np.arange(DATES)).astype(np.float32), card, SCALE)


def card_of(work: Work) -> Card:
    """What a network of this size would have for a card."""
    bands = tuple(f"band {number}" for number in range(BANDS))
    legend = tuple(Class(f"class {number}", "#808080", (number,)) for number in range(CLASSES))
    return Card(
        name="bench", title="Bench", architecture=work.architecture, config=work.config, weights=None,
        licence="", citation="", input=Input("", bands, (0.2,) * BANDS, (0.1,) * BANDS), legends={LEGEND: legend},
        causal=models.SHELF[work.architecture].causal,
    )  # fmt: skip


def network_of(work: Work) -> SeriesNetwork:
    """A network of this size before it has learned anything; what it costs matters, not what it answers."""
    torch.manual_seed(3)
    network = models.build(work.architecture, bands=BANDS, classes=CLASSES, **work.config).eval()
    for each in network.modules():
        if isinstance(each, nn.BatchNorm1d):  # as if it had: statistics that are not those of a fresh layer
            each.running_mean = torch.randn(each.num_features) / 10
            each.running_var = torch.rand(each.num_features) + 0.5
    return network


def mapped(network: SeriesNetwork, card: Card, values: NDArray[np.int16], policy: Policy, dates: Sequence[int]) -> Any:
    """The map of a tile, as a worker makes it."""
    (legend,) = list(card.legends)[:1]
    return predict_tile(network, card, legend, pixels_in(values, card), dates, (1, values.shape[-1]), policy=policy)


def agreement(ours: dict[str, NDArray[Any]], plain: dict[str, NDArray[Any]]) -> tuple[float, float]:
    """Share of the same class, and the largest difference of a final probability."""
    apart = np.nanmax(np.abs(ours["final"].astype(np.float32) - plain["final"].astype(np.float32)))
    return float((ours["said"] == plain["said"]).mean()), float(apart)


def shipped(architecture: str) -> tuple[Card, SeriesNetwork, Pixels]:
    """A network of the shelf, and series like those it will meet, clouds masked."""
    card = cards.card(f"{architecture}-l2a")
    return card, load(card), real_like("l2a", card.input.bands)
