"""What is kept of a tile beside its map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eodash.backend.device import Policy
from eodash.backend.distance import distance
from eodash.backend.forward import answer
from eodash.backend.piece import Piece
from eodash.backend.reduce import REDUCERS, Reducer, summarise_tile
from eodash.backend.tile import predict_tile
from eodash.backend.weights import load, load_reference
from eodash.errors import ModelError
from tests.backend import made
from tests.backend.linear import Ahead, Causal
from tests.backend.shipped import DATES, shipped, world
from tests.backend.test_tile import CARD, tile


@pytest.mark.parametrize("name", ["early-lstm-l1c", "l-tae-l2a"])
def test_features_and_distance_are_those_of_the_whole_series(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 40)
    found = summarise_tile(network, card, "landcover", pixels, ("features", "outside"), (5,), (4, 10))
    truth = answer(network, card.input, pixels).features
    assert found["features"].dtype == np.float16
    kept = found["features"].reshape(len(truth[0]), 40).T
    assert kept == pytest.approx(truth, rel=2e-3, abs=1e-3, nan_ok=True)
    far = distance(network, card.input, load_reference(card), pixels)
    assert found["outside"].ravel() == pytest.approx(far, abs=2e-3, nan_ok=True)
    assert np.isnan(found["outside"][0, 0])
    assert np.isfinite(found["outside"][0, 1])


def test_features_need_no_date() -> None:
    pixels = tile(np.full((3, 2, 4), 1000))
    assert summarise_tile(Ahead(), CARD, "two", pixels, ("features",), ())["features"].shape == (2, 4)


def test_what_a_map_holds_is_what_the_reducers_say() -> None:
    network, card = shipped("causal-transformer-l2a")
    pixels = world(card, 24)
    there = predict_tile(network, card, "landcover", pixels, DATES, (4, 6))
    found = summarise_tile(network, card, "landcover", pixels, tuple(there), DATES, (4, 6))
    assert all(
        np.array_equal(found[name], there[name], equal_nan=each.dtype.kind == "f") for name, each in there.items()
    )


def test_chances_of_every_class_and_date_are_kept_where_they_are_wanted() -> None:
    pixels = tile([[[30000, 0], [0, 9000]], [[0, 0], [20000, 9000]]], [[True, False], [True, True]])
    found = summarise_tile(Causal(), CARD, "two", pixels, ("probability", "hazard"), (0, 1))
    assert found["probability"].shape == (2, 2, 2)
    assert found["probability"][0, :, 0].sum() == pytest.approx(1, abs=1e-3)
    assert np.isnan(found["probability"][0, :, 1].astype(float)).all()
    assert found["hazard"].tolist() == [[0.5, 0], [0.5, 0.5]]  # nobody stops where nothing was seen


TOLD = {"layer": "1", "head": "2", "quantity": "c", "unit": "5"}


@pytest.mark.parametrize("first", REDUCERS)
def test_every_reducer_has_the_shape_that_it_says(first: str) -> None:
    name = ":".join((first, *(TOLD[each] for each in REDUCERS[first].told)))
    network, card = shipped("causal-transformer-l1c" if "head" in REDUCERS[first].told else "early-lstm-l1c")
    sizes = {"date": 2, "class": 12, "feature": network.classifier.in_features, "band": 13}
    pixels = world(card, 6)
    nothing = replace(pixels, mask=np.zeros_like(pixels.mask))
    one, none = (
        summarise_tile(network, card, "landcover", each, (name,), (3, 20), (2, 3))[name] for each in (pixels, nothing)
    )
    wanted = (*(sizes[axis] for axis in REDUCERS[first].axes), 2, 3)
    assert one.shape == none.shape == wanted
    assert one.dtype == none.dtype == REDUCERS[first].nothing.dtype
    assert np.array_equal(none, np.full(wanted, REDUCERS[first].nothing), equal_nan=none.dtype.kind == "f")
    assert not np.array_equal(one, none, equal_nan=none.dtype.kind == "f")


def test_a_reducer_is_one_function_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def second(piece: Piece):  # type: ignore[no-untyped-def]
        return piece.second.T

    monkeypatch.setitem(REDUCERS, "second", Reducer(second, ("date",), np.float32(-1)))
    pixels = tile([[[10000, 0], [0, 0]]], [[True, False]])
    found = summarise_tile(Ahead(), CARD, "two", pixels, ("second",), (0,), policy=Policy(size=1))["second"]
    assert found == pytest.approx(np.array([[1 - np.e / (np.e + 2), -1]], np.float32))


def test_what_a_model_does_not_have_is_refused_by_name(tmp_path: Path) -> None:
    pixels = tile(np.full((2, 2, 1), 1000))
    for name in ("hazard", "stop", "colour"):
        with pytest.raises(ModelError, match=name) as caught:
            summarise_tile(Ahead(), CARD, "two", pixels, (name,), (0,))
        assert caught.value.code == "reducer"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(made, "REFERENCE", {})
        card = made.saved(tmp_path)
    three = tile(np.full((2, 3, 1), 1000), card=card)
    with pytest.raises(ModelError) as caught:
        summarise_tile(load(card), card, "letters", three, ("outside",), (0,))
    assert caught.value.code == "no_reference"
