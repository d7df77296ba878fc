"""Blocks over cubes: what each does, alone and in a row."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from eodash import cube as carrier
from eodash.errors import RasterError
from eodash.preprocess import Chain, run, steps
from eodash.sources.contract import NODATA, DateStatus
from tests.preprocess.cubes import chain, days_of, pixel, season, series
from tests.toys import BANDS

CHAINS = {
    "raw": Chain(),
    "standard": Chain.standard(),
    "spectral": chain(mask={"rule": "spectral"}),
    "fill": chain(mask={}, fill={"longest": 40, "edges": "hold"}),
    "linear": chain(mask={}, interpolate={"step": 7}),
    "savgol": chain(mask={}, interpolate={"step": 5, "method": "savgol", "window": 9}),
    "smooth": chain(mask={}, fill={}, smooth={}),
    "smooth savgol": chain(mask={}, smooth={"method": "savgol", "window": 5}),
    "no mask": chain(interpolate={"method": "whittaker", "step": 8}),
    "own z": chain(mask={}, normalise={}),
    "range": chain(mask={}, normalise={"method": "range"}),
    "all": chain(
        select={"start": "2024-04-01", "end": "2024-10-01"}, reflectance={}, mask={"rule": "spectral"}, fill={},
        interpolate={"step": 5, "method": "whittaker"}, smooth={"method": "savgol"}, normalise={},
    ),
}  # fmt: skip


@pytest.mark.parametrize("each", CHAINS.values(), ids=CHAINS)
def test_a_pixel_is_the_same_alone_as_among_others(each: Chain) -> None:
    cube = season()
    whole = run(cube, each)
    for row, column in ((0, 0), (2, 3), (4, 5), (8, 10), (5, 1)):
        alone = run(cube[:, :, row : row + 1, column : column + 1], each)
        np.testing.assert_array_equal(alone.values[:, :, 0, 0], whole.values[:, :, row, column])
        np.testing.assert_array_equal(alone["clear"].values[:, 0, 0], whole["clear"].values[:, row, column])
        np.testing.assert_array_equal(alone["time"].values, whole["time"].values)


@pytest.mark.parametrize("each", CHAINS.values(), ids=CHAINS)
def test_blocks_of_rows_change_nothing(each: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    cube = season()
    whole = run(cube, each)
    monkeypatch.setattr("eodash.preprocess.running.BLOCK", 1)
    by_row = run(cube, each)
    assert by_row.identical(whole)


@pytest.mark.parametrize("each", CHAINS.values(), ids=CHAINS)
def test_the_result_is_a_carrier_that_says_what_was_done(each: Chain) -> None:
    cube = season()
    before = cube.copy(deep=True)
    done = run(cube, each)
    carrier.check(done)
    assert cube.identical(before)
    assert Chain.from_json(json.loads(done.attrs["chain"])) == each
    assert all(isinstance(value, str) for value in done.attrs.values())
    assert carrier.geobox_of(done) == carrier.geobox_of(cube)
    assert ((done.values != NODATA).any(1) | ~done["clear"].values).all()


@pytest.mark.parametrize("each", CHAINS.values(), ids=CHAINS)
def test_nothing_is_invented_where_nothing_was_seen(each: Chain) -> None:
    done = run(season(), each)
    assert (done.values[:, :, 2] == NODATA).all()
    assert not done["clear"].values[:, 2].any()
    if each.mask and each.mask.rule == "scene":
        assert (done.values[:, :, 4, 5] == NODATA).all()
        assert not done["clear"].values[:, 4, 5].any()


def test_raw_changes_no_number() -> None:
    cube = season()
    assert run(cube, Chain()).drop_attrs().identical(cube.drop_attrs())


def test_the_selection_includes_both_days_and_their_statuses() -> None:
    cube = pixel([0, 10, 20, 30], [1, 2, 3, 4])
    cube.attrs["dates"] = json.dumps(
        [DateStatus(time.astype("datetime64[s]"), "used").to_json() for time in cube.time.values]
    )
    kept = run(cube, chain(select={"start": "2024-03-11", "end": "2024-03-21"}))
    assert series(kept).tolist() == [2, 3]
    assert [said["time"][:10] for said in json.loads(kept.attrs["dates"])] == ["2024-03-11", "2024-03-21"]
    with pytest.raises(RasterError, match="2024-03-01 and 2024-03-31"):
        run(cube, chain(select={"end": "2020-01-01"}))


def test_digital_numbers_become_reflectance_once() -> None:
    digital = pixel([0, 10], [7273, 20_000], units="digital numbers")
    done = run(digital, chain(reflectance={"scale": 2.75e-5, "offset": -0.2}))
    assert series(done).tolist() == [0, 3500]
    assert done.attrs["units"] == "reflectance × 10⁴"
    assert series(run(done, chain(reflectance={"scale": 2.75e-5, "offset": -0.2}))).tolist() == [0, 3500]


def test_reflectance_beyond_the_carrier_saturates_and_does_not_wrap() -> None:
    bright = pixel([0, 10], [30_000, -30_000], units="digital numbers")
    assert series(run(bright, chain(reflectance={"scale": 0.001}))).tolist() == [32_767, -32_767]


def test_the_mask_takes_cloudy_values_out() -> None:
    done = run(pixel([0, 10, 20], [1000, 9000, 1200], [True, False, True]), chain(mask={}))
    np.testing.assert_array_equal(series(done), [1000, np.nan, 1200])


def test_gaps_are_filled_along_a_line_in_true_days() -> None:
    done = run(pixel([0, 3, 20, 50], [1000, None, None, 2000]), chain(fill={"longest": 50}))
    np.testing.assert_array_equal(series(done), [1000, 1060, 1400, 2000])
    assert done["clear"].values.all()
    assert done.attrs["filled_share"] == "0.5000"


def test_a_gap_that_is_too_long_stays() -> None:
    done = run(pixel([0, 20, 50, 60, 70], [1000, None, 2000, None, 3000]), chain(fill={"longest": 49}))
    np.testing.assert_array_equal(series(done), [1000, np.nan, 2000, 2500, 3000])
    assert done["clear"].values.ravel().tolist() == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("edges", "expected"), [("empty", [np.nan, np.nan, 500, np.nan]), ("hold", [np.nan, 500, 500, 500])]
)
def test_edges_are_held_no_longer_than_a_gap(edges: str, expected: list[float]) -> None:
    done = run(pixel([0, 45, 50, 60], [None, None, 500, None]), chain(fill={"longest": 10, "edges": edges}))
    np.testing.assert_array_equal(series(done), expected)


def test_a_value_between_cloudy_ones_is_not_called_clear() -> None:
    cloudy = pixel([0, 10, 20, 30, 40], [1000, 8000, None, 1200, 1300], [True, False, False, True, True])
    assert run(cloudy, chain(fill={})).clear.values.ravel().tolist() == [True, False, False, True, True]


def test_linear_steps_are_numpys() -> None:
    cube = season(1, 1, 30)
    cube.values[cube.values == NODATA] = 3000
    done = run(cube, chain(interpolate={"step": 7, "longest": 366}))
    first = days_of(cube)[0]
    at = first + 7 * np.arange(done.sizes["time"])
    assert at[-1] <= days_of(cube)[-1] < at[-1] + 7
    np.testing.assert_allclose(days_of(done), at)
    for band in range(len(BANDS)):
        expected = np.interp(at, days_of(cube), cube.values[:, band, 0, 0])
        np.testing.assert_allclose(series(done, band), expected, atol=0.51)


def test_steps_are_empty_inside_long_gaps_and_beyond_the_ends() -> None:
    cube = pixel([0, 5, 10, 100, 110], [None, 500, 1000, 1000, 2000])
    done = run(cube, chain(interpolate={"step": 5, "longest": 30}))
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(series(done))) * 5, [5, 10, 100, 105, 110])
    assert done.attrs["filled_share"] == "0.2000"


def test_statuses_of_even_steps_say_that_they_were_made() -> None:
    cube = pixel([0, 10, 20], [1, 2, 3])
    cube.attrs["dates"] = "[]"
    said = [
        DateStatus.from_json(each) for each in json.loads(run(cube, chain(interpolate={"step": 10})).attrs["dates"])
    ]
    assert [status.time for status in said] == list(cube["time"].values.astype("datetime64[s]"))
    assert said[0].applied == {"made": "linear, steps of 10 days"}


@pytest.mark.parametrize("method", ["whittaker", "savgol"])
def test_smoothing_takes_noise_out(method: str) -> None:
    rng = np.random.default_rng(1)
    days = np.sort(rng.choice(300, 60, replace=False))
    truth = 3000 + 2000 * np.sin(days / 40)
    noisy = truth + rng.normal(0, 300, 60)
    done = run(pixel(days, noisy), chain(smooth={"method": method, "smoothness": 0.3}))
    assert np.abs(series(done) - truth).mean() < 0.6 * np.abs(noisy - truth).mean()


@pytest.mark.parametrize("method", ["whittaker", "savgol"])
def test_smoothing_fills_nothing(method: str) -> None:
    done = run(pixel([0, 10, 20, 30], [1000, None, 1200, 1300]), chain(smooth={"method": method}))
    assert np.isnan(series(done)).tolist() == [False, True, False, False]


def test_a_filled_date_counts_as_filled_after_equal_steps_too() -> None:
    done = run(pixel([0, 10, 20], [1000, None, 1200]), chain(fill={}, interpolate={"step": 10}))
    assert done.attrs["filled_share"] == "0.3333"


def test_whittaker_steps_follow_the_season_through_a_gap() -> None:
    days = np.delete(np.arange(0, 200, 5), np.arange(14, 20))
    truth = 3000 + 2000 * np.sin(days / 30)
    done = run(pixel(days, truth), chain(interpolate={"step": 4, "method": "whittaker", "smoothness": 0.01}))
    expected = 3000 + 2000 * np.sin(days_of(done) / 30)
    linear = run(pixel(days, truth), chain(interpolate={"step": 4}))
    assert np.abs(series(done) - expected).max() < 0.5 * np.abs(series(linear) - expected).max()


def test_a_given_normalisation_is_a_z_score() -> None:
    table = {"means": dict.fromkeys(BANDS, 0.1), "scales": dict.fromkeys(BANDS, 0.05)}
    done = run(pixel([0, 10, 20], [1000, 1500, None]), chain(normalise=table))
    np.testing.assert_array_equal(series(done), [0, 1000, np.nan])
    assert done.attrs["units"] == "z-score × 1000"
    few = {name: 0.1 for name in BANDS if name != "B12"}
    with pytest.raises(RasterError, match="no mean and scale for B12"):
        run(pixel([0], [1]), chain(normalise={"means": few, "scales": few}))


def test_an_own_normalisation_has_mean_0_and_spread_1() -> None:
    done = run(pixel([0, 10, 20, 30], [1000, 2000, None, 3000]), chain(normalise={}))
    np.testing.assert_allclose(series(done), [-1225, 0, np.nan, 1225], atol=1)
    assert series(run(pixel([0, 10], [700, 700]), chain(normalise={}))).tolist() == [0, 0]


def test_the_range_is_numpys_percentiles() -> None:
    values = np.random.default_rng(2).integers(0, 9000, 38).astype(float)
    done = run(pixel(np.arange(38) * 5, values), chain(normalise={"method": "range", "low": 5, "high": 90}))
    low, high = np.percentile(values, [5, 90])
    np.testing.assert_allclose(series(done), (values - low) / (high - low) * 1e4, atol=1)
    assert done.attrs["units"] == "share of range × 10⁴"


def test_extreme_scores_saturate_and_normalised_values_are_not_normalised_twice() -> None:
    table = {"means": dict.fromkeys(BANDS, 0.0), "scales": dict.fromkeys(BANDS, 1e-3)}
    done = run(pixel([0, 10], [9000, -3000]), chain(normalise=table))
    assert series(done).tolist() == [32_767, -32_767]
    with pytest.raises(RasterError, match="normalised already"):
        run(done, chain(normalise={}))


HARD: dict[str, tuple[Any, Any]] = {
    "one date": ([0], [1000]),
    "two dates": ([0, 16], [1000, 2000]),
    "nothing": ([0, 10, 20], [None, None, None]),
    "one of many": ([0, 10, 20, 30], [None, 1000, None, None]),
    "negative": ([0, 10, 20], [-200, -100, -300]),
    "seconds apart": ([0, 1e-4, 2e-4, 40], [1000, 1100, 1200, 2000]),
    "four hundred dates": (np.arange(400) * 8, 3000 + 1000 * np.sin(np.arange(400))),
    "twelve years apart": ([0, 4380], [1000, 2000]),
}


@pytest.mark.parametrize("each", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("name", HARD)
def test_hard_series_give_carriers(name: str, each: Chain) -> None:
    cube = pixel(*HARD[name])
    if each.select and "twelve" not in name:
        each = each.switched("select", None)
    too_many = each.interpolate and days_of(cube)[-1] // each.interpolate.step >= 400
    if too_many and not each.select:
        with pytest.raises(RasterError, match="Take longer steps"):
            run(cube, each)
        return
    done = carrier.check(
        run(cube, each) if not each.select else run(cube, each.switched("select", None).switched("interpolate", None))
    )
    known = series(cube)[~np.isnan(series(cube))]
    if not len(known):
        assert np.isnan(series(done)).all()
    elif "z" not in done.attrs["units"] and "range" not in done.attrs["units"] and not np.isnan(series(done)).all():
        spread = np.ptp(known) + 1
        assert np.nanmin(series(done)) >= known.min() - spread
        assert np.nanmax(series(done)) <= known.max() + spread


def test_a_step_longer_than_the_series_leaves_its_first_date() -> None:
    done = run(pixel([0, 10, 20], [1000, 2000, 3000]), chain(interpolate={"step": 30}))
    assert series(done).tolist() == [1000]


def test_a_window_longer_than_the_series_is_shortened_and_said() -> None:
    done = run(
        pixel([0, 10, 20, 30], [1000, 3000, 1000, 3000]), chain(smooth={"method": "savgol", "window": 21, "order": 0})
    )
    assert series(done)[1] == pytest.approx(5000 / 3, abs=1)
    assert "shortened" in done.attrs["chain_notes"]


def test_a_buffer_grows_clouds_but_not_the_edge_of_the_image() -> None:
    cube = season(20, 20)
    cube["clear"].values[:] = True
    cube.values[:] = 1000
    cube["clear"].values[0, 10, 10] = False
    cube.values[:, :, :3] = NODATA
    cube["clear"].values[:, :3] = False
    done = run(cube, chain(mask={"buffer": 2}))
    gone = ~done["clear"].values[0]
    gone[:3] = False
    assert gone.sum() == 13  # a disc of radius 2
    assert done["clear"].values[1, 3:].all()


def test_one_pixel_has_no_buffer_and_says_so() -> None:
    done = run(pixel([0, 10], [1000, 9000], [True, False]), chain(mask={"buffer": 4}))
    assert "one pixel has no neighbours" in done.attrs["chain_notes"]


def test_every_block_that_is_on_is_a_step() -> None:
    cube = pixel([0, 10, 20, 30], [1000, 9000, 1400, 1600], [True, False, True, True])
    said = steps(cube, chain(mask={}, fill={}, smooth={}))
    assert [title for title, _ in said] == ["Cloud and shadow mask", "Gap filling", "Smoothing"]
    assert np.isnan(series(said[0][1])[1])
    assert series(said[1][1])[1] == 1200
    assert said[-1][1].identical(run(cube, chain(mask={}, fill={}, smooth={})))
    with pytest.raises(RasterError, match="one pixel"):
        steps(season(), Chain.standard())
