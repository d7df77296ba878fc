"""Parts of a set never share a field, and what cannot be learnt from is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from eodash.datasets import Batch, Subset, divided, trainable
from eodash.errors import ModelError


def toy(label: list[int], group: list[int], classes: tuple[str, ...] = ("a", "b", "c")) -> SimpleNamespace:
    """A set whose one value of a series is its row."""

    def read(rows):
        shape = (len(rows), 1)
        values = np.asarray(rows, np.float32).reshape(*shape, 1)
        return Batch(values, np.zeros(shape, np.float32), np.ones(shape, bool), known.label[rows], known.group[rows])

    known = SimpleNamespace(
        name="toy", bands=("1",), classes=classes, legend="", level="", origin="toy", label=np.array(label),
        group=np.array(group), read=read,
    )  # fmt: skip
    return known


def test_no_field_is_on_both_sides_and_nothing_is_lost():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 60, 500)
    whole = toy((group % 3).tolist(), group.tolist())
    parts = {name: divided(whole, name) for name in ("train", "valid", "held-out", "train+valid")}
    fields = {name: set(part.group.tolist()) for name, part in parts.items()}
    assert not fields["train"] & fields["valid"]
    assert not fields["train+valid"] & fields["held-out"]
    assert fields["train"] | fields["valid"] == fields["train+valid"]
    assert sum(len(parts[name]) for name in ("train", "valid", "held-out")) == 500
    assert 30 <= len(fields["train"]) <= 42
    for part in parts.values():
        assert set(part.label.tolist()) == {0, 1, 2}


def test_a_subset_reads_the_rows_it_stands_for():
    part = Subset(toy([0, 1, 2, 0], [4, 5, 6, 7]), np.array([3, 1]))
    batch = part.read(np.array([1, 0]))
    assert batch.values.ravel().tolist() == [1, 3]
    assert batch.label.tolist() == part.label[[1, 0]].tolist() == [1, 0]


def test_test_and_all_are_the_whole_set_and_other_names_are_refused():
    whole = toy([0, 1], [0, 1])
    assert divided(whole, "test") is divided(whole, "all") is whole
    with pytest.raises(ModelError, match="half"):
        divided(whole, "half")


def test_a_part_that_would_be_empty_is_refused():
    with pytest.raises(ModelError) as caught:
        divided(toy([0, 0, 1], [3, 3, 4]), "valid")
    assert caught.value.code == "too_few"


@pytest.mark.parametrize("label", [[0, 0, 0], [-1, 2, 2], [-1, -1], []])
def test_one_class_teaches_nothing(label):
    with pytest.raises(ModelError) as caught:
        trainable(toy(label, label))
    assert caught.value.code == "one_class"


def test_thin_classes_are_told():
    assert trainable(toy([0, 0, 1, 1, 2, 2], [0] * 6)) == ()
    alone, absent = trainable(toy([0, 0, 1], [0, 1, 2]))
    assert alone.endswith("b.")
    assert absent.endswith("c.")
