"""Phase days as networks read them: sinusoids of the day itself, whole years away from what training has shown."""

from __future__ import annotations

import torch
from torch import Tensor, nn

YEAR = 365.25
EARLIEST, LATEST = -200.0, 565.0  # phase days of the training worlds, half a year on either side of the main year
PERIOD = 1000.0  # of the slowest sinusoid, over 2π: T of Garnot & Landrieu (2020)


def of_this_season(day: Tensor, mask: Tensor) -> Tensor:
    """Days (B, T); a series whose first date lies a year or more off the main year's start moves by whole years.

    The first date alone decides, so that a series and its beginnings are read alike.
    """
    first = day.gather(1, mask.to(torch.uint8).argmax(1, keepdim=True))
    return day - YEAR * torch.where(first.abs() >= YEAR, (first / YEAR).round(), 0.0)


def near_the_season(day: Tensor, mask: Tensor) -> Tensor:
    """Days (B, T) within EARLIEST … LATEST; what lies outside after the series has moved does so date by date."""
    day = of_this_season(day, mask)
    day = day - YEAR * ((day - LATEST) / YEAR).ceil().clamp(min=0)
    return day + YEAR * ((EARLIEST - day) / YEAR).ceil().clamp(min=0)


def into_the_grid(day: Tensor, mask: Tensor, start: float, end: float) -> Tensor:
    """Days (B, T); where still no date meets the grid, the series moves on until its last lies in the main year.

    So a season that begins long before the grid is read as a year later until it reaches the grid.
    """
    day = of_this_season(day, mask)
    met = (mask & (day >= start) & (day <= end)).any(1, keepdim=True)
    last = day.masked_fill(~mask, -torch.inf).amax(1, keepdim=True)
    return day - YEAR * torch.where(met, 0.0, (last / YEAR).floor())


def season(day: Tensor) -> Tensor:
    """Where in the year: (B, T) → (B, T, 2)."""
    angle = day * (2 * torch.pi / YEAR)
    return torch.stack([angle.sin(), angle.cos()], -1)


class Positions(nn.Module):
    """Sine and cosine of the phase day at `width` / 2 frequencies: (B, T) → (B, T, width)."""

    rate: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        step = torch.arange(width) // 2 * 2 / width
        self.register_buffer("rate", PERIOD**-step, persistent=False)

    def forward(self, day: Tensor, mask: Tensor) -> Tensor:
        angle = near_the_season(day, mask).unsqueeze(-1) * self.rate  # (B, T, width)
        even = torch.arange(angle.shape[-1], device=angle.device) % 2 == 0
        return torch.where(even, angle.sin(), angle.cos())
