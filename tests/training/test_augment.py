"""What may happen to a series, and what never does."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from eodash.training.augment import BAND_GAIN, CUT, DAYS, GAIN, KEPT, OFFSET, SHORTEST, Augmentation, augment

OFF = Augmentation(dates=False, prefix=False, shift=False, gain=False, offsets=False)
SCALE = torch.tensor([0.1, 0.2])


def batch(series: int = 400, dates: int = 20) -> tuple[Tensor, Tensor, Tensor]:
    random = Generator().manual_seed(1)
    mask = torch.rand(series, dates, generator=random) < 0.7
    mask[:, 3] = True
    mask[0] = torch.arange(dates) == 3  # a series of one date
    return torch.full((series, dates, 2), 0.5), torch.arange(dates).float().repeat(series, 1), mask


def changed(seed: int = 0, **switches: bool) -> tuple[Tensor, Tensor, Tensor]:
    what = Augmentation(**(vars(OFF) | switches))
    return augment(*batch(), SCALE, what, Generator().manual_seed(seed))


def test_nothing_happens_with_everything_off() -> None:
    assert all(torch.equal(new, old) for new, old in zip(changed(), batch(), strict=True))


def test_a_random_share_of_the_dates_is_kept() -> None:
    before, after = batch()[2], changed(dates=True)[2]
    assert not (after & ~before).any()
    share = after.sum(1) / before.sum(1)
    assert (share >= KEPT).all()
    assert share.min() < KEPT + 0.1
    assert share.max() == 1
    assert after[:, 0].any()
    assert after[0].sum() == 1


def test_some_series_are_cut_to_a_prefix_that_is_not_too_short() -> None:
    before, after = batch()[2], changed(prefix=True)[2]
    number = after.sum(1)
    assert torch.equal(after, before & (before.cumsum(1) <= number[:, None]))  # the first ones, in order
    assert (number >= torch.ceil(SHORTEST * before.sum(1))).all()
    assert number.min() >= 1
    cut = (number < before.sum(1)).float().mean()
    assert 0.8 * CUT < cut <= 1.1 * CUT  # a cut series may keep its end


def test_a_date_is_left_with_everything_on() -> None:
    for seed in range(20):
        values, day, mask = augment(*batch(), SCALE, Augmentation(), Generator().manual_seed(seed))
        assert mask.any(1).all()
        assert torch.isfinite(values).all()
        assert torch.isfinite(day).all()


def test_a_season_moves_as_one_by_some_days() -> None:
    moved = changed(shift=True)[1] - batch()[1]
    assert torch.allclose(moved, moved[:, :1].expand_as(moved), atol=1e-5)
    assert moved[:, 0].std().item() == pytest.approx(DAYS, rel=0.15)


def test_gain_is_the_same_at_every_date_small_and_partly_common_to_all_bands() -> None:
    gain = changed(gain=True)[0] / 0.5
    assert torch.allclose(gain, gain[:, :1].expand_as(gain))
    first, second = gain[:, 0].T
    assert first.mean().item() == pytest.approx(1, abs=0.01)
    assert first.std().item() == pytest.approx((GAIN**2 / 3 + BAND_GAIN**2) ** 0.5, rel=0.2)
    assert torch.corrcoef(torch.stack([first, second]))[0, 1] > 0.1


def test_each_band_has_its_own_small_offset() -> None:
    offset = changed(offsets=True)[0] - 0.5
    assert torch.allclose(offset, offset[:, :1].expand_as(offset))
    assert (offset[:, 0].std(0) / SCALE).tolist() == pytest.approx([OFFSET, OFFSET], rel=0.2)


def test_the_same_generator_gives_the_same_series() -> None:
    everything = vars(Augmentation())
    again = zip(changed(5, **everything), changed(5, **everything), strict=True)
    assert all(torch.equal(first, second) for first, second in again)
    assert not torch.equal(changed(5, **everything)[0], changed(6, **everything)[0])
