"""What the strategies make small beside the loss of change: that of land cover, and that of pairs of covers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from eodash.training.change_batches import Batch
from eodash.training.change_losses import Lose
from eodash.training.change_recipes import ChangeRecipe
from eodash.training.from_to import UNKNOWN, FromTo
from eodash.world.legend import NONE
from models.fc_change import ImageTrace


def cover_loss(trace: ImageTrace, batch: Batch) -> Tensor:
    """Mean cross-entropy of both dates, over usable pixels whose cover is known; 0 where there are none."""
    assert trace.cover is not None
    logits = torch.cat(trace.cover).float()
    target = torch.cat([torch.where(batch.usable, each, NONE) for each in (batch.cover_before, batch.cover_after)])
    total = functional.cross_entropy(logits, target, ignore_index=NONE, reduction="sum")
    return total / (target != NONE).sum().clamp(min=1)


def pairs_loss(recipe: ChangeRecipe, classes: FromTo) -> Lose:
    """As the loss of change, with a class for each pair: Dice is that of all pairs together."""
    table = torch.from_numpy(classes.table)

    def lose(trace: ImageTrace, batch: Batch) -> Tensor:
        logits = trace.logits.float()
        labels = torch.where(batch.changed, table[batch.cover_before, batch.cover_after], 0)
        labels = torch.where(batch.usable, labels, UNKNOWN)
        seen, changed = labels != UNKNOWN, labels > 0
        weight = seen * (1 + (recipe.rare - 1) * changed)
        each = functional.cross_entropy(logits, labels, ignore_index=UNKNOWN, reduction="none")
        entropy = (each * weight).sum() / weight.sum().clamp(min=1)
        chance = (1 - logits.softmax(1)[:, 0]) * seen
        dice = (2 * (chance * changed).sum() + 1) / (chance.sum() + changed.sum() + 1)
        return entropy + recipe.dice * (1 - dice)

    return lose
