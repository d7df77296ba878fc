"""What a model needs and promises: everything about it that is not code, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from eodash.errors import ModelError

RECORD_BYTES = 2**23
"""Largest record."""


@dataclass(frozen=True)
class Class:
    """A class of a legend: its colour, and the outputs of the network whose probabilities add up to it."""

    name: str
    colour: str
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Input:
    """What a model wants to be fed."""

    level: str  # "l1c": raw, clouds in · "l2a": preprocessed · "": neither, an archive of plain series
    bands: tuple[str, ...]
    mean: tuple[float, ...]  # per band, subtracted …
    scale: tuple[float, ...]  # … then divided by
    dated: bool = True  # whether day of year counts; a series without dates is refused, or warned about
    clear_share: tuple[float, float] = (0.0, 1.0)  # 5th and 95th percentile over the training series
    dates: tuple[int, int] = (1, 400)  # fewest and most dates it was trained on


@dataclass(frozen=True)
class Weights:
    """The file that holds the parameters, below models/weights."""

    file: str
    sha256: str
    bytes: int
    dtype: str = "float16"


@dataclass(frozen=True)
class Score:
    """How well a model did on one set. `deviation` is over draws, folds or seeds, 0 where there was only one."""

    data: str  # as `evaluate --data` takes it
    what: str  # "as it is", "fine-tuned, 5 per class", "from scratch, all labels" …
    legend: str
    series: int
    accuracy: float
    balanced: float
    kappa: float
    macro_f1: float
    deviation: float = 0.0  # of the accuracy
    draws: int = 1
    calibration: float | None = None  # expected calibration error, 0–1
    earliness: float | None = None
    command: str = ""  # what makes this figure again
    note: str = ""
    dice: float | None = None  # of change, as are the two below
    rare: float | None = None  # share of the labelled pixels that did change
    alarms: Mapping[str, float] = field(default_factory=dict)  # share flagged where only this nuisance differs


@dataclass(frozen=True)
class Card:
    """What a model needs and promises."""

    name: str
    title: str
    architecture: str  # a key of models.SHELF or models.IMAGES, or "random-forest", "support-vector-machine"
    config: Mapping[str, Any]
    input: Input
    legends: Mapping[str, tuple[Class, ...]]  # by name: "landcover", "breizhcrops", or one of its own
    weights: Weights | None
    licence: str
    citation: str  # the paper of the architecture
    causal: bool
    summary: str = ""  # one sentence for the shelf: what it is good for
    trained: Mapping[str, Any] = field(default_factory=dict)  # data, epochs, seed, seconds, device, command …
    climate: str = ""
    scores: tuple[Score, ...] = ()
    limits: tuple[str, ...] = ()  # known limits in plain words
    folder: str = field(default="", compare=False, metadata={"beside": True})  # where it was read from

    @property
    def outputs(self) -> int:
        """How many outputs the legends take together."""
        return 1 + max(output for classes in self.legends.values() for each in classes for output in each.outputs)

    @property
    def weights_path(self) -> Path:
        """Where the weights should lie: beside the card, or in a folder weights one or two steps up."""
        if self.weights is None:
            raise ModelError(
                f"{self.title} has no weights: it is fitted to labels where it is wanted.",
                "Choose a network.",
                code="no_weights",
            )
        beside = Path(self.folder) / self.weights.file
        above = Path(self.folder).parents
        near = [beside, *(folder / "weights" / self.weights.file for folder in above[:2])]
        return next((path for path in near if path.is_file()), near[1] if len(near) > 1 else beside)

    @cached_property
    def record(self) -> dict[str, Any]:
        """The long tables beside the card."""
        path = Path(self.folder) / f"{self.name}.json"
        if not self.folder or not path.is_file():
            return {}
        try:
            said = json.loads(path.read_bytes()) if path.stat().st_size <= RECORD_BYTES else None
        except (OSError, ValueError, RecursionError) as error:
            raise wrong(f"{path.name}", "cannot be read") from error
        if not isinstance(said, dict):
            raise wrong(f"{path.name}", "is no record, or too large")
        return said


def wrong(where: str, why: str) -> ModelError:
    """A card that cannot be used."""
    return ModelError(
        f"The card cannot be used: {where} {why}.",
        "Correct it; `models/cards` shows how a card looks.",
        code="card",
        details={"field": where},
    )
