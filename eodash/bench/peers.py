"""What a user would write: the published networks as they are, float32, batches of 256 from a loader."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from eodash.bench.pixel_work import BANDS, CLASSES, SCALE
from eodash.errors import ComputeError

BATCH = 256
NETWORKS = {"LSTM": "LSTM", "Transformer": "TransformerModel", "MS-ResNet": "MSResNet", "TempCNN": "TempCNN"}
Said = tuple[NDArray[Any], NDArray[Any]]


def peer_of(name: str) -> Callable[[NDArray[np.int16]], Said]:
    """The peer's loop over a cube (time, band, 1, pixel): classes and confidences."""
    if name == "early LSTM":
        stepped = SteppedLstm().eval()
        return lambda values: _map(stepped, values)
    with warnings.catch_warnings(action="ignore"):  # PyTorch advises another layout
        network = getattr(_breizhcrops(), NETWORKS[name])(input_dim=BANDS, num_classes=CLASSES).eval()
    return lambda values: _map(lambda x: network(x).exp(), values)


def _breizhcrops() -> Any:
    try:
        return importlib.import_module("breizhcrops.models")
    except ImportError as error:
        raise ComputeError(
            "The networks to compare with are not installed.",
            "Run: pip install --no-deps -r requirements-bench.txt",
            code="missing",
        ) from error


class SteppedLstm(nn.Module):
    """The early LSTM as published: two layers of 64 units, read date by date, both heads asked after each."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(BANDS)
        self.project = nn.Linear(BANDS, hidden)
        self.lstm = nn.LSTM(hidden, hidden, 2, bias=False, batch_first=True)
        self.classify = nn.Linear(hidden, CLASSES)
        self.stop = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) → probabilities (B, T, C)."""
        x = self.project(self.norm(x))
        state, said, hazards = None, [], []
        for date in range(x.shape[1]):
            h, state = self.lstm(x[:, date : date + 1], state)
            said.append(self.classify(h[:, 0]).softmax(-1))
            hazards.append(self.stop(h[:, 0]).sigmoid())
        torch.stack(hazards, 1)
        return torch.stack(said, 1)


def _map(network: Callable[[Tensor], Tensor], values: NDArray[np.int16]) -> Said:
    series = values.reshape(*values.shape[:2], -1).transpose(2, 0, 1).astype(np.float32) * SCALE
    x = torch.from_numpy((series - np.float32(0.2)) / np.float32(0.1))
    classes, confidences = [], []
    with torch.no_grad():
        for (batch,) in DataLoader(TensorDataset(x), batch_size=BATCH):
            confidence, said = network(batch).max(-1)
            classes.append(said.numpy())
            confidences.append(confidence.numpy())
    return np.concatenate(classes), np.concatenate(confidences)
