"""Three classes from the truth of the demo world, for whoever wants to see a lesson before giving one."""

from __future__ import annotations

import numpy as np
import streamlit as st

from eodash.teach import Samples
from eodash.ui.page import empty
from eodash.ui.teaching_state import Teaching, attempt, field_under
from eodash.world.legend import LANDCOVER

CLASSES = ("cereals", "maize", "grassland")
FIELDS = 4
"""Of each class."""


def offered(here: Teaching) -> bool:
    """Whether anything is known of this ground."""
    return here.truth is not None


def offer(here: Teaching) -> None:
    """The button."""
    empty(
        "Only looking?",
        f"Take {FIELDS} fields each of {', '.join(CLASSES[:-1])} and {CLASSES[-1]} from the truth of the demo world.",
        "Take three classes for me",
        lambda: _take(here),
    )


def _take(here: Teaching) -> None:
    attempt(lambda: three_classes(here), **{"teach-class": 0})
    st.session_state["teach-notices"] = ("These samples are from the truth of the demo world: nobody had to look.",)


def three_classes(here: Teaching) -> Samples:
    """The same fields each time: spread over the classes' fields by number."""
    known = here.truth
    made = here.samples
    if known is None or known.parcels is None:
        return made
    for name in CLASSES:
        label = known.names.index(name)
        if name not in made.classes.names:
            made = made.named(made.classes.with_class(name, LANDCOVER.labels[LANDCOVER.index(name)].colour))
        parcels, size = np.unique(known.parcels[(known.classes == label) & (known.parcels > 0)], return_counts=True)
        large = parcels[size >= 20]
        for number in large[np.unique(np.linspace(0, len(large) - 1, min(FIELDS, len(large))).round().astype(int))]:
            row, column = np.argwhere(known.parcels == number)[0]
            made = made.drawn(field_under(here, (int(row), int(column))), made.classes.names.index(name))
    return made
