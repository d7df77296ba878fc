"""The child's side of a question about pixels: a card's network, loaded once, says how far they lie from its world."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from eodash.backend.distance import distance
from eodash.backend.weights import load, load_reference
from eodash.cards import read
from eodash.errors import ModelError


@dataclass(frozen=True, eq=False)
class Pixels:
    """Some series, as the bands of the card."""

    values: NDArray[np.float32]  # (series, time, band)
    day: NDArray[np.float32]  # (series, time)
    mask: NDArray[np.bool_]  # (series, time)


def outside(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values, days and mask in `data`, of `series` × `dates`: for each series how far out it lies, 0–1."""
    card, network, reference = _loaded(arguments["card"])
    if not reference:
        raise ModelError(
            f"The weights of {card.title} say nothing about the world it was trained on.",
            "Choose another model, or train it again with a validation set.",
            code="no_reference",
        )
    pixels = _pixels(data or b"", int(arguments["series"]), int(arguments["dates"]), len(card.input.bands))
    return {}, {"outside": distance(network, card.input, reference, pixels)}


@lru_cache(maxsize=1)
def _loaded(path: str) -> tuple[Any, Any, Any]:
    torch.set_num_threads(1)
    card = read(Path(path))
    return card, load(card), load_reference(card)


def _pixels(data: bytes, series: int, dates: int, bands: int) -> Pixels:
    values = np.frombuffer(data, np.float32, series * dates * bands).reshape(series, dates, bands)
    day = np.frombuffer(data, np.float32, dates, offset=values.nbytes)
    mask = np.frombuffer(data, np.bool_, series * dates, offset=values.nbytes + day.nbytes).reshape(series, dates)
    return Pixels(values, np.broadcast_to(day, mask.shape), mask)
