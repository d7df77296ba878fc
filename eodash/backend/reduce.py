"""What is kept of a tile, by one table of reducers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from eodash.backend.device import PLAIN, Policy, asker
from eodash.backend.memory import Notice, gently, logged
from eodash.backend.piece import Piece
from eodash.backend.pixels import Pixels, check
from eodash.backend.reducers import REDUCERS, Reducer, reducer
from eodash.backend.stream import Array, Later, fed, landing
from eodash.cards import Card
from eodash.errors import ModelError
from models.contract import SeriesNetwork

__all__ = ["REDUCERS", "Reducer", "reducer", "summarise_tile"]


def summarise_tile(
    network: SeriesNetwork,
    card: Card,
    legend: str,
    pixels: Pixels,
    reducers: Sequence[str],
    dates: Sequence[int],
    shape: tuple[int, int] | None = None,
    *,
    also: Sequence[str] = (),
    policy: Policy = PLAIN,
    on_piece: Callable[[int, int], None] = lambda done, of: None,
    on_notice: Notice = logged,
) -> dict[str, Array]:
    """The variables by name, (…, y, x), or (…, series) without a shape.

    `also`: those that a network has only if it stops; left out if it does not. `on_piece` hears how many series are
    done, of how many; it may raise, and nothing goes on.
    """
    chosen = {name: reducer(name) for name in (*reducers, *also)}
    if not dates and all(each.whole for each in chosen.values()):
        dates = (len(pixels.days) - 1,)  # none is needed
    check(network, card, legend, pixels, dates)
    if not any(each.whole for each in chosen.values()):
        pixels = pixels.until(max(dates))
    seen = np.flatnonzero(pixels.mask.any(1))
    found: dict[str, Array] = {}
    done = 0

    def work(policy: Policy) -> Iterator[None]:
        nonlocal done
        ask = asker(network, policy)
        if not ask.stops:
            _stops_nowhere(chosen, card, also)
        if not found:
            sizes = {"date": len(dates), "class": len(card.legends[legend]), "feature": ask.features}
            sizes["band"] = len(card.input.bands)
            for name, each in chosen.items():
                found[name] = np.full((*(sizes[axis] for axis in each.axes), len(pixels)), each.nothing)
        size = policy.series_of(len(pixels.days))
        places = [seen[start : start + size] for start in range(done, len(seen), size)]
        pieces = fed((pixels.take(_run(place)) for place in places), torch.device(policy.device))
        for place, arrays in zip(
            places, landing(_made(chosen, Piece(ask, card, legend, dates, *each)) for each in pieces), strict=True
        ):
            for name, array in arrays.items():
                found[name][..., place] = array
            done += len(place)
            on_piece(done, len(seen))
            yield

    gently(policy, work, on_notice)
    return {name: each if shape is None else each.reshape(*each.shape[:-1], *shape) for name, each in found.items()}


def _made(chosen: Mapping[str, Reducer], piece: Piece) -> dict[str, Tensor | Later]:
    inside = torch.no_grad() if any(each.slopes for each in chosen.values()) else torch.inference_mode()
    with inside:
        return {name: each.of(piece) for name, each in chosen.items()}


def _run(place: Array) -> slice | Array:
    """Neighbours as a slice, which copies nothing."""
    start, stop = int(place[0]), int(place[-1]) + 1
    return slice(start, stop) if stop - start == len(place) else place


def _stops_nowhere(chosen: dict[str, Reducer], card: Card, also: Sequence[str]) -> None:
    """Leave out what only a network that stops has, or raise where it was asked for."""
    for name in [name for name, each in chosen.items() if each.stops]:
        if name not in also:
            raise ModelError(
                f"{card.title} does not decide when to stop: it has no {name}.",
                "Choose a model that stops early.",
                code="reducer",
                details={"needed": "a model that stops", "found": card.architecture},
            )
        del chosen[name]
