"""How far a training of a strategy is, on patches it does not learn from: kappa of land cover, or of change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from eodash import metrics
from eodash.change.scored import scores
from eodash.datasets.change_patches import Patches
from eodash.training.change_batches import Batch, in_turn
from eodash.training.from_to import COVERS
from models.fc_change import ImageTrace

TOGETHER = 32
HALF = 0.5


def judged_cover(network: nn.Module, data: Patches) -> dict[str, float]:
    """Kappa and accuracy of land cover, both dates together."""
    truth, said = [], []
    for batch, trace in _asked(network, data):
        assert trace.cover is not None
        for true, logits in zip((batch.cover_before, batch.cover_after), trace.cover, strict=True):
            known = batch.usable & (true < COVERS)
            truth.append(true[known].numpy())
            said.append(logits.argmax(1)[known].numpy())
    right, told = np.concatenate(truth), np.concatenate(said)
    kappa = metrics.kappa(right, told)
    return {"score": kappa, "kappa": kappa, "accuracy": metrics.accuracy(right, told)}


def judged_pairs(network: nn.Module, data: Patches) -> dict[str, float]:
    """Kappa, Dice and accuracy of change, whatever the pair."""
    said = [trace.logits.float().softmax(1)[:, 0].numpy() < HALF for _, trace in _asked(network, data)]
    found = scores(np.concatenate(said), np.asarray(data.changed), np.asarray(data.usable))
    return {"score": found.kappa, "kappa": found.kappa, "dice": found.dice, "accuracy": found.accuracy}


def _asked(network: nn.Module, data: Patches) -> Iterator[tuple[Batch, ImageTrace]]:
    network.eval()
    for batch in in_turn(data, TOGETHER):
        with torch.inference_mode():
            trace: ImageTrace = network(batch.before, batch.after)
        yield batch, trace
