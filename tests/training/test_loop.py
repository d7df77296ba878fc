"""The loop learns, repeats itself, stops when it should, and says why it cannot begin."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.datasets.contract import Batch
from eodash.errors import CapacityError, ComputeError, EodashError, ModelError
from eodash.training.augment import Augmentation
from eodash.training.feeding import Feed, input_of
from eodash.training.loop import Trained, Watch, train
from eodash.training.recipe import Recipe
from eodash.training.starting import class_weights, network_for
from models.contract import SeriesNetwork, Trace
from tests.training.killed import checksum
from tests.training.toys import Small, Toy, recipe, small

DATA, VALIDATION = Toy(120), Toy(60, seed=1)


def trained(data: Toy = DATA, mine: Recipe | None = None, network: SeriesNetwork | None = None, **more: Any) -> Trained:
    return train(mine or recipe(), network or small(), data, VALIDATION, None, **more)


def test_it_learns_what_there_is_to_learn() -> None:
    off = Augmentation(False, False, False, False, False)
    data = Toy(240)
    data.mask[:] = True
    test = Toy(60, seed=1)
    test.mask[:] = True
    got = train(recipe(epochs=15, augment=vars(off)), small(), data, test, None)
    best = got.history[got.best_epoch - 1]
    assert best["accuracy"] > 0.95
    assert best["balanced"] > 0.95
    assert best["kappa"] > 0.92
    assert got.history[-1]["loss"] < got.history[0]["loss"] / 2
    assert not got.network.training
    assert got.device == "cpu"


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = trained(), trained(), trained(mine=recipe(seed=2))
    assert checksum(first.network) == checksum(again.network)
    assert checksum(first.network) != checksum(other.network)


def test_the_weights_do_not_depend_on_what_was_drawn_before() -> None:
    first = checksum(trained().network)
    network = small()
    torch.rand(7)
    np.random.default_rng().random()
    assert checksum(trained(network=network).network) == first


def test_series_that_are_held_and_series_that_are_read_ahead_give_the_same_weights() -> None:
    assert checksum(trained(held=0).network) == checksum(trained(held=10**9).network)


def test_the_best_weights_are_kept_and_patience_ends_it() -> None:
    got = trained(mine=recipe(epochs=40, patience=2, learning_rate=0.5, warm_up=0.0))
    losses = [row["validation_loss"] for row in got.history]
    assert got.best_epoch == 1 + int(np.argmin(losses))
    assert len(losses) == got.best_epoch + 2 < 40
    assert [row["epoch"] for row in got.history if row["best"]][-1] == got.best_epoch


def test_the_early_loss_follows_after_the_epochs_of_cross_entropy_and_is_not_compared_with_it() -> None:
    got = trained(mine=recipe(epochs=6, loss="elects", cross_entropy_epochs=3, patience=1))
    assert [row["phase"] for row in got.history][:4] == ["cross-entropy"] * 3 + ["elects"]
    assert got.history[3]["best"]  # the first of its kind, whatever the numbers before
    assert got.best_epoch > 3
    assert 0 <= got.history[3]["earliness"] <= 1
    assert "earliness" not in got.history[0]


@pytest.mark.parametrize("loss", ["early", "elects"])
def test_it_learns_to_stop_early_when_being_early_is_all_that_counts(loss: str) -> None:
    mine = recipe(epochs=12, loss=loss, alpha=0.0 if loss == "early" else 0.2, cross_entropy_epochs=2, patience=12)
    got = trained(mine=mine.with_(augment={"dates": False, "prefix": False}))
    assert got.history[-1]["earliness"] > 0.6


def test_rows_without_a_label_or_an_observation_teach_nothing() -> None:
    data = Toy(120)
    data.label = data.label.copy()
    data.label[:6] = -1
    data.mask[6:9] = False
    data.values[:9] = 7.0
    got = trained(data)
    assert math.isfinite(got.history[-1]["loss"])
    assert len(Feed(data, torch.device("cpu"), 10**9, "training")) == 114
    assert max(got.input.mean) < 1


def test_values_behind_a_mask_may_be_anything() -> None:
    first = checksum(trained().network)
    data = Toy(120)
    data.values[~data.mask] = np.nan
    data.day[~data.mask] = np.inf
    assert checksum(trained(data).network) == first


def test_the_scaling_is_that_of_the_observed_values() -> None:
    data = Toy(120)
    data.values[~data.mask] = 1e6
    data.values[..., 1] = 0.25  # no spread at all
    measured = input_of(data, seed=1)
    seen = data.values[data.mask]
    assert measured.mean == pytest.approx(seen.mean(0), abs=1e-5)
    assert measured.scale == pytest.approx((seen[:, 0].std(), 1.0), abs=1e-5)
    assert measured.dates == (int(data.mask.sum(1).min()), int(data.mask.sum(1).max()))


class Diverging(Small):
    """Says nothing that is a number, while it learns or while it is asked."""

    while_learning = True

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        trace = super().forward(values, day, mask)
        return trace._replace(logits=trace.logits * (torch.nan if self.training == self.while_learning else 1))


@pytest.mark.parametrize("while_learning", [True, False])
def test_a_loss_that_is_no_number_ends_it_with_advice(tmp_path: Path, while_learning: bool) -> None:
    network = Diverging()
    network.while_learning = while_learning
    with pytest.raises(ComputeError) as caught:
        train(recipe(), network, DATA, VALIDATION, tmp_path, every=0.0)
    assert caught.value.code == "not_finite"
    assert "learning_rate" in caught.value.advice
    for path in tmp_path.rglob("state.json"):
        assert json.loads(path.read_text())["epoch"] == 0  # no checkpoint of what has gone wrong


def broken(change: Callable[[Toy], None]) -> Toy:
    data = Toy(120)
    data.label = data.label.copy()
    change(data)
    return data


def one_class(data: Toy) -> None:
    data.label[:] = 1


def no_label(data: Toy) -> None:
    data.label[:] = -1


def nothing(data: Toy) -> None:
    data.label, data.group = data.label[:0], data.group[:0]


def no_number(data: Toy) -> None:
    data.values[40, 0, 1] = np.nan


def no_day(data: Toy) -> None:
    data.day[40, 0] = np.inf


def too_many(data: Toy) -> None:
    data.label[3] = 3


def cloudy(data: Toy) -> None:
    data.mask[:] = False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (one_class, "one_class"),
        (no_label, "empty"),
        (nothing, "empty"),
        (no_number, "not_finite"),
        (no_day, "not_finite"),
        (too_many, "classes"),
        (cloudy, "empty"),
    ],
)
def test_data_that_teach_nothing_are_refused(change: Callable[[Toy], None], code: str) -> None:
    with pytest.raises(ModelError) as caught:
        trained(broken(change))
    assert caught.value.code == code
    assert caught.value.advice


def test_a_series_that_is_no_number_is_named() -> None:
    with pytest.raises(ModelError, match="series 40"):
        trained(broken(no_number))


def test_validation_series_must_be_of_the_same_kind_and_have_labels() -> None:
    for validation, code in ((Toy(60, classes=4), "mismatch"), (broken(no_label), "empty")):
        with pytest.raises(ModelError) as caught:
            train(recipe(), small(), DATA, validation, None)
        assert caught.value.code == code


def test_a_class_of_one_series_is_learnt_with_a_warning() -> None:
    def alone(data: Toy) -> None:
        data.label[data.label == 2] = 0
        data.label[0] = 2

    lines: list[str] = []
    trained(broken(alone), watch=Watch(say=lines.append))
    assert any("Warning" in line and "c" in line for line in lines)


def test_a_last_batch_is_never_a_single_series() -> None:
    sizes: list[int] = []

    class Counting(Toy):
        def read(self, rows: NDArray[np.int64]) -> Batch:
            sizes.append(len(rows))
            return super().read(rows)

    train(recipe(epochs=1, batch=32), small(), Counting(97), VALIDATION, None, held=0)
    assert min(sizes[-4:]) >= 2  # 25, 24, 24, 24 and not 32, 32, 32, 1
    assert sum(sizes[-4:]) == 97


def test_reading_ahead_ends_with_the_training_and_hands_its_errors_on() -> None:
    class Breaking(Toy):
        reads = 0

        def read(self, rows: NDArray[np.int64]) -> Batch:
            self.reads += 1
            if self.reads > 5:
                raise ModelError("The file is gone.", "Fetch it again.", code="gone")
            return super().read(rows)

    with pytest.raises(ModelError, match="gone"):
        train(recipe(), small(), Breaking(300), VALIDATION, None, held=0)
    assert not [thread for thread in threading.enumerate() if thread.name == "reading ahead"]


def test_rare_classes_count_as_much_as_frequent_ones_when_asked() -> None:
    labels = np.array([0] * 9 + [1])
    assert class_weights(labels, 3, even=False).tolist() == [1, 1, 1]
    weights = class_weights(labels, 3, even=True)
    assert (9 * weights[0]).item() == pytest.approx(weights[1].item())


def test_the_history_is_told_epoch_by_epoch_and_step_by_step() -> None:
    rows: list[dict[str, Any]] = []
    steps: list[tuple[int, int, int]] = []
    got = trained(on_epoch=rows.append, watch=Watch(on_step=lambda *at: steps.append(at)))
    assert rows == got.history
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert steps[0] == (1, 1, 4)
    assert steps[-1] == (3, 4, 4)


def test_the_learning_rate_rises_and_then_falls() -> None:
    rates = [row["learning_rate"] for row in trained(mine=recipe(epochs=10, warm_up=0.2)).history]
    assert rates[1] == pytest.approx(0.02, rel=1e-3)
    assert rates[0] < rates[1] > rates[2] > rates[-1]
    assert rates[-1] < 0.001


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: trained(device="cuda" if not torch.cuda.is_available() else "moon"), "device"),
        (lambda: trained(mine=recipe(level="l1c")), "mismatch"),
        (lambda: trained(network=small(classes=4)), "classes"),
        (lambda: network_for(recipe().with_(architecture="oracle"), DATA), "architecture"),
        (lambda: network_for(recipe().with_(config={"depht": 3}), DATA), "config"),
        (lambda: trained(mine=recipe(loss="elects"), network=ahead()), "recipe"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], object], code: str) -> None:
    with pytest.raises(EodashError) as caught:
        call()
    assert caught.value.code == code
    assert isinstance(caught.value, ModelError | CapacityError)


def ahead() -> SeriesNetwork:
    return network_for(recipe().with_(architecture="l-tae"), DATA)


def test_a_network_of_the_shelf_begins_with_the_same_weights_for_the_same_seed() -> None:
    mine = recipe()
    first, again = network_for(mine, DATA), network_for(mine, DATA)
    other = network_for(mine.with_(seed=9), DATA)
    assert checksum(first) == checksum(again) != checksum(other)


def test_a_training_without_a_folder_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained()
    assert list(tmp_path.iterdir()) == []
