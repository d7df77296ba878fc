"""How a network does on the validation series, after every epoch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from eodash import early, metrics
from eodash.training.feeding import Fed, Feed
from eodash.training.losses import final
from models.contract import SeriesNetwork, Trace

SIZE = 512  # series in one go


def score(
    network: SeriesNetwork, feed: Feed, ask: Callable[[Fed], Trace], lose: Callable[[Trace, Fed], Tensor], stops: bool
) -> dict[str, float]:
    """Loss, accuracy, balanced accuracy and kappa of whole series; with `stops`, also where it would have stopped."""
    network.eval()
    truth, said, stopped, loss = [], [], [], 0.0
    steps, dates = [], []
    order = (np.arange(start, min(start + SIZE, len(feed))) for start in range(0, len(feed), SIZE))
    with torch.no_grad():
        for fed in feed.batches(order):
            if not len(fed.label):
                continue
            trace = ask(fed)
            loss += float(lose(trace, fed).double().sum())
            truth.append(fed.label.cpu().numpy())
            said.append(final(trace.logits, fed.mask).argmax(1).cpu().numpy())
            if stops and trace.hazard is not None:
                stop = early.stopping(trace.hazard.float().cpu().numpy(), fed.mask.cpu().numpy())
                at = torch.from_numpy(stop.date).to(fed.label.device)
                stopped.append(trace.logits[torch.arange(len(at), device=at.device), at].argmax(1).cpu().numpy())
                steps.append(stop.step)
                dates.append(stop.dates)
    network.train()
    true, whole = np.concatenate(truth), np.concatenate(said)
    scores = {
        "validation_loss": loss / len(true),
        "accuracy": metrics.accuracy(true, whole),
        "balanced": metrics.balanced(true, whole),
        "kappa": metrics.kappa(true, whole),
    }
    if stopped:
        scores["stopped_accuracy"] = metrics.accuracy(true, np.concatenate(stopped))
        scores["earliness"] = metrics.earliness(np.concatenate(steps), np.concatenate(dates))
    return scores
