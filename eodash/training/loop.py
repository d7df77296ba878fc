"""The loop that trains: epochs of batches, a score after each, the best weights at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import AdamW

from eodash.cards import Input
from eodash.datasets.contract import Dataset
from eodash.errors import CapacityError, ComputeError, JobCancelled
from eodash.training import checkpoint, losses
from eodash.training.augment import augment
from eodash.training.checkpoint import Progress
from eodash.training.feeding import Fed, Feed, Rows, input_of, room
from eodash.training.recipe import Recipe
from eodash.training.scoring import score
from eodash.training.starting import check, class_weights, device_named, fingerprint
from eodash.training.stopping_head import learn_to_stop
from models.contract import SeriesNetwork, Trace

EVERY = 300.0  # seconds between checkpoints inside an epoch
LOOKED_AT = 20  # steps between looks at the loss on a GPU: each look waits for the device


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training gave."""

    network: SeriesNetwork  # with its best weights, in evaluation mode, on the CPU
    history: list[dict[str, Any]]  # one per epoch
    seconds: float
    input: Input
    best_epoch: int  # counted from 1
    device: str


@dataclass(frozen=True)
class Watch:
    """Who is told what a training does, and who may stop it."""

    on_epoch: Callable[[dict[str, Any]], None] = lambda row: None
    on_step: Callable[[int, int, int], None] = lambda epoch, step, steps: None  # all counted from 1
    say: Callable[[str], None] = lambda line: None
    stop: Callable[[], bool] = lambda: False  # asked after every step; a checkpoint is left


def train(
    recipe: Recipe,
    network: SeriesNetwork,
    data: Dataset,
    validation: Dataset,
    out: Path | None,
    *,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
    watch: Watch | None = None,
    input: Input | None = None,
    device: str = "auto",
    fresh: bool = False,
    every: float = EVERY,
    held: int | None = None,
) -> Trained:
    """Train until the loss on the validation series no longer falls, or the epochs are over.

    Checkpoints lie in `out`: a training goes on from there unless `fresh`. `held`: most bytes of series that are kept
    in memory; beyond, they are read ahead.
    """
    watch = watch or Watch()
    for line in check(recipe, network, data, validation):
        watch.say(line)
    here = device_named(device)
    input = input or input_of(data, recipe.seed)
    feed, test = (
        Feed(some, here, room(here) if held is None else held, what)
        for some, what in ((data, "training"), (validation, "validation"))
    )
    run = _Run(recipe, network.to(here), feed, test, input, here, watch)
    if out is not None:
        run.keep_in(Path(out), fingerprint(recipe, network, data, validation, input), fresh, every)
    with _memory():
        while not run.progress.finished:
            run.epoch()
            if on_epoch:
                on_epoch(run.progress.history[-1])
        network.load_state_dict(run.best)
        if recipe.stopping_rounds:
            learn_to_stop(network, feed, run.ask, recipe.alpha, recipe.stopping_rounds, recipe.seed)
    return Trained(
        network.cpu().eval(), run.progress.history, run.progress.seconds, input, run.progress.best_epoch, here.type
    )


class _Run:
    """A training that goes on."""

    def __init__(
        self,
        recipe: Recipe,
        network: SeriesNetwork,
        feed: Feed,
        test: Feed,
        input: Input,
        device: torch.device,
        watch: Watch,
    ) -> None:
        self.recipe, self.network, self.feed, self.test, self.watch, self.device = (
            recipe, network, feed, test, watch, device,
        )  # fmt: skip
        self.mean = torch.tensor(input.mean, device=device)
        self.scale = torch.tensor(input.scale, device=device)
        self.weights = class_weights(feed.labels, network.classifier.out_features, recipe.class_weights).to(device)
        # batches of nearly the same size, and never of one series: batch normalisation cannot learn from one
        self.steps = max(1, min(math.ceil(len(feed) / recipe.batch), len(feed) // 2))
        matrices = [each for each in network.parameters() if each.ndim >= 2]
        others = [each for each in network.parameters() if each.ndim < 2]  # biases and norms do not decay
        groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = AdamW(groups, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.progress = Progress()
        self.best: dict[str, Tensor] = {}
        self.total = torch.zeros((), dtype=torch.float64, device=device)  # of the loss in this epoch
        self.out: Path | None = None

    @property
    def early(self) -> bool:
        """Whether this epoch learns when to stop; the first ones may only learn what it is."""
        return self.recipe.early and self.progress.epoch >= self.recipe.cross_entropy_epochs

    def keep_in(self, out: Path, fingerprint: str, fresh: bool, every: float) -> None:
        """Write checkpoints there, and go on from what lies there."""
        self.out, self.fingerprint, self.every, self.written = out, fingerprint, every, time.monotonic()
        if fresh:
            checkpoint.forget(out)
        found = checkpoint.load(out, fingerprint)
        if found is None:
            return
        self.progress, tensors = found
        self.network.load_state_dict(checkpoint.part(tensors, "network."))
        checkpoint.restore(self.optimizer, tensors)
        self.best = checkpoint.part(tensors, "best.")
        self.total = tensors["loss"].to(self.device)
        if self.progress.finished:
            self.watch.say("This training is over; its checkpoint holds the result.")
        else:
            self.watch.say(f"Going on in epoch {self.progress.epoch + 1}, after {self.progress.step} batches of it.")

    def save(self) -> None:
        if self.out is None:
            return
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        tensors |= checkpoint.flat(self.optimizer) | {"loss": self.total}
        checkpoint.save(self.out, self.fingerprint, self.progress, tensors)
        self.written = time.monotonic()

    def epoch(self) -> None:
        """Learn from every series once, then look how well it does."""
        started, at = time.monotonic() - self.progress.seconds, self.progress
        number = at.epoch + 1
        order = np.random.default_rng([self.recipe.seed, at.epoch]).permutation(len(self.feed))
        parts: list[Rows] = np.array_split(order, self.steps)
        self.network.train()
        for fed in self.feed.batches(iter(parts[at.step :])):
            self._step(fed)
            at.step += 1
            at.seconds = time.monotonic() - started
            self.watch.on_step(number, at.step, self.steps)
            if self.watch.stop():
                self._look()
                self.save()
                raise JobCancelled(
                    f"Stopped in epoch {number}, after {at.step} of {self.steps} batches.",
                    "Run the same again to go on from there." if self.out else "Nothing was kept.",
                    code="stopped",
                )
            if self.out and time.monotonic() - self.written >= self.every and at.step < self.steps:
                self._look()
                self.save()
        mean = self._look() / self.steps
        row = {"epoch": number, "phase": self.recipe.loss if self.early else "cross-entropy", "loss": mean}
        row |= score(self.network, self.test, self.ask, self._lose, self.early)
        self._finish(row, started)

    def _finish(self, row: dict[str, Any], started: float) -> None:
        at, loss = self.progress, row["validation_loss"]
        if not math.isfinite(loss):
            raise _not_finite("validation loss", at.epoch, self.steps)
        if self.early and at.epoch == self.recipe.cross_entropy_epochs:
            at.best = None  # losses of two kinds are not compared
        improved = at.best is None or loss < at.best
        if improved:
            at.best, at.best_epoch = loss, at.epoch + 1
            self.best = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}
        at.seconds = time.monotonic() - started
        row |= {"learning_rate": self.optimizer.param_groups[0]["lr"], "seconds": at.seconds, "best": improved}
        at.history.append({key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()})
        waiting = self.recipe.early and not self.early  # for the early loss, whatever the first phase does
        at.epoch, at.step = at.epoch + 1, 0
        at.finished = at.epoch == self.recipe.epochs or (
            not waiting and at.epoch - at.best_epoch >= self.recipe.patience
        )
        self.total = torch.zeros_like(self.total)
        self.save()
        self.watch.say(_line(at.history[-1], self.recipe.epochs))

    def _step(self, fed: Fed) -> None:
        """One batch. What is random in it follows from seed, epoch and step alone, so none of it need be kept."""
        at = self.progress
        seed = int(np.random.SeedSequence([self.recipe.seed, at.epoch, at.step]).generate_state(1, np.uint64)[0] >> 1)
        torch.manual_seed(seed)  # dropout
        if len(fed.label) < 2:
            return  # the others of the batch have no observation
        random = torch.Generator(self.device).manual_seed(seed + 1)
        changed = augment(fed.values, fed.day, fed.mask, self.scale, self.recipe.augment, random)
        fed = Fed(*changed, fed.label)
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * self._pace(at.epoch * self.steps + at.step)
        weights = self.weights[fed.label]
        loss = (self._lose(self.ask(fed), fed) * weights).sum() / weights.sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.total = self.total + loss.detach()
        if self.device.type == "cpu" or at.step % LOOKED_AT == 0:
            self._look()
        self.optimizer.step()

    def _pace(self, step: int) -> float:
        """Share of the learning rate at this step of the whole training."""
        last = self.recipe.epochs * self.steps
        rise = max(1, round(self.recipe.warm_up * last))
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, last - rise)))

    def ask(self, fed: Fed) -> Trace:
        """What the network says of a batch."""
        values = ((fed.values - self.mean) / self.scale).masked_fill(~fed.mask[..., None], 0.0)
        fast = self.device.type == "cuda" and self.recipe.mixed_precision == "auto"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=fast):
            trace: Trace = self.network(values, fed.day, fed.mask)
        return trace

    def _lose(self, trace: Trace, fed: Fed) -> Tensor:
        logits = trace.logits.float()
        if not self.early:
            return losses.cross_entropy(logits, fed.label, fed.mask, self.recipe.smoothing)
        assert trace.hazard is not None
        hazard, alpha = trace.hazard.float(), self.recipe.alpha
        if self.recipe.loss == "early":
            return losses.early(logits, hazard, fed.label, fed.mask, alpha)
        return losses.elects(logits, hazard, fed.label, fed.mask, alpha, self.recipe.epsilon)

    def _look(self) -> float:
        """The sum of the loss so far, which must be a number."""
        total = float(self.total)
        if not math.isfinite(total):
            raise _not_finite("loss", self.progress.epoch, self.progress.step)
        return total


@contextmanager
def _memory() -> Iterator[None]:
    """A GPU whose memory is full, in words."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise CapacityError(
            "The memory of the GPU is full.", "Take a smaller `batch`, or --device cpu.", code="memory"
        ) from error


def _not_finite(what: str, epoch: int, step: int) -> ComputeError:
    return ComputeError(
        f"The {what} is no longer a number, in epoch {epoch + 1} around batch {step}.",
        "Take a smaller `learning_rate`, or switch `mixed_precision` off; look for extreme values in the data.",
        code="not_finite",
    )


def _line(row: dict[str, Any], epochs: int) -> str:
    said = [
        f"epoch {row['epoch']}/{epochs}",
        f"loss {row['loss']:.4f}",
        f"validation {row['validation_loss']:.4f}",
        f"accuracy {row['accuracy']:.3f}, balanced {row['balanced']:.3f}, kappa {row['kappa']:.3f}",
    ]
    if "earliness" in row:
        said.append(f"stopped {row['stopped_accuracy']:.3f} at earliness {row['earliness']:.3f}")
    return " · ".join([*said, f"{row['seconds']:.0f} s" + (" · best" if row["best"] else "")])
