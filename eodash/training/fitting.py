"""How a network moves towards a few labels: a head that is the most likely one, then small steps of all weights.

The fewer the labels, the less anything moves. The head is what it would be had its weights been drawn from around those
it had: the labels pull with their number, the start with `pull`. The body moves at a rate that grows with the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eodash.cards import Class, Input
from eodash.datasets.contract import Batch
from eodash.errors import ComputeError, JobCancelled
from eodash.training.augment import Augmentation, augment
from eodash.training.losses import cross_entropy, final
from models.contract import SeriesNetwork

LIKE = Augmentation(prefix=False)  # whole seasons: few labels say little about half ones
FEWEST = 16  # series in a batch: fewer are repeated, each time changed in another way
CLIP = 1.0  # longest gradient
RISING = 0.15  # share of the steps in which the rate rises


@dataclass(frozen=True)
class Course:
    """How far and how fast a network may move."""

    steps: int = 100  # of all weights; 0 leaves everything but the head as it is
    batch: int = 64
    rate: float = 2e-4  # of the body …
    head_rate: float = 2e-3  # … and of the head, once there are many labels
    trust: float = 100.0  # labels at which both rates are half of that
    pull: float = 2.0  # of the head towards where it began
    looks: int = 12  # changed copies of every series that the head is fitted to; 0 leaves that out
    statistics: bool = False  # whether batch normalisation learns anew what is usual
    decay: float = 0.0


WORLD = Course()
SCRATCH = Course(
    steps=2 * WORLD.steps, rate=2e-3, trust=0.0, pull=0.0, looks=0, statistics=True, decay=0.01
)  # twice the steps, since it has further to go


class Fit:
    """Labelled series on the device of a network, which is changed in place."""

    def __init__(
        self, network: SeriesNetwork, input: Input, batch: Batch, classes: Sequence[Class], course: Course, seed: int
    ) -> None:
        known = batch.label >= 0
        device = next(network.parameters()).device
        self.network, self.course = network, course
        self.values = torch.from_numpy(np.where(batch.mask[..., None], batch.values, 0)[known]).float().to(device)
        self.day = torch.from_numpy(np.where(batch.mask, batch.day, 0)[known]).float().to(device)
        self.mask = torch.from_numpy(batch.mask[known]).to(device)
        self.label = torch.from_numpy(batch.label[known]).to(device)
        self.mean, self.scale = (torch.tensor(part, device=device) for part in (input.mean, input.scale))
        self.random = torch.Generator(device).manual_seed(seed)
        self.order = np.random.default_rng(seed)
        self.began = [parameter.detach().clone() for parameter in network.classifier.parameters()]
        # 0 where an output means the class, −∞ where it does not
        self.means = torch.full((len(classes), network.classifier.out_features), -torch.inf, device=device)
        for number, one in enumerate(classes):
            self.means[number, list(one.outputs)] = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        if self.course.looks:
            self.head()
        if self.course.steps:
            self.body(stop)

    def head(self) -> None:
        """The most likely head, given the labels and where it was."""
        self.network.eval()
        everything, linear = np.arange(len(self.label)), self.network.classifier
        with torch.no_grad():
            seen = torch.cat([self.network(*self.changed(everything)).features for _ in range(self.course.looks)])
        label = self.label.repeat(self.course.looks)
        optimizer = torch.optim.LBFGS(linear.parameters(), max_iter=60, line_search_fn="strong_wolfe")

        def lost() -> Tensor:
            optimizer.zero_grad()
            loss = nn.functional.nll_loss(self.of_classes(linear(seen)), label) + self.held_back()
            _number(loss)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(lost)  # type: ignore[no-untyped-call]

    def body(self, stop: Callable[[], bool]) -> None:
        """Small steps of all weights."""
        course, network = self.course, self.network
        share = len(self.label) / (len(self.label) + course.trust)
        heads = {id(parameter) for parameter in network.classifier.parameters()}
        body = [parameter for parameter in network.parameters() if id(parameter) not in heads]
        rates = [share * course.rate, share * course.head_rate]
        optimizer = torch.optim.AdamW(
            [{"params": part} for part in (body, list(network.classifier.parameters()))], weight_decay=course.decay
        )
        pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=course.steps + 1, pct_start=RISING)
        network.train()
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and not course.statistics:
                module.eval()
        for rows in self.batches():
            if stop():
                raise JobCancelled("Stopped while the network was learning.", "Nothing was kept.", code="stopped")
            values, day, mask = self.changed(rows)
            said = self.of_classes(network(values, day, mask).logits)
            label = self.label[torch.from_numpy(rows).to(self.label.device)]
            loss = nn.functional.nll_loss(final(said, mask), label)
            if network.causal:  # it goes on answering after every date
                loss = (loss + cross_entropy(said, label, mask).mean()) / 2
            loss = loss + self.held_back()
            _number(loss)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            pace.step()

    def batches(self) -> list[NDArray[np.int64]]:
        """Rows of every step: all series come equally often."""
        size, steps = max(FEWEST, min(self.course.batch, len(self.label))), self.course.steps
        rounds = -(-size * steps // len(self.label))
        order = np.concatenate([self.order.permutation(len(self.label)) for _ in range(rounds)])
        return np.split(order[: size * steps], steps)

    def changed(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Series as they might have been, normalised."""
        at = torch.from_numpy(rows).to(self.label.device)
        values, day, mask = augment(self.values[at], self.day[at], self.mask[at], self.scale, LIKE, self.random)
        return ((values - self.mean) / self.scale).masked_fill(~mask[..., None], 0.0), day, mask

    def of_classes(self, logits: Tensor) -> Tensor:
        """(…, output) → (…, class): log of the probability of each class."""
        return (logits.float().log_softmax(-1).unsqueeze(-2) + self.means).logsumexp(-1)

    def held_back(self) -> Tensor:
        """What it costs the head to be where it is, per label."""
        pairs = zip(self.network.classifier.parameters(), self.began, strict=True)
        far = torch.stack([(now - old).square().sum() for now, old in pairs]).sum()
        return self.course.pull / len(self.label) * far


def _number(loss: Tensor) -> None:
    if not bool(torch.isfinite(loss)):
        raise ComputeError("The loss is no longer a number.", "Look for extreme values in the data.", code="not_finite")
