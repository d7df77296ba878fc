"""Pieces on their way to the device, and answers on their way back: one piece ahead, so that neither is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.backend import cuda
from eodash.backend.pixels import Pixels, tensor_of

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Later:
    """Brought to the host first; there a function makes an array of the arrays."""

    tensors: tuple[Tensor, ...]
    then: Callable[..., Array]


def fed(parts: Iterable[Pixels], device: torch.device) -> Iterator[tuple[Pixels, Tensor, Tensor]]:
    """Each piece with its numbers (time, band, series) and its mask on the device."""
    if device.type == "cuda":
        yield from cuda.fed(parts, device)
        return
    for part in parts:
        yield part, tensor_of(part.raw).to(device), tensor_of(part.mask).to(device)


def landing(made: Iterable[Mapping[str, Tensor | Later]]) -> Iterator[dict[str, Array]]:
    """The answers as arrays; those of a piece are waited for once the next piece is under way."""
    flying: Callable[[], dict[str, Array]] | None = None
    for each in made:
        ahead = _landing(each)
        if flying is not None:
            yield flying()
        flying = ahead
    if flying is not None:
        yield flying()


def _landing(made: Mapping[str, Tensor | Later]) -> Callable[[], dict[str, Array]]:
    later = {name: each if isinstance(each, Later) else Later((each,), _itself) for name, each in made.items()}
    tensors = [tensor for each in later.values() for tensor in each.tensors]
    on_their_way = cuda.Landing(tensors) if any(each.is_cuda for each in tensors) else None

    def land() -> dict[str, Array]:
        arrays = iter(on_their_way.tensors() if on_their_way else [each.cpu() for each in tensors])
        return {name: each.then(*(next(arrays).numpy() for _ in each.tensors)) for name, each in later.items()}

    return land


def _itself(array: Array) -> Array:
    return array
