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

from models.fc_change import Decoder, Encoder, ImageTrace


@dataclass(frozen=True)
class Config:
    """`joined`: whether change sees the features of land cover."""

    bands: int
    covers: int
    joined: bool = True
    dropout: float = 0.2


class FcSemantic(nn.Module):
    """A cover branch and a change branch."""

    image: ClassVar[bool] = True

    def __init__(self, **config: float) -> None:
        super().__init__()
        chosen = self.config = Config(**config)  # type: ignore[arg-type]
        self.cover_encoder = Encoder(chosen.bands, chosen.dropout)
        self.cover_decoder = Decoder(chosen.covers, 1, chosen.dropout)
        self.change_encoder = Encoder(2 * chosen.bands, chosen.dropout)
        self.change_decoder = Decoder(2, 2 if chosen.joined else 1, chosen.dropout)

    def forward(self, before: Tensor, after: Tensor) -> ImageTrace:
        skips, bottom = self.cover_encoder(torch.cat([before, after]))
        covers = self.cover_decoder(skips, bottom).chunk(2)
        seen, deep = self.change_encoder(torch.cat([before, after], 1))
        if self.config.joined:
            apart = [(one - other).abs() for one, other in (each.chunk(2) for each in skips)]
            seen = [torch.cat(pair, 1) for pair in zip(seen, apart, strict=True)]
        return ImageTrace(self.change_decoder(seen, deep), (covers[0], covers[1]))

    def cover_parameters(self) -> list[nn.Parameter]:
        """Those that strategy 4.2 trains first and then leaves alone."""
        return [*self.cover_encoder.parameters(), *self.cover_decoder.parameters()]
