"""Features learnt without labels from pairs of patches: Leenstra, Marcos, Bovolo, Tuia (2021),
doi:10.1007/978-3-030-68787-8_42.

    encoder: three 3 × 3 convolutions of 32 filters, normalised, no pooling: (B, D, H, W) → (B, 32, H, W)
    pretext 1: do two patches overlap?  |f₁ − f₂| → classifier
    pretext 2: triplets per pixel: two dates of one place nearer than two places
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

FILTERS = 32


@dataclass(frozen=True)
class Config:
    """As published."""

    bands: int
    filters: int = FILTERS


class Pretext(nn.Module):
    """The encoder, and the head that pretext 1 needs."""

    image: ClassVar[bool] = True

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        widths = (chosen.bands, *[chosen.filters] * 3)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        self.encoder = nn.Sequential(*layers[:-1])  # the last features may be negative
        self.classifier = nn.Linear(chosen.filters, 2)

    def forward(self, image: Tensor) -> Tensor:
        """Features (B, F, H, W)."""
        found: Tensor = self.encoder(image)
        return found

    def overlap(self, one: Tensor, other: Tensor, where: Tensor | None = None) -> Tensor:
        """Logits (B, 2): 0 where the patches overlap, 1 where they do not; `where` (B, H, W): the pixels that count."""
        first, second = self(torch.cat([one, other])).chunk(2)
        return self.told(first, second, where)

    def told(self, first: Tensor, second: Tensor, where: Tensor | None = None) -> Tensor:
        """The same from features."""
        apart = (first - second).abs()
        counts = torch.ones_like(apart[:, :1]) if where is None else where[:, None].to(apart.dtype)
        mean = (apart * counts).sum((2, 3)) / counts.sum((2, 3)).clamp(min=1)
        logits: Tensor = self.classifier(mean)
        return logits


def triplet(
    anchor: Tensor, near: Tensor, far: Tensor, margin: float = 1.0, pull: float = 1.0, where: Tensor | None = None
) -> Tensor:
    """Pretext 2, per pixel, norms over channels: mean of max(‖a − n‖ − ‖a − f‖ + m, 0) + γ‖a − n‖ where it counts."""
    to_near, to_far = distance(anchor, near), distance(anchor, far)
    each = (to_near - to_far + margin).clamp(min=0) + pull * to_near
    loss: Tensor = each.mean() if where is None else (each * where).sum() / where.sum().clamp(min=1)
    return loss


def distance(one: Tensor, other: Tensor) -> Tensor:
    """‖f₁ − f₂‖ over channels, (B, F, H, W) → (B, H, W): what calls change, too."""
    found: Tensor = torch.linalg.vector_norm(one - other, dim=1)
    return found
