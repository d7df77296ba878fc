"""The shelf: networks over the dates of one pixel. contract → masks, days → cells | attention | resample → papers

Beside it the networks over images, a pair of them or one: fc_change → fc_semantic | pretext.

Architecture and card are two things: a network is built from its name, bands, classes and what its config says; what it
was trained on, how its input is normalised and what its outputs mean stand on a card.
"""

from __future__ import annotations

from typing import Any

from models.causal_transformer import CausalTransformer
from models.contract import SeriesNetwork, Trace
from models.early_lstm import EarlyLstm
from models.fc_change import FcChange
from models.fc_semantic import FcSemantic
from models.l_tae import LTae
from models.lstm import Lstm
from models.ms_resnet import MsResNet
from models.pretext import Pretext
from models.temp_cnn import TempCnn
from models.transformer import Transformer

__all__ = ["IMAGES", "SHELF", "ImageNetwork", "SeriesNetwork", "Trace", "build", "build_image"]

ImageNetwork = FcChange | FcSemantic | Pretext

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


IMAGES: dict[str, type[ImageNetwork]] = {
    "fc-ef": FcChange,
    "fc-siam-conc": FcChange,
    "fc-siam-diff": FcChange,
    "fc-semantic": FcSemantic,
    "pretext": Pretext,
}
FUSED = {"fc-ef": "early", "fc-siam-conc": "conc", "fc-siam-diff": "diff"}


def build_image(architecture: str, *, bands: int, classes: int = 2, **config: Any) -> ImageNetwork:
    """A fresh network over images; `classes` are those of change, or of land cover where the network knows it."""
    if architecture in FUSED:
        return FcChange(bands=bands, classes=classes, fusion=FUSED[architecture], **config)
    if architecture == "fc-semantic":
        return FcSemantic(bands=bands, covers=classes, **config)
    return {"pretext": Pretext}[architecture](bands=bands, **config)
