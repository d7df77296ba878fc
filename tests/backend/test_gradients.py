"""Gradients of all classes at once are those of captum, class by class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from captum.attr import Saliency

import models
from eodash.backend.forward import tensors
from eodash.backend.gradients import chances, gradients
from eodash.cards import Class, Input

INPUT = Input("l2a", ("B04", "B08", "B11"), (0.1, 0.3, 0.2), (0.05, 0.1, 0.08))
NETWORKS = ("early-lstm", "causal-transformer", "lstm", "transformer", "temp-cnn", "l-tae")
CLASSES = (Class("meadow", "#000000", (0, 2)), Class("maize", "#111111", (1,)), Class("forest", "#222222", (3,)))
DATES = 7


def _seen() -> np.ndarray:
    return np.array([[True, True, False, True, True, True, False]])


@dataclass
class One:
    """A series with two gaps."""

    values: np.ndarray = field(
        default_factory=lambda: np.random.default_rng(1).uniform(0, 0.5, (1, DATES, 3)).astype(np.float32)
    )
    day: np.ndarray = field(default_factory=lambda: np.linspace(30, 300, DATES, dtype=np.float32)[None])
    mask: np.ndarray = field(default_factory=_seen)


def network(architecture: str):
    torch.manual_seed(3)
    return models.build(architecture, bands=3, classes=4).eval()


@pytest.mark.parametrize(
    "architecture", ["early-lstm", "causal-transformer", "lstm", "transformer", "temp-cnn", "l-tae"]
)
def test_all_classes_at_once_are_what_captum_says_of_each(architecture):
    one, net = One(), network(architecture)
    values, day, mask = tensors(net, INPUT, one.values * one.mask[..., None], one.day, one.mask)
    method = Saliency(lambda inputs: chances(net, inputs, day, mask, CLASSES, 5))
    theirs = torch.cat([method.attribute(values.clone().requires_grad_(), target=k, abs=False) for k in range(3)])
    theirs = theirs.detach().numpy() / np.array(INPUT.scale, np.float32) * one.mask[0, :, None]
    made = gradients(net, INPUT, CLASSES, one)
    assert np.abs(made).max() > 0
    np.testing.assert_allclose(made, theirs, atol=1e-5 * np.abs(theirs).max())


def test_a_small_step_changes_the_probability_by_what_the_gradient_says():
    one, net = One(), network("early-lstm")
    slope, step = gradients(net, INPUT, CLASSES, one), 1e-3
    moved = One(values=one.values.copy())
    moved.values[0, 3, 1] += step
    said = [
        chances(net, *tensors(net, INPUT, each.values, each.day, each.mask), CLASSES, 5).detach().numpy()[0]
        for each in (one, moved)
    ]
    np.testing.assert_allclose((said[1] - said[0]) / step, slope[:, 3, 1], atol=0.05 * np.abs(slope).max())


def test_what_one_class_gains_the_others_lose():
    made = gradients(network("transformer"), INPUT, CLASSES, One())
    np.testing.assert_allclose(made.sum(0), 0, atol=1e-5 * np.abs(made).max())


def test_nothing_hangs_on_what_was_not_seen_or_came_later():
    made = gradients(network("l-tae"), INPUT, CLASSES, One(), date=3)
    assert np.abs(made[:, [0, 1, 3]]).max() > 0
    assert not made[:, [2, 4, 5, 6]].any()


def test_a_series_without_an_observation_has_no_gradient():
    assert not gradients(network("lstm"), INPUT, CLASSES, One(mask=np.zeros((1, DATES), bool))).any()
