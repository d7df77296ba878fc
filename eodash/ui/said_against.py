"""One map against one truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from eodash.cards import Class
from eodash.cube import geobox_of
from eodash.grid import inside
from eodash.truth import Truth
from eodash.truth.known import Classes, Where

if TYPE_CHECKING:
    from eodash.ui.said import Said


@dataclass(frozen=True)
class Against:
    """What is compared; equal where both are, whoever made them, so that figures are made once for all sessions."""

    name: str  # hash of what is compared
    said: Said = field(compare=False)
    truth: Truth = field(compare=False)
    map: xr.Dataset = field(compare=False)
    place: int  # of the chosen date in the map

    @cached_property
    def where(self) -> Where:
        """Inside the area that was asked for."""
        return np.asarray(inside(self.said.run.request.area, geobox_of(self.said.cube)), bool)

    @property
    def date(self) -> Classes:
        """Classes of the chosen date."""
        return np.asarray(self.map["said"].values[self.place], np.uint8)

    @property
    def legend(self) -> tuple[Class, ...]:
        return tuple(self.said.card.legends[self.said.legend])

    @property
    def time(self) -> np.datetime64:
        moment: np.datetime64 = self.map["date"].values[self.place].astype("datetime64[s]")
        return moment
