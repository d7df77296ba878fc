"""The shelf: networks over the dates of one pixel. contract → masks, days → cells | attention | resample → papers

Architecture and card are two things: a network is built from its name, bands, classes and what its config says; what it
was trained on, how its input is normalised and what its outputs mean stand on a card.
"""

from __future__ import annotations

from models.causal_transformer import CausalTransformer
from models.contract import SeriesNetwork, Trace
from models.early_lstm import EarlyLstm
from models.l_tae import LTae
from models.lstm import Lstm
from models.ms_resnet import MsResNet
from models.temp_cnn import TempCnn
from models.transformer import Transformer

__all__ = ["SHELF", "SeriesNetwork", "Trace", "build"]

SHELF: dict[str, type[SeriesNetwork]] = {
    "lstm": Lstm,
    "transformer": Transformer,
    "ms-resnet": MsResNet,
    "temp-cnn": TempCnn,
    "early-lstm": EarlyLstm,
    "causal-transformer": CausalTransformer,
    "l-tae": LTae,
}


def build(architecture: str, *, bands: int, classes: int, **config: float) -> SeriesNetwork:
    """A fresh network; KeyError for a name that is not on the shelf, TypeError for a config its file does not have."""
    return SHELF[architecture](bands=bands, classes=classes, **config)
