"""What has to be clear before a training begins: recipe, network and data fit, and which training it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import models
from eodash.cards import Input
from eodash.datasets.contract import Dataset
from eodash.datasets.split import trainable
from eodash.errors import CapacityError, ModelError
from eodash.training.feeding import labelled, read
from eodash.training.recipe import Recipe
from models.contract import SeriesNetwork

PROBED = 16  # series whose values tell one set of data from another


def network_for(recipe: Recipe, data: Dataset) -> SeriesNetwork:
    """A new network for these data; the same seed gives the same first weights."""
    if recipe.architecture not in models.SHELF:
        raise ModelError(
            f"Nobody here knows the architecture '{recipe.architecture[:40]}'.",
            f"Known are {', '.join(models.SHELF)}.",
            code="architecture",
        )
    torch.manual_seed(recipe.seed)
    try:
        return models.build(recipe.architecture, bands=len(data.bands), classes=len(data.classes), **recipe.config)
    except MemoryError:
        raise
    except Exception as error:  # a configuration may be wrong in as many ways as there are networks
        raise ModelError(
            f"The configuration of this recipe makes no {recipe.architecture}: {str(error)[:120]}.",
            "Correct its table [config].",
            code="config",
        ) from error


def device_named(name: str) -> torch.device:
    """Where to train; "auto" takes a GPU if there is one."""
    there = torch.cuda.is_available()
    if name not in ("auto", "cpu", "cuda") or (name == "cuda" and not there):
        raise CapacityError(f"There is no device '{name[:40]}' here.", "Take auto or cpu.", code="device")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def check(recipe: Recipe, network: SeriesNetwork, data: Dataset, validation: Dataset) -> list[str]:
    """Raise where nothing can be learned; lines for what is odd but possible."""
    for what in ("bands", "classes", "level"):
        if getattr(data, what) != getattr(validation, what):
            raise ModelError(
                f"Training and validation series differ in their {what}.",
                "Take both from one set.",
                code="mismatch",
            )
    if recipe.level and recipe.level != data.level:
        raise ModelError(
            f"The recipe wants {recipe.level} series, these are {data.level or 'neither raw nor preprocessed'}.",
            "Choose the data with --level, or change the recipe.",
            code="mismatch",
        )
    outputs = network.classifier.out_features
    if outputs != len(data.classes):
        raise ModelError(
            f"The network has {outputs} outputs, the data have {len(data.classes)} classes.",
            "Build the network for these data.",
            code="classes",
        )
    if recipe.early and not network.causal:
        raise ModelError(
            f"{recipe.architecture} looks ahead; it cannot learn when to stop.",
            'Set `loss` to "cross-entropy", or take early-lstm or causal-transformer.',
            code="recipe",
        )
    labelled(validation, "validation")
    return _classes(data)


def _classes(data: Dataset) -> list[str]:
    labels = data.label[labelled(data, "training")]
    if labels.max() >= len(data.classes):
        raise ModelError(
            f"A label is {labels.max()}; there are {len(data.classes)} classes, counted from 0.",
            "Name all classes, or correct the labels.",
            code="classes",
        )
    return [f"Warning: {line}" for line in trainable(data)]


def class_weights(labels: NDArray[np.int64], classes: int, even: bool) -> Tensor:
    """What a series of each class counts: 1, or so that all classes together count the same."""
    if not even:
        return torch.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (max(1, np.count_nonzero(counts)) * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32))


def fingerprint(recipe: Recipe, network: SeriesNetwork, data: Dataset, validation: Dataset, input: Input) -> str:
    """Which training this is: another recipe, network, set of series or scaling gives another text."""
    said = {
        "recipe": recipe.row(),
        "network": {name: list(value.shape) for name, value in network.state_dict().items()},
        "config": repr(network.config),
        "input": asdict(input),
        "data": [_of(each) for each in (data, validation)],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _of(data: Dataset) -> list[object]:
    rows = np.linspace(0, len(data) - 1, min(PROBED, len(data))).astype(np.int64)
    batch = read(data, np.unique(rows))
    digest = hashlib.sha256()
    for array in (data.label, data.group, batch.values, batch.day, batch.mask):
        digest.update(np.ascontiguousarray(array).tobytes())
    return [data.name, list(data.bands), list(data.classes), data.level, len(data), digest.hexdigest()]
