"""Composites of ranges: the median of what was clear, how many dates that were, and when."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import xarray as xr

from eodash.change import ranges
from eodash.change.pair import pair_of
from eodash.change.ranges import Span, composite, months
from eodash.cube import carrier
from eodash.errors import DateError, RasterError
from eodash.sources.contract import NODATA
from tests import toys

DAYS = ["2023-05-10", "2023-05-20", "2023-06-09", "2024-05-01", "2024-05-11", "2024-06-30T23:59"]
SPRING = Span(date(2023, 5, 1), date(2023, 6, 30))
NEXT = Span(date(2024, 5, 1), date(2024, 6, 30))


def cube(values: list[int], clouded: dict[int, tuple[int, int]] | None = None, rows: int = 8) -> xr.DataArray:
    """Each date has one number everywhere, but for the two bands' difference; clouds on single pixels."""
    stored = np.array(values, np.int16)[:, None, None, None] + np.array([0, 1000], np.int16)[:, None, None]
    stored = np.broadcast_to(stored, (len(values), 2, rows, 9)).copy()
    clear = np.ones((len(values), rows, 9), bool)
    for number, place in (clouded or {}).items():
        clear[(number, *place)] = False
    times = np.array(DAYS[: len(values)], "datetime64[s]")
    return carrier(stored, clear, times, toys.BANDS[:2], toys.geobox(rows, 9), {"units": "reflectance × 10⁴"})


def test_a_composite_is_the_median_of_the_clear_dates_alone() -> None:
    made = composite(cube([100, 200, 900, 7, 7, 7], {2: (1, 2), 0: (3, 3), 1: (3, 3)}), SPRING)
    assert made[0, :, 0, 0].values.tolist() == [200, 1200]  # three dates: the middle one
    assert made[0, :, 1, 2].values.tolist() == [150, 1150]  # two: half-way
    assert made[0, :, 3, 3].values.tolist() == [900, 1900]
    assert made["seen"].values[[0, 1, 3], [0, 2, 3]].tolist() == [3, 2, 1]


def test_what_was_never_clear_is_not_known() -> None:
    here = cube([100, 200, 300])
    here["clear"].values[:, 4, 4] = False
    here.values[0, 1, 5, 5] = NODATA  # one band alone is missing: the date does not count
    made = composite(here, SPRING)
    assert (made[0, :, 4, 4].values == NODATA).all()
    assert not made["clear"].values[0, 4, 4]
    assert made["seen"].values[[4, 5], [4, 5]].tolist() == [0, 2]


def test_blocks_of_rows_make_the_same_composite(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    here = cube([0] * 6)
    here.values[:] = rng.integers(0, 9000, here.shape)
    here["clear"].values[:] = rng.random(here["clear"].shape) > 0.3
    whole = composite(here, SPRING)
    monkeypatch.setattr(ranges, "AT_ONCE", 1)
    xr.testing.assert_identical(composite(here, SPRING), whole)
    known = np.where(here["clear"].values[:3, None], here.values[:3].astype(float), np.nan)
    with np.testing.suppress_warnings() as quiet:
        quiet.filter(RuntimeWarning, "All-NaN")
        expected = np.floor(np.nanmedian(known, 0))
    there = whole["clear"].values[0]
    assert (whole.values[0][:, there] == expected[:, there]).all()


def test_two_composites_are_a_pair_dated_in_the_middle_of_their_images() -> None:
    here = cube([100, 200, 300, 500, 700, 600])
    here.values[:] += np.arange(9, dtype=np.int16)  # a constant band says nothing
    found = pair_of(*(composite(here, span)[0] for span in (SPRING, NEXT)))
    assert found.usable.all()
    assert found.after[0, 0, 0] - found.before[0, 0, 0] == pytest.approx(0.04)
    assert found.times is not None
    assert [str(each)[:10] for each in found.times] == ["2023-05-23", "2024-05-24"]


def test_both_ends_of_a_range_belong_to_it() -> None:
    times = np.array(DAYS, "datetime64[s]")
    assert Span(date(2024, 5, 1), date(2024, 6, 30)).holds(times).tolist() == [False, False, False, True, True, True]
    assert SPRING.earlier() == Span(date(2022, 5, 1), date(2022, 6, 30))


@pytest.mark.parametrize("text", ["", "2024-05-01", "2024-05-01/x", "2024-06-01/2024-05-01", "a/b/c"])
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(DateError):
        Span.read(text)


def test_a_range_reads_as_it_is_written() -> None:
    assert Span.read(str(SPRING)) == SPRING


def test_a_range_without_images_or_without_a_clear_pixel_is_said() -> None:
    with pytest.raises(DateError, match="No date lies between"):
        composite(cube([1, 2, 3]), NEXT)
    here = cube([100, 200, 300, 500, 700, 600])
    here["clear"].values[:3] = False
    with pytest.raises(RasterError, match="No pixel is usable"):
        pair_of(*(composite(here, span)[0] for span in (SPRING, NEXT)))


def test_months_and_two_months_that_have_images_are_offered() -> None:
    assert [str(each) for each in months(np.array(DAYS, "datetime64[s]"))] == [
        "2023-05-01/2023-05-31", "2023-05-01/2023-06-30", "2023-06-01/2023-06-30",
        "2024-05-01/2024-05-31", "2024-05-01/2024-06-30", "2024-06-01/2024-06-30",
    ]  # fmt: skip
    ends = months(np.array(["2023-12-05", "2024-01-05", "2024-02-05"], "datetime64[s]"))
    assert [str(each.last) for each in ends] == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-02-29"]
