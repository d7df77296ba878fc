"""The losses against sums written out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from eodash.training.losses import compact, cross_entropy, early, elects, final, stopping


def logits_of(probabilities: list[list[list[float]]]) -> Tensor:
    return torch.tensor(probabilities, dtype=torch.float64).log()


# one series with a gap and padding: observed at 0, 2 and 3
MASK = torch.tensor([[True, False, True, True, False]])
HAZARD = torch.tensor([[0.2, 0.9, 0.5, 0.3, 0.9]], dtype=torch.float64)
RIGHT = [0.4, 0.6, 0.9]  # what the true class is given at the observed dates
LOGITS = logits_of([[[0.4, 0.6], [0.01, 0.99], [0.6, 0.4], [0.9, 0.1], [0.02, 0.98]]])
LABEL = torch.tensor([0])
CHANCE = [0.2, 0.8 * 0.5, 0.8 * 0.5]


def by_product(hazard: list[float]) -> list[float]:
    """P(t) = δ(t)·Π (1 − δ(s)), s < t; at the last date what is left."""
    chances = []
    for t, delta in enumerate(hazard):
        left = math.prod(1 - earlier for earlier in hazard[:t])
        chances.append(left if t == len(hazard) - 1 else delta * left)
    return chances


def test_the_last_observed_date_takes_what_is_left() -> None:
    chance = stopping(HAZARD, compact(MASK))
    assert chance[0].tolist() == pytest.approx([*CHANCE, 0, 0])


def test_the_chance_to_stop_is_the_brute_force_product_and_sums_to_one() -> None:
    dice = torch.Generator().manual_seed(3)
    hazard = torch.rand(50, 9, generator=dice, dtype=torch.float64)
    hazard[0] = 1.0  # certain to stop at once
    hazard[1] = 0.0  # never stops before the end
    mask = torch.rand(50, 9, generator=dice) < 0.6
    mask[:, 4] = True
    mask[2] = torch.arange(9) == 4  # one date
    chance = stopping(hazard, compact(mask))
    assert torch.allclose(chance.sum(1), torch.ones(50, dtype=torch.float64))
    for row in range(50):
        expected = by_product(hazard[row][mask[row]].tolist())
        assert chance[row].tolist() == pytest.approx(expected + [0.0] * (9 - len(expected)))


def test_the_first_paper_s_loss_by_hand() -> None:
    alpha = 0.3
    expected = sum(
        chance * (alpha * (1 - right) + (1 - alpha) * t / 3)
        for t, (chance, right) in enumerate(zip(CHANCE, RIGHT, strict=True), start=1)
    )
    assert early(LOGITS, HAZARD, LABEL, MASK, alpha).item() == pytest.approx(expected)


def test_the_successor_s_loss_by_hand() -> None:
    alpha, epsilon = 0.3, 10.0
    expected = sum(
        (chance + epsilon / 3) * (alpha * -math.log(right) - (1 - alpha) * right * (1 - t / 3))
        for t, (chance, right) in enumerate(zip(CHANCE, RIGHT, strict=True))
    )
    assert elects(LOGITS, HAZARD, LABEL, MASK, alpha, epsilon).item() == pytest.approx(expected)


def test_a_right_answer_at_the_first_date_earns_the_full_reward() -> None:
    sure = logits_of([[[1.0, 1e-300]]])
    one = torch.ones(1, 1, dtype=torch.bool)
    assert elects(sure, torch.zeros(1, 1).double(), LABEL, one, alpha=0.0, epsilon=0.0).item() == pytest.approx(-1)


@pytest.mark.parametrize("loss", [early, elects])
def test_gaps_and_padding_change_no_loss(loss: object) -> None:
    assert callable(loss)
    whole = loss(LOGITS, HAZARD, LABEL, MASK, 0.5)
    seen = MASK[0]
    short = loss(LOGITS[:, seen], HAZARD[:, seen], LABEL, MASK[:, seen], 0.5)
    assert whole.item() == pytest.approx(short.item())


@pytest.mark.parametrize("loss", [early, elects])
def test_with_a_high_alpha_waiting_for_a_better_answer_pays_and_with_a_low_one_it_does_not(loss: object) -> None:
    assert callable(loss)
    at_once, at_last = torch.ones_like(HAZARD), torch.zeros_like(HAZARD)
    for alpha, waiting_pays in ((0.95, True), (0.05, False)):
        now = loss(LOGITS, at_once, LABEL, MASK, alpha).item()
        later = loss(LOGITS, at_last, LABEL, MASK, alpha).item()
        assert (later < now) == waiting_pays


@pytest.mark.parametrize("loss", [early, elects])
def test_a_certain_stop_leaves_gradients_that_are_numbers(loss: object) -> None:
    assert callable(loss)
    hazard = torch.tensor([[1.0, 0.0, 1.0, 1.0, 0.0]], dtype=torch.float64, requires_grad=True)
    loss(LOGITS, hazard, LABEL, MASK, 0.5).sum().backward()
    assert hazard.grad is not None
    assert torch.isfinite(hazard.grad).all()


def test_cross_entropy_is_the_mean_over_the_observed_dates_of_a_causal_network() -> None:
    expected = -sum(map(math.log, RIGHT)) / 3
    assert cross_entropy(LOGITS, LABEL, MASK).item() == pytest.approx(expected)


def test_cross_entropy_of_one_answer_is_counted_once() -> None:
    assert cross_entropy(LOGITS[:, 2:3], LABEL, MASK).item() == pytest.approx(-math.log(0.6))


def test_smoothing_spreads_the_label() -> None:
    expected = -(0.95 * math.log(0.6) + 0.05 * math.log(0.4))  # a tenth, shared by two classes
    assert cross_entropy(LOGITS[:, 2:3], LABEL, MASK, 0.1).item() == pytest.approx(expected)


def test_the_final_answer_is_that_of_the_last_observed_date() -> None:
    assert torch.equal(final(LOGITS, MASK), LOGITS[:, 3])
    assert torch.equal(final(LOGITS[:, :1], MASK), LOGITS[:, 0])
