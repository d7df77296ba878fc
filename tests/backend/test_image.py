"""Networks over pairs of images: quick as plain, tiled as whole, and never a pixel that nobody answers for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from eodash.backend import fast_siamese, image_tiles
from eodash.backend.device import PLAIN, Policy
from eodash.backend.forward import Floats
from eodash.backend.image import Imager, Seen, imager
from eodash.backend.image_probe import agreement, like_images, probed
from eodash.backend.image_tiles import tiles
from eodash.backend.image_work import answer
from eodash.backend.orders import Mapped, Order
from eodash.backend.weights import load
from tests.backend import imaged

KINDS = ("fc-ef", "fc-siam-conc", "fc-siam-diff", "fc-semantic", "pretext")
SINGLE, HALF = Policy(plain=False), Policy(dtype="bfloat16", plain=False)


def images(rows: int, columns: int) -> tuple[Floats, Floats]:
    before, after = (each[:, :rows, :columns] for each in like_images(6, 16 * -(-max(rows, columns) // 16)))
    return before, after


def picture(said: Seen) -> Floats:
    found = said.chance if said.magnitude is None else said.magnitude
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["fc-siam-diff", "pretext"])
def test_tiles_together_say_what_the_whole_image_says(kind: str) -> None:
    ask, (before, after) = Imager(imaged.network(kind)), images(40, 432)
    whole = picture(ask.said(before, after))
    cut = tiles((40, 432), kind, core=48)
    assert len(cut) == 9
    assert max(each.outer[1].stop - each.outer[1].start for each in cut) < 432
    together = np.full_like(whole, np.nan)
    for each in cut:
        together[each.inner] = picture(ask.said(before[:, *each.outer], after[:, *each.outer]))[each.within]
    np.testing.assert_allclose(together, whole, atol=1e-5)


def test_a_tile_that_sees_less_says_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_tiles, "FAR", 16)
    ask, (before, after) = Imager(imaged.network()), images(32, 208)
    tile = tiles((32, 208), "fc-siam-diff", core=48)[2]
    part = ask.chance(before[:, *tile.outer], after[:, *tile.outer])[tile.within]
    assert np.abs(part - ask.chance(before, after)[tile.inner]).max() > 1e-5


def test_every_pixel_belongs_to_one_tile_and_tiles_begin_at_multiples_of_sixteen() -> None:
    count = np.zeros((1300, 2100), int)
    for each in tiles(count.shape):
        count[each.inner] += 1
        assert not any(span.start % 16 for span in (*each.inner, *each.outer))
    assert (count == 1).all()
    assert len(tiles((1024, 900))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_quick_way_says_what_the_plain_one_says(kind: str) -> None:
    network, (before, after) = imaged.network(kind), images(64, 80)
    plain = Imager(network).said(before, after)
    same, apart = agreement(Imager(network, SINGLE).said(before, after), plain)
    assert (same, apart) >= (0.999, 0)
    assert apart < 1e-3
    same, apart = agreement(Imager(network, HALF).said(before, after), plain)
    assert same > 0.97  # what has learned nothing is near one half everywhere
    assert apart < 0.03
    assert picture(plain).std() > 1e-3


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, (before, after) = imaged.network(), images(176, 48)
    plain = Imager(network).chance(before, after)
    monkeypatch.setattr(fast_siamese, "PIXELS", 1)
    for fewest in (8, 16, 32):
        monkeypatch.setattr(fast_siamese, "FEWEST", fewest)
        np.testing.assert_allclose(Imager(network, SINGLE).chance(before, after), plain, atol=1e-5)


@pytest.mark.parametrize("policy", [PLAIN, SINGLE, HALF])
def test_swapping_the_dates_leaves_the_chance_of_fc_siam_diff_unchanged(policy: Policy) -> None:
    before, after = images(48, 32)
    ask = Imager(imaged.network(), policy)
    np.testing.assert_allclose(ask.chance(after, before), ask.chance(before, after), atol=1e-6)
    other = Imager(imaged.network("fc-ef"), policy)
    assert np.abs(other.chance(after, before) - other.chance(before, after)).max() > 1e-3


@pytest.mark.parametrize("policy", [PLAIN, SINGLE])
def test_images_of_any_size_are_taken(policy: Policy) -> None:
    before, after = images(9, 21)
    assert Imager(imaged.network(), policy).chance(before, after).shape == (9, 21)
    first, second = Imager(imaged.network("fc-semantic"), policy).covers(before, after)
    assert first.shape == second.shape == (4, 9, 21)
    np.testing.assert_allclose(first.sum(0), 1, rtol=1e-2)
    assert Imager(imaged.network("pretext"), policy).features(before).shape == (32, 9, 21)


def test_a_network_is_made_ready_once_and_the_probe_takes_what_agrees() -> None:
    network = imaged.network()
    assert imager(network, PLAIN) is imager(network, PLAIN)
    torch.set_num_threads(1)
    found = probed(network, "cpu")
    assert found.plain or (found.agreement >= 0.9965 and found.difference <= 0.015)


def test_a_worker_says_what_it_does_not_have(tmp_path: Path) -> None:
    card = imaged.card(tmp_path)
    pair = np.stack(images(32, 16))
    within = {"within": [(0, 20), (3, 16)]}
    order = Order("", "", "", (), np.zeros(0, np.float32), 1.0, exact=True, values=pair, options=within)
    gone = Order("", "", "", (), np.zeros(0, np.float32), 1.0, values=Mapped("/no.npy", 1, 1, 0, (1,), (1,), "<f4"))
    network = load(card)
    assert answer(gone, lambda _: (network, card), lambda _: None) == {"missing": "pixels"}
    assert answer(order, lambda _: None, lambda _: None) == {"missing": "weights"}
    said = answer(order, lambda _: (network, card), lambda _: None)
    np.testing.assert_array_equal(said["arrays"]["chance"], Imager(network).chance(*pair)[:20, 3:])  # type: ignore[arg-type]
    assert said["facts"]["exact"]
