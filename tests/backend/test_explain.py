"""Why a network says what it says of one series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import models
from eodash import cards
from eodash.backend.explain import KINDS, explain_series
from eodash.backend.inspect import inspect_series
from eodash.backend.one_series import OneSeries
from eodash.backend.pixels import Pixels
from eodash.backend.questions import KEEPERS
from eodash.backend.reduce import summarise_tile
from eodash.errors import ModelError
from tests.backend.linear import Ahead, Causal
from tests.backend.looking import CARD as LOOKS
from tests.backend.looking import Looking
from tests.backend.shipped import as_dates, shipped, world
from tests.backend.test_tile import CARD, tile

ATTENTIVE = ("transformer-l2a", "causal-transformer-l2a", "l-tae-l1c")
GATED = ("lstm-l2a", "early-lstm-l1c")


def one(name: str, place: int = 1) -> Pixels:
    """A series with gaps, or none if the network reads clouds."""
    return world(shipped(name)[1], 6).take(slice(place, place + 1))


def explained(name: str, pixels: Pixels, *kinds: str, date: int = -1) -> dict[str, np.ndarray]:
    network, card = shipped(name)
    return explain_series(network, card, "landcover", pixels, kinds, date % len(pixels.days))[0]


@pytest.mark.parametrize("name", ATTENTIVE)
@pytest.mark.parametrize("date", [-1, 20])
def test_attention_rows_sum_to_one_over_the_dates_that_were_shown(name: str, date: int) -> None:
    pixels = one(name)
    found = explained(name, pixels, "attention", date=date)
    scores, seen = found["attention"], found["seen"]
    assert seen.tolist() == [bool(each) and at <= date % 46 for at, each in enumerate(pixels.mask[0])]
    assert scores.shape[-2:] == (46 if "transformer" in name else 1, 46)
    assert not scores[..., ~seen].any()
    asking = seen if scores.shape[2] == 46 else np.array([True])
    np.testing.assert_allclose(scores[:, :, asking].sum(-1), 1, atol=1e-5)
    assert not scores[:, :, ~asking].any()
    np.testing.assert_allclose(found["received"], scores[:, :, asking].mean(2), atol=1e-6)
    np.testing.assert_allclose(found["received"].sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ATTENTIVE)
def test_what_is_watched_belongs_to_what_is_said(name: str) -> None:
    pixels = one(name, 3)
    network, card = shipped(name)
    found = explained(name, pixels, "attention")
    truth = inspect_series(network, card, "landcover", pixels)["probabilities"][-1]
    np.testing.assert_allclose(found["probabilities"], truth, atol=1e-5)
    assert found["winner"] == truth.argmax()
    assert found["score"] == pytest.approx(truth.max(), abs=1e-5)


@pytest.mark.parametrize("name", ATTENTIVE)
def test_maps_of_attention_agree_with_the_pixel(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 5)
    pixels = replace(pixels, clear=np.random.default_rng(2).random(pixels.mask.shape) < 0.6)
    asked = ("looked:0:1", "looked_share:0:1", "received:0:1", "cloud_attention:0:1")
    # "features" needs the whole series; what is looked at up to a date does not change by it
    maps = summarise_tile(network, card, "landcover", pixels, (*asked, "features"), (12, 30))
    assert (maps["looked:0:1"][0], maps["received:0:1"].dtype) == (65535, np.float16)
    for place in range(1, 5):
        alone = pixels.take(slice(place, place + 1))
        column = explain_series(network, card, "landcover", alone, ("attention",), 30)[0]["received"][0, 1]
        assert maps["looked:0:1"][place] == column.argmax()
        assert maps["looked_share:0:1"][place] == pytest.approx(column.max(), abs=1e-5)
        np.testing.assert_allclose(maps["received:0:1"][:, place], column[[12, 30]], atol=1e-3)
        assert pixels.clear is not None
        cloudy = column[~pixels.clear[place]].sum()
        assert maps["cloud_attention:0:1"][place] == pytest.approx(cloudy, abs=1e-5)


@pytest.mark.parametrize("name", GATED)
def test_a_map_of_a_unit_is_the_pixel_s_state(name: str) -> None:
    network, card = shipped(name)
    pixels = world(card, 4)
    made = summarise_tile(network, card, "landcover", pixels, ("state:c:1:5", "state:o:0:3"), (3, 20))
    for place in (2, 3):
        alone = pixels.take(slice(place, place + 1))
        states = explain_series(network, card, "landcover", alone, ("states",), 20)[0]["states"]
        np.testing.assert_allclose(made["state:c:1:5"][:, place], states[4, 1, 5, [3, 20]], atol=2e-3)
        np.testing.assert_allclose(made["state:o:0:3"][:, place], states[3, 0, 3, [3, 20]], atol=2e-3)
    assert np.isnan(made["state:c:1:5"][:, 0].astype(float)).all()
    assert np.isnan(made["state:c:1:5"][0, 1])


@pytest.mark.parametrize("name", GATED)
def test_states_follow_the_equations_of_the_lstm(name: str) -> None:
    found = explained(name, one(name), "states")
    assert found["quantity"].tolist() == ["i", "f", "g", "o", "c", "h"]
    both = name.startswith("lstm")
    assert found["layer"].tolist() == (
        [f"{layer} {way}" for layer in (1, 2, 3, 4) for way in "→←"] if both else ["1", "2"]
    )
    seen = found["seen"]
    for layer, word in enumerate(found["layer"]):
        i, f, g, o, c, h = found["states"][:, layer][..., seen][..., :: -1 if "←" in word else 1]
        before = np.concatenate([np.zeros((len(c), 1)), c[:, :-1]], axis=1)
        np.testing.assert_allclose(c, f * before + i * g, atol=1e-5)
        np.testing.assert_allclose(h, o * np.tanh(c), atol=1e-5)
    assert not found["states"][:, 0, :, ~seen & (np.arange(46) < seen.argmax())].any()


def test_states_are_those_of_torch() -> None:
    network, card = shipped("lstm-l2a")
    pixels = one("lstm-l2a")
    states = explained("lstm-l2a", pixels, "states")["states"]
    values, day, mask = OneSeries(network, card, "landcover", pixels, 45).input
    with torch.no_grad():
        cells = network.final_cells(_projected(network, values, day), mask)[:, 0].numpy()
    seen = np.flatnonzero(pixels.mask[0])
    mine = [states[4, layer, :, seen[0 if layer % 2 else -1]] for layer in range(8)]
    np.testing.assert_allclose(mine, cells, atol=1e-5)


def _projected(network: models.SeriesNetwork, values: torch.Tensor, day: torch.Tensor) -> torch.Tensor:
    from models.days import season

    x = network.norm(values)
    return torch.cat([x, season(day)], -1) if network.config.dated else x


@pytest.mark.parametrize("name", ["causal-transformer-l2a", "early-lstm-l1c"])
def test_what_a_causal_network_says_by_a_date_does_not_change_with_what_follows(name: str) -> None:
    kind = "states" if "lstm" in name else "attention"
    pixels = one(name, 2)
    whole, cut = explained(name, pixels, kind, date=25), explained(name, pixels.until(25), kind)
    np.testing.assert_allclose(whole["probabilities"], cut["probabilities"], atol=1e-6)
    again = explained(name, pixels, kind)  # the whole series, read once
    if kind == "states":
        np.testing.assert_allclose(whole["states"][..., :26], cut["states"], atol=1e-6)
        np.testing.assert_allclose(again["states"][..., :26], cut["states"], atol=1e-6)
        assert np.isnan(whole["states"][..., 26:]).all()
    else:
        np.testing.assert_allclose(whole["attention"][..., :26, :26], cut["attention"], atol=1e-6)
        np.testing.assert_allclose(again["attention"][..., :26, :26], cut["attention"], atol=1e-6)
    network, card = shipped(name)
    steps = inspect_series(network, card, "landcover", pixels)["probabilities"]
    np.testing.assert_allclose(whole["probabilities"], steps[25], atol=1e-5)


def test_the_chances_of_stopping_are_the_product_written_out_and_stay_the_same() -> None:
    network, card = shipped("early-lstm-l2a")
    pixels = one("early-lstm-l2a", 2)
    first, second = (inspect_series(network, card, "landcover", pixels) for _ in range(2))
    seen = np.flatnonzero(pixels.mask[0])
    going, truth = 1.0, np.zeros(46)
    for date in seen:
        truth[date] = going if date == seen[-1] else first["hazard"][date] * going
        going *= 1 - float(first["hazard"][date])
    np.testing.assert_allclose(first["chance"], truth, atol=1e-6)
    assert first["chance"].sum() == pytest.approx(1, abs=1e-5)
    assert first["stop"] == second["stop"] == np.flatnonzero(truth.cumsum() >= 0.5)[0]


@pytest.mark.parametrize("name", ["l-tae-l1c", "early-lstm-l1c"])
def test_a_dropped_date_is_a_date_that_was_never_there(name: str) -> None:
    network, card = shipped(name)
    pixels = one(name)
    found = explained(name, pixels, "drops", date=14)
    for date in (11, 14):
        mask = pixels.mask.copy()
        mask[0, date] = False
        truth = inspect_series(network, card, "landcover", replace(pixels, mask=mask))["probabilities"][14]
        np.testing.assert_allclose(found["drop_probabilities"][date], truth, atol=1e-5)
        apart = np.abs(truth - found["probabilities"]).sum() / 2
        assert found["drop_change"][date] == pytest.approx(apart, abs=1e-5)
    assert not found["drop_change"][[0, 5, 15, 45]].any()  # before the first observation, and behind the date


def test_every_kind_answers_together() -> None:
    name = "early-lstm-l1c"
    kinds = [kind for kind in KINDS if kind != "attention"]
    network, card = shipped(name)
    found, axes = explain_series(network, card, "landcover", one(name, 3), kinds, 30)
    sizes = {"class": 12, "time": 46, "band": 13, "quantity": 6, "layer": 2, "unit": 64}
    assert {name: array.shape for name, array in found.items()} == {
        name: tuple(sizes[axis] for axis in dims) for name, dims in axes.items()
    }
    assert {"gradient", "integrated", "occlusion_time", "occlusion_band", "drop_change"} <= set(found)


@pytest.mark.parametrize("network", [Ahead(), Causal()])
def test_one_date_will_do(network: Ahead) -> None:
    found = explain_series(network, CARD, "two", tile(np.full((1, 2, 1), 1000)), ("drops",), 0)[0]
    assert np.isfinite(found["probabilities"]).all()
    assert np.isnan(found["drop_change"]).tolist() == [True]  # nothing would be left
    one_date = explained("transformer-l2a", one("transformer-l2a", 2).until(0), "attention")
    if one_date["seen"].any():
        assert one_date["attention"].ravel().tolist() == [1] * 9


def test_at_the_first_of_many_dates_attention_has_the_dates_of_the_series() -> None:
    pixels = as_dates(one("transformer-l1c", 3), 7)
    for name, rows in (("transformer-l1c", 7), ("l-tae-l1c", 1)):
        assert explained(name, pixels, "attention", date=0)["attention"].shape[2:] == (rows, 7)


@pytest.mark.parametrize("name", ["transformer-l2a", "causal-transformer-l2a", "l-tae-l1c", "lstm-l2a"])
def test_of_a_series_that_nobody_saw_nothing_is_said(name: str) -> None:
    kind = "states" if name.startswith("lstm") else "attention"
    pixels = one(name)
    found = explained(name, replace(pixels, mask=np.zeros_like(pixels.mask)), kind, "drops")
    assert np.isnan(found["probabilities"]).all()
    assert (int(found["winner"]), bool(np.isnan(found["score"]))) == (-1, True)
    assert np.isnan(found["states" if kind == "states" else "received"]).all()
    assert np.isnan(found["drop_change"]).all()
    assert not found["seen"].any()


def test_a_year_of_days_is_explained() -> None:
    for name, kind in (("l-tae-l1c", "attention"), ("early-lstm-l1c", "states")):
        found = explained(name, as_dates(one(name, 3), 365), kind)
        assert np.isfinite(found["attention" if kind == "attention" else "states"]).all()


@pytest.mark.parametrize("architecture", models.SHELF)
def test_the_table_of_what_networks_keep_is_what_they_keep(architecture: str) -> None:
    torch.manual_seed(1)
    network = models.build(architecture, bands=2, classes=3).eval()
    with torch.no_grad():
        trace = network(torch.zeros(1, 3, 2), torch.zeros(1, 3), torch.ones(1, 3).bool(), watch=True)
    assert (trace.attention is not None) == (architecture in KEEPERS["attention"])
    assert (trace.states is not None) == (architecture in KEEPERS["states"])


@pytest.mark.parametrize(
    ("kind", "which", "others"),
    [
        ("attention", "early-lstm-l1c", "Causal Transformer, L-TAE or Transformer"),
        ("states", "l-tae-l2a", "Early LSTM"),
    ],
)
def test_a_model_without_it_is_refused_and_those_that_have_it_are_named(kind: str, which: str, others: str) -> None:
    with pytest.raises(ModelError) as caught:
        explained(which, one(which), kind)
    assert caught.value.code == f"no_{kind}"
    assert others in caught.value.advice
    named = [cards.card(name) for name in caught.value.details["needed"]]
    assert {each.input.level for each in named} == {which[-3:]}
    with pytest.raises(ModelError, match="does not"):
        explain_series(Ahead(), CARD, "two", tile(np.full((2, 2, 1), 1000)), (kind,), 1)


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    pixels = tile(np.full((2, 2, 1), 1000))
    for kinds, date, legend, code in (
        (("colour",), 1, "two", "kind"), (("drops",), 2, "two", "dates"), (("drops",), -1, "two", "dates"),
        (("drops",), 1, "three", "legend"),
    ):  # fmt: skip
        with pytest.raises(ModelError) as caught:
            explain_series(Ahead(), CARD, legend, pixels, kinds, date)
        assert caught.value.code == code
        assert caught.value.advice
    with pytest.raises(ModelError, match="1 layers with 1 heads"):
        summarise_tile(Looking(True), LOOKS, "two", pixels, ("looked:0:1",), (1,))
    network, card = shipped("early-lstm-l1c")
    with pytest.raises(ModelError, match="asked for c:0:64"):
        summarise_tile(network, card, "landcover", one("early-lstm-l1c"), ("state:c:0:64",), (20,))
    for name in ("looked", "looked:0", "looked:0:x", "looked:0:-1", "state:0:1:2:3", "said:1", "looked:0:99999999"):
        with pytest.raises(ModelError, match="Nothing called") as caught:
            summarise_tile(Looking(True), LOOKS, "two", pixels, (name,), (1,))
        assert "looked:layer:head" in caught.value.advice
