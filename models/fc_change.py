"""Fully convolutional networks for change between two images: Daudt, Le Saux, Boulch (2018).

doi:10.1109/ICIP.2018.8451652. Land cover beside change is in `fc_semantic`.

    before, after (B, D, H, W), H and W multiples of 16
        early   both stacked through one encoder                                   FC-EF
        conc    each through the same encoder, both joined to the decoder          FC-Siam-conc
        diff    each through the same encoder, their absolute difference joined    FC-Siam-diff
    → logits (B, classes, H, W)

What differs from the published code: `diff` takes the absolute difference at the bottom, too, so that swapping the
dates changes nothing at all; the published one goes on with the second date there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

WIDTHS = (16, 32, 64, 128)
DEPTHS = (2, 2, 3, 3)
MULTIPLE = 2 ** len(WIDTHS)
"""What height and width must be a multiple of."""
FUSIONS = ("early", "conc", "diff")


class ImageTrace(NamedTuple):
    """What a network says about a batch of images."""

    logits: Tensor  # (B, C, H, W)
    cover: tuple[Tensor, Tensor] | None = None  # land cover of both dates, (B, classes, H, W), where it has such a head


@dataclass(frozen=True)
class Config:
    """As published."""

    bands: int
    classes: int = 2
    fusion: str = "diff"
    dropout: float = 0.2
    widths: tuple[int, ...] = WIDTHS  # of the four levels


def block(widths: tuple[int, ...], dropout: float) -> nn.Sequential:
    """3 × 3 convolutions, each with normalisation, ReLU, dropout."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [
            nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True), nn.Dropout2d(dropout)
        ]  # fmt: skip
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """Four levels: what each level saw, and the bottom."""

    def __init__(self, bands: int, dropout: float, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        entries = (bands, *widths[:-1])
        self.levels = nn.ModuleList(
            block((entry, *([width] * depth)), dropout)
            for entry, width, depth in zip(entries, widths, DEPTHS, strict=True)
        )
        self.pool = nn.MaxPool2d(2)

    def forward(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        skips = []
        for level in self.levels:
            image = level(image)
            skips.append(image)
            image = self.pool(image)
        return skips, image


class Decoder(nn.Module):
    """Back up through four levels; `copies` of each skip are joined."""

    def __init__(self, classes: int, copies: int, dropout: float, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.raise_bottom = nn.ConvTranspose2d(widths[-1], widths[-1], 3, 2, 1, 1)
        self.levels = nn.ModuleList()
        self.ups = nn.ModuleList()
        for place in range(len(widths) - 1, -1, -1):
            width, below = widths[place], widths[max(place - 1, 0)]
            narrowing = [width] * (DEPTHS[place] - 1)
            self.levels.append(block((width * (1 + copies), *narrowing, below), dropout) if place else
                               block((width * (1 + copies), width), dropout))  # fmt: skip
            if place:
                self.ups.append(nn.ConvTranspose2d(below, below, 3, 2, 1, 1))
        self.classifier = nn.Conv2d(widths[0], classes, 3, padding=1)

    def forward(self, skips: list[Tensor], bottom: Tensor) -> Tensor:
        image = self.raise_bottom(bottom)
        for step, level in enumerate(self.levels):
            image = level(torch.cat([image, skips[-1 - step]], 1))
            if step < len(self.ups):
                image = self.ups[step](image)
        logits: Tensor = self.classifier(image)
        return logits


class FcChange(nn.Module):
    """FC-EF, FC-Siam-conc or FC-Siam-diff."""

    image: ClassVar[bool] = True

    def __init__(self, **config: float | str | tuple[int, ...]) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        if chosen.fusion not in FUSIONS:
            raise ValueError(f"A fusion is one of {FUSIONS}.")
        early = chosen.fusion == "early"
        rest = (chosen.dropout, tuple(chosen.widths))
        self.encoder = Encoder(chosen.bands * (1 + early), *rest)
        self.decoder = Decoder(chosen.classes, 2 if chosen.fusion == "conc" else 1, *rest)

    def forward(self, before: Tensor, after: Tensor) -> ImageTrace:
        if self.config.fusion == "early":
            return ImageTrace(self.decoder(*self.encoder(torch.cat([before, after], 1))))
        # both dates in one batch: one pass, and batch normalisation that treats them alike
        skips, bottom = self.encoder(torch.cat([before, after]))
        pairs = [each.chunk(2) for each in skips]
        first, second = bottom.chunk(2)
        if self.config.fusion == "conc":
            return ImageTrace(self.decoder([torch.cat(pair, 1) for pair in pairs], second))
        return ImageTrace(self.decoder([(one - other).abs() for one, other in pairs], (first - second).abs()))
