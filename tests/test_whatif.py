"""What if: every change against answers known by hand, and what a hostile link may say."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash.backend.engine_series import series_at
from eodash.sources.contract import NODATA
from eodash.whatif import (
    MOST,
    Band,
    Cloud,
    Drop,
    Edit,
    Haze,
    Noise,
    Shift,
    cloud_spectrum,
    covered,
    edited,
    given_back,
    haze_spectrum,
    plain,
    read,
    stamps,
    toggled,
)
from tests.toys import BANDS, small_cube

RAW: Any = SimpleNamespace(input=SimpleNamespace(level="l1c", bands=BANDS, mean=(0.25,) * len(BANDS)))
HERE = series_at(small_cube(), 2, 3)
"""Five dates, ten days apart; band b on date t holds 100·(b + 1) + t, B08 holds 4000; the second date is cloudy."""
TIMES = stamps(HERE)
BLUE = BANDS.index("B02")
EVERYTHING: tuple[Edit, ...] = (
    Drop((TIMES[0],)), Cloud((TIMES[1], TIMES[3])), Haze(0.1), Noise(0.02, 7), Shift(-12), Band("B08"),
)  # fmt: skip


def after(*edits: Edit, series: xr.DataArray = HERE) -> xr.DataArray:
    return edited(series, edits, RAW)


def same(one: xr.DataArray, other: xr.DataArray) -> bool:
    return one.identical(other) and bool((one["clear"].values == other["clear"].values).all())


def test_dates_are_named_to_the_second() -> None:
    assert TIMES[:2] == ("2024-04-02T10:30:00", "2024-04-12T10:30:00")


def test_no_change_is_the_series_itself() -> None:
    assert after() is HERE


def test_a_dropped_date_holds_nothing_and_the_others_are_untouched() -> None:
    made = after(Drop((TIMES[2],)))
    assert (made.values[2] == NODATA).all()
    assert not made["clear"].values[2]
    rest = [0, 1, 3, 4]
    assert (made.values[rest] == HERE.values[rest]).all()
    assert (made["time"] == HERE["time"]).all()


def test_dropping_and_restoring_is_the_identity() -> None:
    edits = toggled((Haze(0.1),), Drop, TIMES[2])
    assert edits == (Haze(0.1), Drop((TIMES[2],)))
    edits = toggled(toggled(edits, Drop, TIMES[0]), Drop, TIMES[2])
    assert edits == (Haze(0.1), Drop((TIMES[0],)))
    assert toggled(edits, Drop, TIMES[0]) == (Haze(0.1),)
    assert same(after(*toggled(toggled((), Drop, TIMES[2]), Drop, TIMES[2])), HERE)


def test_a_painted_date_is_taken_from_every_cloud_that_covers_it() -> None:
    edits = (Cloud(TIMES[:2]), Cloud((TIMES[1],)), Drop((TIMES[1],)))
    assert covered(edits, Cloud) == TIMES[:2]
    assert given_back(edits, Cloud, (TIMES[1],)) == (Cloud((TIMES[0],)), Drop((TIMES[1],)))
    assert toggled(edits, Cloud, TIMES[4])[1] == Cloud((TIMES[1], TIMES[4]))  # joins the newest


def test_a_cloud_is_bright_nearly_white_and_not_clear() -> None:
    made = after(Cloud((TIMES[3],)))
    assert not made["clear"].values[3]
    assert made.values[3].tolist() == np.rint(1e4 * cloud_spectrum(BANDS)).tolist()
    assert 7000 < made.values[3, BLUE] < 8000
    assert abs(int(made.values[3, BLUE]) - int(made.values[3, BANDS.index("B08")])) < 300
    assert made.values[3, BANDS.index("B12")] < made.values[3, BLUE] - 2000  # ice and water swallow the short-wave
    assert (made.values[[0, 1, 2, 4]] == HERE.values[[0, 1, 2, 4]]).all()


def test_haze_adds_its_amount_to_the_blue_and_less_to_longer_waves() -> None:
    made = after(Haze(0.1, (TIMES[0],)))
    added = made.values.astype(int) - HERE.values
    assert added[0, BLUE] == pytest.approx(1000, abs=5)
    ordered = [added[0, BANDS.index(name)] for name in ("B02", "B03", "B04", "B08", "B11", "B12")]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[-1] < 200
    assert not added[1:].any()
    assert haze_spectrum(["B10"]) == [0.0]  # swallowed on its way


def test_two_hazes_add() -> None:
    assert same(after(Haze(0.1), Haze(0.15)), after(Haze(0.25)))


def test_noise_is_the_same_for_the_same_seed_and_as_strong_as_it_says() -> None:
    long = HERE.isel(time=np.zeros(400, int)).assign_coords(
        time=np.datetime64("2024-01-01", "ns") + np.arange(400) * np.timedelta64(1, "D")
    )
    made = after(Noise(0.02, 3), series=long)
    assert same(made, after(Noise(0.02, 3), series=long))
    assert not same(made, after(Noise(0.02, 4), series=long))
    off = made.values.astype(int) - long.values
    assert off.std() == pytest.approx(200, rel=0.05)
    assert abs(off.mean()) < 10


def test_the_noise_of_a_date_does_not_depend_on_the_others() -> None:
    whole, one = after(Noise(0.02)), after(Noise(0.02, 0, (TIMES[3],)))
    assert (whole.values[3] == one.values[3]).all()
    assert (one.values[:3] == HERE.values[:3]).all()


def test_a_removed_band_is_what_the_model_saw_on_average() -> None:
    made = after(Band("B08"))
    assert (made.values[:, BANDS.index("B08")] == 2500).all()
    rest = [place for place, name in enumerate(BANDS) if name != "B08"]
    assert (made.values[:, rest] == HERE.values[:, rest]).all()
    assert same(after(Band("B99")), HERE)


@pytest.mark.parametrize("days", [-30, -1, 1, 30])
def test_shifting_moves_every_date_and_no_value(days: int) -> None:
    made = after(Shift(days))
    assert (made["time"].values - HERE["time"].values == np.timedelta64(days, "D")).all()
    assert (made.values == HERE.values).all()


def test_shifting_by_nothing_is_the_identity() -> None:
    assert same(after(Shift(0)), HERE)
    assert same(after(Shift(12), Shift(-12)), HERE)


def test_the_order_in_which_changes_were_made_does_not_matter() -> None:
    assert same(after(*EVERYTHING), after(*EVERYTHING[::-1]))
    for one, other in itertools.combinations(EVERYTHING, 2):
        assert same(after(one, other), after(other, one))


def test_no_data_stays_no_data_whatever_is_done() -> None:
    hole = HERE.copy()
    hole[3, 4] = NODATA
    made = after(Cloud((TIMES[3],)), Haze(0.5), Noise(0.3), Band(BANDS[4]), series=hole)
    assert ((made.values == NODATA) == (hole.values == NODATA)).all()


def test_nothing_leaves_the_carrier() -> None:
    bright = HERE.copy(data=np.full(HERE.shape, 32767, np.int16))
    dark = HERE.copy(data=np.full(HERE.shape, -32767, np.int16))
    assert (after(Haze(0.5), series=bright).values == 32767).all()
    noisy = after(Noise(0.3), series=dark)
    assert noisy.dtype == np.int16
    assert (noisy.values != NODATA).all()  # clipped above the sign for no data
    assert noisy.values.min() == -32767


def test_one_date_and_a_whole_year_of_days() -> None:
    one = HERE.isel(time=[0])
    assert (after(Drop((TIMES[0],)), series=one).values == NODATA).all()
    days = np.datetime64("2024-01-01", "ns") + np.arange(365) * np.timedelta64(1, "D")
    year = HERE.isel(time=np.zeros(365, int)).assign_coords(time=days)
    made = after(Cloud(stamps(year)), series=year)
    assert not made["clear"].values.any()
    assert len(np.unique(made.values[:, BLUE])) == 1


def test_changes_travel_as_plain_json() -> None:
    assert read(plain(EVERYTHING), TIMES, BANDS) == (EVERYTHING, ())
    assert plain([Shift(3)]) == [{"kind": "shift", "days": 3}]
    assert read(None, TIMES, BANDS) == ((), ())


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "haze", "amount": float("nan")},
        {"kind": "haze", "amount": float("inf")},
        {"kind": "haze", "amount": 10**400},
        {"kind": "haze", "amount": True},
        {"kind": "haze", "amount": -0.1},
        {"kind": "haze", "amount": "0.1"},
        {"kind": "haze", "amount": 0.1, "dates": ["2024-04-03T10:30:00"]},
        {"kind": "haze", "amount": 0.1, "dates": "all"},
        {"kind": "noise", "amount": 0.1, "seed": 10**400},
        {"kind": "noise", "amount": 0.1, "seed": 0.5},
        {"kind": "shift", "days": 31},
        {"kind": "shift", "days": 0},
        {"kind": "shift", "days": -(10**400)},
        {"kind": "shift", "days": 1.5},
        {"kind": "band", "band": "<script>"},
        {"kind": "band", "band": ["B08"]},
        {"kind": "drop", "dates": []},
        {"kind": "drop", "dates": {"a": 1}},
        {"kind": "cloud", "dates": [[], None, "2024-13-45", float("nan")]},
        {"kind": ["drop"]},
        {"kind": "<img src=x>"},
        {},
        [],
        "drop",
        float("nan"),
    ],
)
def test_what_no_series_can_have_is_left_out_and_said(said: object) -> None:
    made, notices = read([said, {"kind": "shift", "days": 3}], TIMES, BANDS)
    assert made == (Shift(3),)
    assert len(notices) == 1
    assert "<" not in notices[0]


@pytest.mark.parametrize("said", [{}, "drop", 5, float("inf"), True])
def test_changes_that_are_no_list_are_none(said: object) -> None:
    made, notices = read(said, TIMES, BANDS)
    assert made == ()
    assert "could not be read" in notices[0]


def test_dates_that_the_series_lacks_are_left_out_of_a_change() -> None:
    made, notices = read([{"kind": "drop", "dates": [TIMES[1], "2031-01-01", TIMES[0], TIMES[1]]}], TIMES, BANDS)
    assert made == (Drop(TIMES[:2]),)
    assert notices == ("Dates that this series does not have were left out of the changes.",)


def test_ten_thousand_changes_are_cut_to_a_few() -> None:
    made, notices = read([{"kind": "haze", "amount": 0.01}] * 10_000, TIMES, BANDS)
    assert len(made) == MOST
    assert notices == (f"Of 10,000 changes only the first {MOST} are kept.",)
    made, notices = read([{"kind": "drop", "dates": [TIMES[0]] * 10**6}], TIMES, BANDS)
    assert made == (Drop((TIMES[0],)),)


def test_a_second_shift_does_not_count() -> None:
    made, notices = read([{"kind": "shift", "days": 3}, {"kind": "shift", "days": 30}], TIMES, BANDS)
    assert made == (Shift(3),)
    assert "only once" in notices[0]
