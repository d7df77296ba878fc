"""Batches of patches for change networks: turned, mirrored, dates swapped, gains changed; the same seed, the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.datasets.change_patches import Patches
from eodash.training.change_planted import drift, plant

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Batch:
    """Pairs of patches as a network takes them, and what is true of them."""

    before: Tensor  # (B, 6, S, S)
    after: Tensor
    usable: Tensor  # (B, S, S)
    changed: Tensor
    cover_before: Tensor  # int64; 255 where unknown
    cover_after: Tensor


@dataclass(frozen=True)
class Spoiling:
    """What a batch is put through before it is learned from; zeros leave it as it is."""

    side: int = 64  # of the part of a patch that is taken, anywhere in it; 0: all of it
    turned: bool = True
    swapped: bool = True  # the dates, by chance
    gain: float = 0.15  # per band, both dates alike; deviation of its logarithm
    offset: float = 0.2  # in deviations of the pair
    apart: float = 0.05  # by how much gains and offsets of the two dates differ
    noise: float = 0.03
    planted: float = 0.0  # share of the patches that more change is planted into …
    drifting: float = 0.0  # … and of those in which one date is brighter as a whole


PLAIN = Spoiling(0, False, False, 0, 0, 0, 0)


def batch_of(data: Patches, rows: Rows, spoiling: Spoiling = PLAIN, seed: int = 0) -> Batch:
    """These patches; what is random about them follows from the seed alone."""
    rng = np.random.default_rng(seed)
    images: list[NDArray[Any]] = [np.asarray(each[rows], np.float32) for each in (data.before, data.after)]
    known = (data.usable, data.changed, data.cover_before, data.cover_after)
    truths: list[NDArray[Any]] = [np.asarray(each[rows]) for each in known]
    whole = images[0].shape[-1]
    if 0 < spoiling.side < whole:
        corners = rng.integers(0, whole - spoiling.side + 1, (len(rows), 2))
        images, truths = ([_part(each, corners, spoiling.side) for each in some] for some in (images, truths))
    if spoiling.turned:
        for row in range(len(rows)):
            turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
            for array in (*images, *truths):
                array[row] = _turned(array[row], turns, mirrored)
    if spoiling.gain or spoiling.offset or spoiling.apart or spoiling.noise:
        shape = (len(rows), images[0].shape[1], 1, 1)
        gain, offset = rng.normal(0, spoiling.gain, shape), rng.normal(0, spoiling.offset, shape)
        for place, image in enumerate(images):
            own = np.exp(gain + rng.normal(0, spoiling.apart, shape)).astype(np.float32)
            moved = (offset + rng.normal(0, spoiling.apart, shape)).astype(np.float32)
            noise = rng.standard_normal(image.shape, np.float32) * np.float32(spoiling.noise)
            images[place] = np.where(truths[0][:, None], image * own + moved + noise, 0)
    for row in np.flatnonzero(rng.random(len(rows)) < spoiling.planted):
        plant(rng, images[0][row], images[1][row], truths[0][row], truths[1][row])
    for row in np.flatnonzero(rng.random(len(rows)) < spoiling.drifting):
        images[1][row] = drift(rng, images[1][row], truths[0][row])
    if spoiling.swapped:
        other = rng.random(len(rows)) < 0.5
        for one, two in ((images[0], images[1]), (truths[2], truths[3])):
            one[other], two[other] = two[other], one[other].copy()
    covers = [torch.from_numpy(each.astype(np.int64)) for each in truths[2:]]
    return Batch(
        torch.from_numpy(images[0]), torch.from_numpy(images[1]), torch.from_numpy(np.asarray(truths[0])),
        torch.from_numpy(np.asarray(truths[1])), covers[0], covers[1],
    )  # fmt: skip


def in_turn(data: Patches, size: int) -> Iterator[Batch]:
    """All of them in order, as they are."""
    for start in range(0, len(data), size):
        yield batch_of(data, np.arange(start, min(start + size, len(data))))


def _part(array: NDArray[Any], corners: NDArray[np.intp], side: int) -> NDArray[Any]:
    return np.stack([
        each[..., y : y + side, x : x + side] for each, (y, x) in zip(array, corners.tolist(), strict=True)
    ])  # fmt: skip


def _turned(array: NDArray[Any], turns: int, mirrored: bool) -> NDArray[Any]:
    turned = np.rot90(array, turns, (-2, -1))
    return (np.flip(turned, -1) if mirrored else turned).copy()
