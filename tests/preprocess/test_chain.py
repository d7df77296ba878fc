"""A chain is data: it survives JSON, refuses what it does not know, and describes its own widgets."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from eodash.errors import RasterError
from eodash.preprocess import Chain
from eodash.preprocess.blocks import Fill, Mask, Select

FULL = {
    "select": {"start": "2024-03-01", "end": "2024-09-30"},
    "reflectance": {"scale": 2.75e-05, "offset": -0.2},
    "mask": {"rule": "spectral", "buffer": 3},
    "fill": {"longest": 45, "edges": "hold"},
    "interpolate": {
        "step": 5, "method": "savgol", "longest": 90, "smoothness": 3.0, "window": 9, "order": 3,
    },
    "smooth": {"method": "whittaker", "smoothness": 10.0, "window": 7, "order": 2},
    "normalise": {"method": "zscore", "means": {"B04": 0.08}, "scales": {"B04": 0.05}, "low": 1.0, "high": 99.0},
}  # fmt: skip


def test_a_chain_survives_json() -> None:
    full = Chain.from_json(FULL)
    assert json.loads(json.dumps(full.to_json())) == FULL
    assert Chain.from_json(json.loads(json.dumps(full.to_json()))) == full
    assert Chain.from_json(Chain.standard().to_json()) == Chain.standard()


def test_raw_is_nothing() -> None:
    assert Chain().to_json() == {}
    assert Chain.from_json({}) == Chain()
    assert Chain().on == ()


def test_equal_chains_are_one_key() -> None:
    whole, real = Chain.from_json({"smooth": {"smoothness": 10}}), Chain.from_json({"smooth": {"smoothness": 10.0}})
    other = {"means": {"B03": 1, "B04": 2}, "scales": {"B04": 1, "B03": 1}}
    same = {"means": {"B04": 2.0, "B03": 1.0}, "scales": {"B03": 1.0, "B04": 1.0}}
    assert hash(whole) == hash(real)
    assert Chain.from_json({"normalise": other}) == Chain.from_json({"normalise": same})
    assert len({Chain(), Chain.standard(), Chain.standard(), whole, real}) == 3


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "mask",
        {"cloud": {}},
        {"mask": None},
        {"mask": True},
        {"mask": {"rule": "magic"}},
        {"mask": {"rule": ["scene"]}},
        {"mask": {"buffer": 1.5}},
        {"mask": {"buffer": -1}},
        {"mask": {"buffer": True}},
        {"mask": {"buffer": "2"}},
        {"mask": {"colour": "red"}},
        {"fill": {"longest": 0}},
        {"fill": {"longest": 10**400}},
        {"fill": {"longest": float("nan")}},
        {"interpolate": {"step": 367}},
        {"interpolate": {"step": 2.5}},
        {"smooth": {"window": 6}},
        {"smooth": {"window": 3, "order": 3}},
        {"smooth": {"smoothness": 0}},
        {"smooth": {"smoothness": float("inf")}},
        {"select": {"start": "2024-02-30"}},
        {"select": {"start": 20240101}},
        {"select": {"start": "2024-09-01", "end": "2024-03-01"}},
        {"reflectance": {"scale": 0}},
        {"normalise": {"means": {"B04": 0.1}}},
        {"normalise": {"means": {"B04": 0.1}, "scales": {"B04": 0}}},
        {"normalise": {"means": {"B04": "<script>"}, "scales": {"B04": 1}}},
        {"normalise": {"means": 5, "scales": 5}},
        {"normalise": {"means": [["B04", 1], ["B04", 2]], "scales": {"B04": 1}}},
        {"normalise": {"low": 60}},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_unknown_or_out_of_range_is_refused_with_advice(said: Any) -> None:
    with pytest.raises(RasterError) as caught:
        Chain.from_json(said)
    assert caught.value.code == "chain"
    assert caught.value.advice.endswith(".")
    assert len(str(caught.value)) < 300


def test_blocks_made_by_hand_are_checked_too() -> None:
    with pytest.raises(RasterError, match="whole number from 0 to 20"):
        Mask(buffer=21)
    assert Select(start=date(2024, 3, 1)).start == "2024-03-01"  # type: ignore[arg-type]


def test_every_switch_can_be_drawn_from_data() -> None:
    for block in Chain.blocks():
        assert block.title
        assert block.sentence.endswith(".")
        assert block.parameters
        for parameter in block.parameters:
            assert parameter.title
            assert parameter.checked(parameter.default, block.title) == parameter.default
            if parameter.kind in ("number", "whole"):
                assert parameter.low <= parameter.default <= parameter.high
                assert parameter.checked(parameter.low, block.title) == parameter.low
                assert parameter.checked(parameter.high, block.title) == parameter.high
            if parameter.kind == "choice":
                assert parameter.default in dict(parameter.choices)
            if parameter.only:
                governing = next(other for other in block.parameters if other.name == parameter.only[0])
                assert parameter.only[1] in dict(governing.choices)


def test_a_widget_switches_one_block() -> None:
    chain = Chain.standard().switched("fill", {"longest": 30})
    assert chain.fill == Fill(longest=30)
    assert chain.switched("fill", None) == Chain.standard()
    assert chain.until("fill") == Chain(mask=Mask(), fill=Fill(longest=30))
    assert chain.on == ("mask", "fill", "interpolate")


def test_a_chain_says_what_it_does() -> None:
    said = Chain.from_json(FULL).said
    assert said[2] == "Cloud and shadow mask: rule spectral rule, buffer 3 pixels"
    assert "smoothness" not in said[4]  # of the method that is not chosen
    assert len(said) == 7
