"""All that a network says of one series, date by date."""

from __future__ import annotations

import numpy as np
import torch

from eodash.backend.device import PLAIN, Policy, asker
from eodash.backend.piece import Piece
from eodash.backend.pixels import Pixels, check, tensor_of
from eodash.backend.stream import Array
from eodash.cards import Card
from eodash.early import stopping
from models.contract import SeriesNetwork


def inspect_series(
    network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, *, policy: Policy = PLAIN
) -> dict[str, Array]:
    """Of the first of these pixels:

    probabilities (time, class) after each date, not a number before the first observation
    seen          (time)        whether the model used that date
    stop          ()            index of the date of decision, −1 without one

    and of a network that decides when to stop: hazard, chance P(t) and budget (time). The beginnings of the series,
    which a network that looks ahead is asked about one by one, go in one batch.
    """
    one = pixels.take(slice(0, 1))
    dates = range(len(one.days))
    check(network, card, legend, one, dates)
    seen = one.mask[0]
    ask = asker(network, policy)
    found: dict[str, Array] = {
        "probabilities": np.full((len(dates), len(card.legends[legend])), np.nan, np.float32),
        "seen": seen,
        "stop": np.asarray(-1),
    }
    if ask.stops:
        found |= {name: np.full(len(dates), np.nan, np.float32) for name in ("hazard", "chance", "budget")}
    if not seen.any():
        return found
    with torch.inference_mode():
        raw, mask = (tensor_of(np.ascontiguousarray(each)).to(policy.device) for each in (one.raw, one.mask))
        piece = Piece(ask, card, legend, dates, one, raw, mask)
        found["probabilities"] = piece.chances[0].cpu().numpy()
        if ask.stops:
            found["hazard"] = piece.hazard[0].cpu().numpy()
    if ask.stops:
        rule = stopping(found["hazard"][None], one.mask)
        found |= {"chance": rule.chance[0].astype(np.float32), "budget": rule.budget[0].astype(np.float32)}
        if rule.decided[0]:
            found["stop"] = np.asarray(rule.date[0])
    return found
