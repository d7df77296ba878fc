"""How good a head is where it was taught nothing: whole fields are left out, asked, and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.teach.heads import Floats, Head, Whole

MOST = 12
"""Fields that are left out one by one; of more, so many groups are."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What was said of fields that taught nothing."""

    accuracy: float | None  # every field counts alike; None where there is no such figure …
    reason: str  # … and why not, or what it leaves out
    fields: int  # that were asked
    said: Whole  # (sample,) class, −1 where its field was not asked


def left_out(
    rows: Floats, label: Whole, field: Whole, fit: Callable[[Floats, Whole, Whole], Head], names: tuple[str, ...]
) -> Kept:
    """Leave-one-field-out: samples of one field are never on both sides."""
    said = np.full(len(label), -1, np.int64)
    testable, alone = askable(label, field)
    lonely = ", ".join(names[one] for one in alone)
    if len(np.unique(label[np.isin(field, testable)])) < 1:
        why = "Every class has one field only: label a second field of each, and there is a figure."
        return Kept(None, why, 0, said)
    for group in groups(testable, label, field):
        out = np.isin(field, group)
        head = fit(rows[~out], label[~out], field[~out])
        said[out] = np.array(head.labels)[head.probabilities(rows[out]).argmax(1)]
    right = [float((said[field == one] == label[field == one]).mean()) for one in testable]
    note = f"Not asked, as they have one field only: {lonely}." if alone else ""
    return Kept(float(np.mean(right)), note, len(testable), said)


def askable(label: Whole, field: Whole) -> tuple[NDArray[np.int64], list[int]]:
    """Fields of classes that have another field, and the classes that have none."""
    numbers, first = np.unique(field, return_index=True)
    of = label[first]
    counts = np.bincount(of)
    return numbers[counts[of] > 1], np.flatnonzero(counts == 1).tolist()


def groups(testable: NDArray[np.int64], label: Whole, field: Whole) -> Iterator[NDArray[np.int64]]:
    """What is left out at a time: one field, or where there are many, some of several classes; never a whole class."""
    if len(testable) <= MOST:
        yield from testable[:, None]
        return
    first = {int(number): int(label[field == number][0]) for number in testable}
    places: dict[int, int] = {}
    deal: list[list[int]] = [[] for _ in range(MOST)]
    for start, number in enumerate(sorted(first, key=lambda one: (first[one], one))):
        one = first[number]
        turn = places.setdefault(one, start)
        deal[turn % MOST].append(number)
        places[one] += 1
    yield from (np.array(each) for each in deal if each)
