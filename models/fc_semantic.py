"""Land cover of both dates and change together: Daudt, Le Saux, Boulch, Gousseau (2019), strategies 3, 4.1 and 4.2.

doi:10.1016/j.cviu.2019.07.003

    before, after → one cover encoder for both dates → cover decoder → land cover of each date
                                     ↓ (strategy 4: its features, differences only)
                    change encoder → change decoder → change

Strategy 3 has two networks that know nothing of each other; in 4 the change decoder sees what the cover encoder found.
4.1 and 4.2 are one network: trained jointly, or cover first and then frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from models.fc_change import WIDTHS, Decoder, Encoder, ImageTrace


@dataclass(frozen=True)
class Config:
    """`joined`: whether change sees the features of land cover; `widths`: of the four levels of both branches."""

    bands: int
    covers: int
    joined: bool = True
    dropout: float = 0.2
    widths: tuple[int, ...] = WIDTHS


class FcSemantic(nn.Module):
    """A cover branch and a change branch."""

    image: ClassVar[bool] = True

    def __init__(self, **config: float | tuple[int, ...]) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        rest = (chosen.dropout, tuple(chosen.widths))
        self.cover_encoder = Encoder(chosen.bands, *rest)
        self.cover_decoder = Decoder(chosen.covers, 1, *rest)
        self.change_encoder = Encoder(2 * chosen.bands, *rest)
        self.change_decoder = Decoder(2, 2 if chosen.joined else 1, *rest)

    def forward(self, before: Tensor, after: Tensor) -> ImageTrace:
        covers, skips = self.cover(torch.cat([before, after]))
        first, second = covers.chunk(2)
        return ImageTrace(self.change(before, after, skips), (first, second))

    def cover(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Land cover of single images, and what each level of the cover encoder saw."""
        skips, bottom = self.cover_encoder(images)
        return self.cover_decoder(skips, bottom), skips

    def change(self, before: Tensor, after: Tensor, skips: list[Tensor]) -> Tensor:
        """Change; `skips`: what the cover encoder saw of both dates, before first, unused where nothing is joined."""
        seen, deep = self.change_encoder(torch.cat([before, after], 1))
        if self.config.joined:
            apart = [(one - other).abs() for one, other in (each.chunk(2) for each in skips)]
            seen = [torch.cat(pair, 1) for pair in zip(seen, apart, strict=True)]
        logits: Tensor = self.change_decoder(seen, deep)
        return logits

    def cover_parameters(self) -> list[nn.Parameter]:
        """Those that strategy 4.2 trains first and then leaves alone."""
        return [*self.cover_encoder.parameters(), *self.cover_decoder.parameters()]
