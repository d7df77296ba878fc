"""A head as a card: a TOML file that says what it is, and inert tensors beside it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save
from sklearn.ensemble import RandomForestClassifier

from eodash.cards import Card
from eodash.teach.features import LENGTH, Ready
from eodash.teach.heads import KINDS, Head
from eodash.teach.lesson import Lesson
from eodash.toml_tables import toml

NAME = "taught-head"
HOW = {
    "linear": "probabilities = softmax(features @ weight.T + bias)",
    "nearest": "probability ~ 1 / (squared distance to the nearest of samples with that label + 0.001)",
    "forest": "mean over trees: from node first[t] go left where feature <= threshold, until left is -1; then share",
}


def head_card(lesson: Lesson, ready: Ready, base: Card | None, about: Mapping[str, str]) -> dict[str, bytes]:
    """NAME.toml and NAME.safetensors."""
    head, scored = lesson.head(), lesson.scored[lesson.best]
    data = save(tensors(head, ready))
    samples = lesson.samples
    table: dict[str, Any] = {
        "name": NAME,
        "title": f"{KINDS[head.kind]}, taught by hand",
        "kind": head.kind,
        "how": HOW[head.kind],
        "features": "each block (raw - mean) / scale, @ turn where there is one, × length; blocks side by side",
        "length": LENGTH / len(ready.blocks) ** 0.5,
        "blocks": list(ready.blocks),
        "classes": [
            {"name": samples.classes.names[label], "colour": samples.classes.colours[label]} for label in head.labels
        ],
        "about": dict(about),
        "taught": {
            "samples": len(lesson.flat),
            "fields": len(set(lesson.field.tolist())),
            "penalty": head.penalty,
        },
        "weights": {"file": f"{NAME}.safetensors", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
    }
    if scored.kept.accuracy is not None:
        table["taught"] |= {"left_out_accuracy": scored.kept.accuracy, "left_out_fields": scored.kept.fields}
    if base is not None and base.weights is not None and "network" in ready.blocks:
        table["base"] = {
            "name": base.name,
            "architecture": base.architecture,
            "sha256": base.weights.sha256,
            "bands": list(base.input.bands),
            "level": base.input.level,
        }
    return {f"{NAME}.toml": toml(table).encode(), f"{NAME}.safetensors": data}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one; the same head, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tensors(head: Head, ready: Ready) -> dict[str, NDArray[Any]]:
    """Everything that is needed to ask the head again."""
    found: dict[str, NDArray[Any]] = {}
    if head.kind == "linear":
        found["weight"], found["bias"] = head.matrix
    elif head.kind == "nearest":
        found["samples"], found["label"] = head.rows, head.label
    elif isinstance(head.model, RandomForestClassifier):
        trees = [each.tree_ for each in head.model.estimators_]
        sizes = [tree.node_count for tree in trees]
        found = {
            "first": np.cumsum([0, *sizes[:-1]]).astype(np.int64),
            "left": np.concatenate([tree.children_left for tree in trees]).astype(np.int64),
            "right": np.concatenate([tree.children_right for tree in trees]).astype(np.int64),
            "feature": np.concatenate([tree.feature for tree in trees]).astype(np.int64),
            "threshold": np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
            "share": np.concatenate([tree.value[:, 0] for tree in trees]).astype(np.float32),
        }
    for name, block in ready.blocks.items():
        found |= {f"{name}.mean": block.mean, f"{name}.scale": _finite(block.scale)}
        if block.turn is not None:
            found[f"{name}.turn"] = block.turn
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def _finite(scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """A feature that is the same everywhere is divided by a number so large that nothing is left of it."""
    return np.where(np.isfinite(scale), scale, np.float32(1e30)).astype(np.float32)
