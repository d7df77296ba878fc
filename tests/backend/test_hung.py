"""Maps of what a decision hung on agree with the gradient of each pixel, inside the machinery of maps."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.backend.attribution import gradient_of
from eodash.backend.reduce import summarise_tile
from tests.backend.shipped import shipped, world

REDUCERS = ("hung_date", "hung_band", "hung_signed_band")


@pytest.mark.parametrize("name", ["early-lstm-l1c", "lstm-l2a", "transformer-l2a"])
def test_a_pixel_of_the_map_is_the_gradient_of_that_pixel(name):
    net, card = shipped(name)
    pixels = world(card, 6)
    made = summarise_tile(net, card, "landcover", pixels, REDUCERS, range(31))
    for row in range(2, 6):
        slope = gradient_of(net, card, "landcover", pixels.take(slice(row, row + 1)), 30)["gradient"]
        size = np.abs(slope).sum()
        np.testing.assert_allclose(made["hung_date"][:, row], np.abs(slope).sum(1)[:31], atol=2e-3 * size)
        np.testing.assert_allclose(made["hung_band"][:, row], np.abs(slope).sum(0), atol=2e-3 * size)
        np.testing.assert_allclose(made["hung_signed_band"][:, row], slope.sum(0), atol=2e-3 * size)


def test_where_nothing_had_been_seen_there_is_no_number():
    net, card = shipped("temp-cnn-l2a")
    pixels = world(card, 4)  # of the first nothing was observed, of the second nothing before the tenth date
    made = summarise_tile(net, card, "landcover", pixels, (*REDUCERS, "features"), (3, 8))
    assert np.isnan(made["hung_date"][:, :2]).all()
    assert np.isnan(made["hung_band"][:, :2]).all()
    assert np.isfinite(made["hung_date"][:, 2:]).all()
    assert np.isfinite(made["features"][:, 1]).all()
