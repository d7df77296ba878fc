"""Probabilities of a legend in single precision, class by class: along the series everything is one long line.

The plain way folds in double precision and class beside class (`piece.folding`); this differs from it by rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from eodash.cards import Class


def folded(logits: Tensor, classes: Sequence[Class]) -> Tensor:
    """(series, date, output) → (series, date, class): softmax, outputs of a class added up, scaled to sum to one."""
    lines = logits.permute(2, 1, 0).contiguous()  # (output, date, series)
    lines = (lines - lines.amax(0)).exp_()
    whole = lines.sum(0)
    if [list(one.outputs) for one in classes] != [[output] for output in range(len(lines))]:
        lines = torch.stack(
            [sum((lines[output] for output in one.outputs[1:]), lines[one.outputs[0]]) for one in classes]
        )
        whole = lines.sum(0)
    # outputs that no class takes may hold it all
    shares = torch.where(whole <= 0, 1 / len(classes), lines / whole)
    return shares.permute(2, 1, 0)
