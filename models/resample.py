"""Series on a fixed grid of phase days, for networks that convolve over time.

A grid date takes the line between the observations on either side. It counts as covered from half a step before the
first observation to half a step after the last, so that a single date is never lost; elsewhere the values are zero, the
mean after normalisation. One more channel says which grid dates are covered. Observations outside the grid are left
out; a series that lies in other years altogether moves first (days.py).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.days import into_the_grid
from models.masks import hide, take


class Resample(nn.Module):
    """(B, T, D) at any days → (B, D + 1, length), at `start` and every `step` days from there."""

    grid: Tensor

    def __init__(self, start: float, step: float, length: int) -> None:
        super().__init__()
        self.step, self.start, self.end = step, start, start + step * (length - 1)
        self.register_buffer("grid", start + step * torch.arange(length), persistent=False)

    def forward(self, values: Tensor, day: Tensor, mask: Tensor) -> Tensor:
        values, day = hide(values, day, mask)
        half = self.step / 2
        day = into_the_grid(day, mask, self.start - half, self.end + half)
        day, order = day.masked_fill(~mask, torch.inf).sort(dim=1, stable=True)  # observed first, by day
        values = take(values, order)
        number = mask.sum(1, keepdim=True)
        last = (number - 1).clamp(min=0)
        grid = self.grid.expand(len(day), -1).contiguous()  # (B, G)
        after = torch.searchsorted(day, grid, right=True)  # how many observations lie at or before each grid date
        before = torch.minimum((after - 1).clamp(min=0), last)
        after = torch.minimum(after, last)
        left, right = day.gather(1, before), day.gather(1, after)
        share = ((grid - left) / (right - left).clamp(min=1e-3)).nan_to_num().clamp(0, 1).unsqueeze(-1)
        line = torch.lerp(take(values, before), take(values, after), share)  # (B, G, D)
        covered = (number > 0) & (grid > day[:, :1] - half) & (grid <= day.gather(1, last) + half)
        line = line.masked_fill(~covered.unsqueeze(-1), 0.0)
        return torch.cat([line, covered.unsqueeze(-1).to(line.dtype)], dim=-1).mT
