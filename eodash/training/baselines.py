"""Random forest and support vector machine on stacked dates: what sequence models are held against.

A series is laid on a regular grid of phase days (that of TempCNN, straight lines over gaps) and read as one long row of
numbers. Nothing is kept of a fit: the same card and seed give the same trees, at first use, from the world.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from eodash.card_checks import BASELINES
from eodash.cards import Card, Input
from eodash.datasets import WorldDataset
from eodash.datasets.contract import Batch
from eodash.errors import ModelError
from models.resample import Resample

Floats = NDArray[np.float32]
START, STEP, LENGTH = -30.0, 10.0, 46
PIECE = 2048
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "random-forest": {"series": 6000, "seed": 1, "trees": 100},
    "support-vector-machine": {"series": 6000, "seed": 1, "penalty": 10.0},
}
HELD = 1000  # series beside those of the fit, on which the machine learns how sure it may be
SHARPNESS = np.geomspace(0.1, 30, 40)


@dataclass(frozen=True, eq=False)
class Baseline:
    """A fitted classifier of rows."""

    model: RandomForestClassifier | SVC
    input: Input
    outputs: int
    sharpness: float = 1.0  # of the machine's scores: a softmax of so many times them
    seconds: float = field(default=0.0)

    def probabilities(self, batch: Batch) -> Floats:
        """(series, output); not a number where a series has no observation."""
        rows = stacked(batch, self.input)
        said = np.zeros((len(rows), self.outputs), np.float32)
        for start in range(0, len(rows), PIECE):
            part = slice(start, start + PIECE)
            said[part, self.model.classes_] = self._of(rows[part])
        said[~batch.mask.any(1)] = np.nan
        return said

    def _of(self, rows: Floats) -> NDArray[np.float64]:
        if isinstance(self.model, RandomForestClassifier):
            return np.asarray(self.model.predict_proba(rows))
        return softmax(self.sharpness * scores(self.model, rows))


def stacked(batch: Batch, input: Input) -> Floats:
    """(series, (band + 1) · grid): normalised reflectance on the grid, and which of it lies within the series."""
    grid = Resample(START, STEP, LENGTH)
    mean, scale = np.array(input.mean, np.float32), np.array(input.scale, np.float32)
    values = np.where(batch.mask[..., None], (batch.values - mean) / scale, 0).astype(np.float32)
    day = np.where(batch.mask, batch.day, 0).astype(np.float32)
    parts = [
        grid(*(torch.from_numpy(part[start : start + PIECE]) for part in (values, day, batch.mask))).flatten(1).numpy()
        for start in range(0, len(values), PIECE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, LENGTH * (len(input.bands) + 1)), np.float32)


def fit(kind: str, input: Input, batch: Batch, outputs: int, config: Mapping[str, Any] | None = None) -> Baseline:
    """A baseline from labelled series; `label` counts the outputs, −1 is left out."""
    if kind not in BASELINES:
        raise ModelError(f"There is no baseline {kind[:40]!r}.", f"Take {' or '.join(BASELINES)}.", code="architecture")
    chosen = {**DEFAULTS[kind], **(config or {})}
    known = np.flatnonzero((batch.label >= 0) & batch.mask.any(1))
    label = batch.label[known]
    if len(np.unique(label)) < 2:
        raise ModelError(
            "A classifier needs labelled series of two classes at least.", "Label another class.", code="one_class"
        )
    rows = stacked(batch, input)[known]
    if not np.isfinite(rows).all():
        raise ModelError(
            "Labelled series hold values that are no numbers.", "Mask such dates, or fill them.", code="not_finite"
        )
    began = time.perf_counter()
    model: RandomForestClassifier | SVC
    if kind == "random-forest":
        model = RandomForestClassifier(int(chosen["trees"]), random_state=int(chosen["seed"]))
    else:
        model = SVC(C=float(chosen["penalty"]), cache_size=500)
    model.fit(rows, label)
    return Baseline(model, input, outputs, seconds=time.perf_counter() - began)


def fitted(card: Card) -> Baseline:
    """The baseline behind a card, fitted to the world at first use."""
    return _fitted(card.architecture, card.input, card.outputs, tuple(sorted(card.config.items())))


@lru_cache(maxsize=4)
def _fitted(kind: str, input: Input, outputs: int, config: tuple[tuple[str, Any], ...]) -> Baseline:
    said = {**DEFAULTS.get(kind, {}), **dict(config)}

    def world(split: str, series: int) -> Batch:
        data = WorldDataset(series, input.level, split, int(said["seed"]))
        batch = data.read(np.arange(len(data)))
        places = [data.bands.index(band) for band in input.bands]
        return Batch(batch.values[..., places], batch.day, batch.mask, batch.label, batch.group)

    made = fit(kind, input, world("train", int(said["series"])), outputs, said)
    if isinstance(made.model, SVC):
        made = calibrated(made, world("valid", HELD))
    return made


def calibrated(baseline: Baseline, batch: Batch) -> Baseline:
    """The same machine, as sure as it may be: the sharpness at which other series are most likely."""
    said = scores(baseline.model, stacked(batch, baseline.input))
    place = np.searchsorted(baseline.model.classes_, batch.label)
    likely = [np.log(softmax(sharp * said)[np.arange(len(said)), place] + 1e-12).mean() for sharp in SHARPNESS]
    return Baseline(
        baseline.model, baseline.input, baseline.outputs, float(SHARPNESS[np.argmax(likely)]), baseline.seconds
    )


def scores(model: RandomForestClassifier | SVC, rows: Floats) -> NDArray[np.float64]:
    """(series, class) of a support vector machine: how many duels a class wins, and how clearly."""
    said = np.asarray(model.decision_function(rows), np.float64)
    return said if said.ndim == 2 else np.stack([-said, said], 1)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
