"""The loop that trains networks over pairs of images: epochs of patches, a score after each, the best weights kept."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

import models
from eodash.datasets.change_patches import Patches
from eodash.errors import ComputeError, JobCancelled
from eodash.training import checkpoint
from eodash.training.change_batches import batch_of
from eodash.training.change_losses import Judge, Lose, change_loss, judged
from eodash.training.change_recipes import ChangeRecipe
from eodash.training.checkpoint import Progress
from eodash.training.loop import EVERY, Watch


@dataclass(frozen=True, eq=False)
class TrainedChange:
    """What a training gave."""

    network: nn.Module  # with its best weights, in evaluation mode
    history: list[dict[str, Any]]  # one per epoch
    seconds: float
    best_epoch: int  # counted from 1


def network_of(recipe: ChangeRecipe, bands: int = 6, classes: int = 2) -> nn.Module:
    """A new network; the same seed gives the same first weights."""
    torch.manual_seed(recipe.seed)
    made: Any = models.build_image(recipe.architecture, bands=bands, classes=classes, **recipe.config)
    network: nn.Module = made.to(memory_format=torch.channels_last)
    return network


def train_change(
    recipe: ChangeRecipe, network: nn.Module, data: Patches, valid: Patches, out: Path | None, *,
    lose: Lose | None = None, judge: Judge = judged, learn: Sequence[nn.Parameter] | None = None,
    watch: Watch | None = None, fresh: bool = False, every: float = EVERY,
) -> TrainedChange:  # fmt: skip
    """Train for the recipe's epochs; the weights of the best score on `valid` are kept.

    Checkpoints lie in `out`: a training goes on from there unless `fresh`. `learn`: the parameters that are trained,
    all if None; modules none of whose parameters are trained keep their statistics too.
    """
    run = _Run(recipe, network, data, valid, lose or change_loss(recipe), judge, learn, watch or Watch())
    if out is not None:
        run.keep_in(Path(out), fresh, every)
    while not run.at.finished:
        run.epoch()
    network.load_state_dict(run.best)
    return TrainedChange(network.eval(), run.at.history, run.at.seconds, run.at.best_epoch)


class _Run:
    """A training that goes on."""

    def __init__(
        self, recipe: ChangeRecipe, network: nn.Module, data: Patches, valid: Patches, lose: Lose, judge: Judge,
        learn: Sequence[nn.Parameter] | None, watch: Watch,
    ) -> None:  # fmt: skip
        self.recipe, self.network, self.data, self.valid = recipe, network, data, valid
        self.lose, self.judge, self.watch = lose, judge, watch
        self.learnt = list(network.parameters() if learn is None else learn)
        chosen = {id(each) for each in self.learnt}
        self.frozen = [] if learn is None else [
            part for part in network.modules()
            if list(part.parameters()) and not any(id(each) in chosen for each in part.parameters())
        ]  # fmt: skip
        groups: list[dict[str, Any]] = [
            {"params": [each for each in self.learnt if each.ndim >= 2]},
            {"params": [each for each in self.learnt if each.ndim < 2], "weight_decay": 0.0},
        ]
        self.optimizer = AdamW(groups, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.steps = max(1, len(data) // recipe.batch)
        self.at, self.best, self.total = Progress(), dict[str, Tensor](), 0.0
        self.out: Path | None = None

    def keep_in(self, out: Path, fresh: bool, every: float) -> None:
        """Write checkpoints there, and go on from what lies there."""
        self.out, self.every, self.written = out, every, time.monotonic()
        self.fingerprint = fingerprint(self.recipe, self.network, self.data, self.valid)
        if fresh:
            checkpoint.forget(out)
        found = checkpoint.load(out, self.fingerprint)
        if found is None:
            return
        self.at, tensors = found
        self.network.load_state_dict(checkpoint.part(tensors, "network."))
        checkpoint.restore(self.optimizer, tensors)
        self.best, self.total = checkpoint.part(tensors, "best."), float(tensors["loss"])
        self.watch.say(f"Going on in epoch {self.at.epoch + 1}, after {self.at.step} batches of it.")

    def save(self) -> None:
        if self.out is None:
            return
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        tensors |= checkpoint.flat(self.optimizer) | {"loss": torch.tensor(self.total, dtype=torch.float64)}
        checkpoint.save(self.out, self.fingerprint, self.at, tensors)
        self.written = time.monotonic()

    def epoch(self) -> None:
        """Learn from the patches once, then look how well it does."""
        at, started = self.at, time.monotonic() - self.at.seconds
        order = np.random.default_rng([self.recipe.seed, at.epoch]).permutation(len(self.data))
        self.network.train()
        for part in self.frozen:
            part.eval()
        for rows in np.array_split(order, self.steps)[at.step :]:
            self.total += self._step(rows)
            at.step += 1
            at.seconds = time.monotonic() - started
            self.watch.on_step(at.epoch + 1, at.step, self.steps)
            if self.watch.stop():
                self.save()
                raise JobCancelled(
                    f"Stopped in epoch {at.epoch + 1}, after {at.step} of {self.steps} batches.",
                    "Run the same again to go on from there." if self.out else "Nothing was kept.",
                    code="stopped",
                )
            if self.out and time.monotonic() - self.written >= self.every and at.step < self.steps:
                self.save()
        row = {"epoch": at.epoch + 1, "loss": self.total / self.steps} | self.judge(self.network, self.valid)
        improved = at.best is None or row["score"] > at.best
        if improved:
            at.best, at.best_epoch = row["score"], at.epoch + 1
            self.best = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        at.seconds = time.monotonic() - started
        row |= {"seconds": at.seconds, "best": improved}
        at.history.append({key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()})
        at.epoch, at.step, self.total = at.epoch + 1, 0, 0.0
        at.finished = at.epoch == self.recipe.epochs
        self.save()
        shown = " · ".join(f"{name} {value:.4f}" for name, value in row.items() if isinstance(value, float))
        self.watch.say(f"epoch {row['epoch']}/{self.recipe.epochs} · {shown}" + (" · best" if improved else ""))

    def _step(self, rows: Any) -> float:
        """One batch; its loss. What is random in it follows from seed, epoch and step alone."""
        at = self.at
        seed = int(np.random.SeedSequence([self.recipe.seed, at.epoch, at.step]).generate_state(1, np.uint64)[0] >> 1)
        torch.manual_seed(seed)  # dropout
        batch = batch_of(self.data, np.sort(rows), self.recipe.spoiling, seed)
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * self._pace(at.epoch * self.steps + at.step)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half):
            trace = self.network(batch.before, batch.after)
        loss = self.lose(trace, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.learnt, self.recipe.clip)
        if not math.isfinite(found := float(loss.detach())):
            raise ComputeError(
                f"The loss is no longer a number, in epoch {at.epoch + 1} around batch {at.step}.",
                "Take a smaller `learning_rate`; look for extreme values in the patches.",
                code="not_finite",
            )
        self.optimizer.step()
        return found

    def _pace(self, step: int) -> float:
        """Share of the learning rate at this step of the whole training."""
        last = self.recipe.epochs * self.steps
        rise = max(1, round(self.recipe.warm_up * last))
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, last - rise)))


def fingerprint(recipe: ChangeRecipe, network: nn.Module, data: Patches, valid: Patches) -> str:
    """Which training this is: another recipe, network or set of patches gives another text."""
    said = {
        "recipe": asdict(recipe),
        "network": {name: list(value.shape) for name, value in network.state_dict().items()},
        "data": [_of(each) for each in (data, valid)],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _of(data: Patches) -> list[Any]:
    return [len(data), hashlib.sha256(data.before[:2].tobytes()).hexdigest()]
