"""A model as something that takes series and gives probabilities, be it a network or a baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eodash.card_checks import BASELINES
from eodash.cards import Card
from eodash.datasets.contract import Batch, Dataset
from eodash.errors import DateError, ModelError

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Said:
    """What a model says of some series."""

    probabilities: Floats  # (series, output) of the whole series
    stopped: Floats | None = None  # (series, output) at the date where it would have stopped
    step: NDArray[np.int64] | None = None  # (series,) that date, counted in observations from 0 …
    dates: NDArray[np.int64] | None = None  # … of so many
    decided: NDArray[np.bool_] | None = None  # (series,) False where it waited for the last date
    outside: Floats | None = None  # (series,) 0–1: how far out of the world


Ask = Callable[[Batch], Said]


def asker(card: Card, device: str = "auto") -> Ask:
    """What answers for a card."""
    return _baseline(card) if card.architecture in BASELINES else _network(card, device)


def fitting(card: Card, data: Dataset) -> tuple[Callable[[Batch], Batch], tuple[str, ...]]:
    """What picks the model's bands out of a batch, and sentences about what is odd; raises where the two do not fit."""
    if card.input.dated and not getattr(data, "dated", True):
        raise DateError(
            f"{card.title} goes by the calendar, and the series of {data.name} have no dates.",
            "Choose a model of undated series, or give the dates: --start and --step.",
            code="undated",
        )
    missing = [band for band in card.input.bands if band not in data.bands]
    raw = {"l1c": "raw (L1C)", "l2a": "preprocessed (L2A)"}
    odd = card.input.level != data.level and bool(card.input.level) and bool(data.level)
    if missing and odd:
        raise ModelError(
            f"{card.title} is made for {raw[card.input.level]} series, these are {raw[data.level]}; "
            f"they lack {', '.join(missing)}.",
            f"Choose a model for {raw[data.level]} series.",
            code="level",
        )
    if missing:
        raise ModelError(
            f"{card.title} needs bands that {data.name} lacks: {', '.join(missing)[:200]}.",
            f"Choose a model for {', '.join(data.bands)[:200]}, or other data.",
            code="bands",
        )
    places = [data.bands.index(band) for band in card.input.bands]
    notes = (f"made for {raw[card.input.level]} series, but these are {raw[data.level]}",) if odd else ()

    def pick(batch: Batch) -> Batch:
        return replace(batch, values=batch.values[..., places])

    return pick, notes


def _network(card: Card, device: str) -> Ask:
    from eodash.backend.distance import distance
    from eodash.backend.forward import answer
    from eodash.backend.weights import load, load_reference
    from eodash.early import stopping
    from eodash.training.starting import device_named

    network, reference = load(card).to(device_named(device)), load_reference(card)

    def ask(batch: Batch) -> Said:
        given = answer(network, card.input, batch)
        outside = distance(network, card.input, reference, batch, given.features) if reference else None
        if given.hazard is None:
            return Said(given.final, outside=outside)
        stop = stopping(given.hazard, batch.mask)
        stopped = given.probabilities[np.arange(len(stop.date)), stop.date]
        return Said(given.final, stopped, stop.step, stop.dates, stop.decided, outside)

    return ask


def _baseline(card: Card) -> Ask:
    from eodash.training.baselines import fitted

    baseline = fitted(card)
    return lambda batch: Said(baseline.probabilities(batch))
