"""A card and a set whose scores are known by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eodash.cards import Card, Class, Input, Score
from eodash.datasets.contract import Batch
from eodash.training.asking import Ask, Said

LANDCOVER = (
    Class("cereals", "#A07501", (0, 1)),
    Class("maize", "#FF8415", (2,)),
    Class("grassland", "#80C77B", (3,)),
)
BREIZHCROPS = (Class("barley", "#FFD411", (0,)), Class("wheat", "#A07501", (1,)), Class("corn", "#FF8415", (2,)))


def card(
    level: str = "l2a", bands: Sequence[str] = ("B08", "B04"), scores: Sequence[Score] = (), **more: object
) -> Card:
    ones = (1.0,) * len(bands)
    input = Input(level, tuple(bands), (0.0,) * len(bands), ones)
    return Card(
        name="toy-l2a", title="Toy", architecture="lstm", config={}, input=input,
        legends={"landcover": LANDCOVER, "breizhcrops": BREIZHCROPS}, weights=None, licence="CC0-1.0",
        citation="nobody", causal=False, scores=tuple(scores), **more,  # type: ignore[arg-type]
    )  # fmt: skip


class Labelled:
    """Series whose first band holds what the model is to answer: the number of an output."""

    name, legend, level, origin = "labelled", "landcover", "l2a", "made up, no licence"
    bands: tuple[str, ...] = ("B04", "B08")
    dated = True

    def __init__(self, classes: Sequence[str], label: Sequence[int], answers: Sequence[int], **more: object) -> None:
        self.classes = tuple(classes)
        self.label = np.asarray(label, np.int64)
        self.group = np.arange(len(self.label)) // 2
        self.values = np.zeros((len(self.label), 3, 2), np.float32)
        self.values[..., 1] = np.asarray(answers, np.float32)[:, None]
        self.mask = np.ones((len(self.label), 3), bool)
        for name, value in more.items():
            setattr(self, name, value)

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        day = np.tile(np.arange(3, dtype=np.float32), (len(rows), 1))
        return Batch(self.values[rows], day, self.mask[rows], self.label[rows], self.group[rows])


def obedient(sure: float = 0.7, outputs: int = 4) -> Ask:
    """A model that answers the output that its first band holds."""

    def ask(batch: Batch) -> Said:
        said = np.full((len(batch.label), outputs), (1 - sure) / (outputs - 1), np.float32)
        said[np.arange(len(said)), batch.values[:, 0, 0].astype(int)] = sure
        said[~batch.mask.any(1)] = np.nan
        return Said(said)

    return ask
