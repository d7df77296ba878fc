"""What learned networks are fed: six bands, one scale for both dates, no unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.change.pair import Pair
from eodash.change.standard import BANDS, standardised
from eodash.errors import RasterError


@pytest.fixture
def pair() -> Pair:
    rng = np.random.default_rng(1)
    before, after = rng.normal(0.3, 0.1, (2, 6, 12, 10)).astype(np.float32)
    usable = np.ones((12, 10), bool)
    usable[:3] = False
    return Pair(before, after, usable, BANDS)


def test_swapping_the_dates_swaps_what_comes_out(pair: Pair) -> None:
    first, second = standardised(pair)
    assert np.array_equal(standardised(pair.swapped()), (second, first))


def test_no_unit_matters(pair: Pair) -> None:
    """Reflectance as digital numbers with a scale and an offset for each band."""
    gain, offset = np.linspace(90, 400, 6)[:, None, None], np.linspace(-5, 20, 6)[:, None, None]
    digital = replace(pair, before=pair.before * gain + offset, after=pair.after * gain + offset)
    assert np.allclose(standardised(digital), standardised(pair), atol=1e-3)


def test_both_dates_together_have_mean_zero_and_deviation_one_and_the_rest_is_zero(pair: Pair) -> None:
    both = np.stack(standardised(pair), 1)  # (band, date, y, x)
    seen = both[..., pair.usable].reshape(6, -1)
    assert np.allclose(seen.mean(1), 0, atol=1e-5)
    assert np.allclose(seen.std(1), 1, atol=1e-4)
    assert not both[..., ~pair.usable].any()


def test_bands_are_found_by_the_names_of_either_sensor_and_in_any_order(pair: Pair) -> None:
    for names in (("B02", "B03", "B04", "B08", "B11", "B12"), ("blue", "green", "red", "nir08", "swir16", "swir22")):
        assert np.array_equal(standardised(replace(pair, bands=names)), standardised(pair))
    turned = replace(pair, before=pair.before[::-1], after=pair.after[::-1], bands=BANDS[::-1])
    assert np.array_equal(standardised(turned), standardised(pair))


def test_a_pair_without_one_of_the_six_is_refused_by_name(pair: Pair) -> None:
    short = replace(pair, before=pair.before[:5], after=pair.after[:5], bands=BANDS[:5])
    with pytest.raises(RasterError, match="lacks swir22") as raised:
        standardised(short)
    assert raised.value.code == "bands"


def test_any_bands_are_scaled_where_they_are_chosen(pair: Pair) -> None:
    first, _ = standardised(replace(pair, bands=tuple("abcdef")), chosen=(4, 1))
    assert np.array_equal(first, standardised(pair)[0][[4, 1]])
