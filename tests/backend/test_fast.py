"""Prepared networks say what the networks say."""

import pytest
import torch

import models
from eodash.backend.fast import prepared
from tests.backend.drawn import fresh

DATES, BANDS = 12, 5
CONFIG = {"temp-cnn": {"grid_length": 14}, "ms-resnet": {"grid_length": 14}}


def _network(architecture, **config):
    return fresh(architecture, bands=BANDS, classes=4, **CONFIG.get(architecture, {}) | config)


def _series(gaps, shared=True):
    draw = torch.Generator().manual_seed(5)
    values = torch.randn(40, DATES, BANDS, generator=draw)
    day = torch.arange(DATES).mul(11.0).expand(40, DATES).contiguous()
    mask = torch.rand(1 if shared else 40, DATES, generator=draw).expand(40, DATES) >= gaps
    return values, day if shared else day + torch.rand(40, DATES, generator=draw), mask.contiguous()


SERIES = {
    "no gaps": _series(0.0),
    "shared gaps": _series(0.4),
    "gaps of its own": _series(0.4, shared=False),
    "nothing at all": (*_series(0.0)[:2], torch.zeros(40, DATES, dtype=torch.bool)),
}


def _apart(one, other):
    return (one.logits.softmax(-1) - other.logits.softmax(-1)).abs().max()


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
@pytest.mark.parametrize("architecture", models.SHELF)
def test_a_prepared_network_says_the_same(architecture, series):
    network = _network(architecture)
    with torch.inference_mode():
        said = network(*series)
    exact, quick = prepared(network, torch.float32)(*series), prepared(network)(*series)
    assert _apart(exact, said) < 1e-5
    assert _apart(quick, said) < 0.03
    assert exact.features.shape == quick.features.shape == said.features.shape
    torch.testing.assert_close(exact.features, said.features, atol=1e-4, rtol=1e-4)
    assert (exact.hazard is None) == (said.hazard is None)
    if said.hazard is not None:
        torch.testing.assert_close(exact.hazard, said.hazard, atol=1e-5, rtol=0)
        torch.testing.assert_close(quick.hazard, said.hazard, atol=0.02, rtol=0)
    assert all(each.dtype == torch.float32 for each in (quick.logits, quick.features))


def test_the_network_itself_stays_as_it_is():
    network = _network("transformer")
    before = {key: value.clone() for key, value in network.state_dict().items()}
    prepared(network)
    after = network.state_dict()
    assert all(after[key].dtype == value.dtype and torch.equal(after[key], value) for key, value in before.items())
    assert all(each.requires_grad for each in network.parameters())


@pytest.mark.parametrize("architecture", ["early-lstm", "transformer"])
def test_preparing_draws_no_random_numbers(architecture):
    network, before = _network(architecture), torch.random.get_rng_state()
    prepared(network)(*SERIES["no gaps"])
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_given_stays_as_it_is(dtype):
    ready = prepared(_network("transformer"), dtype)
    given = [each.clone() for each in SERIES["no gaps"]]
    first, second = ready(*given), ready(*given)
    assert torch.equal(first.logits, second.logits), "a layer that works in place has changed what it was given"
    assert all(torch.equal(one, other) for one, other in zip(given, SERIES["no gaps"], strict=True))


def test_many_series_go_in_pieces_and_come_back_in_order():
    network = _network("temp-cnn")
    whole = prepared(network, torch.float32)
    cut = prepared(network, torch.float32)
    cut.piece = 7
    torch.testing.assert_close(cut(*SERIES["no gaps"]).logits, whole(*SERIES["no gaps"]).logits, atol=1e-5, rtol=0)


def test_large_scores_stay_finite():
    network = _network("transformer")
    with torch.no_grad():
        network.encoder.blocks[0].project.weight *= 40
        said = network(*SERIES["no gaps"])
    quick = prepared(network)(*SERIES["no gaps"])
    assert torch.isfinite(quick.logits).all()
    assert _apart(prepared(network, torch.float32)(*SERIES["no gaps"]), said) < 1e-4


def test_watching_is_left_to_the_network():
    network = _network("transformer")
    assert prepared(network)(*SERIES["no gaps"], watch=True).attention is not None


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_an_even_kernel_is_asked_as_it_is():
    network = _network("temp-cnn", kernel=4)
    ready = prepared(network)
    assert ready.quick is None
    with torch.inference_mode():
        assert torch.equal(ready(*SERIES["no gaps"]).logits, network(*SERIES["no gaps"]).logits)
