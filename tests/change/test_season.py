"""What a landscape did together is the season; what moved across it is change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.change.chain import Settings, detect
from eodash.change.floor import light_floor
from eodash.change.pair import Mask, Pair
from eodash.change.scored import scores
from eodash.change.season import days_apart, one_season, season_of, without
from tests.change.made import planted

GREEN = np.array([-0.04, -0.02, -0.08, 0.32], np.float32)
BANDS = ("blue", "green", "red", "nir")
SPRING, SUMMER = np.datetime64("2023-05-01", "ns"), np.datetime64("2023-06-05", "ns")


def grown(times: tuple[np.datetime64, np.datetime64] | None = (SPRING, SUMMER)) -> tuple[Pair, Mask]:
    """A third of the fields green up, each by its own measure; elsewhere one rectangle changes."""
    made, truth = planted(noise=0.004)
    rng = np.random.default_rng(5)
    fields = np.kron(np.where(rng.random((8, 8)) < 0.4, rng.uniform(0.3, 1, (8, 8)), 0), np.ones((12, 12)))
    after = made.after + GREEN[:, None, None] * np.where(truth, 0, fields).astype(np.float32)
    return replace(made, after=after, bands=BANDS, reflectance=True, times=times), truth


def test_growth_is_taken_out_and_change_stays() -> None:
    pair, truth = grown()
    found = detect(pair)
    assert found.season is not None
    assert abs(found.season.direction @ GREEN) / np.linalg.norm(GREEN) > 0.95
    assert any("35 days apart in the year" in notice for notice in found.notices)
    assert scores(found.mask, truth, pair.usable).kappa > 0.9
    with_growth = detect(pair, Settings(season=False))
    assert scores(with_growth.mask, truth, pair.usable).kappa < 0.7


def test_swapping_the_dates_changes_nothing() -> None:
    pair, _ = grown()
    here, there = detect(pair), detect(pair.swapped())
    np.testing.assert_allclose(there.magnitude, here.magnitude, rtol=1e-3, atol=1e-4)
    assert (here.mask != there.mask).sum() <= 2


def test_only_movement_along_the_line_is_lost() -> None:
    pair, _ = grown()
    season = season_of(pair)
    assert season is not None
    left = without(pair, season)
    was, now = pair.after - pair.before, left.after - left.before
    along = np.einsum("b,byx->yx", season.direction, was)
    np.testing.assert_allclose(now, was - season.direction[:, None, None] * along, atol=1e-5)
    np.testing.assert_allclose(left.before + left.after, pair.before + pair.after, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"times": None},
        {"bands": ("red", "nir", "blue", "green")},
        {"bands": ("b0", "b1", "b2", "b3")},
        {"reflectance": False},
        {"times": (SPRING, SPRING + np.timedelta64(2, "D"))},
        {"times": (SPRING, SPRING + np.timedelta64(365 + 20, "D"))},
    ],
    ids=["no dates", "no leaf moves so", "bands of no name", "digital numbers", "the same days", "an anniversary"],
)
def test_nothing_is_taken_out_where_no_season_lies_between(change: dict[str, object]) -> None:
    assert season_of(replace(grown()[0], **change)) is None


def test_a_rare_change_is_never_taken_for_the_season() -> None:
    made, truth = planted(noise=0.004)
    found = detect(replace(made, bands=BANDS, reflectance=True, times=(SPRING, SUMMER)))
    assert found.season is None
    assert scores(found.mask, truth, made.usable).kappa > 0.9


def test_days_are_counted_within_the_year() -> None:
    assert days_apart((SPRING, SUMMER)) == days_apart((SUMMER, SPRING)) == 35
    assert days_apart((np.datetime64("2022-12-20"), np.datetime64("2024-01-03"))) == pytest.approx(13.75)
    assert one_season((SPRING, np.datetime64("2026-05-20", "ns")))
    assert not one_season((SPRING, SUMMER))


def test_light_and_air_have_a_floor_where_numbers_are_reflectance() -> None:
    made, _ = planted()
    assert light_floor(made) == 0
    bright = np.median(np.sqrt((np.square(made.before).sum(0) + np.square(made.after).sum(0)) / 2))
    assert light_floor(replace(made, reflectance=True)) == pytest.approx(0.15 * bright)
    assert light_floor(replace(made, reflectance=True, hectares=0.01)) == pytest.approx(0.25 * bright)
    little = replace(made, reflectance=True, after=made.before + 0.2 * (made.after - made.before))
    assert not detect(little).mask.any()
    assert detect(little, Settings(floor=False)).mask.any()
