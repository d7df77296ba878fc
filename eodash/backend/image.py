"""Networks for images, ready to be asked about pairs: padded, both dates in one go, as exactly as the policy says."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from eodash.backend.device import PLAIN, Policy, _Asked
from eodash.backend.fast_images import quick_of
from eodash.backend.forward import Floats, evaluating
from eodash.backend.image_tiles import MULTIPLE
from models import ImageNetwork
from models.fc_change import ImageTrace
from models.pretext import Pretext, distance

_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Seen:
    """What is said of a pair; what a network does not know is None."""

    chance: Floats | None = None  # (y, x) of change
    covers: tuple[Floats, Floats] | None = None  # (class, y, x) chances of land cover at both dates
    magnitude: Floats | None = None  # (y, x) how far its features moved


class Imager:
    """A network on its device; images are (band, y, x), standardised, of any size."""

    def __init__(self, network: ImageNetwork, policy: Policy = PLAIN) -> None:
        self.policy = policy
        there = all(each.device == torch.device(policy.device) for each in network.parameters())
        self.network = network if there else copy.deepcopy(network).to(policy.device)
        self.dtype = getattr(torch, policy.dtype)
        quick = None if policy.plain else quick_of(network, self.dtype, policy.device)
        self._ask: Callable[..., ImageTrace | Tensor] = self.network if quick is None else quick

    def said(self, before: Floats, after: Floats) -> Seen:
        """All that the network says of a pair, from one pass."""
        rows, columns = before.shape[-2:]
        with evaluating(self.network):
            first, second = self._given(before), self._given(after)
            if isinstance(self.network, Pretext):
                moved = distance(*(cast(Tensor, self._ask(each)).float() for each in (first, second)))
                return Seen(magnitude=_taken(moved[0], rows, columns))
            trace = cast(ImageTrace, self._ask(first, second))
            logits = trace.logits.float()[0]
            chance = (logits[1] - logits[0]).sigmoid_() if len(logits) > 1 else logits[0].sigmoid()
            covers = None
            if trace.cover is not None:
                one, other = (_taken(each.float()[0].softmax(0), rows, columns) for each in trace.cover)
                covers = (one, other)
            return Seen(_taken(chance, rows, columns), covers)

    def chance(self, before: Floats, after: Floats) -> Floats:
        """(y, x) of change."""
        found = self.said(before, after).chance
        assert found is not None
        return found

    def covers(self, before: Floats, after: Floats) -> tuple[Floats, Floats]:
        """(class, y, x) of land cover at both dates."""
        found = self.said(before, after).covers
        assert found is not None
        return found

    def features(self, image: Floats) -> Floats:
        """(feature, y, x) of one image."""
        assert isinstance(self.network, Pretext)
        with evaluating(self.network):
            return _taken(cast(Tensor, self._ask(self._given(image))).float()[0], *image.shape[-2:])

    def _given(self, image: NDArray[np.floating]) -> Tensor:
        """(1, band, y, x) on the device, padded by 0, the mean, to what four poolings need."""
        tensor = torch.from_numpy(np.ascontiguousarray(image)).to(self.policy.device).unsqueeze(0)
        rows, columns = (-extent % MULTIPLE for extent in image.shape[-2:])
        tensor = functional.pad(tensor, (0, columns, 0, rows)) if rows or columns else tensor
        if self._ask is self.network:
            return tensor.float()
        return tensor.to(self.dtype, memory_format=torch.channels_last)


def imager(network: ImageNetwork, policy: Policy) -> Imager:
    """The network, ready to be asked that way; made once for as long as the network is kept."""
    with _lock:
        known = network.__dict__.setdefault("_asked", _Asked())  # goes with the network, and into no copy of it
        key = policy.device, policy.dtype, policy.plain
        if key not in known:
            known[key] = Imager(network, policy)
        return cast(Imager, known[key])


def _taken(found: Tensor, rows: int, columns: int) -> Floats:
    """As an array without the padding."""
    return cast(Floats, np.ascontiguousarray(found[..., :rows, :columns].cpu().numpy()))
