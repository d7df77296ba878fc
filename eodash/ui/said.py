"""What a model says of the open run: the run, its series, the card, the date, and the map if there is one by now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from eodash.backend.maps import kept_map
from eodash.cards import Card, Class
from eodash.store import Run
from eodash.ui import asking, cached, choices
from eodash.ui.opened import opened_series
from eodash.ui.said_models import fitting, legend_of, models_for, plain_title, series
from eodash.ui.viewed import Viewed

__all__ = ["Said", "models_for", "plain_title", "said"]


@dataclass(frozen=True)
class Said:
    """A run, a model, a date."""

    run: Run
    cube: xr.DataArray  # as the model reads it
    card: Card
    legend: str
    index: int  # of the chosen date
    map: xr.Dataset | None  # said, confidence … over the dates that were asked for
    place: int | None  # of the chosen date in the map
    answer: str = ""  # the key of the map

    @property
    def times(self) -> np.ndarray:
        return self.cube["time"].values.astype("datetime64[s]")

    @property
    def time(self) -> np.datetime64:
        """The chosen date."""
        moment: np.datetime64 = self.times[self.index]
        return moment

    @property
    def classes(self) -> tuple[Class, ...]:
        return self.card.legends[self.legend]

    @property
    def asked(self) -> tuple[int, int] | None:
        """Row and column of the inspected pixel, if one has been clicked that lies in the cube."""
        rows, columns = self.cube.shape[2:]
        match choices.view("asked"):
            case [int(row), int(column)] if 0 <= row < rows and 0 <= column < columns:
                return row, column
        return None

    @property
    def dates(self) -> tuple[int, ...]:
        """At which dates the map is asked for."""
        return dates_of(self.card, self.cube, self.index)

    @property
    def whole(self) -> bool:
        """Whether the map is asked for at every date, so that the season can be replayed."""
        return len(self.dates) == len(self.times)


def dates_of(card: Card, cube: xr.DataArray, index: int) -> tuple[int, ...]:
    """Every date where one pass answers them all, or where that was wished; else the chosen one."""
    whole = card.causal or choices.view("every") is True
    return tuple(range(cube.sizes["time"])) if whole else (index,)


def said() -> Said | None:
    """What the page is about; None where that is missing, and what is missing stands there."""
    found = opened_series("No region is open", series)
    if found is None:
        return None
    run, cube = found
    card = fitting(run, cube)
    if card is None:
        return None
    legend, index = legend_of(card), Viewed(run, cube).index
    question, _ = asking.question_about(run, card, legend, dates_of(card, cube, index), raw=card.input.level == "l1c")
    kept = kept_map(cached.store(), question)
    return Said(run, cube, card, legend, index, kept, place_of(kept, index), question.key)


def place_of(found: xr.Dataset | None, index: int) -> int | None:
    """Where a date of the series stands in a map."""
    if found is None:
        return None
    there = np.flatnonzero(found["index"].values == index)
    return int(there[0]) if len(there) else None
