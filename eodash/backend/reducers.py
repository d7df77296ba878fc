"""The table of reducers: what can be kept of a tile. Adding one is a function and a line in the table.

A reducer makes of a piece a tensor whose last axis are the series; or a `Later`: tensors that are brought to the host,
and what becomes of them there. What it has to be told stands behind its name: `received:0:2` is layer 0, head 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from eodash.backend.distance import distance
from eodash.backend.hung import hung_band, hung_date, hung_signed_band
from eodash.backend.looked import cloud_attention, looked, looked_share, received, state
from eodash.backend.piece import Piece
from eodash.backend.questions import NOTHING, NOWHERE, SURE, UNDECIDED
from eodash.backend.stream import Array, Later
from eodash.backend.weights import load_reference
from eodash.cards import Card
from eodash.early import stopping
from eodash.errors import ModelError

TEXT = "quantity"
NAN16, NAN32 = np.float16(np.nan), np.float32(np.nan)
REFERENCES = 8
"""Training worlds that are kept at hand."""
_references: dict[str, Mapping[str, Tensor]] = {}


@dataclass(frozen=True)
class Reducer:
    """How one variable is made, and what stands where nothing was observed."""

    of: Callable[..., Tensor | Later]  # of a piece, and of what stands behind the name
    axes: tuple[str, ...]  # before y and x: "date", "class", "band", "feature"
    nothing: np.generic  # its type is that of the variable
    whole: bool = False  # needs the series behind the last date, too
    stops: bool = False  # only of networks that decide when to stop
    slopes: bool = False  # needs a way back to the values
    told: tuple[str, ...] = ()  # what stands behind the name; a number but for "quantity"


def said(piece: Piece) -> Tensor:
    """The class, or NOTHING."""
    return torch.where(piece.known, piece.leader[1], NOTHING).to(torch.uint8).T


def confidence(piece: Piece) -> Tensor:
    """How probable the class is."""
    return _byte(piece, piece.leader[0])


def margin(piece: Piece) -> Tensor:
    """Its lead over the second."""
    return _byte(piece, piece.leader[0] - piece.second)


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


HEAD = ("layer", "head")
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
    "looked": Reducer(looked, (), np.uint16(NOWHERE), told=HEAD),
    "looked_share": Reducer(looked_share, (), NAN32, told=HEAD),
    "received": Reducer(received, ("date",), NAN16, told=HEAD),
    "cloud_attention": Reducer(cloud_attention, (), NAN32, told=HEAD),
    "state": Reducer(state, ("date",), NAN16, told=("quantity", "layer", "unit")),
    "hung_date": Reducer(hung_date, ("date",), NAN16, slopes=True),
    "hung_band": Reducer(hung_band, ("band",), NAN16, slopes=True),
    "hung_signed_band": Reducer(hung_signed_band, ("band",), NAN16, slopes=True),
}


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


def reducer(name: str) -> Reducer:
    """The reducer of that name, with what stands behind it; a ModelError where there is none."""
    first, *rest = name.split(":")
    found = REDUCERS.get(first)
    if found is None or len(rest) != len(found.told):
        raise _unknown(name)
    if not rest:
        return found
    if not all(each.isdecimal() and len(each) < 6 for each, what in zip(rest, found.told, strict=True) if what != TEXT):
        raise _unknown(name)
    said = [each if what == TEXT else int(each) for each, what in zip(rest, found.told, strict=True)]
    return replace(found, of=partial(_told, found.of, said), told=())


def _told(of: Callable[..., Tensor | Later], said: Sequence[str | int], piece: Piece) -> Tensor | Later:
    return of(piece, *said)


def _unknown(name: str) -> ModelError:
    spelled = [":".join((each, *REDUCERS[each].told)) for each in REDUCERS]
    return ModelError(
        f"Nothing called '{name[:40]}' is known of a tile.",
        f"Ask for {', '.join(spelled)}.",
        code="reducer",
        details={"needed": spelled, "found": name[:40]},
    )


def _byte(piece: Piece, share: Tensor) -> Tensor:
    """0–1 as 0–SURE, (date, series)."""
    return torch.where(piece.known, (SURE * share.clamp(0, 1)).round(), 0).to(torch.uint8).T
