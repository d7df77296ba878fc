"""A small network of every kind with its card, and files that are not what they should be."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

import models
from eodash.backend import weights
from eodash.cards import Card, Class, Input, Weights, write

BANDS = ("B03", "B04", "B08")
SMALL = {"lstm": {"hidden": 4, "layers": 1}, "early-lstm": {"hidden": 4}}
REFERENCE = {"features": torch.arange(10.0).reshape(5, 2).half(), "median": torch.tensor(1.5)}


def network(architecture: str = "lstm", **config: float) -> models.SeriesNetwork:
    torch.manual_seed(7)
    chosen = config or SMALL.get(architecture, {})
    return models.build(architecture, bands=len(BANDS), classes=4, **chosen).eval()


def card_of(architecture: str, said: Weights, name: str = "", **changes: Any) -> Card:
    legend = tuple(Class(letter, "#112233", (place,)) for place, letter in enumerate("abcd"))
    made = Card(
        name or f"{architecture}-l1c", f"A small {architecture}", architecture, SMALL.get(architecture, {}),
        Input("l1c", BANDS, (0.1, 0.1, 0.3), (0.1, 0.1, 0.2)), {"letters": legend}, said, "CC0-1.0", "Nobody (2026)",
        models.SHELF[architecture].causal if architecture in models.SHELF else False,
    )  # fmt: skip
    return replace(made, **changes)


def saved(folder: Path, architecture: str = "lstm", name: str = "", **changes: Any) -> Card:
    """A network on a shelf of its own."""
    name = name or f"{architecture}-l1c"
    said = weights.save(network(architecture, **changes.get("config", {})), name, folder / "weights", REFERENCE)
    return write(card_of(architecture, said, name, **changes), folder / "cards")


def holding(card: Card, data: bytes, honest: bool = True) -> Card:
    """The card with this file as its weights; an honest card says its size and checksum."""
    card.weights_path.write_bytes(data)
    assert card.weights is not None
    if not honest:
        return card
    said = replace(card.weights, sha256=hashlib.sha256(data).hexdigest(), bytes=max(1, len(data)))
    return replace(card, weights=said)


def safe(header: Any, body: bytes = b"") -> bytes:
    """A safetensors file with this header, whatever it says."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


class Evil:
    """What runs when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (f"touch {self.marker}",)


def evil(marker: Path) -> dict[str, bytes]:
    """Files that run a programme for whoever opens them the usual way."""
    files = {f"protocol {protocol}": pickle.dumps(Evil(marker), protocol) for protocol in range(6)}
    stream = io.BytesIO()
    torch.save({"weight": torch.zeros(2), "more": Evil(marker)}, stream)
    files["pt"] = stream.getvalue()
    stream = io.BytesIO()
    torch.save(Evil(marker), stream, _use_new_zipfile_serialization=False)
    files["old pt"] = stream.getvalue()
    return files


def foreign() -> dict[str, bytes]:
    """Weights as others keep them."""
    whole, state, old, archive = io.BytesIO(), io.BytesIO(), io.BytesIO(), io.BytesIO()
    torch.save(torch.nn.Linear(2, 2), whole)
    torch.save(torch.nn.Linear(2, 2).state_dict(), state)
    torch.save(torch.nn.Linear(2, 2).state_dict(), old, _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "hello")
        file.writestr("../../x", "hello")
    script = io.BytesIO()
    with zipfile.ZipFile(script, "w") as file:  # as TorchScript lays it out
        file.writestr("net/data.pkl", pickle.dumps({}))
        file.writestr("net/code/__torch__.py", "def forward(self, x): return x")
    return {
        "whole module": whole.getvalue(),
        "state dict": state.getvalue(),
        "old state dict": old.getvalue(),
        "TorchScript": script.getvalue(),
        "zip": archive.getvalue(),
        "pickle": pickle.dumps({"weight": [1.0, 2.0]}),
        "joblib": b"\x80\x04\x95\x1b\0\0\0\0\0\0\0\x8c\x0ejoblib.numpy_p\x94.",
        "joblib, packed": b"\x78\x9c" + bytes(50),
        "gzip": b"\x1f\x8b\x08\0" + bytes(50),
        "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(50),
        "NumPy": b"\x93NUMPY\x01\0" + bytes(50),
        "ONNX": b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:\x90\x01" + b"\n\x10../secret" + bytes(50),
    }
