"""Triples: the same place on another date, another place that does not overlap, and only what was seen."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.change.triples import LEAST, SEEN, joined, side_of, triples
from eodash.errors import RasterError


def numbered(dates: int = 3, rows: int = 40, columns: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Every pixel of a date is its own number, on each date in other units; all clear."""
    places = np.arange(rows * columns, dtype=np.float64).reshape(rows, columns)
    images = np.stack([[places * (10 ** (date + 1)) + 7 * date] * 2 for date in range(dates)])
    return images, np.ones((dates, rows, columns), bool)


@pytest.mark.parametrize("same_date", [True, False])
def test_near_is_the_same_place_and_far_does_not_overlap(same_date: bool) -> None:
    found = triples(*numbered(), 30, [0], same_date=same_date)
    assert found.anchor.shape == found.near.shape == found.far.shape == (30, 2, 24, 24)
    assert np.allclose(found.anchor, found.near, atol=2e-3)  # whatever the units of the date are
    for anchor, far in zip(found.anchor, found.far, strict=True):
        shared = np.intersect1d(np.round(anchor[0].astype(float), 2), np.round(far[0].astype(float), 2))
        assert shared.size < 0.2 * anchor[0].size  # half precision alone makes two pixels alike


def test_the_other_place_is_seen_on_the_date_that_was_asked_for() -> None:
    images, clear = numbered(2)
    images[1] = images[1][:, ::-1, ::-1]  # on the second date the ground is turned round
    for same_date in (True, False):
        found = triples(images, clear, 40, [3], same_date=same_date)
        rising = np.diff(found.anchor[:, 0, 0, :2].astype(float))[:, 0] > 0
        assert ((np.diff(found.far[:, 0, 0, :2].astype(float))[:, 0] > 0) == (rising == same_date)).all()


def test_what_was_not_seen_is_nought_and_does_not_count() -> None:
    images, clear = numbered()
    clear[0, :, ::4] = False
    found = triples(images, clear, 40, [1], same_date=True)
    hidden = [found.anchor[each][:, ~usable] for each, usable in enumerate(found.usable) if not usable.all()]
    assert hidden
    assert found.usable.mean((1, 2)).min() >= SEEN
    assert any((each == 0).any() for each in hidden)


def test_the_same_seed_draws_the_same_patches() -> None:
    one, same, other = (triples(*numbered(), 8, [seed], same_date=True) for seed in (1, 1, 2))
    assert np.array_equal(one.anchor, same.anchor)
    assert not np.array_equal(one.anchor, other.anchor)
    assert len(joined([one, other])) == 16


@pytest.mark.parametrize(("rows", "columns", "side"), [(500, 500, 96), (240, 100, 96), (60, 40, 24), (30, 12, LEAST)])
def test_patches_leave_room_for_another_place(rows: int, columns: int, side: int) -> None:
    assert side_of(rows, columns) == side


def test_too_small_one_date_and_no_common_ground_are_said() -> None:
    images, clear = numbered()
    apart = clear.copy()
    apart[0, :, :24] = apart[1, :, 36:] = apart[2, 16:] = False
    for some, seen, code in (
        (images[:, :, :11, :11], clear[:, :11, :11], "too_small"),
        (images[:1], clear[:1], "one_date"),
        (images, clear & (np.arange(3) == 1)[:, None, None], "one_date"),
        (images[:2], apart[:2], "no_common_pixel"),
    ):
        with pytest.raises(RasterError) as told:
            triples(some, seen, 20, [0], same_date=True)
        assert told.value.code == code
        assert told.value.advice
