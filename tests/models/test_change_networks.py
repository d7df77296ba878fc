"""Networks over pairs of images: sizes as published, no date is preferred, and every parameter is used."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.fc_change import FUSIONS, FcChange
from models.fc_semantic import FcSemantic
from models.pretext import Pretext, triplet

BANDS = 4


def images(side: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    before, after = torch.rand(2, 3, BANDS, side, side)
    return before, after


@pytest.mark.parametrize(("fusion", "millions"), [("early", 1.35), ("conc", 1.55), ("diff", 1.35)])
def test_sizes_are_the_published_ones(fusion: str, millions: float) -> None:
    made = FcChange(bands=13, fusion=fusion)
    assert sum(each.numel() for each in made.parameters()) / 1e6 == pytest.approx(millions, abs=0.01)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_an_answer_for_every_pixel(fusion: str) -> None:
    before, after = images()
    assert FcChange(bands=BANDS, fusion=fusion).eval()(before, after).logits.shape == (3, 2, 32, 32)


def test_swapping_the_dates_changes_nothing_where_differences_are_absolute() -> None:
    before, after = images()
    same = FcChange(bands=BANDS, fusion="diff").eval()
    assert torch.equal(same(before, after).logits, same(after, before).logits)
    other = FcChange(bands=BANDS, fusion="conc").eval()
    assert not torch.allclose(other(before, after).logits, other(after, before).logits)


def test_two_equal_dates_look_alike_to_it_whatever_they_show() -> None:
    """All differences are nought, so what the decoder says there hangs on nothing that is seen."""
    before, after = images()
    made = FcChange(bands=BANDS, fusion="diff").eval()
    assert torch.equal(made(before, before).logits, made(after, after).logits)


@pytest.mark.parametrize(
    "made",
    [*(FcChange(bands=BANDS, fusion=each) for each in FUSIONS), FcSemantic(bands=BANDS, covers=5),
     FcSemantic(bands=BANDS, covers=5, joined=False)],
    ids=[*FUSIONS, "4", "3"],
)  # fmt: skip
def test_every_parameter_is_used(made: nn.Module) -> None:
    found = made(*images())
    loss = found.logits.square().mean()
    if found.cover is not None:
        loss = loss + found.cover[0].square().mean() + found.cover[1].square().mean()
    loss.backward()
    idle = [name for name, each in made.named_parameters() if each.grad is None]
    assert idle == []


def test_cover_is_said_of_each_date_by_the_same_branch() -> None:
    before, after = images()
    made = FcSemantic(bands=BANDS, covers=5).eval()
    first, second = made(before, after).cover
    third, fourth = made(after, before).cover
    assert torch.equal(first, fourth)
    assert torch.equal(second, third)


def test_frozen_cover_leaves_the_rest_to_be_trained() -> None:
    made = FcSemantic(bands=BANDS, covers=5)
    frozen = {id(each) for each in made.cover_parameters()}
    rest = [name for name, each in made.named_parameters() if id(each) not in frozen]
    assert rest
    assert all(name.startswith("change_") for name in rest)


def test_the_pretext_encoder_has_23_thousand_parameters_and_keeps_the_grid() -> None:
    made = Pretext(bands=13).eval()
    assert sum(each.numel() for each in made.parameters()) == pytest.approx(23_000, rel=0.03)
    assert made(torch.rand(2, 13, 20, 24)).shape == (2, 32, 20, 24)
    one, other = torch.rand(2, 5, 13, 16, 16)
    assert torch.allclose(made.overlap(one, other), made.overlap(other, one), atol=1e-6)


def test_the_triplet_loss_by_hand() -> None:
    anchor = torch.zeros(1, 2, 1, 1)
    near, far = torch.tensor([3.0, 4.0]).view(1, 2, 1, 1), torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
    assert triplet(anchor, near, far, margin=1, pull=0.5).item() == pytest.approx(5 - 1 + 1 + 0.5 * 5)
    assert triplet(anchor, far, near, margin=1, pull=0).item() == 0
