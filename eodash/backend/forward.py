"""From series to probabilities: normalise as the card says, run the network, add up the outputs of a class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from eodash.cards import Class, Input
from eodash.early import last_observed
from eodash.errors import ModelError
from models.contract import SeriesNetwork, Trace

Floats = NDArray[np.float32]
Ask = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Trace]
"""Values, day, mask → what a network says."""
SIZE = 256  # series in one go


class Series(Protocol):
    """What is needed of a batch; `eodash.datasets.Batch` is one."""

    @property
    def values(self) -> Floats: ...  # (series, time, band)
    @property
    def day(self) -> Floats: ...  # (series, time)
    @property
    def mask(self) -> NDArray[np.bool_]: ...  # (series, time)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a network says of some series; rows of series without any observation are not a number."""

    probabilities: Floats  # (series, time or 1, output)
    features: Floats  # (series, feature)
    hazard: Floats | None  # (series, time)
    last: NDArray[np.int64]  # (series,) index of the last observation

    @property
    def final(self) -> Floats:
        """(series, output): what is said of the whole series."""
        dates = self.last if self.probabilities.shape[1] > 1 else np.zeros_like(self.last)
        said: Floats = self.probabilities[np.arange(len(dates)), dates]
        return said


def answer(network: SeriesNetwork, input: Input, batch: Series, *, size: int = SIZE) -> Answer:
    """Ask a network, in evaluation mode and single precision; the bands of the batch are those of the card."""
    parts = [_ask(network, input, batch.values[at], batch.day[at], batch.mask[at]) for at in _pieces(batch, size)]
    probabilities, features, hazards = zip(*parts, strict=True)
    hazard = None if hazards[0] is None else np.concatenate(hazards)
    return Answer(np.concatenate(probabilities), np.concatenate(features), hazard, last_observed(batch.mask))


def prefixes(network: SeriesNetwork, input: Input, batch: Series, dates: Sequence[int], *, size: int = SIZE) -> Floats:
    """(series, date, output): what is said once these dates (indices) have been seen, had the series ended there.

    Not a number where nothing had been observed by then.
    """
    if network.causal:
        after = answer(network, input, batch, size=size).probabilities
        newest = np.maximum.accumulate(np.where(batch.mask, np.arange(batch.mask.shape[1]), -1), axis=1)[:, list(dates)]
        picked: Floats = np.take_along_axis(after, np.maximum(newest, 0)[..., None], axis=1)
        picked[newest < 0] = np.nan
        return picked
    # a network that looks ahead is asked once for every date
    cut = [
        [_ask(network, input, batch.values[at, :end], batch.day[at, :end], batch.mask[at, :end])[0][:, 0]
         for at in _pieces(batch, size)]
        for end in (date + 1 for date in dates)
    ]  # fmt: skip
    return np.stack([np.concatenate(pieces) for pieces in cut], axis=1)


def fold(probabilities: NDArray[np.floating], classes: Sequence[Class]) -> Floats:
    """(…, output) → (…, class): outputs added up, then scaled so that the classes sum to one."""
    table = np.zeros((probabilities.shape[-1], len(classes)))
    for column, one in enumerate(classes):
        table[list(one.outputs), column] = 1
    return rescale(probabilities @ table)


def rescale(parts: NDArray[np.floating]) -> Floats:
    """Parts of probabilities (…, class) so that they sum to one; all the same where nothing is left of them."""
    total = parts.sum(-1, keepdims=True, dtype=np.float64)
    even = np.full_like(parts, 1 / parts.shape[-1], dtype=np.float64)
    scaled = np.divide(parts, total, out=even, where=~(total <= 0))  # not a number stays what it is
    return np.asarray(scaled, np.float32)


def normalise(values: ArrayLike, mask: NDArray[np.bool_], input: Input) -> Floats:
    """(value − mean) / scale per band; 0 where there is no observation."""
    values = np.asarray(values, np.float32)
    mean, scale = np.asarray(input.mean, np.float32), np.asarray(input.scale, np.float32)
    return np.where(mask[..., None], (values - mean) / scale, np.float32(0))


def columns(have: Sequence[str], input: Input) -> list[int]:
    """Where the bands of a card are among those that there are."""
    missing = [band for band in input.bands if band not in have]
    if missing:
        raise ModelError(
            f"The model needs {len(input.bands)} bands; not there: {', '.join(missing)}.",
            f"Choose a model for {', '.join(have)}, or data that hold the missing bands.",
            code="bands",
        )
    return [list(have).index(band) for band in input.bands]


def tensors(
    network: nn.Module, input: Input, values: Floats, day: Floats, mask: NDArray[np.bool_]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Values, day and mask as the network takes them, on its device."""
    if values.shape[-1] != len(input.bands):
        raise ModelError(
            f"The model needs {len(input.bands)} bands; {values.shape[-1]} were given.",
            f"Give {', '.join(input.bands)}, in this order.",
            code="bands",
        )
    ready = normalise(values, mask, input)
    days = np.asarray(day, np.float32)
    if not (np.isfinite(ready).all() and np.isfinite(days[mask]).all()):
        raise ModelError(
            "The series hold values that are no numbers where they claim an observation.",
            "Mask such dates, or fill them.",
            code="not_finite",
        )
    device = next(network.parameters()).device
    return (
        torch.from_numpy(ready).to(device),
        torch.from_numpy(np.where(np.isfinite(days), days, np.float32(0))).to(device),
        torch.from_numpy(np.ascontiguousarray(mask)).to(device),
    )


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode it was in comes back afterwards."""
    training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        network.train(training)


def _ask(
    network: SeriesNetwork, input: Input, values: Floats, day: Floats, mask: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats | None]:
    empty = ~mask.any(1)
    seen = mask.copy()
    seen[empty, 0] = True  # a network needs something to look at; what it makes of nothing is thrown away below
    values = np.where(mask[..., None], values, np.float32(0))
    with evaluating(network):
        trace: Trace = network(*tensors(network, input, values, np.where(mask | np.isfinite(day), day, 0), seen))
        probabilities = trace.logits.float().softmax(-1).cpu().numpy()
        features = trace.features.float().cpu().numpy()
        hazard = None if trace.hazard is None else trace.hazard.float().cpu().numpy()
    probabilities[empty] = np.nan
    features[empty] = np.nan
    return probabilities, features, hazard


def _pieces(batch: Series, size: int) -> list[slice]:
    return [slice(start, start + size) for start in range(0, max(1, len(batch.values)), size)]
