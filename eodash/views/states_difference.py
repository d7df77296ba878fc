"""The gates of one unit at two pixels: the first less the second, date by date."""

from __future__ import annotations

import numpy as np
import xarray as xr

from eodash.views.panel import Dates, Panel
from eodash.views.panel_difference import Difference, difference_panel
from eodash.views.states import QUANTITIES, Unit, values_of
from eodash.views.theme import PIXELS, Mode

SHOWN = ("i", "f", "o", "h")
"""Three shares and what is passed on: a cell state has no bounds, and would flatten the others."""


def states_difference(one: xr.Dataset, other: xr.Dataset, unit: Unit, dates: Dates, mode: Mode) -> Panel:
    """A line for each gate, and one for the hidden state, where the unit had read something at both pixels."""
    both = one["seen"].values.astype(bool) & other["seen"].values.astype(bool)
    lines = []
    for letter, colour in zip(SHOWN, PIXELS[1:], strict=False):
        at = Unit(letter, unit.layer, unit.unit)
        apart = values_of(one, at) - values_of(other, at)
        lines.append(Difference(QUANTITIES[letter].name, colour, np.where(both, apart, np.nan)))
    return difference_panel(f"gates and hidden state of {unit.title}", dates, lines, mode)
