"""What grows and lies in the world: the fine list, and its two coarser legends. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = 255  # no counterpart in a legend


@dataclass(frozen=True)
class Label:
    """One class of a legend and its colour."""

    name: str
    colour: str


@dataclass(frozen=True)
class Kind:
    """One class of the fine list, and what the coarser legends call it."""

    name: str
    breizhcrops: str | None
    landcover: str


@dataclass(frozen=True)
class Legend:
    """An ordered list of classes; pixel values index it."""

    name: str
    title: str
    labels: tuple[Label, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    def index(self, name: str) -> int:
        return self.names.index(name)


FINE: tuple[Kind, ...] = (
    Kind("winter barley", "barley", "cereals"),
    Kind("winter wheat", "wheat", "cereals"),
    Kind("summer barley", "barley", "cereals"),
    Kind("summer wheat", "wheat", "cereals"),
    Kind("rapeseed", "rapeseed", "rapeseed"),
    Kind("corn", "corn", "maize"),
    Kind("sunflower", "sunflower", "sunflower"),
    Kind("legumes", None, "legumes"),
    Kind("root crops", None, "root crops"),
    Kind("fallow", None, "bare or fallow"),
    Kind("orchards", "orchards", "orchards and nuts"),
    Kind("nuts", "nuts", "orchards and nuts"),
    Kind("permanent meadows", "permanent meadows", "grassland"),
    Kind("temporary meadows", "temporary meadows", "grassland"),
    Kind("broadleaf forest", None, "forest"),
    Kind("conifer forest", None, "forest"),
    Kind("water", None, "water"),
    Kind("built-up", None, "built-up"),
)
NAMES: tuple[str, ...] = tuple(kind.name for kind in FINE)
INDEX: dict[str, int] = {name: number for number, name in enumerate(NAMES)}

BREIZHCROPS = Legend(
    "breizhcrops",
    "BreizhCrops, nine classes",
    (
        Label("barley", "#FFD411"),
        Label("wheat", "#A07501"),
        Label("rapeseed", "#F5F3AE"),
        Label("corn", "#FF8415"),
        Label("sunflower", "#7A1703"),
        Label("orchards", "#FD9EE5"),
        Label("nuts", "#5B1E81"),
        Label("permanent meadows", "#257B54"),
        Label("temporary meadows", "#80C77B"),
    ),
)
LANDCOVER = Legend(
    "landcover",
    "Land cover, twelve classes",
    (
        Label("cereals", "#A07501"),
        Label("rapeseed", "#F5F3AE"),
        Label("legumes", "#5B1E81"),
        Label("maize", "#FF8415"),
        Label("sunflower", "#7A1703"),
        Label("root crops", "#FD9EE5"),
        Label("orchards and nuts", "#257B54"),
        Label("grassland", "#80C77B"),
        Label("forest", "#003735"),
        Label("water", "#2883EA"),
        Label("built-up", "#64646E"),
        Label("bare or fallow", "#AD9E94"),
    ),
)
LEGENDS: dict[str, Legend] = {legend.name: legend for legend in (BREIZHCROPS, LANDCOVER)}


def translate(fine: NDArray[np.uint8], legend: str) -> NDArray[np.uint8]:
    """Fine class numbers as those of another legend; 255 where it has no counterpart."""
    names = LEGENDS[legend].names
    partner = [kind.breizhcrops if legend == BREIZHCROPS.name else kind.landcover for kind in FINE]
    table = np.full(256, NONE, np.uint8)
    table[: len(FINE)] = [NONE if name is None else names.index(name) for name in partner]
    return table[fine]
