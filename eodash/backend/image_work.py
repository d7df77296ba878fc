"""What a worker does with one tile of a pair of images."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from eodash.backend.image import Seen, imager
from eodash.backend.image_probe import policy_of
from eodash.backend.memory import trouble_of
from eodash.backend.orders import Array, Mapped, Order
from eodash.backend.questions import SURE
from eodash.cards import Card
from eodash.errors import ComputeError
from models import ImageNetwork

Named = dict[str, Array]


def answer(
    order: Order, network_of: Callable[[Order], tuple[Any, Card] | None], wanted: Callable[[Order], None]
) -> dict[str, Any]:
    """The variables of a change map over the part of a tile that it answers for; or what this worker does not have."""
    values = order.values.read() if isinstance(order.values, Mapped) else order.values
    if values is None:
        return {"missing": "pixels"}
    found = network_of(order)
    if found is None:
        return {"missing": "weights"}
    began = time.perf_counter()
    network, card = cast(ImageNetwork, found[0]), found[1]
    wanted(order)
    policy = policy_of(network, card, exact=order.exact)
    wanted(order)
    before, after = (np.array(each, np.float32) for each in values)  # of its own: the file is read-only
    try:
        said = imager(network, policy).said(before, after)
    except (MemoryError, RuntimeError) as error:
        if trouble_of(error) != "full":
            raise
        raise ComputeError(
            "There is not enough memory for a tile of the two images.",
            "Try again when less is running.",
            code="out_of_memory",
            retryable=True,
        ) from error
    rows, columns = (slice(*each) for each in order.options["within"])
    arrays = {name: np.ascontiguousarray(each[rows, columns]) for name, each in named(said, card).items()}
    return {"arrays": arrays, "axes": {}, "facts": policy.facts, "seconds": time.perf_counter() - began}


def named(said: Seen, card: Card) -> Named:
    """The variables of a map by name."""
    found: Named = {}
    if said.chance is not None:
        found["chance"] = said.chance
    if said.magnitude is not None:
        found["magnitude"] = said.magnitude
    for name, cover in zip(("before", "after"), said.covers or (), strict=False):
        classes = card.legends["landcover"]
        chances = np.stack([cover[list(each.outputs)].sum(0) for each in classes])
        found[name] = chances.argmax(0).astype(np.uint8)
        found[f"{name}_confidence"] = np.rint(SURE * np.clip(chances.max(0), 0, 1)).astype(np.uint8)
    return found
