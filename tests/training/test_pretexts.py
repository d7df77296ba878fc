"""Features without labels: both pretexts learn on a toy, unchanged ground keeps to 1, and a card reads back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from eodash import cards
from eodash.backend import weights
from eodash.backend.learning import KEPT_TO, STRIP, Learner, Task, apart, built, flat, unit
from eodash.change.triples import Triples, triples
from eodash.errors import ComputeError
from eodash.training import pretexts
from models.pretext import Pretext


@pytest.fixture(scope="module")
def patchwork() -> Triples:
    """Two dates of a patchwork under other light, and noise."""
    rng = np.random.default_rng(0)
    ground = np.kron(rng.uniform(0.05, 0.5, (3, 8, 12)), np.ones((1, 6, 6)))
    images = np.stack([ground * (1 + 0.2 * date) + rng.normal(0, 0.01, ground.shape) for date in range(3)])
    return triples(images, np.ones((3, 48, 72), bool), 24, [0], same_date=True)


@pytest.mark.parametrize("task", ["triplet", "overlap"])
def test_the_loss_falls_and_follows_from_the_seed(patchwork: Triples, task: Task) -> None:
    learner, again = Learner(task, patchwork, 24, 1), Learner(task, patchwork, 24, 1)
    losses = [learner.step() for _ in range(24)]
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])
    assert [again.step() for _ in range(3)] == losses[:3]
    before = apart(learner.network, *np.random.default_rng(0).random((2, 3, 20, 20), np.float32))
    size = unit(learner.network, patchwork)
    after = apart(learner.network, *np.random.default_rng(0).random((2, 3, 20, 20), np.float32))
    assert after == pytest.approx(before / size, rel=1e-4)
    both = zip(patchwork.anchor.astype(np.float32), patchwork.near.astype(np.float32), strict=True)
    near = np.stack([apart(learner.network, *each) for each in both])
    assert (near < 1).mean() == pytest.approx(KEPT_TO, abs=2e-3)


def test_strips_change_nothing_and_swapping_the_dates_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = Pretext(bands=3)
    before, after = np.random.default_rng(0).random((2, 3, 37, 20), np.float32)
    whole = apart(network, before, after)
    assert whole.size < STRIP
    monkeypatch.setattr("eodash.backend.learning.STRIP", 5 * 20)
    assert apart(network, before, after) == pytest.approx(whole, abs=1e-5)
    assert apart(network, after, before) == pytest.approx(whole, abs=1e-5)
    assert apart(network, before, before).max() == 0


def test_weights_in_one_row_are_the_same_network() -> None:
    network = Pretext(bands=3).eval()
    row, image = flat(network), torch.rand(1, 3, 9, 9)
    assert torch.equal(built(row, 3)(image), network(image))
    for wrong in (row[:-1], np.where(np.arange(row.size) == 5, np.nan, row).astype(np.float32)):
        with pytest.raises(ComputeError) as told:
            built(wrong, 3)
        assert told.value.code == "lost"


def test_a_loss_that_is_no_number_is_said(patchwork: Triples) -> None:
    learner = Learner("triplet", patchwork, 4)
    with torch.no_grad():
        next(learner.network.parameters()).fill_(torch.nan)
    with pytest.raises(ComputeError) as told:
        learner.step()
    assert told.value.code == "not_finite"


def test_a_pretext_is_trained_and_its_card_reads_back(tmp_path: Path) -> None:
    said: list[str] = []
    pretexts.pretrain("pretext-triplet", tmp_path, {}, scenes=1, steps=20, size=64, say=said.append)
    card = cards.read(tmp_path / "pretext-triplet.toml")
    assert card.architecture == "pretext"
    assert card.trained["quantile_of_one"] == KEPT_TO
    assert len(said) == len(card.record["history"]) == 1
    network = weights.load(card)
    assert network(torch.zeros(1, 6, 12, 12)).shape == (1, 32, 12, 12)


@pytest.mark.parametrize("name", pretexts.TASKS)
def test_the_shipped_ones_can_be_asked(name: str) -> None:
    card = cards.change_card(name)
    assert card.weights is not None
    assert card.weights.bytes < 100_000
    measure = pretexts.measured_by(weights.load(card))
    assert callable(measure)
    assert {score.data for score in card.scores} == {"world", "taizhou"}
