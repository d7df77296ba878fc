"""Maps of what decisions hung on: how steeply the winner's probability follows the values of a date, or of a band.

The probability is that of each pixel's most probable class at the last of the dates; its gradient is per unit of
reflectance.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from eodash.backend.gradients import chances
from eodash.backend.piece import Piece


def hung_date(piece: Piece) -> Tensor:
    """(date, series): sum over the bands of |gradient| at each of the dates."""
    steep = _slope(piece).abs().sum(-1)
    return steep[:, list(piece.dates)].T.half()


def hung_band(piece: Piece) -> Tensor:
    """(band, series): sum over the dates of |gradient|."""
    return _slope(piece).abs().sum(1).T.half()


def hung_signed_band(piece: Piece) -> Tensor:
    """(band, series): sum over the dates of the gradient, sign and all."""
    return _slope(piece).sum(1).T.half()


def _slope(piece: Piece) -> Tensor:
    """(series, time, band) as far as the last of the dates; not a number for series of which nothing was seen then."""
    if "_slope" in piece.__dict__:  # three reducers, one way back
        kept: Tensor = piece.__dict__["_slope"]
        return kept
    end = max(piece.dates) + 1
    newest = piece.pixels.newest([end - 1])[:, 0]
    classes = piece.card.legends[piece.legend]
    # what was made in inference mode may not be part of a way back: hence the copies
    with torch.inference_mode(False):
        values = piece.values[:, :end].clone().requires_grad_()
        day, mask = piece.day[:, :end].clone(), piece.mask[:, :end].clone()
        unseen = torch.from_numpy(newest < 0).to(values.device)
        mask[:, 0] |= unseen  # a network needs something to look at; what it makes of nothing is thrown away below
        last = torch.from_numpy(np.maximum(newest, 0)).to(values.device)
        said = chances(piece.ask.network, values, day, mask, classes, last)
        (slope,) = torch.autograd.grad(said.amax(-1).sum(), values)
        scale = torch.tensor(piece.card.input.scale, dtype=slope.dtype, device=slope.device)
        slope = (slope / scale).masked_fill(~mask.unsqueeze(-1), 0.0)
        slope = slope.masked_fill(unseen[:, None, None], torch.nan)
    piece.__dict__["_slope"] = slope
    return slope
