"""A lesson: three heads are taught the same samples; the one that does best on fields left out draws the map."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eodash.errors import ModelError
from eodash.teach.heads import KINDS, PENALTIES, Floats, Head, Kind, Rows, Whole, fitted
from eodash.teach.samples import Samples
from eodash.teach.scoring import Kept, left_out


@dataclass(frozen=True, eq=False)
class Scored:
    """A head, and how it did on fields that taught it nothing."""

    head: Head
    kept: Kept
    seconds: float

    @property
    def title(self) -> str:
        return KINDS[self.head.kind]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What came of the samples."""

    samples: Samples
    scored: Mapping[Kind, Scored]
    best: Kind
    flat: Whole  # (sample,) place of the pixels that taught
    label: Whole  # (sample,)
    field: Whole  # (sample,)
    notices: tuple[str, ...]

    def head(self, kind: Kind | None = None) -> Head:
        return self.scored[kind or self.best].head


def teach(features: Rows, samples: Samples, kinds: tuple[Kind, ...] = tuple(KINDS)) -> Lesson:
    """All heads from ready features (row · columns + column, feature) of the whole region."""
    flat, label, field = samples.arrays()
    notices = []
    if len(flat):
        seen = np.isfinite(features[flat]).all(1)
        if not seen.all():
            count = int((~seen).sum())
            notices.append(f"{count:,} labelled pixels teach nothing: they have no usable image.")
        flat, label, field = flat[seen], label[seen], field[seen]
    present = np.unique(label)
    if len(present) < 2:
        raise ModelError(
            "Two classes need a sample each." if len(samples.taught) < 2 else "Labelled pixels have no usable image.",
            "Label a pixel of another class, where there are images.",
            code="one_class",
        )
    rows = np.asarray(features[flat], np.float32)
    if clash := contradictions(rows, label):
        notices.append(f"{clash:,} pairs of samples look alike and are of different classes: one of each may be wrong.")
    untaught = [name for at, name in enumerate(samples.classes.names) if at not in present]
    if untaught:
        shown = ", ".join(untaught[:5]) + (" …" if len(untaught) > 5 else "")
        notices.append(f"Without a sample yet, and not on the map: {shown}.")
    scored = {kind: _scored(kind, rows, label, field, samples.classes.names) for kind in kinds}
    best = max(scored, key=lambda kind: (scored[kind].kept.accuracy or 0.0, -list(scored).index(kind)))
    return Lesson(samples, scored, best, flat, label, field, tuple(notices))


def contradictions(rows: Floats, label: Whole) -> int:
    """Pairs of samples with the same features and different classes."""
    _, same = np.unique(rows, axis=0, return_inverse=True)
    same = same.ravel()
    pairs = np.unique(np.stack([same, label], axis=1), axis=0)[:, 0]
    counts = np.bincount(pairs)
    return int((counts * (counts - 1) // 2).sum())


def _scored(kind: Kind, rows: Floats, label: Whole, field: Whole, names: tuple[str, ...]) -> Scored:
    began = time.perf_counter()
    tried: list[tuple[float, Kept]] = []
    for penalty in PENALTIES if kind == "linear" else PENALTIES[:1]:

        def fit(rows: Floats, label: Whole, field: Whole, penalty: float = penalty) -> Head:
            return fitted(kind, rows, label, field, penalty)

        tried.append((penalty, left_out(rows, label, field, fit, names)))
        if tried[-1][1].accuracy is None:
            tried = [(PENALTIES[1], tried[-1][1])]  # nothing to choose by: the middle one
            break
    penalty, kept = max(tried, key=lambda one: (one[1].accuracy or 0.0, -one[0]))
    return Scored(fitted(kind, rows, label, field, penalty), kept, time.perf_counter() - began)
