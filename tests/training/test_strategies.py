"""The strategies of semantic change: pairs of covers, frozen branches, scores by hand, and toys that they learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from eodash.change.pair import Pair
from eodash.datasets.change_pairs import KnownPair
from eodash.training.change_batches import PLAIN, Batch, batch_of
from eodash.training.change_loop import train_change
from eodash.training.change_losses import change_loss
from eodash.training.from_to import UNKNOWN, FromTo, occurring
from eodash.training.strategies import STRATEGIES, Strategy, says
from eodash.training.strategy_judges import judged_cover, judged_pairs
from eodash.training.strategy_lessons import RECIPE, ChangeAlone, learning, lessons, network_for, take_cover
from eodash.training.strategy_losses import cover_loss, pairs_loss
from eodash.training.strategy_scenes import scenes_of
from eodash.training.strategy_scores import Said, Truth, scored
from eodash.training.strategy_table import Learnt, learn, published, rows
from eodash.world.legend import NONE
from models.fc_change import ImageTrace
from tests.training.semantic_toys import FOREST, WATER, toy_patches

TOY = replace(RECIPE, config={"widths": (8, 8, 8, 8), "dropout": 0.0}, epochs=20, batch=4, learning_rate=0.01,
              spoiling=PLAIN, half=False)  # fmt: skip


def noise() -> tuple[Pair, np.ndarray]:
    """Two images of nothing, and where they changed."""
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 6, 32, 32), np.float32)
    bands = ("blue", "green", "red", "nir", "swir16", "swir22")
    return Pair(one, other, np.ones((32, 32), bool), bands), rng.random((32, 32)) < 0.03


def square(*lines: str) -> np.ndarray:
    """A 1 × 3 × 3 image from digits."""
    return np.array([[[int(each) for each in line] for line in lines]], np.uint8)


def test_labels_of_pairs_say_which_covers_they_stand_for() -> None:
    before, after = square("012", "012", "012"), square("012", "112", "210")
    changed = before != after
    known = occurring(before, after, changed)
    assert set(known.pairs) == {(0, 1), (0, 2), (2, 0)}
    labels = known.labels(before, after, changed, np.ones_like(changed))
    was, becomes = known.covers(labels)
    assert (was[changed] == before[changed]).all()
    assert (becomes[changed] == after[changed]).all()
    assert (was[~changed] == NONE).all()
    assert (labels[~changed] == 0).all()


def test_the_most_frequent_pair_comes_first_and_one_never_seen_is_no_class() -> None:
    known = occurring(square("000", "000", "011"), square("111", "111", "100"), np.ones((1, 3, 3), bool))
    assert known.pairs == ((0, 1), (1, 0))
    assert (known.labels(square("333", "333", "333"), square("444", "444", "444"), np.ones((1, 3, 3), bool),
                         np.ones((1, 3, 3), bool)) == UNKNOWN).all()  # fmt: skip


def test_scores_of_nine_pixels_by_hand() -> None:
    """Two of nine changed; one is found, and one that did not change is flagged."""
    truth = Truth(
        square("110", "000", "000").astype(bool), square("000", "000", "000"), square("120", "000", "000"),
        np.ones((1, 3, 3), bool), np.array([False]),
    )  # fmt: skip
    said = Said(square("101", "000", "000").astype(bool), square("000", "000", "000"), square("101", "000", "000"))
    found = scored(said, truth)
    assert (found.rare, found.accuracy_of_no_change) == (pytest.approx(2 / 9), pytest.approx(7 / 9))
    assert found.accuracy == pytest.approx(7 / 9)
    assert found.dice == pytest.approx(0.5)
    by_chance = (2 * 2 + 7 * 7) / 81
    assert found.kappa == pytest.approx((7 / 9 - by_chance) / (1 - by_chance))
    assert found.cover_accuracy == pytest.approx(16 / 18)
    assert found.from_to == pytest.approx(0.5)
    assert found.false_alarm is None


def test_alarms_are_counted_where_nothing_happened_and_nowhere_else() -> None:
    nothing = np.zeros((2, 3, 3), bool)
    unknown = np.full((2, 3, 3), NONE, np.uint8)
    flagged = nothing.copy()
    flagged[1, 0] = True
    found = scored(Said(flagged), Truth(nothing, unknown, unknown, ~nothing, np.array([False, True])))
    assert found.false_alarm == pytest.approx(1 / 3)
    assert found.accuracy == 1
    assert (found.cover_kappa, found.from_to) == (None, None)


def batch(changed: list, usable: list, covers: list) -> Batch:
    image, cover = torch.zeros(1, 6, 2, 2), torch.tensor([covers])
    return Batch(image, image, torch.tensor([usable]), torch.tensor([changed]), cover, cover)


def test_losses_leave_out_what_is_not_known() -> None:
    torch.manual_seed(0)
    logits, other = torch.randn(1, 3, 2, 2), torch.randn(1, 3, 2, 2)
    other[..., 0] = logits[..., 0]
    known = batch([[True, True], [False, True]], [[True, True], [True, False]], [[1, NONE], [0, 2]])
    direct = pairs_loss(TOY, FromTo(((1, 1), (0, 1))))
    for lose in (direct, cover_loss):
        one, two = (lose(ImageTrace(each, (each, each)), known).item() for each in (logits, other))
        assert one == pytest.approx(two)
    nothing = batch([[True] * 2] * 2, [[False] * 2] * 2, [[1, 1], [1, 1]])
    assert cover_loss(ImageTrace(logits, (logits, logits)), nothing).item() == 0


def test_one_pair_of_covers_is_plain_change() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 2, 2, 2)
    known = batch([[True, False], [False, True]], [[True, True], [True, False]], [[1, 1], [1, 1]])
    direct, plain = pairs_loss(TOY, FromTo(((1, 1),))), change_loss(TOY)
    assert direct(ImageTrace(logits), known).item() == pytest.approx(plain(ImageTrace(logits), known).item())


def test_frozen_land_cover_is_the_same_after_training_down_to_its_statistics() -> None:
    data = toy_patches()
    nothing = FromTo(())
    known = lessons(TOY, nothing)
    first = network_for(known["cover"], TOY, nothing)
    second = network_for(known["after"], replace(TOY, seed=2), nothing)
    take_cover(second, first)
    was = {name: value.clone() for name, value in second.state_dict().items()}
    lesson = known["after"]
    train_change(replace(TOY, epochs=1), lesson.asked(second), data, data, None, lose=lesson.lose, judge=lesson.judge,
                 learn=learning(second, lesson))  # fmt: skip
    now = second.state_dict()
    assert all(torch.equal(value, first.state_dict()[name]) for name, value in now.items() if name.startswith("cover_"))
    assert any(not torch.equal(value, was[name]) for name, value in now.items() if name.startswith("change_"))


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(toy_patches(), toy_patches(1), TOY)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
def test_every_strategy_learns_a_toy_by_heart(strategy: Strategy, learnt: Learnt) -> None:
    data = toy_patches()
    truth = Truth(data.changed, data.cover_before, data.cover_after, data.usable, np.zeros(len(data), bool))
    found = scored(says(strategy, learnt.networks, learnt.classes, data), truth)
    assert found.kappa > 0.9
    assert found.from_to > 0.6
    assert strategy.name == "2" or found.cover_accuracy > 0.95


def test_judges_say_what_the_scores_say(learnt: Learnt) -> None:
    data = toy_patches(seed=3)
    truth = Truth(data.changed, data.cover_before, data.cover_after, data.usable, np.zeros(len(data), bool))
    direct = scored(says(STRATEGIES[1], learnt.networks, learnt.classes, data), truth)
    assert judged_pairs(learnt.networks["pairs"], data)["kappa"] == pytest.approx(direct.kappa)
    joined = scored(says(STRATEGIES[3], learnt.networks, learnt.classes, data), truth)
    assert judged_cover(learnt.networks["joined"], data)["accuracy"] == pytest.approx(joined.cover_accuracy)


def test_a_row_holds_what_was_measured_under_the_keys_of_the_published(learnt: Learnt) -> None:
    pair, changed = noise()
    covers = (np.full((32, 32), FOREST, np.uint8), np.where(changed, WATER, FOREST).astype(np.uint8))
    still = np.zeros_like(changed)
    known = [KnownPair("a", pair, changed, ~still, covers=covers), KnownPair("b", pair, still, ~still, "haze")]
    made = rows(learnt, scenes_of(known))
    assert [row["strategy"] for row in made] == ["1", "2", "3", "4.1", "4.2"]
    assert all(row["rare"] == round(float(changed.mean()), 4) for row in made)
    assert all(0 <= row["false_alarm"] <= 1 for row in made)
    assert made[1]["cover_kappa"] is None
    last = published()[4]
    assert [last[key] for key in ("kappa", "dice", "accuracy", "cover_kappa", "cover_accuracy")] == [
        0.2549, 0.2633, 0.9819, 0.7181, 0.8901,
    ]  # fmt: skip
    assert published()[1]["kappa"] == 0.2154
    assert "dice" not in published()[1]


def test_change_alone_needs_no_answer_about_land_cover() -> None:
    """Where nothing is joined, what land cover sees has no say in change."""
    nothing = FromTo(())
    network = network_for(lessons(TOY, nothing)["change"], TOY, nothing)
    some = batch_of(toy_patches(2), np.arange(2))
    ChangeAlone(network)(some.before, some.after).logits.square().mean().backward()
    assert all(each.grad is None for each in network.cover_parameters())
    whole = network.eval()(some.before, some.after).logits
    assert torch.allclose(ChangeAlone(network)(some.before, some.after).logits, whole, atol=1e-5)


def test_only_what_a_strategy_asks_is_counted(learnt: Learnt) -> None:
    known = [KnownPair("a", *noise(), np.ones((32, 32), bool))]
    first, _, third, fourth, last = (row["parameters"] for row in rows(learnt, scenes_of(known)))
    assert first < third < fourth == last
