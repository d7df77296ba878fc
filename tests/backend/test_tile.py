"""A tile of a map: the plain loop's answers, and nothing where nothing was observed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from eodash.backend.device import PLAIN, Policy
from eodash.backend.forward import answer, fold, prefixes
from eodash.backend.probe import policy_of
from eodash.backend.questions import NOTHING, SURE, UNDECIDED
from eodash.backend.tile import Pixels, pixels_of, predict_tile
from eodash.cards import Card, Class, Input
from eodash.early import stopping
from eodash.errors import ModelError
from eodash.sources.contract import NODATA
from tests.backend.linear import Ahead, Causal
from tests.backend.made import card_of
from tests.backend.shipped import ARCHITECTURES, DATES, as_dates, shipped, world

CARD = card_of(
    "l-tae", None, input=Input("l2a", ("B04", "B08"), (0.0, 0.0), (1.0, 1.0)),
    legends={"two": (Class("dark", "#111111", (0,)), Class("bright", "#eeeeee", (1, 2)))},
)  # type: ignore[arg-type] # fmt: skip


def tile(values: object, clear: object = None, card: Card = CARD) -> Pixels:
    """Stored numbers (time, band, pixel), a row of pixels."""
    raw = np.asarray(values, np.int16)[:, :, None]
    seen = np.ones((len(raw), 1, raw.shape[-1]), bool) if clear is None else np.asarray(clear, bool)[:, None]
    return pixels_of(raw, seen, np.arange(len(raw), dtype=np.float32) * 10, card, 1e-4)


def plain_loop(name: str, pixels: Pixels, dates: tuple[int, ...]) -> np.ndarray:
    """(date, series, class), asked the way anybody would."""
    network, card = shipped(name)
    return fold(prefixes(network, card.input, pixels, dates), card.legends["landcover"]).swapaxes(0, 1)


@pytest.mark.parametrize("name", [f"{each}-{level}" for each in ARCHITECTURES for level in ("l1c", "l2a")])
def test_exact_maps_are_those_of_a_plain_loop(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 48)
    truth = plain_loop(name, pixels, DATES)
    known = np.isfinite(truth).all(-1)
    assert not known[:, 0].any()
    assert not known[0, 1]
    found = predict_tile(network, card, "landcover", pixels, DATES, (1, 48))
    assert (found["said"][:, 0] == np.where(known, np.nan_to_num(truth).argmax(-1), NOTHING)).all()
    assert np.nanmax(np.abs(found["final"][:, 0].T - truth[-1])) < 1e-3  # half precision
    assert (np.abs(found["confidence"][:, 0] - SURE * np.nan_to_num(truth).max(-1)) <= 0.51).all()
    assert ("stop" in found) == network.causal


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [f"{each}-{level}" for each in ARCHITECTURES for level in ("l1c", "l2a")])
def test_maps_made_the_quick_way_say_the_same_of_nearly_every_pixel(name: str) -> None:
    network, card = shipped(name)
    pixels, policy = world(card, 400, seed=1), policy_of(network, card)
    exact, quick = (
        predict_tile(network, card, "landcover", pixels, DATES, (1, 400), policy=way) for way in (PLAIN, policy)
    )
    known = exact["said"] != NOTHING
    assert (quick["said"][known] == exact["said"][known]).mean() >= 0.995
    assert np.nanmax(np.abs(quick["final"].astype(float) - exact["final"])) <= 0.031
    assert (quick["said"][~known] == NOTHING).all()


@pytest.mark.parametrize("name", ["early-lstm-l1c", "causal-transformer-l2a"])
def test_dates_of_decision_are_those_of_the_rule(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 60)
    hazard = answer(network, card.input, pixels).hazard
    assert hazard is not None
    rule = stopping(hazard, pixels.mask)
    wanted = np.where(rule.decided & pixels.mask.any(1), rule.date, UNDECIDED)
    assert len(np.unique(wanted)) > 3
    # the question is about an early date; the decision may come later
    assert (predict_tile(network, card, "landcover", pixels, (3,), (6, 10))["stop"].ravel() == wanted).all()


@pytest.mark.parametrize("network", [Ahead(), Causal()])
@pytest.mark.parametrize("policy", [PLAIN, Policy(size=1), Policy(plain=False)])
def test_the_class_after_each_date_is_that_of_the_formula(network: Ahead, policy: Policy) -> None:
    # two bands: the mean over the dates so far; outputs 1 and 2 are one class
    pixels = tile([[[30000, 0], [0, 9000]], [[0, 0], [20000, 9000]], [[0, 0], [32000, 9000]]])
    found = predict_tile(network, CARD, "two", pixels, (0, 1, 2), (1, 2), policy=policy)
    assert found["said"][:, 0].tolist() == [[0, 1], [0, 1], [1, 1]]
    first = np.exp(3) / (np.exp(3) + 2)
    assert found["confidence"][0, 0, 0] == round(SURE * first)
    assert found["margin"][0, 0, 0] == round(SURE * (2 * first - 1))
    assert {name: each.dtype.name for name, each in found.items() if name != "stop"} == {
        "said": "uint8", "confidence": "uint8", "margin": "uint8", "entropy": "uint8", "final": "float16",
    }  # fmt: skip


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_clouds_and_missing_values_say_nothing(network: Ahead) -> None:
    values = np.full((3, 2, 4), 1000)
    values[0, 1, 1] = NODATA  # one band is enough
    clear = np.ones((3, 4), bool)
    clear[:, 2] = False  # all clouds
    clear[:2, 3] = False
    found = predict_tile(network, CARD, "two", tile(values, clear), (0, 1, 2), (2, 2))
    assert (found["said"].reshape(3, 4) == NOTHING).tolist() == [
        [False, True, True, True], [False, False, True, True], [False, False, True, False],
    ]  # fmt: skip
    for name in ("confidence", "margin", "entropy"):
        assert found[name][:, 1, 0].tolist() == [0, 0, 0]
    assert np.isnan(found["final"][:, 1, 0].astype(float)).all()
    if network.causal:
        assert found["stop"][1, 0] == UNDECIDED


def test_a_tile_of_clouds_alone_is_nothing() -> None:
    found = predict_tile(Causal(), CARD, "two", tile(np.full((3, 2, 4), 1000), np.zeros((3, 4))), (1, 2), (2, 2))
    assert (found["said"] == NOTHING).all()
    assert (found["stop"] == UNDECIDED).all()
    assert found["final"].shape == (2, 2, 2)


def test_clouds_stay_in_raw_series_and_numbers_that_are_none_do_not() -> None:
    raw = replace(CARD, input=replace(CARD.input, level="l1c"))
    assert tile(np.full((2, 2, 3), 1000), np.zeros((2, 3)), raw).mask.all()
    values = np.full((2, 2, 1, 3), 0.1, np.float32)
    values[1, 0, 0, 2] = np.nan
    pixels = pixels_of(values, np.ones((2, 1, 3), bool), np.zeros(2, np.float32), raw, 1.0)
    assert pixels.mask.tolist() == [[True, True], [True, True], [True, False]]
    assert (predict_tile(Ahead(), raw, "two", pixels, (1,), (1, 3))["said"] != NOTHING).all()


@pytest.mark.parametrize("dates", [1, 400])
@pytest.mark.parametrize("name", ["early-lstm-l1c", "temp-cnn-l1c", "causal-transformer-l1c"])
def test_one_date_and_four_hundred_are_answered(name: str, dates: int) -> None:
    network, card = shipped(name)
    pixels = as_dates(world(card, 20), dates)
    found = predict_tile(network, card, "landcover", pixels, (dates - 1,), (4, 5))
    truth = plain_loop(name, pixels, (dates - 1,))
    known = np.isfinite(truth).all(-1)
    assert (found["said"].reshape(1, -1)[known] == truth[known].argmax(-1)).all()


def test_the_size_of_a_piece_changes_no_class() -> None:
    network, card = shipped("early-lstm-l2a")
    pixels = world(card, 90)
    found = [
        predict_tile(network, card, "landcover", pixels, DATES, (9, 10), policy=Policy(size=size)) for size in (7, 256)
    ]
    assert (found[0]["said"] == found[1]["said"]).all()
    assert (found[0]["stop"] == found[1]["stop"]).all()


def test_each_piece_is_reported_and_may_stop_everything() -> None:
    heard: list[tuple[int, int]] = []
    pixels = tile(np.full((2, 2, 5), 1000))
    predict_tile(
        Causal(), CARD, "two", pixels, (1,), (1, 5), policy=Policy(size=2), on_piece=lambda *at: heard.append(at)
    )
    assert heard == [(2, 5), (4, 5), (5, 5)]

    def stop(done: int, of: int) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        predict_tile(Causal(), CARD, "two", pixels, (1,), (1, 5), on_piece=stop)


def test_a_read_only_memory_map_will_do() -> None:
    values = np.full((2, 2, 1, 3), 1000, np.int16)
    values.flags.writeable = False
    pixels = pixels_of(values, np.ones((2, 1, 3), bool), np.zeros(2, np.float32), CARD, 1e-4)
    assert (predict_tile(Ahead(), CARD, "two", pixels, (1,), (1, 3))["said"] != NOTHING).all()


def test_what_does_not_go_together_is_named() -> None:
    good = np.full((2, 2, 1, 3), 1000, np.int16)
    clear, day = np.ones((2, 1, 3), bool), np.zeros(2, np.float32)
    for code, needed, found, call in (
        ("bands", 2, 1, lambda: pixels_of(good[:, :1], clear, day, CARD, 1e-4)),
        ("dates", 2, 3, lambda: pixels_of(good, clear, np.zeros(3, np.float32), CARD, 1e-4)),
        ("dates", 2, 1, lambda: pixels_of(good, clear, np.array([0, np.nan], np.float32), CARD, 1e-4)),
        ("scale", "above 0", 0.0, lambda: pixels_of(good, clear, day, CARD, 0.0)),
        ("scale", "reflectance 0–1", 1000.0, lambda: pixels_of(good, clear, day, CARD, 1.0)),
        ("legend", "three", ["two"], lambda: predict_tile(Ahead(), CARD, "three", tile(good[:, :, 0]), (0,), (1, 3))),
        ("dates", [2], 2, lambda: predict_tile(Ahead(), CARD, "two", tile(good[:, :, 0]), (2,), (1, 3))),
        ("dates", [], 2, lambda: predict_tile(Ahead(), CARD, "two", tile(good[:, :, 0]), (), (1, 3))),
        ("classes", 3, 2, lambda: predict_tile(Ahead(2, 2), CARD, "two", tile(good[:, :, 0]), (0,), (1, 3))),
        ("bands", 3, 2, lambda: predict_tile(Ahead(3), CARD, "two", tile(good[:, :, 0]), (0,), (1, 3))),
    ):
        with pytest.raises(ModelError) as caught:
            call()
        assert (caught.value.code, caught.value.details) == (code, {"needed": needed, "found": found})
        assert caught.value.advice


def test_a_map_leaves_no_gradient_and_no_draw() -> None:
    network, before = Ahead(), torch.random.get_rng_state()
    predict_tile(network, CARD, "two", tile(np.full((2, 2, 5), 1000)), (1,), (1, 5))
    assert torch.equal(before, torch.random.get_rng_state())
