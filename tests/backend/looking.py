"""A network that looks: what its answer hangs on is known by hand, and so is whether it says so."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import Tensor, nn

from eodash.cards import Class, Input
from models.contract import SeriesNetwork, Trace
from tests.backend.made import card_of

CARD = card_of(
    "l-tae", None, input=Input("l2a", ("B04", "B08"), (0.0, 0.0), (1.0, 1.0)),
    legends={"two": (Class("dark", "#111111", (0,)), Class("bright", "#eeeeee", (1,)))},
)  # fmt: skip


class Looking(SeriesNetwork):
    """ "bright" as far as the second band is bright on dates where the first is; asked once, by one head.

    `honest`: its attention lies where its answer comes from, else on the other dates.
    """

    causal = False

    def __init__(self, honest: bool) -> None:
        super().__init__()
        self.config = SimpleNamespace(bands=2, classes=2)
        self.classifier = nn.Linear(1, 2)
        self.honest = honest

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        score = 8 * values[..., 0]
        weight = score.masked_fill(~mask, -torch.inf).softmax(-1)
        shown = weight if self.honest else (-score).masked_fill(~mask, -torch.inf).softmax(-1)
        found = (weight * values[..., 1]).sum(-1)
        logits = torch.stack([torch.zeros_like(found), 6 * found - 3], -1)
        return Trace(logits.unsqueeze(1), found.unsqueeze(1), attention=shown[:, None, None, None] if watch else None)
