"""Gradient, integrated gradients and occlusion, against captum and against sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients, Saliency

from eodash.backend.along import mean_slope
from eodash.backend.attribution import gradient_of, integrated_of, occlusion_of
from eodash.backend.forward import tensors
from eodash.backend.gradients import chances
from eodash.backend.pixels import Pixels
from tests.backend.made import card_of, network
from tests.backend.shipped import ARCHITECTURES, as_dates, shipped, world

NAMES = tuple(f"{architecture}-{level}" for architecture in ARCHITECTURES for level in ("l1c", "l2a"))


def asked(name: str, row: int = 3):
    net, card = shipped(name)
    one = world(card, row + 1).take(slice(row, row + 1))
    return net, card, "landcover", one


def theirs(way, net, card, one, date, winner, **more):
    """What captum says in normalised values, (time, band), cut behind the date."""
    cut = one.until(date)
    values, day, mask = tensors(net, card.input, cut.values, cut.day, cut.mask)
    last = int(np.flatnonzero(cut.mask[0])[-1])

    def score(inputs):
        size = len(inputs)
        return chances(net, inputs, day.expand(size, -1), mask.expand(size, -1), card.legends["landcover"], last)

    return way(score).attribute(values.clone().requires_grad_(), target=winner, **more)[0].detach().numpy()


@pytest.mark.parametrize("name", NAMES[::2])
def test_the_gradient_of_the_winner_is_what_captum_says(name):
    net, card, legend, one = asked(name)
    date = 30
    found = gradient_of(net, card, legend, one, date)
    said = theirs(Saliency, net, card, one, date, found["winner"], abs=False) / np.array(card.input.scale)
    said *= one.mask[0, : date + 1, None]
    np.testing.assert_allclose(found["gradient"][: date + 1], said, atol=1e-5 * np.abs(said).max())
    assert not found["gradient"][date + 1 :].any()  # what comes later was not shown


@pytest.mark.parametrize("name", NAMES)
def test_integrated_gradients_add_up_to_the_change_of_the_score(name):
    net, card, legend, one = asked(name)
    found = integrated_of(net, card, legend, one, 45)
    difference = found["score"] - found["baseline_score"]
    assert abs(difference) > 0.1
    assert abs(found["integrated"].sum() - difference) <= 0.01 * abs(difference)
    assert found["gap"] == pytest.approx(found["integrated"].sum() - difference, abs=1e-4)
    assert found["steps"] >= 64


def test_each_share_is_what_captum_integrates():
    net, card, legend, one = asked("temp-cnn-l2a")
    found = integrated_of(net, card, legend, one, 45)
    said = theirs(IntegratedGradients, net, card, one, 45, found["winner"], n_steps=400, method="riemann_middle")
    np.testing.assert_allclose(found["integrated"], said * one.mask[0, :, None], atol=0.02 * np.abs(said).max())


def test_occlusion_is_the_score_without_a_date_and_without_a_band():
    net, card, legend, one = asked("lstm-l1c")
    found, date = occlusion_of(net, card, legend, one, 30), 12
    without = Pixels(one.raw, one.days, one.mask.copy(), one.scale)
    without.mask[0, date] = False
    left = _score(net, card, without, 30, found["winner"])
    assert found["occlusion_time"][date] == pytest.approx(found["score"] - left, abs=1e-5)
    flat = Pixels(one.raw.astype(np.float32), one.days, one.mask, one.scale)
    flat.raw[:, 4] = card.input.mean[4] / one.scale
    left = _score(net, card, flat, 30, found["winner"])
    assert found["occlusion_band"][4] == pytest.approx(found["score"] - left, abs=1e-5)
    assert not found["occlusion_time"][31:].any()


def test_without_the_newest_date_a_causal_network_answers_at_the_one_before():
    net, card, legend, one = asked("early-lstm-l2a")
    newest = np.flatnonzero(one.mask[0])
    found = occlusion_of(net, card, legend, one, int(newest[-1]))
    before = _score(net, card, one, int(newest[-2]), found["winner"])
    assert found["occlusion_time"][newest[-1]] == pytest.approx(found["score"] - before, abs=1e-5)


def _score(net, card, one, date, winner):
    cut = one.until(date)
    last = int(np.flatnonzero(cut.mask[0])[-1])
    said = chances(net, *tensors(net, card.input, cut.values, cut.day, cut.mask), card.legends["landcover"], last)
    return float(said[0, winner].detach())


def test_what_was_not_observed_carries_nothing():
    net, card, legend, one = asked("transformer-l2a")
    assert not one.mask.all()
    for found in (gradient_of(net, card, legend, one, 45)["gradient"],
                  integrated_of(net, card, legend, one, 45)["integrated"],
                  occlusion_of(net, card, legend, one, 45)["occlusion_time"][:, None]):  # fmt: skip
        assert not found[~one.mask[0]].any()
        assert found[one.mask[0]].any()


def _small(mask):
    net, card = network(), card_of("lstm", None)
    raw = np.full((len(mask), 3, 1), 0.2, np.float32)
    return net, card, "letters", Pixels(raw, np.arange(len(mask), dtype=np.float32) * 9, np.array([mask]), 1.0)


def test_one_date_cannot_be_left_out_but_has_a_gradient():
    found = occlusion_of(*_small([True]), 0)
    assert np.isnan(found["occlusion_time"]).all()
    assert np.isfinite(found["occlusion_band"]).all()
    assert gradient_of(*_small([True]), 0)["gradient"].any()


def test_a_series_of_which_nothing_was_observed_has_no_winner():
    for of, name in ((gradient_of, "gradient"), (integrated_of, "integrated"), (occlusion_of, "occlusion_band")):
        found = of(*_small([False, False]), 1)
        assert found["winner"] == -1
        assert np.isnan(found["score"])
        assert not found[name].any()


@pytest.mark.slow
def test_a_daily_year_is_explained():
    net, card = shipped("transformer-l1c")
    one = as_dates(world(card, 4).take(slice(3, 4)), 365)
    assert np.isfinite(gradient_of(net, card, "landcover", one, 364)["gradient"]).all()
    assert np.isfinite(occlusion_of(net, card, "landcover", one, 364)["occlusion_time"]).all()


def test_a_sudden_change_is_found_with_few_steps():
    # a step of height 3 and width 0.002 at 0.7, on a slope of 1
    def score(at):
        return at + 3 / (1 + np.exp(-(at - 0.7) / 0.002))

    def slope(at):
        s = 1 / (1 + np.exp(-(at - 0.7) / 0.002))
        return (1 + 3 * s * (1 - s) / 0.002)[:, None]

    found = mean_slope(score, slope, np.ones(1))
    assert found.slope[0] == pytest.approx(4, rel=0.01)
    assert found.steps < 200
    assert mean_slope(lambda at: 2 * at, lambda at: np.full((len(at), 1), 2.0), np.ones(1)).steps == 64


def test_the_legend_decides_what_is_one_class():
    net, card, legend, one = _small([True] * 5)
    a, _b, _c, d = card.legends["letters"]
    pair = replace(card, legends={"letters": (replace(a, outputs=(0, 1, 2)), d)})
    with torch.no_grad():
        said = net(*tensors(net, card.input, one.values, one.day, one.mask)).logits[0, -1].softmax(-1)
    assert gradient_of(net, pair, legend, one, 4)["score"] == pytest.approx(
        float(max(said[:3].sum(), said[3])), abs=1e-6
    )
