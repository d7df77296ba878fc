"""Learning features without labels, and measuring change with them: the side that imports torch."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from eodash.change.triples import Triples
from eodash.errors import ComputeError
from models.pretext import Pretext, distance, triplet

Task = Literal["overlap", "triplet"]
BATCH = 5
"""Triples of a step."""
RATE = 2e-3
WARM = 0.1
"""Share of the steps in which the rate rises."""
HALO = 3
"""Rows that the features of a row hang on, either side."""
KEPT_TO = 0.97
"""Share of the pixels of unchanged ground that a distance of 1 leaves below itself."""
STRIP = 2**18
"""Pixels that are measured in one go."""
Floats = NDArray[np.float32]


class Learner:
    """A training that goes on, some steps at a time; everything in it follows from the seed."""

    def __init__(self, task: Task, triples: Triples, steps: int, seed: int = 0, margin: float = 1.0, pull: float = 1.0):
        self.task, self.triples, self.steps, self.seed, self.done = task, triples, steps, seed, 0
        self.margin, self.pull = margin, pull
        torch.manual_seed(seed)
        bands = triples.anchor.shape[1]
        self.network = Pretext(bands=bands).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.optimizer = AdamW(self.network.parameters(), lr=RATE, weight_decay=1e-4)

    def step(self) -> float:
        """One batch; the loss before it was learnt from. A ComputeError once that is no number."""
        rng = np.random.default_rng([self.seed, self.done])
        chosen = rng.choice(len(self.triples), BATCH, replace=len(self.triples) < BATCH)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * pace(self.done, self.steps)
        loss = self._loss(chosen)
        said = float(loss.detach())
        if not math.isfinite(said):
            raise ComputeError(
                f"The loss is no longer a number after {self.done} steps.",
                "Look for extreme values in the images, then learn again.",
                code="not_finite",
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.done += 1
        return said

    def _loss(self, chosen: NDArray[np.int64]) -> Tensor:
        parts = [getattr(self.triples, name)[chosen] for name in ("anchor", "near", "far")]
        images = torch.from_numpy(np.concatenate(parts)).float().contiguous(memory_format=torch.channels_last)
        where = torch.from_numpy(self.triples.usable[chosen])
        anchor, near, far = self.network(images).chunk(3)
        if self.task == "triplet":
            return triplet(anchor, near, far, self.margin, self.pull, where)
        logits = torch.cat([self.network.told(anchor, near, where), self.network.told(anchor, far, where)])
        labels = torch.arange(2).repeat_interleave(len(chosen))
        return functional.cross_entropy(logits, labels)


def pace(step: int, steps: int) -> float:
    """Share of the rate: rises, then falls along a cosine."""
    rise = max(1, round(WARM * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def apart(network: Pretext, before: Floats, after: Floats) -> Floats:
    """How far the features of both dates lie apart, (band, y, x) twice → (y, x); in strips, to bound memory."""
    rows, columns = before.shape[1:]
    found = np.empty((rows, columns), np.float32)
    tall = max(1, STRIP // max(1, columns))
    network.eval()
    with torch.inference_mode():
        for start in range(0, rows, tall):
            end, top = min(rows, start + tall), max(0, start - HALO)
            seen = slice(top, min(rows, end + HALO))
            both = torch.from_numpy(np.stack([before[:, seen], after[:, seen]])).float()
            first, second = network(both.contiguous(memory_format=torch.channels_last)).chunk(2)
            found[start:end] = distance(first, second)[0, start - top : end - top].numpy()
    return found


def unit(network: Pretext, triples: Triples) -> float:
    """The distance that the same ground keeps to on two dates, but for three pixels in a hundred; it becomes 1.

    Nobody has to say what changed for that; below it no distance means change.
    """
    network.eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(triples), BATCH):
            part = slice(start, start + BATCH)
            both = torch.from_numpy(np.concatenate([triples.anchor[part], triples.near[part]])).float()
            first, second = network(both.contiguous(memory_format=torch.channels_last)).chunk(2)
            found.append(distance(first, second).numpy()[triples.usable[part]])
        size = max(float(np.quantile(np.concatenate(found), KEPT_TO)), 1e-6)
        last = network.encoder[-1]
        assert isinstance(last, nn.BatchNorm2d)
        last.weight.div_(size)
        last.bias.div_(size)
    return size


def flat(network: Pretext) -> Floats:
    """Every number of a network in one row."""
    parts = [value.detach().float().reshape(-1) for value in network.state_dict().values()]
    found: Floats = torch.cat(parts).numpy().astype(np.float32)
    return found


def built(weights: Floats, bands: int) -> Pretext:
    """The network of such a row; a ComputeError where it is not of this size."""
    network = Pretext(bands=bands)
    state, at = network.state_dict(), 0
    if sum(value.numel() for value in state.values()) != weights.size or not np.isfinite(weights).all():
        raise ComputeError("What was learnt cannot be read.", "Learn again.", code="lost", retryable=True)
    for name, value in state.items():
        part = torch.from_numpy(weights[at : at + value.numel()].copy()).reshape(value.shape)
        state[name], at = part.to(value.dtype), at + value.numel()
    network.load_state_dict(state)
    return network.eval()
