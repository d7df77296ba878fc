"""The published gradients: the authors' network on the authors' parcels (MarcCoru/phiweek19, CC BY 4.0)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from eodash.backend.attribution import gradient_of
from eodash.backend.pixels import Pixels
from eodash.card import Card, Class, Input
from models.published import BANDS, OUTPUTS, published_lstm

REAL = os.environ.get("EODASH_REAL_DATA")
FOLDER = Path(REAL or ".") / "phiweek19"
CLOUDY = 0.3
"""Reflectance in blue."""

pytestmark = pytest.mark.skipif(not REAL, reason="EODASH_REAL_DATA is not set: no real parcels to test on")


@lru_cache(maxsize=1)
def gradients() -> tuple[np.ndarray, np.ndarray]:
    """Values and gradients (parcel, date, band)."""
    with np.load(FOLDER / "published_lstm.npz", allow_pickle=False) as file:
        network = published_lstm({name: torch.from_numpy(file[name]) for name in file})
    with np.load(FOLDER / "parcels.npz", allow_pickle=False) as file:
        values = file["reflectance"].astype(np.float32)
    classes = tuple(Class(f"output {k}", "#808080", (k,)) for k in range(OUTPUTS))
    plain = Input("", BANDS, (0.0,) * len(BANDS), (1.0,) * len(BANDS), dated=False)
    card = Card("published", "The published LSTM", "lstm", {}, plain, {"outputs": classes}, None, "", "", False)
    _parcels, dates, _ = values.shape
    mask, days = np.ones((1, dates), bool), np.zeros(dates, np.float32)
    return values, np.stack([
        gradient_of(network, card, "outputs", Pixels(each[..., None], days, mask, 1.0), dates - 1)["gradient"]
        for each in values
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("date", "band", "published"), [(21, "B6", -3.17), (21, "B5", -2.69), (21, "B4", 1.88), (19, "B5", -2.12)]
)
def test_parcel_five_has_the_published_gradients(date, band, published):
    assert gradients()[1][5, date, BANDS.index(band)] == pytest.approx(published, abs=0.005)


def test_half_of_the_dates_are_cloudy_and_carry_next_to_nothing():
    values, slope = gradients()
    cloudy = values[:, :, BANDS.index("B2")] > CLOUDY
    assert 100 * cloudy.mean() == pytest.approx(49.1, abs=0.05)
    on_clouds = np.where(cloudy[..., None], np.abs(slope), 0).sum((1, 2)) / np.abs(slope).sum((1, 2))
    assert round(100 * on_clouds.mean(), 1) == 2.5  # of a parcel's |gradient|, the mean over the parcels
    # all parcels in one sum, where those whose gradient is steep count for more
    assert 100 * np.abs(slope)[cloudy].sum() / np.abs(slope).sum() == pytest.approx(2.69, abs=0.01)
