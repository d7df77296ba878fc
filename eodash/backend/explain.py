"""Why a network says what it says of one series: one table of kinds. Adding one is a function and a line in it.

A kind is a function of `OneSeries`, or of network, card, legend, pixels and date; it answers with arrays by name, whose
axes stand in AXES. An array named like an axis holds its labels; one without axes is a fact about the whole answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from eodash.backend.attention_read import attention_read
from eodash.backend.drops import drops
from eodash.backend.one_series import OneSeries
from eodash.backend.orders import Array
from eodash.backend.pixels import Pixels
from eodash.backend.states_read import states_read
from eodash.cards import Card
from eodash.errors import ModelError
from models.contract import SeriesNetwork

AXES: dict[str, tuple[str, ...]] = {
    "probabilities": ("class",),
    "seen": ("time",),
    "attention": ("layer", "head", "asked", "looked"),
    "received": ("layer", "head", "time"),
    "states": ("quantity", "layer", "unit", "time"),
    "gradient": ("time", "band"),
    "integrated": ("time", "band"),
    "occlusion_time": ("time",),
    "occlusion_band": ("band",),
    "drop_probabilities": ("time", "class"),
    "drop_change": ("time",),
}


def _attributed(name: str) -> Callable[[OneSeries], Mapping[str, Any]]:
    """One of the ways of attribution, imported when it is first asked for."""

    def asked(one: OneSeries) -> Mapping[str, Any]:
        of = getattr(import_module("eodash.backend.attribution"), name)
        found: Mapping[str, Any] = of(one.network, one.card, one.legend, one.pixels, one.date)
        return found

    return asked


KINDS: dict[str, Callable[[OneSeries], Mapping[str, Any]]] = {
    "attention": attention_read,
    "states": states_read,
    "gradient": _attributed("gradient_of"),
    "integrated": _attributed("integrated_of"),
    "occlusion": _attributed("occlusion_of"),
    "drops": drops,
}


def explain_series(
    network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, kinds: Sequence[str], date: int
) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
    """Of the first of these pixels, once that date (an index) has been seen: arrays by name, and their axes.

    Always there: probabilities (class), seen (time); winner () the place of the most probable class, −1 where nothing
    had been observed; score () its probability.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ModelError(
            f"Nobody can explain a series by '{unknown[0][:40]}'.",
            f"Ask for {', '.join(KINDS)}.",
            code="kind",
            details={"needed": list(KINDS), "found": unknown[0][:40]},
        )
    one = OneSeries(network, card, legend, pixels, date)
    found: dict[str, Array] = {}
    for kind in kinds:
        found |= {name: np.asarray(array) for name, array in KINDS[kind](one).items()}
    seen = np.zeros(len(pixels.days), bool)
    seen[: date + 1] = one.shown.mask[0]
    winner = int(one.chances.argmax()) if one.any else -1
    found |= {
        "probabilities": one.chances,
        "seen": seen,
        "winner": np.asarray(winner),
        "score": np.asarray(one.chances[winner] if one.any else np.nan, np.float32),
    }
    return found, {name: AXES.get(name, (name,) if array.ndim else ()) for name, array in found.items()}
