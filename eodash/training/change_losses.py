"""What change networks are trained for, and how they are judged.

A changed pixel is rare, so cross-entropy counts it more, and a Dice loss stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from eodash.change.scored import Scores
from eodash.datasets.change_patches import Patches
from eodash.training.change_batches import Batch, in_turn
from eodash.training.change_recipes import ChangeRecipe
from models.fc_change import ImageTrace

Lose = Callable[[ImageTrace, Batch], Tensor]
Judge = Callable[[nn.Module, Patches], dict[str, float]]
"""How well a network does on patches; its "score" decides which weights are best."""
JUDGED = 32  # patches at once


def change_loss(recipe: ChangeRecipe) -> Lose:
    """Cross-entropy in which a changed pixel counts more, and Dice over the whole batch; of usable pixels alone."""

    def lose(trace: ImageTrace, batch: Batch) -> Tensor:
        logits, truth, seen = trace.logits.float(), batch.changed, batch.usable
        weight = seen * (1 + (recipe.rare - 1) * truth)
        each = nn.functional.cross_entropy(logits, truth.long(), reduction="none")
        entropy = (each * weight).sum() / weight.sum().clamp(min=1)
        if not recipe.dice:
            return entropy
        chance = logits.softmax(1)[:, 1] * seen
        shared = (chance * truth).sum()
        return entropy + recipe.dice * (1 - (2 * shared + 1) / (chance.sum() + (truth & seen).sum() + 1))

    return lose


def judged(network: nn.Module, data: Patches) -> dict[str, float]:
    """Kappa, Dice and accuracy of all usable pixels together, changed where the chance is above one half."""
    counts = torch.zeros(2, 2, dtype=torch.float64)
    network.eval()
    with torch.inference_mode():
        for batch in in_turn(data, JUDGED):
            logits = network(batch.before, batch.after).logits
            said = (logits[:, 1] > logits[:, 0])[batch.usable].long()
            truth = batch.changed[batch.usable].long()
            counts += torch.bincount(2 * truth + said, minlength=4).reshape(2, 2)
    (rejected, alarms), (misses, hits) = counts.tolist()
    found = _scores(hits, rejected, alarms, misses)
    return {"score": found.kappa, "kappa": found.kappa, "dice": found.dice, "accuracy": found.accuracy}


def _scores(hits: float, rejected: float, alarms: float, misses: float) -> Scores:
    """From counts."""
    total = max(1.0, hits + rejected + alarms + misses)
    agreed, changed, marked = (hits + rejected) / total, (hits + misses) / total, (hits + alarms) / total
    chance = changed * marked + (1 - changed) * (1 - marked)
    kappa = (agreed - chance) / (1 - chance) if chance < 1 else 0.0
    return Scores(
        kappa, 2 * hits / max(1, 2 * hits + alarms + misses), agreed, changed, 1 - changed,
        alarms / max(1, alarms + rejected), int(hits), int(rejected), int(alarms), int(misses),
    )  # fmt: skip
