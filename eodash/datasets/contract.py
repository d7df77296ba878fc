"""Labelled series: what every reader of training and test data gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Batch:
    """Some labelled series, ready to be normalised."""

    values: Array  # (series, time, band) reflectance 0–1, or whatever an undated archive holds; 0 where the mask is off
    day: Array  # (series, time) phase days
    mask: NDArray[np.bool_]  # (series, time) True where there is an observation
    label: NDArray[np.int64]  # (series,) index into `classes`; −1 where no class of this dataset fits
    group: NDArray[np.int64]  # (series,) field, polygon or object: never on both sides of a split


class Dataset(Protocol):
    """A set of labelled series that is read a piece at a time."""

    name: str  # "world", "victoria", "breizhcrops" …
    bands: tuple[str, ...]  # names of eodash.sensors where it is a satellite, else "1", "2" …
    classes: tuple[str, ...]
    legend: str  # "fine", "breizhcrops", "landcover", or "" for a list of its own
    level: str  # "l1c", "l2a", or "" for neither
    origin: str  # where it comes from, with its licence: one line that is printed beside every figure
    label: NDArray[np.int64]  # (n,)
    group: NDArray[np.int64]  # (n,)

    def __len__(self) -> int: ...

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order; all of one length T, the longest of them, with the mask off behind others."""
        ...
