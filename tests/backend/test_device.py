"""Which device, which numbers, how many at a time; and what happens when memory runs out."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from eodash.backend import cuda, device, probe
from eodash.backend.device import PLAIN, Policy, asker
from eodash.backend.memory import gently, trouble_of
from eodash.backend.probe import agreement, policy_of, probed, real_like
from eodash.backend.tile import predict_tile
from eodash.errors import ComputeError
from models.contract import Trace
from tests.backend.linear import Ahead, Causal
from tests.backend.shipped import shipped, world
from tests.backend.test_tile import CARD, tile

PIXELS = tile(np.arange(3 * 2 * 20).reshape(3, 2, 20) * 100)
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class Small(Causal):
    """A network that has no memory for more than some series."""

    def __init__(self, most: int, error: Exception) -> None:
        super().__init__()
        self.most, self.error = most, error
        self.asked: list[int] = []

    def forward(self, values: Tensor, day: Tensor, mask: Tensor, *, watch: bool = False) -> Trace:
        self.asked.append(len(values))
        if len(values) > self.most and values.shape[1] > 1:  # not at its trial
            raise self.error
        return super().forward(values, day, mask, watch=watch)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
)
def test_out_of_memory_half_as_many_are_asked(error: Exception) -> None:
    network = Small(3, error)
    found = predict_tile(network, CARD, "two", PIXELS, (0, 2), (4, 5), policy=Policy(size=16))
    whole = predict_tile(Causal(), CARD, "two", PIXELS, (0, 2), (4, 5))
    assert all(np.array_equal(found[name], each) for name, each in whole.items())
    assert network.asked == [2, 16, 8, 4] + [2] * 10


def test_without_memory_for_one_series_the_error_says_so_and_the_next_job_works() -> None:
    network = Small(0, torch.OutOfMemoryError("out of memory"))
    with pytest.raises(ComputeError) as caught:
        predict_tile(network, CARD, "two", PIXELS, (2,), (4, 5), policy=Policy(size=4))
    assert (caught.value.code, caught.value.retryable) == ("out_of_memory", True)
    assert network.asked == [2, 4, 2, 1]
    network.most = 20
    assert predict_tile(network, CARD, "two", PIXELS, (2,), (4, 5))["said"].shape == (1, 4, 5)


@pytest.mark.parametrize(
    ("error", "tried"),
    [
        (torch.OutOfMemoryError("out of memory"), [("cuda:0", 2), ("cuda:0", 1), ("cpu", 256)]),
        (RuntimeError("CUDA error: unspecified launch failure"), [("cuda:0", 2), ("cpu", 256)]),
    ],
)
def test_a_device_that_fails_is_replaced_by_the_processor_with_a_notice(
    error: Exception, tried: list[tuple[str, int]]
) -> None:
    seen, notices = [], []

    def work(policy: Policy):  # type: ignore[no-untyped-def]
        seen.append((policy.device, policy.size))
        if policy.device != "cpu":
            raise error
        yield

    gently(Policy("cuda:0", size=2), work, notices.append)
    assert seen == tried
    assert len(notices) == 1
    assert "cuda:0" in notices[0]


def test_other_errors_are_nobody_s_business_here() -> None:
    assert trouble_of(RuntimeError("shapes do not fit")) == ""
    network = Small(0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        predict_tile(network, CARD, "two", PIXELS, (2,), (4, 5))
    assert network.asked == [2, 20]


def test_what_was_done_before_memory_ran_out_is_not_done_again() -> None:
    done: list[int] = []
    network = Small(4, MemoryError())
    heard = lambda at, of: (done.append(at), setattr(network, "most", 2))  # noqa: E731
    predict_tile(network, CARD, "two", PIXELS, (2,), (4, 5), policy=Policy(size=4), on_piece=heard)
    assert done[0] == 4
    assert done == sorted(set(done))
    assert done[-1] == 20


def test_longer_series_are_asked_in_smaller_pieces() -> None:
    assert [PLAIN.series_of(dates) for dates in (1, 45, 64, 128, 400)] == [256, 256, 256, 64, 16]
    assert Policy(size=4).series_of(400) == 4
    assert Policy(size=1).series_of(1) == 1


def test_facts_say_where_and_how() -> None:
    facts = PLAIN.facts
    assert facts["device"] == "CPU"
    assert facts["cores"] >= 1
    assert (facts["dtype"], facts["exact"], facts["agreement"], facts["speedup"]) == ("float32", True, 1.0, 1.0)
    assert device.devices()


def test_a_network_is_made_ready_once_and_a_copy_of_it_has_none_of_that() -> None:
    network = Ahead()
    assert asker(network, PLAIN) is asker(network, Policy(size=3))
    assert asker(network, PLAIN) is not asker(network, Policy(plain=False))
    assert asker(copy.deepcopy(network), PLAIN) is not asker(network, PLAIN)
    assert list(network.state_dict()) == ["classifier.weight", "classifier.bias"]


def test_exact_means_plain_and_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    network, card = shipped("early-lstm-l1c")
    monkeypatch.setattr(probe, "probed", lambda *given: pytest.fail("tried"))
    assert policy_of(network, card, exact=True, device="cpu") == PLAIN
    assert policy_of(network, replace(card, input=replace(card.input, level="")), device="cpu") == PLAIN


def test_a_policy_is_found_out_once_per_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    network, card = shipped("early-lstm-l1c")
    tried = []
    monkeypatch.setattr(probe, "_known", {})
    monkeypatch.setattr(probe, "probed", lambda network, card, where: tried.append(where) or Policy(dtype="bfloat16"))
    assert policy_of(network, card, device="cpu") is policy_of(network, card, device="cpu")
    assert card.weights is not None
    policy_of(network, replace(card, weights=replace(card.weights, sha256="0" * 64)), device="cpu")
    assert tried == ["cpu", "cpu"]


@pytest.mark.parametrize(
    ("off", "seconds", "dtype", "plain"),
    [
        (0.001, (4.0, 4.0, 2.0), "bfloat16", False),  # agrees and is quicker
        (0.2, (4.0, 3.0, 2.0), "float32", False),  # quicker, and says something else
        (0.001, (4.0, 3.0, 2.9), "float32", False),  # hardly quicker than single precision
        (0.001, (4.0, 5.0, 4.5), "float32", True),
        (0.0, (4.0, 3.0, 1.0), "float32", False),  # the same digits: it is not half precision at all
    ],
)
def test_half_precision_is_taken_where_it_agrees_and_pays(
    monkeypatch: pytest.MonkeyPatch, off: float, seconds: tuple[float, ...], dtype: str, plain: bool
) -> None:
    network, card = shipped("early-lstm-l1c")
    truth = np.tile(np.eye(card.outputs, dtype=np.float32)[0], (50, 1))

    def run(askers, card, pixels):  # type: ignore[no-untyped-def]
        other = truth.copy()
        other[0, 0] -= off
        other[0, 1] += off
        said = (truth, truth, other)
        return [probe._Found(each.policy, *pair) for each, *pair in zip(askers, said, seconds, strict=True)]

    monkeypatch.setattr(probe, "_run", run)
    found = probed(network, card, "cpu")
    assert (found.dtype, found.plain) == (dtype, plain)


def test_agreement_counts_classes_and_the_largest_difference() -> None:
    truth = np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3]], np.float32)
    other = np.array([[0.9, 0.1, 0.0], [0.52, 0.24, 0.24]], np.float32)
    assert agreement(CARD, truth, truth) == (1.0, 0.0)
    same, apart = agreement(CARD, other, truth)
    assert same == 0.5
    assert apart == pytest.approx(0.12)
    assert agreement(CARD, np.full_like(truth, np.nan), truth) == (0.0, 1.0)


def test_the_probe_asks_about_series_of_both_climates_as_a_cube_holds_them() -> None:
    found = real_like("l2a", ("B04", "B08"))
    assert found.raw.dtype == np.int16
    assert found.raw.shape == (46, 2, 512)
    assert 0.2 < found.mask.mean() < 0.95
    assert 0.01 < np.median(found.values[found.mask]) < 0.6


def test_the_probe_itself_chooses_something_that_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    network, card = shipped("early-lstm-l1c")
    monkeypatch.setattr(probe, "_known", {})
    found = policy_of(network, card, device="cpu")
    assert found.device == "cpu"
    assert found.agreement >= probe.SAME
    assert found.difference <= probe.APART


@on_gpu
@pytest.mark.parametrize("name", ["early-lstm-l1c", "l-tae-l1c"])
def test_a_gpu_says_what_the_processor_says(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 500)
    here = predict_tile(network, card, "landcover", pixels, (10, 45), (20, 25))
    for way in (Policy("cuda:0", size=200), Policy("cuda:0", plain=False, size=1024), policy_of(network, card)):
        there = predict_tile(network, card, "landcover", pixels, (10, 45), (20, 25), policy=way)
        assert (there["said"] == here["said"]).mean() >= 0.995


@on_gpu
def test_pieces_arrive_in_order_and_whole() -> None:
    parts = [PIXELS.take(slice(start, start + 3)) for start in range(0, 20, 3)]
    for part, (same, raw, mask) in zip(parts, cuda.fed(iter(parts), torch.device("cuda:0")), strict=True):
        assert same is part
        assert np.array_equal(raw.cpu().numpy(), part.raw)
        assert np.array_equal(mask.cpu().numpy(), part.mask)
