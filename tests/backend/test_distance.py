"""Out of the world: what was never seen is far, what was held out is not."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats

from eodash.backend.course import course, darkest, darkest_around, quantiles
from eodash.backend.density import Axes, Mixture, Neighbours, Scale
from eodash.backend.distance import OUTSIDE, distance, fit_reference
from eodash.backend.forward import answer
from eodash.datasets.contract import Batch
from eodash.errors import ModelError
from tests.backend.linear import INPUT, Ahead, batch

DAYS = np.arange(0, 365, 10, dtype=np.float32)


def meadows(count: int, seed: int) -> Batch:
    """Two kinds of series that green up in spring, or late; some dates are missing."""
    chance = np.random.default_rng(seed)
    late = np.arange(count) % 2
    peak = 150 + 80 * late + chance.normal(0, 8, count)
    green = np.exp(-(((DAYS - peak[:, None]) / 50) ** 2))
    red, infrared = 0.12 - 0.08 * green, 0.2 + 0.25 * green
    gain = chance.normal(1, 0.05, (count, 1))
    values = np.stack([red * gain, infrared * gain], -1) + chance.normal(0, 0.004, (count, len(DAYS), 2))
    held = batch(values, chance.random((count, len(DAYS))) < 0.8, late)
    return replace(held, day=np.tile(DAYS, (count, 1)))


class Held:
    """A dataset that is in memory."""

    def __init__(self, all_: Batch) -> None:
        self.all, self.label = all_, all_.label

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: object) -> Batch:
        return Batch(*(getattr(self.all, name)[rows] for name in ("values", "day", "mask", "label", "group")))


NETWORK = Ahead()
UNDATED = replace(INPUT, level="", dated=False)
REFERENCE = fit_reference(NETWORK, INPUT, Held(meadows(800, 1)))  # type: ignore[arg-type]
FRESH = meadows(200, 2)


def far(given: Batch) -> np.ndarray:
    return distance(NETWORK, INPUT, REFERENCE, given)


def test_series_of_the_same_world_are_inside() -> None:
    found = far(FRESH)
    assert found.dtype == np.float32
    assert np.all((found >= 0) & (found <= 1))
    assert np.mean(found > OUTSIDE) < 0.06
    assert 0.3 < np.median(found) < 0.7  # it is a rank


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda b: replace(b, values=b.values * 10), id="ten times too bright"),
        pytest.param(lambda b: replace(b, values=b.values / 10), id="ten times too dark"),
        pytest.param(lambda b: replace(b, values=b.values + 0.1), id="an offset left in"),
        pytest.param(lambda b: replace(b, values=b.values[..., ::-1]), id="bands swapped"),
        pytest.param(lambda b: replace(b, day=b.day + 182), id="half a year off"),
        pytest.param(lambda b: replace(b, values=shuffled(b.values)), id="dates shuffled"),
        pytest.param(lambda b: replace(b, values=np.full_like(b.values, 0.2)), id="constant"),
        pytest.param(lambda b: replace(b, values=noise(b.values)), id="noise"),
    ],
)
def test_gross_faults_are_outside(fault: object) -> None:
    assert np.mean(far(fault(FRESH)) > OUTSIDE) > 0.9  # type: ignore[operator]


def shuffled(values: np.ndarray) -> np.ndarray:
    return values[:, np.random.default_rng(3).permutation(values.shape[1])]


def noise(values: np.ndarray) -> np.ndarray:
    return np.random.default_rng(4).random(values.shape).astype(np.float32)


def test_the_same_series_have_the_same_distance_in_any_batch() -> None:
    some = Held(FRESH).read(np.arange(3))
    assert far(some) == pytest.approx(far(FRESH)[:3], abs=1e-5)
    known = answer(NETWORK, INPUT, FRESH).features
    assert distance(NETWORK, INPUT, REFERENCE, FRESH, known) == pytest.approx(far(FRESH))


def test_what_is_hidden_does_not_count() -> None:
    hidden = np.where(FRESH.mask[..., None], FRESH.values, np.float32(7))
    assert far(replace(FRESH, values=hidden)) == pytest.approx(far(FRESH), abs=1e-5)


def test_nothing_observed_has_no_distance() -> None:
    mask = FRESH.mask.copy()
    mask[0] = False
    found = far(replace(FRESH, mask=mask))
    assert np.isnan(found[0])
    assert np.isfinite(found[1:]).all()


def test_a_reference_is_small_and_the_same_each_time() -> None:
    assert sum(each.numel() * each.element_size() for each in REFERENCE.values()) < 100_000
    again = fit_reference(NETWORK, INPUT, Held(meadows(800, 1)))  # type: ignore[arg-type]
    assert set(again) == set(REFERENCE)
    assert all(torch.equal(again[key], REFERENCE[key]) for key in again)


def test_a_handful_of_series_makes_a_reference_and_fewer_do_not() -> None:
    small = fit_reference(NETWORK, INPUT, Held(meadows(24, 1)))  # type: ignore[arg-type]
    wild = distance(NETWORK, INPUT, small, replace(FRESH, values=FRESH.values * 10))
    assert np.mean(wild > OUTSIDE) > 0.9
    with pytest.raises(ModelError) as caught:
        fit_reference(NETWORK, INPUT, Held(meadows(8, 1)))  # type: ignore[arg-type]
    assert caught.value.code == "too_few"


def test_a_scale_is_the_share_of_held_out_scores_below() -> None:
    scores = np.random.default_rng(0).normal(size=5000)
    scale = Scale.fit(scores)
    for value in (-1.0, 0.0, 1.0, 2.0):
        assert 1 - np.exp(-scale.read(np.array([value]))[0]) == pytest.approx(np.mean(scores < value), abs=0.01)
    beyond = scale.read(np.array([5.0, 6.0, 7.0]))
    assert np.all(np.diff(beyond) > 0)
    assert scale.read(np.array([-99.0]))[0] == 0


def test_a_mixture_of_one_is_the_gaussian() -> None:
    chance = np.random.default_rng(0)
    samples = (chance.normal(size=(4000, 3)) * [1, 2, 3]).astype(np.float32)
    mixture = Mixture.fit(samples, 2, 1)
    some = samples[:200]
    raw = (Mixture._joined(mixture.axes, some) - mixture.centre) / mixture.spread
    covariance = np.linalg.inv(mixture.root[0] @ mixture.root[0].T)
    expected = -stats.multivariate_normal(mixture.mean[0], covariance).logpdf(raw)
    constant = mixture.mean.shape[1] / 2 * np.log(2 * np.pi)  # left out: ranks do not change
    assert mixture.score(some) + constant == pytest.approx(expected, rel=1e-3)


def test_neighbours_are_the_brute_force_ones() -> None:
    chance = np.random.default_rng(0)
    samples = chance.normal(size=(100, 4)).astype(np.float32)
    held = Neighbours.fit(samples, np.zeros(100, np.int64), 4, 50)
    places = held.axes.turn(samples)[0] @ held.root
    apart = np.sort(np.linalg.norm(places[:, None] - held.points, axis=-1), axis=1)[:, :5].mean(1)
    assert held.score(samples) == pytest.approx(apart, abs=1e-3)


def test_axes_keep_the_directions_that_differ() -> None:
    line = np.outer(np.linspace(-1, 1, 50), [1.0, 2.0]).astype(np.float32)
    axes = Axes.fit(line, 2)
    assert axes.basis.shape == (2, 1)
    _, off = axes.turn(np.array([[1, 2], [1, -2]], np.float32))
    assert off[0] < off[1]


def test_quantiles_are_those_of_the_observed_dates() -> None:
    values = np.random.default_rng(0).random((6, 20, 3)).astype(np.float32)
    mask = np.random.default_rng(1).random((6, 20)) < 0.6
    found = quantiles(values, mask)
    for row in range(6):
        expected = np.quantile(values[row][mask[row]], [0.1, 0.25, 0.5, 0.75, 0.9], axis=0)
        assert found[row] == pytest.approx(expected, abs=1e-6)


def test_the_course_does_not_depend_on_the_order_or_on_padding() -> None:
    given = Held(FRESH).read(np.arange(4))
    turned = replace(given, values=given.values[:, ::-1], day=given.day[:, ::-1], mask=given.mask[:, ::-1])
    assert course(turned, INPUT) == pytest.approx(course(given, INPUT), abs=1e-5)
    wide = [(0, 0), (0, 5)]
    padded = replace(
        given,
        values=np.pad(given.values, [*wide, (0, 0)]),
        day=np.pad(given.day, wide),
        mask=np.pad(given.mask, wide),
    )
    assert course(padded, INPUT) == pytest.approx(course(given, INPUT), abs=1e-5)
    assert darkest(padded, INPUT) == pytest.approx(darkest(given, INPUT), abs=1e-6)


def test_the_course_follows_the_values_over_the_year_as_a_ring() -> None:
    line = SimpleNamespace(
        values=np.array([[[0.0], [1.0], [0.0]]], np.float32),
        day=np.array([[0.0, 100.0, 365.0 + 200.0]], np.float32),
        mask=np.ones((1, 3), bool),
    )
    steps = course(line, INPUT)[0, :18] ** 2 - 0.005
    days = (np.arange(18) + 0.5) * 365 / 18
    assert steps == pytest.approx(np.interp(days, [0, 100, 200, 365], [0, 1, 0, 0]), abs=1e-4)


def test_a_series_without_dates_is_stretched_over_its_own_length() -> None:
    short = batch(np.random.default_rng(0).random((2, 9, 1)))
    long = replace(short, day=short.day * 7 + 1000)
    assert course(short, UNDATED) == pytest.approx(course(long, UNDATED), abs=1e-5)


def test_clouds_of_a_raw_series_leave_its_course_alone() -> None:
    raw = replace(INPUT, level="l1c", bands=("B02", "B08"))
    clear = replace(FRESH, mask=np.ones_like(FRESH.mask))
    cloudy = clear.values.copy()
    cloudy[:, 1::2] += 0.5
    steps = slice(0, 2 * 18)
    moved = {level: np.abs(course(replace(clear, values=cloudy), card) - course(clear, card))[:, steps].max()
             for level, card in (("raw", raw), ("preprocessed", INPUT))}  # fmt: skip
    assert moved["raw"] < 0.12 < 0.3 < moved["preprocessed"]


def test_the_darkest_look_around_is_kept() -> None:
    band = np.array([[0.1, 0.5, 0.2, 0.9, 0.9]], np.float32)
    day = np.array([[0.0, 10.0, 20.0, 30.0, 60.0]], np.float32)
    kept = darkest_around(band, day, np.array([[True, True, True, True, True]]))
    assert kept.tolist() == [[True, False, True, False, True]]
    kept = darkest_around(band, day, np.array([[False, True, False, True, True]]))
    assert kept.tolist() == [[False, True, False, True, True]]


def test_an_archive_of_plain_series_may_be_negative() -> None:
    above, below = (batch(np.full((1, 9, 2), level)) for level in (-1.0, -2.0))
    assert np.abs(course(above, UNDATED) - course(below, UNDATED)).max() == pytest.approx(1)
    assert darkest(below, UNDATED).tolist() == [[-2, -2]]
