"""Edits from and to plain JSON, as a link carries them: what cannot be is left out, and said in a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eodash.whatif.edits import (
    EVERY,
    MOST_DAYS,
    MOST_HAZE,
    MOST_NOISE,
    SEEDS,
    Band,
    Cloud,
    Drop,
    Edit,
    Haze,
    Noise,
    Shift,
)

MOST = 24
"""Edits of a series, at most."""
KINDS: dict[str, type[Edit]] = {
    "drop": Drop, "cloud": Cloud, "haze": Haze, "noise": Noise, "shift": Shift, "band": Band,
}  # fmt: skip
NAMES = {kind: name for name, kind in KINDS.items()}
SAID = 4
"""Sentences about what was left out, at most."""


def plain(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Edits as JSON takes them."""
    return [
        {"kind": NAMES[type(edit)]}
        | {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(edit).items()}
        for edit in edits
    ]


def read(said: object, times: Sequence[str], bands: Sequence[str]) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits that a series with these dates and bands can have, and sentences about the rest."""
    if said is None:
        return (), ()
    if not isinstance(said, list):
        return (), ("The changes in this link could not be read, so there are none.",)
    made: list[Edit] = []
    notices: dict[str, None] = {}  # in order, each once
    for each in itertools.islice(said, MOST):
        found = _edit(each, times, bands)
        if isinstance(found, str):
            notices[found] = None
        elif isinstance(found, Band) and found in made:
            continue
        elif isinstance(found, Shift) and any(isinstance(edit, Shift) for edit in made):
            notices["The calendar can be shifted only once: the first shift counts."] = None
        else:
            if isinstance(found, Drop | Cloud) and any(
                date not in found.dates for date in each["dates"][: 4 * len(times)]
            ):
                notices["Dates that this series does not have were left out of the changes."] = None
            made.append(found)
    if len(said) > MOST:
        notices[f"Of {len(said):,} changes only the first {MOST} are kept."] = None
    return tuple(made), tuple(notices)[-SAID:]


def _edit(said: object, times: Sequence[str], bands: Collection[str]) -> Edit | str:
    """One edit, or why there is none."""
    if not isinstance(said, Mapping):
        return "A change that could not be read was left out."
    match said.get("kind"):
        case "drop" | "cloud" as kind:
            dates = _dates(said.get("dates"), times)
            if not dates:
                return f"A {kind} without a date of this series was left out."
            return Drop(dates) if kind == "drop" else Cloud(dates)
        case "haze" | "noise" as kind:
            return _amount(kind, said, times)
        case "shift":
            days = said.get("days")
            if not isinstance(days, int) or isinstance(days, bool) or not 0 < abs(days) <= MOST_DAYS:
                return f"A shift was left out: it takes 1 to {MOST_DAYS} days, either way."
            return Shift(days)
        case "band":
            band = said.get("band")
            if not isinstance(band, str) or band not in bands:
                return "A band that the model does not read cannot be removed."
            return Band(band)
    return "A change of a kind that is not known was left out."


def _amount(kind: str, said: Mapping[str, Any], times: Sequence[str]) -> Edit | str:
    most = MOST_HAZE if kind == "haze" else MOST_NOISE
    amount = said.get("amount")
    # a comparison alone: false for what is not a number, and no overflow however long a whole number is
    if not isinstance(amount, int | float) or isinstance(amount, bool) or not 0 < amount <= most:
        return f"{kind.capitalize()} was left out: it takes an amount above 0, up to {most:g}."
    where = said.get("dates", [])
    dates = EVERY if where == [] else _dates(where, times)
    if where != [] and not dates:
        return f"A {kind} without a date of this series was left out."
    if kind == "haze":
        return Haze(float(amount), dates)
    seed = said.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < SEEDS:
        return "Noise was left out: its seed is a whole number from 0."
    return Noise(float(amount), seed, dates)


def _dates(said: object, times: Sequence[str]) -> tuple[str, ...]:
    """Those of the dates that the series has, in order of time, each once."""
    if not isinstance(said, list):
        return ()
    wanted = {each for each in itertools.islice(said, 4 * len(times)) if isinstance(each, str)}
    return tuple(time for time in times if time in wanted)
