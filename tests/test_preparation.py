"""A preparation changes what is looked at, never what is stored, and says what it did."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash.choice import Choice
from eodash.doctor import Fix
from eodash.errors import RasterError
from eodash.preparation import Preparation, corrected, prepare
from eodash.preprocess import Chain
from tests.toys import small_cube


def test_nothing_is_done_by_an_empty_preparation():
    cube = small_cube()
    assert prepare(cube, Preparation()) is cube
    assert Preparation().text == "{}"


def test_dates_are_left_out_with_their_reasons_and_the_cube_stays():
    cube = small_cube()
    chosen = prepare(cube, Preparation(Choice(clear=50)))
    assert (chosen.sizes["time"], cube.sizes["time"]) == (4, 5)
    assert json.loads(chosen.attrs["left_out"]) == [{"time": "2024-04-12T10:30:00", "reason": "0 % of the area clear"}]
    assert "left_out" not in cube.attrs


def test_no_date_left_is_an_error_with_advice():
    cube = small_cube(2)
    out = Choice(left_out=("2024-04-02T10:30:00", "2024-04-12T10:30:00"))
    with pytest.raises(RasterError) as caught:
        prepare(cube, Preparation(out))
    assert (caught.value.code, bool(caught.value.advice)) == ("no_dates", True)


def test_a_correction_is_applied_before_the_chain_and_noted():
    cube = small_cube()
    preparation = Preparation(fixes=(Fix("offset", {"add": -50}),), chain=Chain.standard())
    assert np.array_equal(corrected(cube, preparation).values, cube.values - 50)
    made = prepare(cube, preparation)
    assert len(json.loads(made.attrs["corrections"])) == 1
    assert json.loads(made.attrs["chain"])


def test_the_same_preparation_has_the_same_text_and_survives_its_json():
    preparation = Preparation(
        Choice(40, every="week", left_out=("2024-04-02T10:30:00",)),
        (Fix("offset", {"add": -1000}), Fix("drop", {"dates": ["2024-04-12T10:30:00"]})),
        Chain.standard(),
    )
    again = Preparation.from_json(json.loads(preparation.text))
    assert again == preparation
    assert again.text == preparation.text


@pytest.mark.parametrize(
    "said",
    [
        {"choice": 5},
        {"choice": {"clear": -1}},
        {"fixes": [{"kind": "rm -rf", "parameters": {}}]},
        {"fixes": "offset"},
        {"chain": {"unknown": {}}},
        [],
    ],
)
def test_a_foreign_preparation_is_refused_in_words(said: object):
    with pytest.raises(RasterError):
        Preparation.from_json(said)  # type: ignore[arg-type]


def test_one_pixel_is_prepared_like_the_whole():
    cube = small_cube()
    preparation = Preparation(fixes=(Fix("scale", {"factor": 2.0}),), chain=Chain.standard())
    whole, one = prepare(cube, preparation), prepare(cube[:, :, 3:4, 5:6], preparation)
    assert np.array_equal(whole[:, :, 3:4, 5:6].values, one.values)
