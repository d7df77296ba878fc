"""Dates that all series of a piece share: most pixels of a tile were seen on the same days."""

from __future__ import annotations

import torch
from torch import Tensor

from models.masks import hide
from models.resample import Resample


def shared(day: Tensor, mask: Tensor) -> bool:
    """Whether all series were observed on the same days; gaps may hold any day.

    On CUDA that counts as no: the host would wait for the answer, and a graph could not be captured.
    """
    return mask.device.type != "cuda" and bool((mask == mask[:1]).all()) and bool(((day == day[:1]) | ~mask).all())


def observed(values: Tensor, day: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Series that share their dates, without the gaps."""
    if bool(mask[0].all()):
        return values, day, mask
    places = mask[0].nonzero().squeeze(1)
    return values[:, places], day[:, places], mask[:, places]


def on_grid(resample: Resample, values: Tensor, day: Tensor, mask: Tensor) -> Tensor:
    """(B, G, D + 1) as `resample` says, but dates before channels; one matrix where all series share their dates."""
    if not shared(day, mask):
        return resample(values, day, mask).mT  # type: ignore[no-any-return]
    one = torch.eye(mask.shape[1], dtype=torch.float32, device=mask.device).unsqueeze(0)
    line = resample(one, day[:1], mask[:1])[0]  # (T + 1, G): what each date gives to each grid date, and the coverage
    values, _ = hide(values, day, mask)
    grid = values.new_empty(len(values), line.shape[1], values.shape[2] + 1)
    grid[..., :-1] = torch.einsum("tg,btd->bgd", line[:-1], values)
    grid[..., -1] = line[-1]
    return grid
