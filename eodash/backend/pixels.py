"""Pixels as a network is asked about them: whole numbers as they are stored, until they are on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.cards import Card, Input
from eodash.errors import ModelError
from eodash.sources.contract import NODATA
from models.contract import SeriesNetwork

Floats = NDArray[np.float32]
BRIGHTEST = 3.0
"""Beyond this a median is no reflectance: clouds and snow stay below 1.5."""
LOOKED_AT = 512
"""Pixels whose values are looked at for that."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Series of some pixels; a `Series` of `forward`, whose floats are made when they are wanted."""

    raw: NDArray[np.int16] | Floats  # (time, band, series) as stored, in the order of the card's bands
    days: Floats  # (time,) phase days
    mask: NDArray[np.bool_]  # (series, time) True where there is an observation
    scale: float  # reflectance per stored number
    clear: NDArray[np.bool_] | None = None  # (series, time) False under clouds, whether or not the model is shown them

    def __len__(self) -> int:
        return len(self.mask)

    @property
    def values(self) -> Floats:
        """(series, time, band) reflectance; 0 where there is no observation."""
        series = self.raw.transpose(2, 0, 1)
        return np.where(self.mask[..., None], series * np.float32(self.scale), np.float32(0)).astype(np.float32)

    @property
    def day(self) -> Floats:
        """(series, time)."""
        return np.broadcast_to(self.days, self.mask.shape)

    def take(self, index: slice | NDArray[np.integer]) -> Pixels:
        """Some of the pixels; a slice copies nothing."""
        clear = None if self.clear is None else self.clear[index]
        return Pixels(self.raw[:, :, index], self.days, self.mask[index], self.scale, clear)

    def until(self, date: int) -> Pixels:
        """The series as far as that date (an index) and no further."""
        end = date + 1
        clear = None if self.clear is None else self.clear[:, :end]
        return Pixels(self.raw[:end], self.days[:end], self.mask[:, :end], self.scale, clear)

    def newest(self, dates: Sequence[int]) -> NDArray[np.int64]:
        """(series, date): index of the newest observation by then, −1 before the first."""
        places = np.where(self.mask, np.arange(self.mask.shape[1]), -1)
        newest: NDArray[np.int64] = np.maximum.accumulate(places, axis=1)[:, list(dates)]
        return newest


def pixels_of(
    values: NDArray[np.int16] | Floats, clear: NDArray[np.bool_], day: Floats, card: Card, scale: float
) -> Pixels:
    """Series of a tile (time, band, y, x), its bands already those of the card; clouds stay in raw series."""
    _same_size("bands", len(card.input.bands), values.shape[1], ", ".join(card.input.bands))
    _same_size("dates", values.shape[0], len(day), "one day per image")
    _same_size("dates", values.shape[0], len(clear), "one mask per image")
    if not (np.isfinite(scale) and scale > 0):
        raise ModelError(
            f"{card.title} needs values with a scale above 0; found {scale:g}.",
            "Say how much reflectance one stored number is.",
            code="scale",
            details={"needed": "above 0", "found": float(scale)},
        )
    dates, bands = values.shape[:2]
    raw = values.reshape(dates, bands, -1)
    mask = np.ones((raw.shape[2], dates), bool)
    for band in range(bands):  # band by band: one flag per value would be half the tile again
        mask &= (raw[:, band] != NODATA).T
        if raw.dtype.kind == "f":
            mask &= np.isfinite(raw[:, band]).T
    if card.input.level != "l1c":
        mask &= clear.reshape(dates, -1).T
    days = np.asarray(day, np.float32)
    if card.input.dated and not np.isfinite(days).all():
        raise ModelError(
            f"{card.title} needs the day of every date; found {np.isfinite(days).sum()} of {dates}.",
            "Give the days, or choose a model that reads the order alone.",
            code="dates",
            details={"needed": dates, "found": int(np.isfinite(days).sum())},
        )
    found = Pixels(raw, np.nan_to_num(days), mask, float(scale), clear.reshape(dates, -1).T)
    if card.input.level:
        _is_reflectance(found, card)
    return found


def _same_size(what: str, needed: int, found: int, which: str) -> None:
    if needed != found:
        raise ModelError(
            f"The model needs {needed} {what}; {found} were given.",
            f"Give {which}.",
            code=what,
            details={"needed": needed, "found": found},
        )


def _is_reflectance(pixels: Pixels, card: Card) -> None:
    some = pixels.take(slice(0, None, max(1, len(pixels) // LOOKED_AT)))
    if not some.mask.any():
        return
    median = float(np.median(some.values[some.mask]))
    if median > BRIGHTEST:
        raise ModelError(
            f"{card.title} needs reflectance from 0 to 1; found values around {median:,.4g}.",
            "Turn the series into reflectance first: the series page says how.",
            code="scale",
            details={"needed": "reflectance 0–1", "found": median},
        )


def given(raw: Tensor, mask: Tensor, pixels: Pixels, input: Input) -> tuple[Tensor, Tensor, Tensor]:
    """Values, day and mask as a network takes them, made where `raw` (time, band, series) and `mask` lie.

    The same sums in the same order as `forward.normalise`, so that both come to the same last digit.
    """
    series = raw.permute(2, 0, 1).contiguous().float() * torch.tensor(pixels.scale, dtype=torch.float32)
    mean, scale = (torch.tensor(each, dtype=torch.float32, device=raw.device) for each in (input.mean, input.scale))
    values = ((series - mean) / scale).masked_fill(~mask.unsqueeze(-1), 0.0)
    day = torch.from_numpy(np.ascontiguousarray(pixels.days)).to(raw.device).expand(mask.shape)
    return values, day, mask


def tensor_of(array: NDArray[np.generic]) -> Tensor:
    """The same memory as a tensor; a copy of what may not be written, such as a memory map."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def check(network: SeriesNetwork, card: Card, legend: str, pixels: Pixels, dates: Sequence[int]) -> None:
    """Raise unless network, card, legend and dates go together."""
    if legend not in card.legends:
        raise ModelError(
            f"{card.title} has no legend '{legend[:40]}'; it has {', '.join(card.legends)}.",
            f"Choose {' or '.join(card.legends)}.",
            code="legend",
            details={"needed": legend[:40], "found": list(card.legends)},
        )
    _same_size("bands", int(network.config.bands), pixels.raw.shape[1], ", ".join(card.input.bands))
    outputs = network.classifier.out_features
    if outputs < card.outputs:
        raise ModelError(
            f"The legends of {card.title} need {card.outputs} outputs; the network gives {outputs}.",
            "Take card and weights from one place.",
            code="classes",
            details={"needed": card.outputs, "found": outputs},
        )
    there = len(pixels.days)
    if not dates or min(dates) < 0 or max(dates) >= there:
        raise ModelError(
            f"Asked for the dates {', '.join(map(str, dates)) or 'of an empty list'}; the series has 0 to {there - 1}.",
            "Choose dates of the open series.",
            code="dates",
            details={"needed": list(dates), "found": there},
        )
