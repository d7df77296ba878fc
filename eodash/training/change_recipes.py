"""How change networks are trained, one line each; what they learn from is in `datasets.change_patches`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eodash.errors import ModelError
from eodash.training.change_batches import Spoiling


@dataclass(frozen=True)
class ChangeRecipe:
    """Everything that decides what a training gives, apart from the patches."""

    architecture: str  # a key of models.IMAGES
    config: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 6
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.1  # share of the steps in which the learning rate rises; then it falls like half a cosine
    clip: float = 1.0  # longest gradient
    rare: float = 3.0  # what a changed pixel counts in cross-entropy
    dice: float = 1.0  # what the Dice loss counts beside it
    half: bool = True  # forwards in bfloat16: 1.7 times as fast where the processor can, and still reproducible
    spoiling: Spoiling = field(default_factory=Spoiling)
    seed: int = 1


PLANTED = Spoiling(planted=0.5, drifting=0.5)
RECIPES = {
    name: ChangeRecipe(name, {"dropout": 0.0}, spoiling=PLANTED) for name in ("fc-ef", "fc-siam-conc", "fc-siam-diff")
}
"""Without the dropout of the paper: in so few epochs it costs a quarter of the kappa. With change planted into half of
the patches, and one date brighter as a whole in half: on a real pair that doubles the kappa.
"""


def recipe_named(name: str) -> ChangeRecipe:
    """One of them."""
    if name not in RECIPES:
        raise ModelError(f"There is no recipe '{name[:40]}'.", f"Take one of {', '.join(RECIPES)}.", code="recipe")
    return RECIPES[name]
