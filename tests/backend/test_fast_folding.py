"""Probabilities folded class by class are those folded in double precision."""

import pytest
import torch

from eodash.backend.fast_folding import folded
from eodash.backend.piece import folding
from eodash.cards import Class


def _classes(*outputs):
    return tuple(Class(f"class {number}", "#808080", each) for number, each in enumerate(outputs))


LOGITS = torch.randn(7, 5, 4, generator=torch.Generator().manual_seed(2)) * 5


@pytest.mark.parametrize(
    "classes",
    [_classes((0,), (1,), (2,), (3,)), _classes((3,), (0, 2)), _classes((1,)), _classes((0, 1, 2, 3))],
    ids=str,
)
def test_every_legend_is_folded_as_in_double_precision(classes):
    found = folded(LOGITS, classes)
    assert found.shape == (7, 5, len(classes))
    torch.testing.assert_close(found, folding(LOGITS.softmax(-1), classes), atol=1e-6, rtol=0)


def test_an_answer_that_no_class_takes_leaves_all_alike():
    logits = torch.tensor([[[0.0, 0.0, 300.0]]])
    assert folded(logits, _classes((0,), (1,))).tolist() == [[[0.5, 0.5]]]


def test_logits_of_any_size_stay_finite():
    found = folded(LOGITS * 1e30, _classes((0,), (1,), (2,), (3,)))
    assert torch.equal(found.argmax(-1), LOGITS.argmax(-1))
    assert torch.isfinite(found).all()


def test_what_is_no_number_stays_none():
    logits = LOGITS.clone()
    logits[2, 1, 0] = torch.nan
    found = folded(logits, _classes((0,), (1,), (2, 3)))
    assert found[2, 1].isnan().all()
    assert found.isnan().sum() == 3
