"""The written-out LSTM does what nn.LSTM does, and what one can work out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from models.cells import NAMES, follow, unroll


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def one_unit() -> nn.LSTM:
    """i = σ(x), f = σ(2x), g = tanh(3x), o = σ(h − x)."""
    lstm = nn.LSTM(1, 1, bias=False, batch_first=True)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.tensor([[1.0], [2.0], [3.0], [-1.0]]))
        lstm.weight_hh_l0.copy_(torch.tensor([[0.0], [0.0], [0.0], [1.0]]))
    return lstm


def test_two_dates_by_hand_with_a_gap_between_them() -> None:
    x = torch.tensor([[[0.5], [99.0], [-1.0]]])
    states = unroll(one_unit(), x, torch.tensor([[True, False, True]])).states
    c1 = sigmoid(0.5) * math.tanh(1.5)
    h1 = sigmoid(-0.5) * math.tanh(c1)
    c2 = sigmoid(-2.0) * c1 + sigmoid(-1.0) * math.tanh(-3.0)
    h2 = sigmoid(h1 + 1.0) * math.tanh(c2)
    expected = {
        "i": [sigmoid(0.5), sigmoid(0.5), sigmoid(-1.0)],
        "f": [sigmoid(1.0), sigmoid(1.0), sigmoid(-2.0)],
        "g": [math.tanh(1.5), math.tanh(1.5), math.tanh(-3.0)],
        "o": [sigmoid(-0.5), sigmoid(-0.5), sigmoid(h1 + 1.0)],
        "c": [c1, c1, c2],
        "h": [h1, h1, h2],
    }
    for name, values in expected.items():
        torch.testing.assert_close(states[name].flatten(), torch.tensor(values))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_it_is_the_lstm_of_pytorch(bias: bool, bidirectional: bool) -> None:
    torch.manual_seed(5)
    lstm = nn.LSTM(4, 6, 3, bias=bias, batch_first=True, bidirectional=bidirectional)
    x = torch.randn(7, 11, 4)
    output, (_, cells) = lstm(x)
    ours = unroll(lstm, x, torch.ones(7, 11, dtype=torch.bool))
    torch.testing.assert_close(ours.output, output)
    torch.testing.assert_close(ours.cells, cells.transpose(0, 1))
    torch.testing.assert_close(ours.states["h"][:, :, -1], output[..., -6:])


def test_a_layer_that_reads_backwards_keeps_the_state_of_the_next_date_in_time() -> None:
    torch.manual_seed(5)
    lstm = nn.LSTM(2, 3, batch_first=True, bidirectional=True)
    mask = torch.tensor([[False, True, False, True, False]])
    c = unroll(lstm, torch.randn(1, 5, 2), mask).states["c"][0]  # (T, 2, U)

    def at(direction: int) -> list[Tensor]:
        return [c[date, direction] for date in range(5)]

    forward, backward = at(0), at(1)
    assert not forward[0].any()
    assert torch.equal(forward[2], forward[1])
    assert torch.equal(forward[4], forward[3])
    assert not backward[4].any()
    assert torch.equal(backward[2], backward[3])
    assert torch.equal(backward[0], backward[1])
    assert not torch.equal(backward[1], backward[3])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_one_unit_followed_alone_is_that_unit_of_the_whole(bidirectional: bool, bias: bool) -> None:
    torch.manual_seed(5)
    lstm = nn.LSTM(3, 5, 3, bias=bias, batch_first=True, bidirectional=bidirectional).eval()
    x, mask = torch.randn(9, 12, 3), torch.rand(9, 12) > 0.4
    mask[0] = True
    mask[1] = False  # nothing was ever read
    mask[2] = torch.arange(12) == 7
    with torch.no_grad():
        whole = unroll(lstm, x, mask).states
        for layer in range(3 * (1 + bidirectional)):
            alone = follow(lstm, x, mask, layer, 2)
            for place, name in enumerate(NAMES):
                torch.testing.assert_close(alone[..., place], whole[name][:, :, layer, 2], atol=1e-6, rtol=1e-5)
