"""Classes and fields on the grid of a cube, and what the majority of a field was called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 255
"""Class of a pixel whose truth nobody knows; the same number as of one that a map says nothing of."""
Classes = NDArray[np.uint8]
Fields = NDArray[np.uint16]
Where = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Truth:
    """Classes of a legend on the grid of a cube."""

    classes: Classes  # (y, x) index into `names`, UNKNOWN where there is no truth
    parcels: Fields | None  # (y, x) number of the field, 0 for none; None where fields are not known
    names: tuple[str, ...]
    origin: str
    notices: tuple[str, ...] = ()  # what was left out, in words

    @property
    def known(self) -> Where:
        """Where there is a truth."""
        there: Where = self.classes != UNKNOWN
        return there


def majority(said: Classes, parcels: Fields) -> Classes:
    """Every field as what most of its answered pixels were called; pixels of no field stay as they are."""
    answered = (parcels > 0) & (said != UNKNOWN)
    width = int(said[answered].max(initial=0)) + 1
    count = int(parcels.max(initial=0)) + 1
    votes = np.bincount(parcels[answered].astype(np.int64) * width + said[answered], minlength=count * width)
    votes = votes.reshape(count, width)
    winner = np.where(votes.any(1), votes.argmax(1), UNKNOWN).astype(np.uint8)
    return np.where(parcels > 0, winner[parcels], said).astype(np.uint8)


def by_field(truth: Truth, said: Classes, where: Where | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Truth and majority answer of every field that has both; nothing where fields are not known."""
    none = np.empty(0, np.int64)
    if truth.parcels is None:
        return none, none
    there = truth.known if where is None else truth.known & where
    fields = np.where(there, truth.parcels, 0).astype(np.uint16)
    numbers, first = np.unique(fields, return_index=True)
    first = first[numbers > 0]
    real = majority(truth.classes, fields).ravel()[first]
    called = majority(said, fields).ravel()[first]
    both = called != UNKNOWN
    return real[both].astype(np.int64), called[both].astype(np.int64)
