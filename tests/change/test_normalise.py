"""Making two images similar: light goes, change stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.change.chain import detect
from eodash.change.normalise import independent, normalise, orthogonal
from eodash.change.pair import Pair
from eodash.change.scored import scores
from tests.change.made import planted


def test_lines_through_pseudo_invariant_pixels_are_the_inverse_of_the_light() -> None:
    made, truth = planted(noise=0.002)
    found = normalise(replace(made, after=1.25 * made.after + 0.05), "pif")
    assert [fit.slope for fit in found.fits] == pytest.approx([0.8] * 4, abs=0.02)
    assert [fit.offset for fit in found.fits] == pytest.approx([-0.04] * 4, abs=0.01)
    assert all(fit.error_after < 0.2 * fit.error_before for fit in found.fits)
    assert found.invariant is not None
    assert not (found.invariant & truth).any()
    apart = np.abs(found.pair.after - found.pair.before)
    assert apart[:, ~truth].max() < 0.02 < apart[:, truth].min()


def test_z_scores_have_mean_nought_and_deviation_one_over_what_is_usable() -> None:
    made, _ = planted()
    usable = made.usable.copy()
    usable[:10] = False
    found = normalise(replace(made, usable=usable), "z-score").pair
    for each in (found.before, found.after):
        np.testing.assert_allclose(each[:, usable].mean(1), 0, atol=1e-4)
        np.testing.assert_allclose(each[:, usable].std(1), 1, atol=1e-4)


def test_matched_histograms_are_alike() -> None:
    made, _ = planted()
    found = normalise(replace(made, after=made.after**2), "histogram").pair
    for before, after in zip(found.before, found.after, strict=True):
        np.testing.assert_allclose(np.sort(after.ravel()), np.sort(before.ravel()), atol=1e-3)


def test_the_orthogonal_line_is_the_same_from_both_sides() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, 5000)
    x, y = truth + rng.normal(0, 0.1, 5000), 2 * truth + 3 + rng.normal(0, 0.1, 5000)
    line, back = orthogonal(x, y), orthogonal(y, x)
    assert line is not None
    assert back is not None
    assert line == pytest.approx((2, 3), abs=0.02)
    assert back[0] == pytest.approx(1 / line[0])


def test_bands_that_do_not_resemble_each_other_are_left_as_they_are_and_that_is_said() -> None:
    assert orthogonal(np.arange(100.0), -np.arange(100.0)) is None
    assert orthogonal(np.arange(100.0), 9 * np.arange(100.0)) is None
    made, _ = planted(noise=0.002)
    turned = made.after.copy()
    turned[2] = 0.5 - turned[2]
    found = normalise(replace(made, after=turned), "pif")
    assert (found.fits[2].slope, found.fits[2].offset) == (1, 0)
    assert any("as it is" in notice and "b2" in notice for notice in found.pair.notices)


def test_a_band_that_is_the_sum_of_others_does_not_stop_the_suggested_chain() -> None:
    made, truth = planted(noise=0.005)
    first, second = (np.concatenate([each, each[:1] + each[1:2]]) for each in (made.before, made.after))
    pair = Pair(first, 1.2 * second, made.usable, (*made.bands, "sum"), made.hectares)
    assert independent(pair).bands == made.bands
    assert scores(detect(pair).mask, truth, made.usable).kappa > 0.95
