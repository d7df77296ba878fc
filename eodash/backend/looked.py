"""Maps of what a network keeps while it reads: where it looked, and what its units held.

All as it is once the last of the dates has been seen; layers, heads and units are counted from 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

from eodash.backend.piece import Piece
from eodash.backend.questions import NOWHERE
from eodash.backend.watched import absent


def looked(piece: Piece, layer: int, head: int) -> Tensor:
    """(series,) the date that received most attention: its index in the series, or NOWHERE."""
    column = _received(piece, layer, head)
    return torch.where(column[:, 0].isnan(), NOWHERE, column.nan_to_num().argmax(-1)).to(torch.int32)


def looked_share(piece: Piece, layer: int, head: int) -> Tensor:
    """(series,) the share that date received."""
    return _received(piece, layer, head).amax(-1)


def received(piece: Piece, layer: int, head: int) -> Tensor:
    """(date, series) the share that each of the dates received."""
    return _received(piece, layer, head)[:, list(piece.dates)].T.half()


def cloud_attention(piece: Piece, layer: int, head: int) -> Tensor:
    """(series,) the share that cloudy dates received; of a model that is not shown them: nothing."""
    column = _received(piece, layer, head)
    return (column * piece.cloudy[:, : column.shape[1]]).sum(-1)


def state(piece: Piece, quantity: str, layer: int, unit: int) -> Tensor:
    """(date, series) a gate i, f, g, o or a state c, h of one unit after each of the dates."""
    kept = piece.state_of(quantity, layer, unit)
    return torch.where(piece.known, kept[:, list(piece.dates)], torch.nan).T.half()


def _received(piece: Piece, layer: int, head: int) -> Tensor:
    every = piece.received
    if not (0 <= layer < every.shape[1] and 0 <= head < every.shape[2]):
        raise absent(piece.card, f"{every.shape[1]} layers with {every.shape[2]} heads each", f"{layer}:{head}")
    return every[:, layer, head]
