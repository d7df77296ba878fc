"""The LSTM that the authors of phiweek19 trained, read into ours.

Input: raw reflectance, 0–1 with clouds above it, not normalised, in the authors' order of bands: B1 B10 B11 B12 B2 B3
B4 B5 B6 B7 B8 B8A B9. Their list of classes has 39 names and the network 33 outputs: class 2 has none, so that output k
≥ 2 is class k + 1, and nothing stands for the last names.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from models.lstm import Lstm

BANDS = ("B1", "B10", "B11", "B12", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9")
OUTPUTS = 33
CLASS_OF_OUTPUT = tuple(k if k < 2 else k + 1 for k in range(OUTPUTS))  # index into the authors' list of names
NAMES = {
    "inlayernorm": "norm",
    "lstm": "lstm",
    "clayernorm": "cell_norm",
    "linear_class": "classifier",
}  # theirs → ours


def published_lstm(state: Mapping[str, Tensor]) -> Lstm:
    """Our LSTM with the authors' parameters, ready to answer; a name too many or too few is refused by PyTorch."""
    network = Lstm(bands=len(BANDS), classes=OUTPUTS)
    renamed = {}
    for name, value in state.items():
        part, _, rest = name.partition(".")
        renamed[f"{NAMES.get(part, part)}.{rest}"] = value
    network.load_state_dict(renamed, strict=True)
    return network.eval()
