"""Where a network is asked, and how exactly: the device, the numbers it computes with, and how many series at a time.

Decision 13 says why. A faster way than plain single precision is taken only where it was timed on this device with this
network, and gave real-like series the same answers.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from eodash.backend.forward import Ask, evaluating
from models.contract import SeriesNetwork, Trace

SIZES = {"cpu": 256, "mps": 4096, "cuda": 16384}
"""Series in one go, by kind of device."""
STEPS = 64
"""Dates of a series for which that holds; of longer ones there are fewer, for attention costs the square."""
FEWEST = 16
SHARING = {"LTae": 2, "TempCnn": 8}
"""From how many dates on it is quicker to ask once for all beginnings than to ask again, where they share anything."""


@dataclass(frozen=True)
class Policy:
    """How a network is asked; by default the plain way: the network as it is, single precision, on the CPU."""

    device: str = "cpu"
    dtype: str = "float32"  # or "bfloat16"
    plain: bool = True  # False: prepared, which is faster and rounds otherwise
    size: int = SIZES["cpu"]  # most series in one go
    agreement: float = 1.0  # share of series and dates to which the plain way gives the same class
    difference: float = 0.0  # largest difference of a probability from the plain way
    speedup: float = 1.0  # against the plain way

    def series_of(self, dates: int) -> int:
        """How many series of so many dates are asked in one go."""
        least = min(FEWEST, self.size)
        return max(least, min(self.size, self.size * STEPS // max(1, dates), self.size * STEPS**2 // max(1, dates**2)))

    @property
    def facts(self) -> dict[str, Any]:
        """What a map says of how it was made."""
        said = {name: getattr(self, name) for name in ("dtype", "agreement", "difference", "speedup")}
        return {"device": name_of(self.device), "cores": cores(), "exact": self.plain} | said


PLAIN = Policy()


def devices() -> tuple[str, ...]:
    """The devices of this machine, a worker for each."""
    if torch.cuda.is_available():
        return tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))
    return ("mps",) if torch.backends.mps.is_available() else ("cpu",)


def plain(device: str) -> Policy:
    """The plain way on a device."""
    return Policy(device, size=SIZES[torch.device(device).type])


def name_of(device: str) -> str:
    """ "CPU", "Apple GPU", or what the card calls itself."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return "CPU" if device == "cpu" else "Apple GPU"


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Asked(dict[tuple[str, str, bool], "Asker"]):
    """The ways in which a network has been asked, kept with it and gone with it; no part of a copy."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Asked:
        return _Asked()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Asked, ()


_lock = threading.RLock()


class Asker:
    """A network on its device, ready to be asked; it knows what comes out."""

    def __init__(self, network: SeriesNetwork, policy: Policy) -> None:
        self.causal = network.causal
        self.policy = policy
        self.network = _there(network, policy.device)
        self._ask: Ask = self.network
        if not policy.plain:
            from eodash.backend.fast import prepared

            self._ask = self._prepared = prepared(network, getattr(torch, policy.dtype), policy.device)
            if policy.device.startswith("cuda"):
                from eodash.backend.cuda import Captured

                self._ask = Captured(self._ask)
        bands = int(network.config.bands)
        trial = self(
            *(each.to(policy.device) for each in (torch.zeros(2, 1, bands), torch.zeros(2, 1), torch.ones(2, 1).bool()))
        )
        self.outputs, self.features = trial.logits.shape[-1], trial.features.shape[-1]
        self.stops = trial.hazard is not None

    def __call__(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        """What the network says, in single precision."""
        with evaluating(self.network), _exactness(self.policy):
            said = self._ask(values, day, mask)
        hazard = None if said.hazard is None else said.hazard.float()
        return Trace(said.logits.float(), said.features.float(), hazard)

    def shares(self, dates: int) -> bool:
        """Whether the beginnings of a series are best asked about together, through `prefixes`."""
        return not self.policy.plain and dates >= SHARING.get(type(self._prepared.plain).__name__, dates + 1)

    def prefixes(self, values: Tensor, day: Tensor, mask: Tensor, dates: Sequence[int]) -> Tensor:
        """Logits (series, date, output) of a prepared network that looks ahead, sharing what the beginnings share."""
        from eodash.backend.prefix_sharing import prefixes

        with torch.inference_mode(), _exactness(self.policy):
            return prefixes(self._prepared, values, day, mask, dates).float()


def asker(network: SeriesNetwork, policy: Policy) -> Asker:
    """The network, ready to be asked that way; made once for as long as the network is kept."""
    with _lock:
        known = cast(_Asked, network.__dict__.setdefault("_asked", _Asked()))
        key = policy.device, policy.dtype, policy.plain
        if key not in known:
            known[key] = Asker(network, policy)
        return known[key]


@contextmanager
def _exactness(policy: Policy) -> Iterator[None]:
    """The plain way computes in full single precision on CUDA, too."""
    if not policy.device.startswith("cuda"):
        yield
        return
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=not policy.plain):
        yield


def _there(network: SeriesNetwork, device: str) -> SeriesNetwork:
    """The network itself where it already lies there, else a copy: nobody's network moves while others ask it."""
    if all(each.device == torch.device(device) for each in network.parameters()):
        return network
    return copy.deepcopy(network).to(device)
