"""Training networks for change: it learns, goes on where it was, and gives the same weights again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from eodash.datasets.change_patches import Patches
from eodash.errors import JobCancelled, ModelError
from eodash.training.change_batches import PLAIN, Spoiling, batch_of
from eodash.training.change_loop import network_of, train_change
from eodash.training.change_losses import change_loss, judged
from eodash.training.change_recipes import ChangeRecipe, recipe_named
from eodash.training.loop import Watch
from models.fc_change import ImageTrace

SMALL = {"widths": (4, 4, 8, 8), "dropout": 0.0}
RECIPE = ChangeRecipe("fc-siam-diff", SMALL, epochs=3, batch=4, learning_rate=1e-2, half=False)


@pytest.fixture(scope="module")
def toy() -> Patches:
    """Squares that turn bright, on noise; some patches without any."""
    rng = np.random.default_rng(1)
    before = rng.normal(0, 0.3, (12, 6, 32, 32)).astype(np.float16)
    changed = np.zeros((12, 32, 32), bool)
    for place in range(0, 12, 3):
        changed[place, 6:18, 8:20] = changed[place + 1, 14:26, 10:22] = True
    after = before + rng.normal(0, 0.1, before.shape) + 2.5 * changed[:, None]
    usable = np.ones_like(changed)
    usable[:, :2] = False
    covers = rng.integers(0, 12, (2, 12, 32, 32)).astype(np.uint8)
    return Patches(before, after.astype(np.float16), usable, changed, *covers, np.arange(12, dtype=np.int32))


@pytest.mark.parametrize("architecture", ["fc-ef", "fc-siam-conc", "fc-siam-diff"])
def test_each_network_learns_a_toy(toy: Patches, architecture: str) -> None:
    recipe = replace(RECIPE, architecture=architecture, epochs=8, spoiling=Spoiling(side=0, offset=0.0, gain=0.0))
    trained = train_change(recipe, network_of(recipe), toy, toy, None)
    assert judged(trained.network, toy)["kappa"] > 0.8


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not(toy: Patches) -> None:
    one, two, other = (
        train_change(recipe, network_of(recipe), toy, toy, None).network.state_dict()
        for recipe in (RECIPE, RECIPE, replace(RECIPE, seed=2))
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["decoder.classifier.weight"], other["decoder.classifier.weight"])


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(toy: Patches, tmp_path: Path) -> None:
    whole = train_change(RECIPE, network_of(RECIPE), toy, toy, None)
    steps = iter(range(100))
    with pytest.raises(JobCancelled, match="Stopped in epoch 2"):
        train_change(RECIPE, network_of(RECIPE), toy, toy, tmp_path, watch=Watch(stop=lambda: next(steps) == 4))
    again = train_change(RECIPE, network_of(RECIPE), toy, toy, tmp_path)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
    timeless = [[{k: v for k, v in row.items() if k != "seconds"} for row in each.history] for each in (whole, again)]
    assert timeless[0] == timeless[1]


def test_a_checkpoint_of_another_recipe_is_refused(toy: Patches, tmp_path: Path) -> None:
    short = replace(RECIPE, epochs=1)
    train_change(short, network_of(short), toy, toy, tmp_path)
    with pytest.raises(ModelError, match="another recipe"):
        train_change(RECIPE, network_of(RECIPE), toy, toy, tmp_path)


def test_only_what_may_learn_learns(toy: Patches) -> None:
    recipe = replace(RECIPE, epochs=1)
    network = network_of(recipe)
    before = {name: value.clone() for name, value in network.encoder.state_dict().items()}  # type: ignore[union-attr,operator]
    train_change(recipe, network, toy, toy, None, learn=list(network.decoder.parameters()))  # type: ignore[union-attr]
    after = network.encoder.state_dict()  # type: ignore[union-attr,operator]
    assert all(torch.equal(before[name], after[name]) for name in before)  # its statistics neither


def test_pixels_that_are_not_usable_teach_nothing(toy: Patches) -> None:
    batch = batch_of(toy, np.arange(4))
    lose = change_loss(RECIPE)
    logits = torch.zeros(4, 2, 32, 32)
    wild = logits.clone()
    wild[:, 1, :2] = 50
    assert lose(ImageTrace(logits), batch) == lose(ImageTrace(wild), batch)


def test_images_and_truth_turn_together(toy: Patches) -> None:
    spoiling = replace(PLAIN, turned=True, swapped=True, side=24)
    for seed in range(4):
        batch = batch_of(toy, np.arange(12), spoiling, seed)
        moved = (batch.after - batch.before).abs().mean(1)
        assert batch.before.shape[-1] == 24
        assert (moved[batch.changed] > 1.5).all()
        assert (moved[~batch.changed] < 1.5).all()
    assert torch.equal(batch_of(toy, np.arange(12), spoiling, 3).before, batch.before)


def test_a_recipe_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="no recipe 'fc-else'"):
        recipe_named("fc-else")


def test_planted_change_is_where_the_images_differ_and_drift_is_none(toy: Patches) -> None:
    plain = replace(PLAIN, planted=0.0)
    still = batch_of(toy, np.arange(12), plain)
    planted = batch_of(toy, np.arange(12), replace(PLAIN, planted=1.0), 5)
    more = planted.changed & ~still.changed
    moved = ((planted.before - still.before) - (planted.after - still.after)).square().mean(1).sqrt()
    assert 0.005 < more.float().mean() < 0.2
    assert (moved[more] > 0.6).all()
    assert not planted.before.isnan().any()
    drifted = batch_of(toy, np.arange(12), replace(PLAIN, drifting=1.0), 5)
    assert torch.equal(drifted.changed, still.changed)
    assert (drifted.after - still.after).abs().mean() > 0.3
    assert not drifted.after[~still.usable[:, None].expand_as(drifted.after)].any()
