"""Networks for pairs of images before they have learned anything, decided all the same; and pairs to show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from eodash.backend import weights
from eodash.cards import Card, Class, Input, write
from eodash.change.pair import Pair
from eodash.change.standard import BANDS
from models import ImageNetwork, build_image
from tests.change.made import ground

CHANGE = (Class("no change", "#808080", (0,)), Class("change", "#C02020", (1,)))
COVERS = tuple(Class(letter, "#112233", (place,)) for place, letter in enumerate("abcd"))


def network(architecture: str = "fc-siam-diff", **config: Any) -> ImageNetwork:
    """With statistics as if it had learned something, and answers on both sides of one half."""
    torch.manual_seed(5)
    chosen = config or ({} if architecture == "pretext" else {"widths": (4, 8, 8, 16)})
    classes = len(COVERS) if architecture == "fc-semantic" else 2
    made = build_image(architecture, bands=len(BANDS), classes=classes, **chosen).eval()
    for each in made.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean = torch.randn(each.num_features) / 10
            each.running_var = torch.rand(each.num_features) / 4 + 0.05
    return made


def card(folder: Path, architecture: str = "fc-siam-diff", name: str = "") -> Card:
    """On a shelf of its own."""
    said = weights.save(network(architecture), name or architecture, folder / "weights")
    legends = {"landcover": COVERS, "change": CHANGE} if architecture == "fc-semantic" else {"change": CHANGE}
    config = {} if architecture == "pretext" else {"widths": [4, 8, 8, 16]}
    made = Card(
        name or architecture, f"A small {architecture}", architecture, config,
        Input("", BANDS, (0.0,) * 6, (1.0,) * 6), legends, said, "CC0-1.0", "Nobody (2026)", False,
    )  # fmt: skip
    return write(made, folder / "cards" / "change")


def pair(side: int = 96, columns: int = 0, seed: int = 0) -> Pair:
    """Ground of six bands, a part of it changed, a corner not usable."""
    first = ground(max(side, columns), 6, seed)[:, :side, : columns or side]
    rng = np.random.default_rng(seed)
    first, second = (first + rng.normal(0, 0.004, first.shape).astype(np.float32) for _ in range(2))
    second[:, side // 4 : side // 2, 4 : side // 3] += np.float32(0.1)
    usable = np.ones(first.shape[1:], bool)
    usable[:3, :5] = False
    return replace(Pair(first, second, usable, BANDS, 0.01), reflectance=True)
