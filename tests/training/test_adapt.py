"""Few labels move a network a little; what it knew without them is where it starts."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

import models
from eodash.backend.forward import answer, fold
from eodash.cards import Class, Input
from eodash.datasets.contract import Batch
from eodash.errors import ComputeError, JobCancelled, ModelError
from eodash.training import adapt, fitting
from eodash.training.adapt import SCRATCH, WORLD, Course, fine_tune, fresh, with_head
from models.contract import SeriesNetwork
from tests.training.toys import Toy, small

INPUT = Input("", ("1", "2"), (0.3, 0.3), (0.1, 0.1))
CLASSES = tuple(Class(name, "#000000", (number,)) for number, name in enumerate("abc"))
STILL = replace(WORLD, steps=0, looks=0)


def toy(n: int = 24, classes: int = 3) -> Batch:
    data = Toy(n, classes)
    return data.read(np.arange(n))


def accuracy(network: SeriesNetwork, classes: tuple[Class, ...], batch: Batch) -> float:
    return float((fold(answer(network, INPUT, batch).final, classes).argmax(1) == batch.label).mean())


@pytest.fixture(scope="module")
def knowing() -> SeriesNetwork:
    """A network that has seen many toys."""
    return fine_tune(
        small(), INPUT, toy(120), CLASSES, start="scratch", course=replace(SCRATCH, steps=150, rate=1e-2)
    ).network


@pytest.mark.parametrize("architecture", sorted(models.SHELF))
def test_the_classifier_on_the_features_is_what_each_network_says(architecture: str) -> None:
    """The head is fitted to features alone, so they have to be all that it sees."""
    network = models.build(architecture, bands=2, classes=3).eval()
    batch = toy(6)
    said = answer(network, INPUT, batch)
    again = torch.softmax(network.classifier(torch.from_numpy(said.features)), -1).detach().numpy()
    np.testing.assert_allclose(again, said.final, atol=1e-5)


def test_fitting_begins_at_the_answer_without_labels() -> None:
    """Classes are sums of outputs: here one of two outputs, one of one; output 1 means neither and is let go."""
    network, batch = small(classes=4), toy(24, 2)
    classes = (Class("x", "#000000", (0, 2)), Class("y", "#000000", (3,)))
    before = fold(answer(network, INPUT, batch).final, classes)
    adapted = fine_tune(network, INPUT, batch, classes, course=STILL)
    assert adapted.network.classifier.out_features == 3
    assert [one.outputs for one in adapted.classes] == [(0, 1), (2,)]
    assert [one.name for one in adapted.classes] == ["x", "y"]
    np.testing.assert_allclose(
        fold(answer(adapted.network, INPUT, batch).final, adapted.classes), before, atol=1e-5
    )  # fmt: skip


def test_a_class_without_a_counterpart_gets_an_output_of_its_own() -> None:
    network = small()
    _, own = with_head(network, (*CLASSES[:2], Class("new", "#000000", ())))
    assert own[2].outputs == (2,)
    adapted = fine_tune(network, INPUT, toy(60), (*CLASSES[:2], Class("new", "#000000", ())))
    assert adapted.network.config.classes == 3


def test_labels_are_learnt_and_the_given_network_stays_as_it_was(knowing: SeriesNetwork) -> None:
    before = copy.deepcopy(knowing.state_dict())
    turned = tuple(replace(one, outputs=((number + 1) % 3,)) for number, one in enumerate(CLASSES))  # wrong throughout
    batch = toy(30)
    assert accuracy(knowing, turned, batch) < 0.2
    adapted = fine_tune(knowing, INPUT, batch, turned, course=replace(WORLD, pull=0.01))
    assert accuracy(adapted.network, adapted.classes, batch) > 0.9
    assert not adapted.network.training
    for name, value in knowing.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_fewer_the_labels_the_less_it_moves(knowing: SeriesNetwork) -> None:
    def moved(n: int) -> float:
        adapted = fine_tune(knowing, INPUT, toy(n), CLASSES, course=replace(WORLD, looks=0, steps=30))
        pairs = zip(adapted.network.parameters(), knowing.parameters(), strict=True)
        return sum(float((a - b).detach().square().sum()) for a, b in pairs)

    assert moved(3) < 0.2 * moved(90)


def test_the_same_seed_gives_the_same_network(knowing: SeriesNetwork) -> None:
    first, again, other = (
        fine_tune(knowing, INPUT, toy(), CLASSES, course=Course(steps=5), seed=seed).network.state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_from_scratch_keeps_nothing_but_the_kind(knowing: SeriesNetwork) -> None:
    torch.manual_seed(5)
    made = fresh(knowing, 2)
    assert type(made) is type(knowing)
    assert made.classifier.out_features == 2
    pairs = zip(made.parameters(), knowing.parameters(), strict=True)
    assert not any(torch.equal(a, b) for a, b in pairs if a.ndim > 1)


@pytest.mark.parametrize("architecture", sorted(models.SHELF))
def test_every_network_of_the_shelf_can_be_adapted(architecture: str) -> None:
    torch.manual_seed(0)
    network = models.build(architecture, bands=2, classes=3)
    for start in ("world", "scratch"):
        adapted = fine_tune(network, INPUT, toy(6), CLASSES, start=start, course=Course(steps=2, looks=1))
        assert np.isfinite(answer(adapted.network, INPUT, toy(6)).final).all()


def test_statistics_of_batch_norm_stay_unless_asked_for(knowing: SeriesNetwork) -> None:
    for learns in (False, True):
        adapted = fine_tune(knowing, INPUT, toy(), CLASSES, course=Course(steps=3, statistics=learns))
        same = torch.equal(adapted.network.norm.running_mean, knowing.norm.running_mean)  # type: ignore[union-attr]
        assert same is not learns


def test_every_series_comes_equally_often() -> None:
    fit = fitting.Fit(small(), INPUT, toy(20), CLASSES, Course(steps=5, batch=16), 0)
    counts = np.bincount(np.concatenate(fit.batches()), minlength=20)
    assert counts.sum() == 5 * 16
    assert counts.min() == counts.max() == 4


def broken(**changes: np.ndarray) -> Batch:
    return replace(toy(), **changes)


@pytest.mark.parametrize(
    ("batch", "classes", "code"),
    [
        (toy(), CLASSES[:1], "one_class"),
        (toy(), CLASSES[:2], "classes"),
        (toy(), (*CLASSES, Class("d", "#000000", ())), "no_sample"),
        (broken(values=np.full((24, 8, 2), np.nan, np.float32)), CLASSES, "not_finite"),
        (broken(mask=np.zeros((24, 8), bool)), CLASSES, "empty"),
        (broken(values=np.zeros((24, 8, 3), np.float32)), CLASSES, "bands"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(batch: Batch, classes: tuple[Class, ...], code: str) -> None:
    with pytest.raises(ModelError) as error:
        fine_tune(small(), INPUT, batch, classes)
    assert error.value.code == code
    assert error.value.advice


def test_values_that_nobody_observed_may_be_anything() -> None:
    batch = toy()
    values = np.where(batch.mask[..., None], batch.values, np.nan).astype(np.float32)
    unlabelled = np.where(np.arange(24) < 3, -1, batch.label)
    some = replace(batch, values=values, label=unlabelled)
    adapted = fine_tune(small(), INPUT, some, CLASSES, course=Course(steps=2))
    assert all(torch.isfinite(parameter).all() for parameter in adapted.network.parameters())


def test_it_can_be_stopped_and_a_start_must_be_known() -> None:
    with pytest.raises(JobCancelled):
        fine_tune(small(), INPUT, toy(), CLASSES, stop=lambda: True)
    with pytest.raises(ModelError, match="no start"):
        fine_tune(small(), INPUT, toy(), CLASSES, start="moon")


def test_a_loss_that_is_no_number_is_said() -> None:
    batch = replace(toy(), values=np.full((24, 8, 2), 1e38, np.float32))
    with pytest.raises(ComputeError) as error:
        fine_tune(small(), replace(INPUT, scale=(1e-30, 1e-30)), batch, CLASSES)
    assert error.value.code == "not_finite"


def test_nothing_random_is_left_changed() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    fine_tune(small_unseeded(), INPUT, toy(), CLASSES, course=Course(steps=2))
    assert torch.equal(torch.rand(1), expected)


def small_unseeded() -> SeriesNetwork:
    with torch.random.fork_rng(devices=[]):
        return small()


def test_seconds_are_told() -> None:
    assert 0 < fine_tune(small(), INPUT, toy(), CLASSES, course=Course(steps=1)).seconds < 60
    assert adapt.STARTS["scratch"].steps == 2 * adapt.STARTS["world"].steps
