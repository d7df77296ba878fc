"""Parts of a dataset: by whole fields, so that no field has pixels on both sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.contract import Batch, Dataset
from eodash.errors import ModelError

SHARES = {"train": (0.0, 0.6), "valid": (0.6, 0.8), "train+valid": (0.0, 0.8), "held-out": (0.8, 1.0)}
WHOLE = ("test", "all")


class Subset:
    """Some rows of another dataset."""

    def __init__(self, whole: Dataset, rows: NDArray[np.int64]) -> None:
        self._whole, self._rows = whole, np.asarray(rows, np.int64)
        self.name, self.bands, self.classes = whole.name, whole.bands, whole.classes
        self.legend, self.level, self.origin = whole.legend, whole.level, whole.origin
        self.label, self.group = whole.label[self._rows], whole.group[self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order."""
        return self._whole.read(self._rows[np.asarray(rows, np.int64)])


def divided(whole: Dataset, split: str, shares: Mapping[str, tuple[float, float]] = SHARES) -> Dataset:
    """A set that comes in one piece: whole as `test` or `all`, else some of the fields of each class."""
    if split in WHOLE:
        return whole
    if split not in shares:
        raise ModelError(
            f"There is no split {split!r} of {whole.name}.",
            f"Take one of {', '.join((*WHOLE, *shares))}.",
            code="unknown_split",
        )
    place = places(whole.label, whole.group)
    rows = np.flatnonzero((shares[split][0] <= place) & (place < shares[split][1]))
    if not len(rows):
        raise ModelError(
            f"{whole.name} has too few fields to be divided: none is left for {split!r}.",
            "Use it whole, or label more fields.",
            code="too_few",
        )
    return Subset(whole, rows)


def places(label: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where each series stands, 0–1, once the groups of each class are shuffled and set out in a row."""
    fields, first, member = np.unique(group, return_index=True, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(fields))
    place = np.empty(len(fields))
    for value in np.unique(label[first]):
        mine = order[label[first][order] == value]
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return np.asarray(place[member], dtype=np.float64)


def trainable(data: Dataset) -> tuple[str, ...]:
    """Raise unless a classifier can learn from this; what is thin about it, in sentences."""
    labels, counts = np.unique(data.label[data.label >= 0], return_counts=True)
    if len(labels) < 2:
        only = data.classes[int(labels[0])] if len(labels) else ""
        raise ModelError(
            f"All labelled series of {data.name} are of one class, {only!r}."
            if only
            else f"{data.name} has no labelled series.",
            "A classifier needs two classes at least.",
            code="one_class",
        )
    alone = [data.classes[int(value)] for value, count in zip(labels, counts, strict=True) if count == 1]
    absent = [name for number, name in enumerate(data.classes) if number not in labels]
    notices = []
    if alone:
        notices.append(f"One series only, which cannot be learnt and tested at once: {', '.join(alone)}.")
    if absent:
        notices.append(f"No series at all: {', '.join(absent)}.")
    return tuple(notices)
