"""Recipes: everything that decides what a training gives, apart from the data. One TOML file each."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eodash.card_checks import NAME
from eodash.errors import ModelError
from eodash.toml_tables import Wrong, read_as, table_of
from eodash.training.augment import Augmentation

FOLDER = Path(__file__).parent / "recipes"
LOSSES = ("cross-entropy", "early", "elects")
"""`early` is the first paper's, `elects` its successor's."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. `with_(…)` gives a changed one, checked like a file."""

    name: str
    architecture: str  # a key of models.SHELF
    config: Mapping[str, Any] = field(default_factory=dict)  # what models.build takes besides bands and classes
    level: str = ""  # "l1c", "l2a"; "" takes what the data say
    epochs: int = 30
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.05  # share of all steps in which the learning rate rises; then it falls like half a cosine
    clip: float = 1.0  # longest gradient
    smoothing: float = 0.0  # of the labels, in cross-entropy
    class_weights: bool = False  # rare classes count as much as frequent ones
    augment: Augmentation = field(default_factory=Augmentation)
    patience: int = 8  # epochs without a smaller loss on the validation series before it stops
    seed: int = 1
    loss: str = "cross-entropy"
    alpha: float = 0.5  # early losses: the larger, the more being right counts against being early
    epsilon: float = 10.0  # elects: keeps every date learning
    cross_entropy_epochs: int = 0  # early losses: that many epochs of plain cross-entropy first
    stopping_rounds: int = 0  # … and so many of the stopping head alone at the end, by the loss `early`
    mixed_precision: str = "auto"  # bfloat16 on a GPU; "off": never

    def __post_init__(self) -> None:
        for name, good, wanted in (
            ("name", NAME.fullmatch(self.name), "small letters, digits and hyphens"),
            ("level", self.level in ("", "l1c", "l2a"), '"l1c", "l2a", or "" for what the data are'),
            ("epochs", 1 <= self.epochs <= 10_000, "1 to 10000"),
            ("batch", 2 <= self.batch <= 65_536, "2 to 65536"),
            ("learning_rate", 0 < self.learning_rate <= 1, "above 0, at most 1"),
            ("weight_decay", 0 <= self.weight_decay < 1, "0 to below 1"),
            ("warm_up", 0 <= self.warm_up < 1, "0 to below 1"),
            ("clip", 0 < self.clip < math.inf, "above 0"),
            ("smoothing", 0 <= self.smoothing < 1, "0 to below 1"),
            ("patience", self.patience >= 1, "1 or more"),
            ("seed", self.seed >= 0, "0 or more"),
            ("loss", self.loss in LOSSES, f"one of {', '.join(LOSSES)}"),
            ("alpha", 0 <= self.alpha <= 1, "0 to 1"),
            ("epsilon", 0 <= self.epsilon < math.inf, "0 or more"),
            ("cross_entropy_epochs", 0 <= self.cross_entropy_epochs < self.epochs, "0 to below epochs"),
            ("stopping_rounds", 0 <= self.stopping_rounds <= 1000, "0 to 1000"),
            ("mixed_precision", self.mixed_precision in ("auto", "off"), '"auto" or "off"'),
        ):
            if not good:
                raise _refused(name, f"is {getattr(self, name)!r:.40}", f"Set it to {wanted}.")
        for name in ("cross_entropy_epochs", "stopping_rounds"):
            if getattr(self, name) and self.loss == "cross-entropy":
                raise _refused(name, "is set, but the loss is not early", "Leave it out, or set `loss` to elects.")

    @property
    def early(self) -> bool:
        """Whether the network learns when to stop."""
        return self.loss != "cross-entropy"

    def with_(self, **changes: Any) -> Recipe:
        return from_row(self.row() | changes)

    def row(self) -> dict[str, Any]:
        """As JSON and TOML take it."""
        row: dict[str, Any] = table_of(self)
        return row


def from_row(row: Mapping[str, Any]) -> Recipe:
    """A recipe from its table; what is left out keeps its default."""
    try:
        recipe: Recipe = read_as(Recipe, row)
    except Wrong as error:
        raise _refused(error.where, error.why, "Correct it; the shipped recipes show every field.") from error
    return recipe


def shipped() -> tuple[str, ...]:
    """Names of the recipes that come with eodash."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read(name: str) -> Recipe:
    """A shipped recipe by its name, or one from a TOML file."""
    path = FOLDER / f"{name}.toml" if name in shipped() else Path(name)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"There is no recipe '{name[:80]}'.",
            f"Give the path of a TOML file, or one of {', '.join(shipped())}.",
            code="recipe",
        ) from error
    try:
        row = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"This recipe cannot be used: {path.name} is no TOML.", f"Correct it: {str(error)[:100]}.", code="recipe"
        ) from error
    return from_row(row)


def _refused(where: str, why: str, advice: str) -> ModelError:
    return ModelError(f"This recipe cannot be used: `{where}` {why}.", advice, code="recipe", details={"field": where})
