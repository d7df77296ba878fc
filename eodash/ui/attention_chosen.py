"""What of the attention page is chosen: the head, and the date whose row is traced; kept the moment it is clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash.ui import choices
from eodash.ui.explaining import Explained
from eodash.ui.said import Said
from eodash.views.attention import Floats, Head, Looks
from eodash.views.calendar_chart import span


@dataclass(frozen=True, eq=False)
class Shown:
    """An explanation in numbers, and what of it is chosen."""

    said: Said
    found: Explained
    looks: Looks
    head: Head

    @property
    def change(self) -> Floats | None:
        """What moves without each date of the series; None where nothing would be left without it."""
        if "drop_change" not in self.found.explained:
            return None
        change: Floats = self.found.explained["drop_change"].values.astype(float)
        return change if np.isfinite(change[self.looks.index]).any() else None

    @property
    def limits(self) -> tuple[np.datetime64, np.datetime64]:
        return span(self.said.cube)

    @property
    def asking(self) -> int | None:
        """The date of the series whose row is traced."""
        wanted = choices.view("asking")
        times: NDArray[np.datetime64] = self.said.times
        found = [place for place, time in enumerate(times) if str(time) == wanted]
        return found[0] if found and self.looks.row(found[0]) is not None else None


def picked(key: str) -> list[Any] | None:
    """What the mark that was clicked in a chart carries with it; None where a click took the choice back."""
    state = st.session_state.get(key)
    points = (state or {}).get("selection", {}).get("points", [])
    said = points[0].get("customdata") if points else None
    return list(said) if said is not None else None


def keep_head(key: str) -> None:
    """The clicked head."""
    match picked(key):
        case [int(layer), int(head), *_]:
            choices.keep_view(head=[layer, head])


def keep_asking(key: str, times: NDArray[np.datetime64]) -> None:
    """The clicked date asks; the map of other pages moves to it, too."""
    match picked(key):
        case [int(place), *_] if 0 <= place < len(times):
            choices.keep_view(asking=str(times[place]), date=str(times[place]))


def forget_asking() -> None:
    choices.keep_view(asking=None)
