"""The trainings behind the strategies: what each learns, from what it starts, and what it leaves alone.

cover      land cover of single dates             strategies 1 and 3, first phase of 4.2
pairs      every from–to pair a class             2
change     change alone, with a network apart     3
joined     land cover and change at once          4.1
after      change from features of frozen cover   second phase of 4.2
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from eodash.change.standard import BANDS
from eodash.training.change_batches import Batch, Spoiling
from eodash.training.change_losses import Judge, Lose, change_loss, judged
from eodash.training.change_recipes import ChangeRecipe
from eodash.training.from_to import COVERS, FromTo
from eodash.training.strategy_judges import judged_cover, judged_pairs
from eodash.training.strategy_losses import cover_loss, pairs_loss
from models.fc_change import FcChange, ImageTrace
from models.fc_semantic import FcSemantic

WIDTHS = (8, 16, 32, 40)
RECIPE = ChangeRecipe(
    "fc-semantic", {"dropout": 0.0, "widths": WIDTHS}, epochs=2, batch=8,
    spoiling=Spoiling(swapped=False, gain=0.08, offset=0.1, apart=0.04),
)  # fmt: skip
"""Dates are not swapped, as a pair of covers has a direction; colours are left nearer to what they are, as they tell
one cover from another."""


class CoverAlone(nn.Module):
    """A network that is asked for land cover only."""

    def __init__(self, network: FcSemantic) -> None:
        super().__init__()
        self.network = network

    def forward(self, before: Tensor, after: Tensor) -> ImageTrace:
        first, second = self.network.cover(torch.cat([before, after]))[0].chunk(2)
        return ImageTrace(first, (first, second))


class ChangeAlone(nn.Module):
    """One that is asked for change only: no land cover is said, and none is seen where nothing is joined."""

    def __init__(self, network: FcSemantic) -> None:
        super().__init__()
        self.network = network

    def forward(self, before: Tensor, after: Tensor) -> ImageTrace:
        joined = self.network.config.joined
        skips = self.network.cover_encoder(torch.cat([before, after]))[0] if joined else []
        return ImageTrace(self.network.change(before, after, skips))


@dataclass(frozen=True)
class Lesson:
    """One training."""

    name: str
    lose: Lose
    judge: Judge
    learns: str = ""  # beginning of the names of what is trained; the rest stays as it is
    starts: str = ""  # the lesson whose land cover it takes over
    joined: bool = True
    asked: Callable[[FcSemantic], nn.Module] | None = None  # what of the network is asked; all of it if None


def lessons(recipe: ChangeRecipe, classes: FromTo) -> dict[str, Lesson]:
    """All trainings, in an order in which each finds what it starts from."""
    change = change_loss(recipe)

    def both(trace: ImageTrace, batch: Batch) -> Tensor:
        return cover_loss(trace, batch) + change(trace, batch)

    made = (
        Lesson("cover", cover_loss, judged_cover, "cover_", asked=CoverAlone),
        Lesson("pairs", pairs_loss(recipe, classes), judged_pairs),
        Lesson("change", change, judged, "change_", joined=False, asked=ChangeAlone),
        Lesson("joined", both, judged),
        Lesson("after", change, judged, "change_", "cover", asked=ChangeAlone),
    )
    return {each.name: each for each in made}


def network_for(lesson: Lesson, recipe: ChangeRecipe, classes: FromTo) -> FcChange | FcSemantic:
    """A fresh network; the same seed gives the same first weights."""
    torch.manual_seed(recipe.seed)
    bands, config = len(BANDS), dict(recipe.config)
    if lesson.name == "pairs":
        made: FcChange | FcSemantic = FcChange(bands=bands, classes=classes.classes, fusion="early", **config)
    else:
        made = FcSemantic(bands=bands, covers=COVERS, joined=lesson.joined, **config)
    return made.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def take_cover(network: nn.Module, learnt: nn.Module) -> None:
    """The land-cover branch of another network, parameters and running statistics."""
    theirs = learnt.state_dict()
    mine = {name: theirs[name] if name.startswith("cover_") else value for name, value in network.state_dict().items()}
    network.load_state_dict(mine)


def learning(network: nn.Module, lesson: Lesson) -> list[nn.Parameter]:
    """The parameters that learn; of the others no gradients are made."""
    for name, each in network.named_parameters():
        each.requires_grad_(name.startswith(lesson.learns))
    return [each for each in network.parameters() if each.requires_grad]


def shorter(epochs: int, seed: int) -> ChangeRecipe:
    """The recipe with so many passes."""
    return replace(RECIPE, epochs=epochs, seed=seed)
