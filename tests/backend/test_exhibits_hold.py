"""What the guided exhibits claim of the shipped networks, held on the demo season that they are shown on."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from eodash import cube as cubes
from eodash.backend.explain import explain_series
from eodash.backend.inspect import inspect_series
from eodash.backend.pixels import Pixels, pixels_of
from eodash.datasets.parcels import days_of, latitude_of
from eodash.sources.demo import DemoSource
from eodash.truth import Truth, truth_of
from eodash.truth.typical import typical
from eodash.ui.exhibits import EXHIBITS
from tests.backend.shipped import shipped

FEW = 2
"""Every second date: half the time, and the same claims."""


@lru_cache(maxsize=2)
def season(name: str, every: int) -> tuple[xr.DataArray, Truth]:
    """The season of an exhibit, thinned."""
    request, source = EXHIBITS[name].request, DemoSource()
    plan = source.plan(request)
    plan = replace(plan, dates=plan.dates[::every])
    cube = cubes.assemble(plan, [source.read(plan, date) for date in plan.dates])
    truth = truth_of(request, cube, "landcover")
    assert truth is not None
    return cube, truth


def at(cube: xr.DataArray, places: list[tuple[int, int]], name: str) -> tuple[Pixels, NDArray[np.bool_]]:
    """The series of some pixels as a card reads them, and (series, time) which of their dates are cloudy."""
    card = shipped(name)[1]
    rows, columns = (np.array(axis) for axis in zip(*places, strict=True))
    values = cube.sel(band=list(card.input.bands)).values[:, :, rows, columns][:, :, None]
    clear = cube["clear"].values[:, rows, columns]
    days = days_of(cube["time"].values.astype("datetime64[s]"), latitude_of(cube))
    return pixels_of(values, clear[:, None], days, card, 1e-4), ~clear.T


def some(truth: Truth, count: int, seed: int = 0) -> list[tuple[int, int]]:
    """Pixels of fields, drawn at random."""
    assert truth.parcels is not None
    rows, columns = np.nonzero(truth.parcels)
    drawn = np.random.default_rng(seed).choice(len(rows), count, replace=False)
    return [(int(rows[one]), int(columns[one])) for one in drawn]


def asked(name: str, every: int = FEW) -> tuple[str, xr.DataArray, Truth, tuple[int, int]]:
    """The network of an exhibit, its season and its pixel."""
    exhibit = EXHIBITS[name]
    cube, truth = season(name, every)
    place = typical(truth, cube, exhibit.pixel)
    assert place is not None
    return f"{exhibit.view['model']}-{'l1c' if exhibit.input == 'raw' else 'l2a'}", cube, truth, place


def on_clouds(values: NDArray[np.floating], cloudy: NDArray[np.bool_]) -> NDArray[np.floating]:
    """The share of a sum over the dates (last axis) that cloudy dates carry."""
    share: NDArray[np.floating] = values[..., cloudy].sum(-1) / values.sum(-1)
    return share


def test_the_head_skips_clouds_and_its_neighbour_does_not() -> None:
    model, cube, truth, place = asked("skips-clouds")
    network, card = shipped(model)
    layer, head = EXHIBITS["skips-clouds"].view["head"]  # type: ignore[misc]
    pixels, cloudy = at(cube, [place, *some(truth, 8)], model)
    shares = np.array([
        on_clouds(explain_series(network, card, "landcover", pixels.take(slice(one, one + 1)), ("attention",),
                                 len(cube) - 1)[0]["received"], cloudy[one])
        for one in range(len(cloudy))
    ])  # fmt: skip
    assert 0.3 < cloudy.mean() < 0.6
    assert shares[0, layer, head] < 0.05
    means = shares.mean(0)
    assert means[layer, head] == means.min()  # found by the rule, not by hand
    assert means[layer, head] < cloudy.mean() / 4
    assert means[layer, 0] > cloudy.mean()


def test_gradients_are_smaller_under_clouds() -> None:
    model, cube, truth, place = asked("gradients-vanish")
    network, card = shipped(model)
    pixels, cloudy = at(cube, [place, *some(truth, 8)], model)
    shares = [
        on_clouds(np.abs(explain_series(network, card, "landcover", pixels.take(slice(one, one + 1)), ("gradient",),
                                        len(cube) - 1)[0]["gradient"]).sum(1), cloudy[one])
        for one in range(len(cloudy))
    ]  # fmt: skip
    assert shares[0] < 0.75 * cloudy[0].mean()
    assert 0.025 < np.mean(shares) < 0.75 * cloudy.mean()  # less than their number, more than was published


def test_the_gate_closes_under_clouds() -> None:
    model, cube, truth, place = asked("cloud-cell")
    network, card = shipped(model)
    quantity, layer, unit = EXHIBITS["cloud-cell"].view["unit"]  # type: ignore[misc]
    pixels, cloudy = at(cube, [place, *some(truth, 16)], model)
    gates, under = [], []
    for one in range(len(cloudy)):
        found = explain_series(
            network, card, "landcover", pixels.take(slice(one, one + 1)), ("states",), len(cube) - 1
        )[0]
        gates.append(found["states"][list(found["quantity"]).index(quantity), list(found["layer"]).index(layer)])
        under.append(cloudy[one])
    every, cloud = np.concatenate(gates, axis=1), np.concatenate(under)
    along = np.array([np.corrcoef(gate, cloud)[0, 1] for gate in every])
    assert along[unit] < -0.7
    assert np.sum(along < along[unit]) <= 2  # the first of its kind, or as good as the first
    mine = gates[0][unit]
    assert mine[under[0]].mean() < 0.5 * mine[~under[0]].mean()


@pytest.mark.slow
def test_the_meadow_is_decided_before_the_maize() -> None:
    model, cube, truth, meadow = asked("meadow-and-maize", 1)
    network, card = shipped(model)
    names = [each.name for each in card.legends["landcover"]]
    maize = typical(truth, cube, EXHIBITS["meadow-and-maize"].beside)
    assert maize is not None
    pixels, _ = at(cube, [meadow, maize], model)
    stops = []
    for one, name in enumerate(("grassland", "maize")):
        found = inspect_series(network, card, "landcover", pixels.take(slice(one, one + 1)))
        stops.append(int(found["stop"]))
        assert stops[-1] >= 0
        assert names[int(found["probabilities"][stops[-1]].argmax())] == name
    assert stops[0] < stops[1]
    assert cube["time"].values[stops[1]].astype("datetime64[M]") > np.datetime64("2024-05")
