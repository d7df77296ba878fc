"""What is kept of a tile: one table of reducers. Adding one is a function and a line in it.

A reducer makes of a piece a tensor whose last axis are the series; or a `Later`: tensors that are brought to the host,
and what becomes of them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eodash.backend.device import PLAIN, Policy, asker
from eodash.backend.distance import distance
from eodash.backend.memory import Notice, gently, logged
from eodash.backend.piece import Piece
from eodash.backend.pixels import Pixels, check
from eodash.backend.questions import NOTHING, SURE, UNDECIDED
from eodash.backend.stream import Array, Later, fed, landing
from eodash.backend.weights import load_reference
from eodash.cards import Card
from eodash.early import stopping
from eodash.errors import ModelError
from models.contract import SeriesNetwork

NAN16, NAN32 = np.float16(np.nan), np.float32(np.nan)
REFERENCES = 8
"""Training worlds that are kept at hand."""
_references: dict[str, Mapping[str, Tensor]] = {}


@dataclass(frozen=True)
class Reducer:
    """How one variable is made, and what stands where nothing was observed."""

    of: Callable[[Piece], Tensor | Later]
    axes: tuple[str, ...]  # before y and x: "date", "class", "feature"
    nothing: np.generic  # its type is that of the variable
    whole: bool = False  # needs the series behind the last date, too
    stops: bool = False  # only of networks that decide when to stop


def said(piece: Piece) -> Tensor:
    """The class, or NOTHING."""
    return torch.where(piece.known, piece.chances.argmax(-1), NOTHING).to(torch.uint8).T


def confidence(piece: Piece) -> Tensor:
    """How probable the class is."""
    return _byte(piece, piece.ranked[..., 0])


def margin(piece: Piece) -> Tensor:
    """Its lead over the second."""
    return _byte(piece, piece.ranked[..., 0] - piece.ranked[..., 1])


def entropy(piece: Piece) -> Tensor:
    """0 where one class is certain, SURE where all are alike."""
    chances = piece.chances
    bits = -(chances * chances.clamp(min=1e-12).log()).sum(-1)
    return _byte(piece, bits / float(np.log(max(2, chances.shape[-1]))))


def final(piece: Piece) -> Tensor:
    """Probabilities after the last of the dates."""
    return piece.chances[:, -1].T.half()


def probability(piece: Piece) -> Tensor:
    """Probabilities after each of the dates."""
    return piece.chances.permute(1, 2, 0).half()


def hazard(piece: Piece) -> Tensor:
    """Chance of stopping at each of the dates."""
    return piece.hazard.T


def stop(piece: Piece) -> Later:
    """The date of decision, or UNDECIDED."""
    assert piece.trace.hazard is not None

    def decided(hazard: Array) -> Array:
        found = stopping(hazard, piece.pixels.mask)
        return np.where(found.decided, found.date, UNDECIDED)

    return Later((piece.trace.hazard,), decided)


def features(piece: Piece) -> Tensor:
    """What the classifier saw of the whole series."""
    return piece.trace.features.T.half()


def outside(piece: Piece) -> Later:
    """How far from the training world, 0–1."""
    reference, network, pixels = reference_of(piece.card), piece.ask.network, piece.pixels
    input = piece.card.input
    return Later((piece.trace.features,), lambda features: distance(network, input, reference, pixels, features))


REDUCERS: dict[str, Reducer] = {
    "said": Reducer(said, ("date",), np.uint8(NOTHING)),
    "confidence": Reducer(confidence, ("date",), np.uint8(0)),
    "margin": Reducer(margin, ("date",), np.uint8(0)),
    "entropy": Reducer(entropy, ("date",), np.uint8(0)),
    "final": Reducer(final, ("class",), NAN16),
    "probability": Reducer(probability, ("date", "class"), NAN16),
    "hazard": Reducer(hazard, ("date",), NAN32, stops=True),
    "stop": Reducer(stop, (), np.uint16(UNDECIDED), whole=True, stops=True),
    "features": Reducer(features, ("feature",), NAN16, whole=True),
    "outside": Reducer(outside, (), NAN32, whole=True),
}


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
    chosen = {name: _reducer(name) for name in (*reducers, *also)}
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


def reference_of(card: Card) -> Mapping[str, Tensor]:
    """What a card's weights say about the training world, read once."""
    name = card.weights.sha256 if card.weights else ""
    if name not in _references:
        reference = load_reference(card)
        if not reference:
            raise ModelError(
                f"The weights of {card.title} say nothing about the world it was trained on.",
                "Choose another model, or train it again with a validation set.",
                code="no_reference",
            )
        while len(_references) >= REFERENCES:
            _references.pop(next(iter(_references)), None)
        _references[name] = reference
    return _references[name]


def _made(chosen: Mapping[str, Reducer], piece: Piece) -> dict[str, Tensor | Later]:
    with torch.inference_mode():
        return {name: each.of(piece) for name, each in chosen.items()}


def _byte(piece: Piece, share: Tensor) -> Tensor:
    """0–1 as 0–SURE, (date, series)."""
    return torch.where(piece.known, (SURE * share.clamp(0, 1)).round(), 0).to(torch.uint8).T


def _run(place: Array) -> slice | Array:
    """Neighbours as a slice, which copies nothing."""
    start, stop = int(place[0]), int(place[-1]) + 1
    return slice(start, stop) if stop - start == len(place) else place


def _reducer(name: str) -> Reducer:
    if name not in REDUCERS:
        raise ModelError(
            f"Nothing called '{name[:40]}' is known of a tile.",
            f"Ask for {', '.join(REDUCERS)}.",
            code="reducer",
            details={"needed": list(REDUCERS), "found": name[:40]},
        )
    return REDUCERS[name]


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
