"""How a model comes to what it says of a sample: is attention faithful, what do units follow, what do clouds change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.backend.faithful import verdict
from eodash.backend.one_series import OneSeries
from eodash.backend.pixels import Pixels
from eodash.backend.sample_answers import correlation
from eodash.backend.sampled import explain_some
from eodash.backend.watched import states
from eodash.errors import JobCancelled, ModelError
from tests.backend.linear import Ahead
from tests.backend.looking import CARD as LOOKS
from tests.backend.looking import Looking
from tests.backend.shipped import shipped, world
from tests.backend.test_tile import CARD, tile

DATES, PIXELS = 15, 40


def hanging() -> Pixels:
    """Bright on three dates, of which the answer is made; dark on all others, which say the contrary."""
    random = np.random.default_rng(4)
    values = np.zeros((DATES, 2, PIXELS))
    values[:, 1] = -10000
    for pixel in range(PIXELS):
        values[random.permutation(DATES)[:3], :, pixel] = 10000
    return tile(values)


def some(name: str, pixels: Pixels, kind: str, date: int = -1, **how: object) -> dict[str, np.ndarray]:
    network, card = shipped(name)
    return explain_some(network, card, "landcover", pixels, kind, date % len(pixels.days), **how)[0]  # type: ignore[arg-type]


def test_attention_that_lies_where_the_answer_hangs_is_faithful() -> None:
    found, axes = explain_some(Looking(True), LOOKS, "two", hanging(), "faithfulness", DATES - 1)
    said = verdict(found["top"], found["random"], "A toy")
    assert (said["verdict"], said["k"], said["pixels"]) == ("passes", 3, PIXELS)
    assert (found["top"][2] > 0.9).all()  # all three are gone: the contrary is said
    assert found["random"][2].mean() < 0.1
    assert axes["cloud_attention"] == ("layer", "head", "pixel")
    assert "3 most attended" in said["words"]
    assert "matter" in said["words"]


def test_attention_that_lies_elsewhere_is_not() -> None:
    found, _ = explain_some(Looking(False), LOOKS, "two", hanging(), "faithfulness", DATES - 1)
    said = verdict(found["top"], found["random"], "A toy")
    assert said["verdict"] == "fails"
    assert "Do not read this attention as a reason" in said["words"]
    assert np.abs(found["top"]).max() < 0.01


def test_a_verdict_needs_pixels_a_size_and_more_than_chance() -> None:
    even = np.zeros((8, 100), np.float32)
    rising = even + np.linspace(0.05, 0.15, 100, dtype=np.float32)
    assert verdict(rising, even, "It")["verdict"] == "passes"
    assert verdict(rising / 20, even, "It")["verdict"] == "fails"  # half a point: sure, and too small to matter
    tossed = even + np.where(np.arange(100) < 52, 0.5, -0.5).astype(np.float32)
    assert verdict(tossed, even, "It")["verdict"] == "fails"
    few = verdict(rising[:, :9], even[:, :9], "It")
    assert (few["verdict"], "too few" in few["words"]) == ("fails", True)
    assert verdict(even * np.nan, even * np.nan, "It")["verdict"] == "fails"
    assert verdict(rising[:2], even[:2], "It")["verdict"] == "fails"


def test_where_too_few_dates_are_left_nothing_is_said() -> None:
    found, _ = explain_some(Looking(True), LOOKS, "two", tile(np.full((4, 2, 2), 1000)), "faithfulness", 3)
    assert np.isfinite(found["top"]).tolist() == [[True] * 2] * 3 + [[False] * 2] * 5
    assert np.isfinite(found["random"]).tolist() == [[True] * 2] * 3 + [[False] * 2] * 5
    cloudy = tile(np.full((4, 2, 2), 1000), np.zeros((4, 2)))
    found, _ = explain_some(Looking(True), LOOKS, "two", cloudy, "faithfulness", 3)
    assert np.isnan(found["top"]).all()
    assert found["cloud_share"].tolist() == [1, 1]


def test_clouds_are_counted_among_the_dates_that_there_are() -> None:
    pixels = world(shipped("l-tae-l1c")[1], 4)
    pixels = replace(pixels, clear=np.broadcast_to(np.arange(46) % 4 < 3, pixels.mask.shape))
    found = some("l-tae-l1c", pixels.take(slice(2, 4)), "faithfulness")
    assert found["cloud_share"] == pytest.approx(11 / 46, abs=0.01)
    assert found["cloud_attention"].shape == (1, 16, 2)
    assert ((found["cloud_attention"] > 0) & (found["cloud_attention"] < 1)).all()


@pytest.mark.parametrize("kind", ["faithfulness", "stress"])
def test_draws_are_the_same_however_a_sample_is_cut(kind: str) -> None:
    pixels = world(shipped("l-tae-l2a")[1], 7)
    whole = some("l-tae-l2a", pixels, kind, options={"seed": 3, "draws": 2})
    parts = [
        some("l-tae-l2a", pixels.take(at), kind, first=at.start, options={"seed": 3, "draws": 2})
        for at in (slice(0, 3), slice(3, 7))
    ]
    for name in ("top", "random") if kind == "faithfulness" else ("said",):
        joined = np.concatenate([part[name] for part in parts], axis=-1)
        np.testing.assert_allclose(joined, whole[name], atol=1e-5)
    other = some("l-tae-l2a", pixels, kind, options={"seed": 4, "draws": 2})
    name = "random" if kind == "faithfulness" else "said"
    assert not np.array_equal(other[name], whole[name], equal_nan=whole[name].dtype.kind == "f")


@pytest.mark.parametrize("name", ["temp-cnn-l1c", "early-lstm-l2a"])
def test_without_stress_the_plain_answer_is_given(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 8)
    found = some(name, pixels, "stress", 30, options={"shares": (0.0, 0.5, 0.9)})
    plain = [OneSeries(network, card, "landcover", pixels.take(slice(at, at + 1)), 30).chances for at in range(1, 8)]
    assert found["said"][0].tolist() == [255, *(int(each.argmax()) for each in plain)]
    assert found["share"].tolist() == [0, 0.5, 0.9]


def test_clouds_are_painted_on_raw_series_and_cut_out_of_others() -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 3000, (20, 2, 30))
    clear = random.random((20, 30)).argsort(0) < 10  # ten clear dates each
    raw = replace(CARD, input=replace(CARD.input, level="l1c"))
    shares = {"shares": (0.0, 0.9)}

    class Sees(Ahead):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[tuple[np.ndarray, np.ndarray]] = []

        def forward(self, values, day, mask, *, watch=False):  # type: ignore[no-untyped-def]
            self.seen.append((values.numpy().copy(), mask.numpy().copy()))
            return super().forward(values, day, mask, watch=watch)

    for card, painted in ((raw, True), (CARD, False)):
        network = Sees()
        explain_some(network, card, "two", tile(values, clear, card), "stress", 19, options=shares)
        (plain, before), (shown, mask) = network.seen
        bright, gone = (shown > 0.7).all(-1), before & ~mask
        assert (bright if painted else gone).sum(1).tolist() == [9] * 30
        assert not (bright if painted else gone)[~clear.T].any()  # what is cloudy stays as it is
        assert (gone if painted else bright).sum() == 0
        kept = ~bright & mask
        assert np.array_equal(shown[kept], plain[kept])


def test_units_correlate_as_if_all_dates_and_pixels_lay_in_one_row() -> None:
    network, card = shipped("early-lstm-l1c")
    pixels = world(card, 30).take(slice(1, 30))
    clear = np.random.default_rng(5).random(pixels.mask.shape) < 0.7
    pixels = replace(pixels, clear=clear)
    found = some("early-lstm-l1c", pixels, "units", 40, options={"ndvi": [3, 7]})
    made = correlation(found)
    assert made.shape == (15, 6, 2, 64)
    cut = pixels.until(40)
    used = cut.mask
    series = OneSeries(network, card, "landcover", cut, 40)
    unit = []
    for place in range(29):
        alone = replace(series, pixels=cut.take(slice(place, place + 1)))
        unit.append(states(network, card, *alone.input)["c"][0, :, 1, 7].numpy())
    c = np.array(unit)
    season = np.cos(2 * np.pi * cut.day / 365.25)
    red, near = cut.values[..., 3], cut.values[..., 7]
    both = used & clear[:, :41] & (red + near > 0)
    ndvi = np.divide(near - red, near + red, out=np.zeros_like(red), where=both)
    truths = [(~clear[:, :41], used), (ndvi, both), (season, used)]
    said = found["said"]
    truths += [(np.broadcast_to(said[:, None] == each, used.shape), used) for each in range(12)]
    for target, (y, where) in enumerate(truths):
        if y[where].min() == y[where].max():
            assert np.isnan(made[target]).all()
            continue
        assert made[target, 4, 1, 7] == pytest.approx(np.corrcoef(c[where], y[where])[0, 1], abs=1e-6)
    halves = [some("early-lstm-l1c", pixels.take(at), "units", 40, options={"ndvi": [3, 7]})
              for at in (slice(0, 10), slice(10, 29))]  # fmt: skip
    joined = {name: halves[0][name] + halves[1][name] for name in found if name.startswith("sum_")}
    np.testing.assert_allclose(correlation(joined), made, atol=1e-6)


def test_what_never_moves_correlates_with_nothing() -> None:
    pixels = world(shipped("lstm-l2a")[1], 5)  # its cloudy dates are not shown: none of those used is cloudy
    made = correlation(some("lstm-l2a", pixels, "units"))
    assert np.isnan(made[0]).all()
    assert np.isnan(made[1]).all()  # nobody said where the bands of the index are
    assert np.isfinite(made[2]).any()


def test_nobody_waits_for_what_was_cancelled() -> None:
    def gone() -> None:
        raise JobCancelled("x", "y", code="cancelled")

    for name, kind in (("l-tae-l2a", "faithfulness"), ("l-tae-l2a", "stress"), ("lstm-l2a", "units")):
        with pytest.raises(JobCancelled):
            some(name, world(shipped(name)[1], 3), kind, on_piece=gone)


def test_what_cannot_be_asked_of_a_sample_is_refused() -> None:
    pixels = tile(np.full((2, 2, 1), 1000))
    for kind, code in (("colour", "kind"), ("faithfulness", "no_attention"), ("units", "no_states")):
        with pytest.raises(ModelError) as caught:
            explain_some(Ahead(), CARD, "two", pixels, kind, 1)
        assert caught.value.code == code
