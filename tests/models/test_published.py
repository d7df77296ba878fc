"""The authors' trained LSTM in ours, on the authors' own parcels (MarcCoru/phiweek19, CC BY 4.0)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from models.published import CLASS_OF_OUTPUT, published_lstm

REAL = os.environ.get("EODASH_REAL_DATA")
FOLDER = Path(REAL or ".") / "phiweek19"

needs_data = pytest.mark.skipif(not REAL, reason="EODASH_REAL_DATA is not set: no real parcels to test on")


def test_outputs_leave_class_two_out() -> None:
    assert CLASS_OF_OUTPUT[:4] == (0, 1, 3, 4)
    assert CLASS_OF_OUTPUT[-1] == 33


def test_a_foreign_state_is_refused() -> None:
    with pytest.raises(RuntimeError, match="strange"):
        published_lstm({"strange.weight": torch.zeros(1)})


@needs_data
@pytest.mark.parametrize("watch", [True, False])
def test_the_published_lstm_gets_76_of_100_parcels_right(watch: bool) -> None:
    with np.load(FOLDER / "published_lstm.npz", allow_pickle=False) as file:
        network = published_lstm({name: torch.from_numpy(file[name]) for name in file})
    assert sum(parameter.numel() for parameter in network.parameters()) == 94_267
    with np.load(FOLDER / "parcels.npz", allow_pickle=False) as file:
        values, label = torch.from_numpy(file["reflectance"]), file["label"]
    undated = torch.zeros(values.shape[:2])
    with torch.no_grad():
        logits = network(values, undated, torch.ones_like(undated, dtype=torch.bool), watch=watch).logits
    said = np.asarray(CLASS_OF_OUTPUT)[logits[:, 0].argmax(-1).numpy()]
    assert int((said == label).sum()) == 76
