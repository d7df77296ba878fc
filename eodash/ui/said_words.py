"""What a model says of one pixel, in words."""

from __future__ import annotations

import numpy as np

from eodash.ui.said_pixel import Answer
from eodash.views.calendar_chart import day


def answer_in_words(answer: Answer, index: int) -> tuple[int, str, float] | None:
    """Class, its name and its probability at a date; None before anything usable was seen."""
    row = answer.chances[index]
    if not np.isfinite(row).all():
        return None
    best = int(row.argmax())
    return best, answer.names[best], float(row[best])


def stopping_in_words(answer: Answer, index: int) -> str | None:
    """When a model that stops would have stopped, and the chance at the chosen date; None of other models."""
    found = answer.inspected
    if "chance" not in found or not np.isfinite(answer.chances).any():
        return None
    times, stop = found["time"].values, int(found.attrs.get("stop", -1))
    chance = float(np.nan_to_num(found["chance"].values[index]))
    left = float(np.nan_to_num(found["budget"].values[index], nan=1.0))
    when = f"It would stop on {day(times[stop])}" if stop >= 0 else "It never comes to a decision"
    on = day(times[index])
    return f"{when}. Chance that it stops on {on}: {100 * chance:.0f} %; by then: {100 * (1 - left):.0f} %."
