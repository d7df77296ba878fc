"""No pixel has been chosen: that is said, and one that is worth a look is offered."""

from __future__ import annotations

import numpy as np

from eodash.backend.questions import NOTHING
from eodash.ui import choices
from eodash.ui.page import empty
from eodash.ui.said import Said

WELCOME = ("corn", "maize")
"""Classes with a season that is worth looking at: offered first, if the map has them."""


def needs_pixel(said: Said) -> bool:
    """Whether there is no pixel to explain; then the button that takes one stands here."""
    if said.asked is not None:
        return False
    found = frequent(said)
    name, place = found or ("", (said.cube.shape[2] // 2, said.cube.shape[3] // 2))
    article = "an" if name[:1] in "aeiou" and name else "a"
    empty(
        "No pixel chosen",
        "Click the map to read a pixel's year.",
        f"Take {article} {name} pixel" if name else "Take the middle pixel",
        lambda: choices.keep_view(asked=list(place)),
    )
    return True


def frequent(said: Said) -> tuple[str, tuple[int, int]] | None:
    """A class that the map has much of, and a pixel in the midst of those that it is surest of."""
    if said.map is None or said.place is None:
        return None
    answer = np.asarray(said.map["said"].values[said.place])
    counts = np.bincount(answer[answer != NOTHING], minlength=len(said.classes))
    if not counts.any():
        return None
    names = [each.name for each in said.classes]
    welcome = [
        names.index(name) for name in WELCOME if name in names and counts[names.index(name)] >= 0.01 * counts.sum()
    ]
    best = welcome[0] if welcome else int(counts.argmax())
    sure = np.where(answer == best, np.asarray(said.map["confidence"].values[said.place], np.int16), -1)
    rows, columns = np.nonzero(sure == sure.max())
    return names[best], (int(rows[len(rows) // 2]), int(columns[len(columns) // 2]))
