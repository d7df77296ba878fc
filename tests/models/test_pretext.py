"""The pretext losses by hand, and that pixels which do not count have no say in them."""

from __future__ import annotations

import pytest
import torch

from models.pretext import Pretext, distance, triplet


def pixels(*vectors: tuple[float, float]) -> torch.Tensor:
    """(1, 2, 1, W)."""
    return torch.tensor(vectors, dtype=torch.float32).T.reshape(1, 2, 1, len(vectors))


def test_the_distance_is_the_norm_over_channels() -> None:
    assert distance(pixels((0, 0), (1, 1)), pixels((3, 4), (1, 1))).tolist() == [[[5, 0]]]


def test_triplets_by_hand_and_only_where_it_counts() -> None:
    anchor, near, far = pixels((0, 0), (0, 0)), pixels((3, 4), (0, 1)), pixels((0, 2), (8, 6))
    each = [max(5 - 2 + 1.5, 0) + 0.5 * 5, max(1 - 10 + 1.5, 0) + 0.5 * 1]
    assert triplet(anchor, near, far, 1.5, 0.5).item() == pytest.approx(sum(each) / 2)
    first = torch.tensor([[[True, False]]])
    assert triplet(anchor, near, far, 1.5, 0.5, first).item() == pytest.approx(each[0])
    assert triplet(anchor, near, far, 1.5, 0.5, ~first).item() == pytest.approx(each[1])
    assert triplet(anchor, near, far, where=torch.zeros_like(first)).item() == 0


def test_overlap_says_the_same_of_a_patch_whatever_is_hidden_from_it() -> None:
    torch.manual_seed(0)
    network = Pretext(bands=2).eval()
    one, other = torch.rand(2, 1, 2, 8, 20)
    where = torch.zeros(1, 8, 20, dtype=torch.bool)
    where[..., :8] = True
    hidden = other.clone()
    hidden[..., 12:] = 9  # three pixels from what counts
    assert torch.allclose(network.overlap(one, other, where), network.overlap(one, hidden, where), atol=1e-5)
    assert not torch.allclose(network.overlap(one, other), network.overlap(one, hidden), atol=1e-5)
    everywhere = torch.ones_like(where)
    assert torch.allclose(network.overlap(one, other), network.overlap(one, other, everywhere), atol=1e-6)
