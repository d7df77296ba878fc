"""Every network of the shelf keeps the same promises."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor

from models import SHELF, SeriesNetwork, Trace, build
from tests.models.series import BANDS, CLASSES, Series, fresh, series

ALL = sorted(SHELF)
CAUSAL = [name for name in ALL if SHELF[name].causal]
AHEAD = [name for name in ALL if not SHELF[name].causal]
ATTENTIVE = ["transformer", "causal-transformer", "l-tae"]


def agree(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def same(one: Trace, other: Trace) -> None:
    agree(one.logits, other.logits)
    agree(one.features, other.features)
    assert (one.hazard is None) == (other.hazard is None)
    if one.hazard is not None and other.hazard is not None:
        agree(one.hazard, other.hazard)


@pytest.fixture(params=ALL)
def network(request: pytest.FixtureRequest) -> SeriesNetwork:
    return fresh(request.param)


def test_the_shelf_holds_seven_networks_of_which_two_are_causal() -> None:
    assert len(ALL) == 7
    assert CAUSAL == ["causal-transformer", "early-lstm"]


def test_a_trace_has_the_shapes_of_the_contract(network: SeriesNetwork) -> None:
    trace = network(*series(6, 20))
    assert trace.logits.shape == (6, 20 if network.causal else 1, CLASSES)
    assert trace.features.shape == (6, network.classifier.in_features)
    assert (trace.hazard is not None) == network.causal
    assert trace.attention is None
    assert trace.states is None


def test_features_are_what_the_classifier_saw_of_the_whole_series(network: SeriesNetwork) -> None:
    trace = network(*series())
    agree(network.classifier(trace.features), trace.logits[:, -1])


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("gaps", [True, False])
def test_no_causal_network_looks_into_the_future(name: str, gaps: bool) -> None:
    network, (values, day, mask) = fresh(name), series(gaps=gaps)
    before = network(values, day, mask)
    for date in (0, 9, 18):
        later, later_day, later_mask = values.clone(), day.clone(), mask.clone()
        later[:, date + 1 :] = 50.0
        later_day[:, date + 1 :] += 700.0
        later_mask[:, date + 1 :] ^= True
        changed = network(later, later_day, later_mask)
        agree(before.logits[:, : date + 1], changed.logits[:, : date + 1])
        assert before.hazard is not None
        assert changed.hazard is not None
        agree(before.hazard[:, : date + 1], changed.hazard[:, : date + 1])


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("watch", [True, False])
def test_an_answer_is_the_same_whether_or_not_the_series_goes_on(name: str, watch: bool) -> None:
    network, whole = fresh(name), series()
    trace = network(*whole, watch=watch)
    for date in range(whole.day.shape[1]):
        prefix = network(*(part[:, : date + 1] for part in whole), watch=watch)
        agree(prefix.logits[:, -1], trace.logits[:, date])
        agree(prefix.features, network(*(part[:, : date + 1] for part in whole)).features)


@pytest.mark.parametrize("name", AHEAD)
def test_the_other_networks_do_look_ahead(name: str) -> None:
    network, (values, day, mask) = fresh(name), series(gaps=False)
    changed = values.clone()
    changed[:, -1] = -changed[:, -1]
    assert (network(values, day, mask).features - network(changed, day, mask).features).abs().max() > 1e-3


@pytest.mark.parametrize("name", CAUSAL)
def test_a_causal_network_repeats_its_last_answer_where_nothing_is_observed(name: str) -> None:
    network, (values, day, mask) = fresh(name), series(gaps=False)
    mask[:, :4] = False
    mask[:, 10:13] = False
    mask[0, 16:] = False
    trace = network(values, day, mask)
    assert trace.hazard is not None
    agree(trace.logits[:, 10:13], trace.logits[:, 9:10].expand(-1, 3, -1))
    agree(trace.hazard[:, 10:13], trace.hazard[:, 9:10].expand(-1, 3))
    agree(trace.logits[:, :4], network.classifier.bias.expand(6, 4, -1))
    agree(network.classifier(trace.features)[0], trace.logits[0, 15])


@pytest.mark.parametrize("name", CAUSAL)
def test_a_hazard_is_a_chance_that_starts_low(name: str) -> None:
    torch.manual_seed(3)
    hazard = build(name, bands=BANDS, classes=CLASSES, stopping_bias=-20.0).eval()(*series()).hazard
    assert hazard is not None
    assert hazard.min() > 0
    assert hazard.max() < 1e-6
    ordinary = fresh(name)(*series()).hazard
    assert ordinary is not None
    assert 0 < ordinary.max() < 0.5


def test_the_order_of_dates_matters(network: SeriesNetwork) -> None:
    values, day, mask = series(gaps=False)
    turned = network(values.flip(1), day, mask).features
    shuffled = network(values[:, torch.randperm(20, generator=torch.Generator().manual_seed(0))], day, mask).features
    straight = network(values, day, mask).features
    assert (straight - turned).abs().amax(1).min() > 1e-3
    assert (straight - shuffled).abs().amax(1).min() > 1e-3


@pytest.mark.parametrize("name", [name for name in ALL if "lstm" not in name])
def test_the_days_themselves_matter(name: str) -> None:
    network, (values, day, mask) = fresh(name), series(gaps=False)
    assert (network(values, day, mask).features - network(values, day + 40, mask).features).abs().max() > 1e-3


@pytest.mark.parametrize("watch", [True, False])
def test_neighbours_in_the_batch_do_not_matter(network: SeriesNetwork, watch: bool) -> None:
    whole = series()
    together = network(*whole, watch=watch)
    for k in range(len(whole.values)):
        alone = network(*(part[k : k + 1] for part in whole), watch=watch)
        agree(alone.logits[0], together.logits[k])
        agree(alone.features[0], together.features[k])


@pytest.mark.parametrize("anything", [-7.0, -3e38, float("nan")])
@pytest.mark.parametrize("watch", [True, False])
def test_what_stands_at_dates_without_observation_does_not_matter(
    network: SeriesNetwork, anything: float, watch: bool
) -> None:
    values, day, mask = series()
    expected = network(values, day, mask, watch=watch)
    values = values.masked_fill(~mask.unsqueeze(-1), anything)
    same(expected, network(values, day.masked_fill(~mask, anything), mask, watch=watch))


def test_nothing_at_such_a_date_reaches_a_gradient(network: SeriesNetwork) -> None:
    values, day, mask = series()
    values = values.masked_fill(~mask.unsqueeze(-1), 1e30).requires_grad_()
    network(values, day, mask).logits.square().sum().backward()
    assert values.grad is not None
    assert values.grad.isfinite().all()
    assert not values.grad[~mask].any()
    assert values.grad[mask].any()


def test_dates_without_observation_might_as_well_not_be_there(network: SeriesNetwork) -> None:
    values, day, mask = series()
    for k in range(len(values)):
        left = Series(values[k : k + 1, mask[k]], day[k : k + 1, mask[k]], mask[k : k + 1, mask[k]])
        whole = network(values[k : k + 1], day[k : k + 1], mask[k : k + 1])
        agree(network(*left).features, whole.features)


def test_all_parameters_are_registered_and_get_a_gradient(network: SeriesNetwork) -> None:
    for watch in (False, True):
        network.zero_grad()
        trace = network(*series(), watch=watch)
        total = trace.logits.square().sum()
        if trace.hazard is not None:
            total = total + trace.hazard.sum()
        total.backward()
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.abs().max() > 1e-7, name


def test_a_file_of_weights_holds_nothing_but_parameters_and_batch_statistics(network: SeriesNetwork) -> None:
    parameters = {name for name, _ in network.named_parameters()}
    others = {name.rpartition(".")[2] for name in set(network.state_dict()) - parameters}
    assert others <= {"running_mean", "running_var", "num_batches_tracked"}


@pytest.mark.parametrize("name", ATTENTIVE)
@pytest.mark.parametrize("gaps", [True, False])
def test_attention_rows_sum_to_one_over_the_observed_dates(name: str, gaps: bool) -> None:
    _, _, mask = whole = series(gaps=gaps)
    network = fresh(name)
    attention = network(*whole, watch=True).attention
    layers, heads, queries = {"transformer": (3, 3, 20), "causal-transformer": (3, 4, 20), "l-tae": (1, 16, 1)}[name]
    assert attention is not None
    assert attention.shape == (6, layers, heads, queries, 20)
    assert not attention.masked_select(~mask[:, None, None, None, :]).any()
    asks = mask.cumsum(1) > 0 if network.causal else torch.ones(6, queries, dtype=torch.bool)
    agree(attention.sum(-1), asks[:, None, None, :].expand(-1, layers, heads, -1).float())
    if network.causal:
        assert not attention.triu(1).any()


@pytest.mark.parametrize("name", ["lstm", "early-lstm"])
def test_watched_states_come_by_layer_and_direction(name: str) -> None:
    network = fresh(name)
    states = network(*series(), watch=True).states
    assert states is not None
    assert list(states) == ["i", "f", "g", "o", "c", "h"]
    shape = (6, 20, 8, 32) if name == "lstm" else (6, 20, 2, 64)
    assert {state.shape for state in states.values()} == {torch.Size(shape)}
    for gate in "ifo":
        assert 0 <= states[gate].min() < states[gate].max() <= 1


def test_watching_changes_nothing_that_is_said(network: SeriesNetwork) -> None:
    for whole in (series(), series(gaps=False), series(1, 1), series(4, 73, seed=2)):
        same(network(*whole), network(*whole, watch=True))


@pytest.mark.parametrize("day", [1.0, 183.5, -150.0, 900.0])
@pytest.mark.parametrize("training", [True, False])
def test_one_pixel_with_a_single_date_has_an_answer(network: SeriesNetwork, day: float, training: bool) -> None:
    values, one = torch.randn(1, 1, BANDS), torch.ones(1, 1, dtype=torch.bool)
    trace = network.train(training)(values, torch.full((1, 1), day), one)
    assert trace.logits.shape == (1, 1, CLASSES)
    assert trace.logits.isfinite().all()
    network.eval()
    other = network(values + 1 + torch.arange(BANDS), torch.full((1, 1), day), one)
    assert (network(values, torch.full((1, 1), day), one).features - other.features).abs().max() > 1e-4


def test_one_pixel_can_be_trained_on(network: SeriesNetwork) -> None:
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items() if "hidden" in name}
    trace = network(*series(1))
    trace.logits.square().sum().backward()
    for name, parameter in network.named_parameters():
        assert "stopping" in name or parameter.grad is not None, name
        assert parameter.grad is None or parameter.grad.isfinite().all(), name
    after = network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())  # no spread, no new statistics


@pytest.mark.parametrize("watch", [True, False])
def test_a_series_without_any_observation_still_has_a_finite_answer(network: SeriesNetwork, watch: bool) -> None:
    values, day, mask = series()
    mask[2] = False
    trace = network(values, day, mask, watch=watch)
    assert trace.logits.isfinite().all()
    others = torch.arange(6) != 2
    agree(trace.logits[others], network(values[others], day[others], mask[others], watch=watch).logits)


@pytest.mark.parametrize("shift", [-730.5, 365.25, 730.5, 3652.5])
@pytest.mark.parametrize("name", [name for name in ALL if "lstm" not in name])
def test_a_season_of_another_year_is_read_as_the_same_season(name: str, shift: float) -> None:
    network, (values, day, mask) = fresh(name), series(dates=18)  # days 15 … 280
    moved = network(values, day + shift, mask)
    torch.testing.assert_close(moved.features, network(values, day, mask).features, atol=2e-3, rtol=0)


@pytest.mark.parametrize("bands", [1, 2])
@pytest.mark.parametrize("name", ALL)
def test_a_series_of_few_bands_is_not_normalised_away(name: str, bands: int) -> None:
    network = build(name, bands=bands, classes=2).eval()
    _, day, mask = series(gaps=False)
    dice = torch.Generator().manual_seed(0)
    values = torch.rand(6, 20, bands, generator=dice) + 2
    assert (network(values, day, mask).features - network(2 * values, day, mask).features).abs().max() > 1e-4


@pytest.mark.parametrize("dates", [2, 150])
@pytest.mark.parametrize("first", [-400.0, -20.0, 200.0, 700.0])
def test_answers_are_finite_whenever_a_series_begins_and_however_long_it_is(
    network: SeriesNetwork, dates: int, first: float
) -> None:
    values = 30 * torch.randn(3, dates, BANDS)
    day = first + 5.0 * torch.arange(dates).expand(3, -1)
    assert network(values, day, torch.ones(3, dates, dtype=torch.bool)).logits.isfinite().all()


def test_half_precision_on_file_hardly_changes_a_probability(network: SeriesNetwork) -> None:
    before = network(*series(64)).logits.softmax(-1)
    rounded = {
        name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
    }
    network.load_state_dict(rounded)
    assert (network(*series(64)).logits.softmax(-1) - before).abs().max() < 0.03


def test_mixed_precision_says_nearly_the_same(network: SeriesNetwork) -> None:
    before = network(*series(64)).logits.softmax(-1)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = network(*series(64)).logits.float().softmax(-1)
    assert (mixed - before).abs().max() < 0.1


def test_dropout_is_off_when_it_answers(network: SeriesNetwork) -> None:
    whole = series()
    assert torch.equal(network(*whole).logits, network(*whole).logits)


def test_a_network_can_be_built_again_from_its_config(network: SeriesNetwork) -> None:
    name = next(name for name, kind in SHELF.items() if kind is type(network))
    config = json.loads(json.dumps(asdict(network.config)))
    again = build(name, **config)
    assert again.config == network.config
    assert {key: value.shape for key, value in again.state_dict().items()} == {
        key: value.shape for key, value in network.state_dict().items()
    }
    with pytest.raises(AttributeError):
        network.config.bands = 2  # frozen
    assert replace(network.config, bands=2).bands == 2


def test_what_is_not_on_the_shelf_cannot_be_built() -> None:
    with pytest.raises(KeyError):
        build("perceptron", bands=5, classes=4)
    with pytest.raises(TypeError, match="colour"):
        build("lstm", bands=5, classes=4, colour=3)


@pytest.mark.parametrize(
    ("name", "bands", "classes", "config", "least", "most"),
    [
        ("lstm", 13, 33, {}, 94_267, 94_267),  # published
        ("lstm", 13, 9, {"hidden": 128, "bias": True}, 1_300_000, 1_380_000),  # BreizhCrops
        ("transformer", 13, 33, {}, 598_313, 598_313),  # published: 607 k with a fixed table of positions
        ("temp-cnn", 13, 9, {"grid_length": 23}, 420_000, 440_000),  # published: about .43 M at 23 dates
        ("temp-cnn", 13, 9, {"grid_length": 50}, 860_000, 880_000),  # … and .87 M at 50
        ("ms-resnet", 13, 9, {}, 500_000, 700_000),
        ("ms-resnet", 13, 34, {"width": 64}, 1_900_000, 2_200_000),  # published width
        ("early-lstm", 13, 7, {}, 66_000, 68_000),
        ("l-tae", 10, 18, {}, 70_000, 75_000),
        ("causal-transformer", 13, 18, {}, 140_000, 160_000),
    ],
)
def test_networks_have_their_published_size(
    name: str, bands: int, classes: int, config: dict[str, float], least: int, most: int
) -> None:
    network = build(name, bands=bands, classes=classes, **config)
    assert least <= sum(parameter.numel() for parameter in network.parameters()) <= most
