"""On which values the winning class hangs, in three ways: its gradient, integrated gradients, and occlusion.

All of one series, the first of the pixels, as far as one date (an index): what comes later is not shown to the network.
The winner is the most probable class there, the score its probability. What was not observed carries nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eodash.backend.along import STEPS, mean_slope
from eodash.backend.device import PLAIN
from eodash.backend.forward import Floats, tensors
from eodash.backend.gradients import chances, said_after
from eodash.backend.pixels import Pixels, check
from eodash.cards import Card, Class
from eodash.early import last_observed
from models.contract import SeriesNetwork

Found = dict[str, Floats | int | float]


@dataclass(frozen=True, eq=False)
class _Question:
    """A series before a network, normalised, cut behind the date."""

    network: SeriesNetwork
    classes: tuple[Class, ...]
    scale: Floats  # per band
    values: Tensor  # (1, time, band)
    day: Tensor  # (1, time)
    mask: Tensor  # (1, time)
    winner: int
    score: float

    @property
    def seen(self) -> np.ndarray:
        return self.mask[0].cpu().numpy()

    def slope(self, values: Tensor) -> Tensor:
        """Gradient of the winner's probability where these values (copy, time, band) stand, mask and days as given."""
        found: list[Tensor] = []
        for at in _pieces(len(values), values.shape[1]):
            some = values[at].detach().clone().requires_grad_()
            day, mask = self.day.expand(len(some), -1), self.mask.expand(len(some), -1)
            said = chances(self.network, some, day, mask, self.classes, int(last_observed(self.seen[None])[0]))
            found += torch.autograd.grad(said[:, self.winner].sum(), some)
        return torch.cat(found)

    def scores(self, values: Tensor, mask: Tensor) -> Floats:
        """(copy,): the winner's probability of other values (copy, time, band), other masks (copy, time)."""
        found = []
        with torch.inference_mode():
            for at in _pieces(len(values), values.shape[1]):
                last = torch.from_numpy(last_observed(mask[at].cpu().numpy())).to(values.device)
                day = self.day.expand(len(last), -1)
                said = said_after(self.network, values[at], day, mask[at], self.classes, last)
                found.append(said[:, self.winner].cpu().numpy())
        return np.concatenate(found)


def gradient_of(network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, date: int) -> Found:
    """gradient (time, band): how the score changes per unit of reflectance; winner (an index, −1 without one); score.

    Exactly what the network says: first order, at this point, nothing smoothed.
    """
    asked = _asked(network, card, legend, pixels, date)
    found = np.zeros((len(pixels.days), pixels.raw.shape[1]), np.float32)
    if asked is None:
        return {"gradient": found, "winner": -1, "score": float("nan")}
    slope = asked.slope(asked.values)[0].cpu().numpy() / asked.scale
    found[: date + 1] = np.where(asked.seen[:, None], slope, 0)
    return {"gradient": found, "winner": asked.winner, "score": asked.score}


def integrated_of(
    network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, date: int, steps: int = STEPS
) -> Found:
    """integrated (time, band): each value's share in score − baseline_score, by integrated gradients.

    The baseline is the card's mean spectrum on every observed date; the mask stays. `gap`: what the sum of all shares
    misses of that difference; more than `steps` points are taken where the score jumps on the way.
    """
    asked = _asked(network, card, legend, pixels, date)
    found = np.zeros((len(pixels.days), pixels.raw.shape[1]), np.float32)
    if asked is None:
        nothing = float("nan")
        return {
            "integrated": found,
            "winner": -1,
            "score": nothing,
            "baseline_score": nothing,
            "gap": nothing,
            "steps": 0,
        }
    way = asked.values[0].cpu().numpy()  # from the mean spectrum, which is 0 once normalised

    def along(places: Floats) -> Tensor:
        there = torch.from_numpy(np.asarray(places, np.float32)).to(asked.values.device)
        return there[:, None, None] * asked.values

    mean = mean_slope(
        lambda places: asked.scores(along(places), asked.mask.expand(len(places), -1)),
        lambda places: asked.slope(along(places)).cpu().numpy(),
        way,
        steps,
    )
    found[: date + 1] = np.where(asked.seen[:, None], mean.slope * way, 0)
    gap = float(found.sum(dtype=np.float64)) - (mean.end - mean.start)
    return {
        "integrated": found,
        "winner": asked.winner,
        "score": asked.score,
        "baseline_score": mean.start,
        "gap": gap,
        "steps": mean.steps,
    }


def occlusion_of(network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, date: int) -> Found:
    """How far the score falls without something; below 0 it rises.

    occlusion_time (time)  without that date: masked, so that the network never saw it; 0 where nothing was observed,
                           not a number where nothing would be left
    occlusion_band (band)  with that band at the card's mean on every date
    """
    asked = _asked(network, card, legend, pixels, date)
    dates, bands = len(pixels.days), pixels.raw.shape[1]
    over_time, over_band = np.zeros(dates, np.float32), np.zeros(bands, np.float32)
    found: Found = {"occlusion_time": over_time, "occlusion_band": over_band, "winner": -1, "score": float("nan")}
    if asked is None:
        return found
    places = np.flatnonzero(asked.seen)
    values = asked.values.repeat(len(places) + bands, 1, 1)
    mask = asked.mask.repeat(len(places) + bands, 1)
    for row, place in enumerate(places):
        if len(places) > 1:
            values[row, place], mask[row, place] = 0, False
    for band in range(bands):
        values[len(places) + band, :, band] = 0
    falls = np.float32(asked.score) - asked.scores(values, mask)
    over_time[places] = falls[: len(places)] if len(places) > 1 else np.nan
    over_band[:] = falls[len(places) :]
    return found | {"winner": asked.winner, "score": asked.score}


def _asked(network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, date: int) -> _Question | None:
    """The first of the pixels; None where nothing was observed by that date."""
    one = pixels.take(slice(0, 1))
    check(network, card, legend, one, (date,))
    one = one.until(date)
    if not one.mask.any():
        return None
    classes = tuple(card.legends[legend])
    values, day, mask = tensors(network, card.input, one.values, one.day, one.mask)
    with torch.inference_mode():
        said = said_after(network, values, day, mask, classes, int(last_observed(one.mask)[0]))[0]
    winner = int(said.argmax())
    scale = np.asarray(card.input.scale, np.float32)
    return _Question(network, classes, scale, values, day, mask, winner, float(said[winner]))


def _pieces(copies: int, dates: int) -> Iterator[slice]:
    """As many at a time as leave memory for the way back through a long series."""
    size = PLAIN.series_of(dates)
    return (slice(start, start + size) for start in range(0, copies, size))
