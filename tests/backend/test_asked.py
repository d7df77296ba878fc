"""A region is asked of a process apart: which pixels go there, what is refused; its answers are the network's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import models
from eodash.backend import asked, weights
from eodash.backend.distance import distance, fit_reference
from eodash.cards import Card, Input, Weights, write
from eodash.datasets.contract import Batch
from eodash.errors import JobCancelled, ModelError
from eodash.settings import settings
from eodash.sources.contract import NODATA
from tests.backend.made import card_of
from tests.backend.test_distance import Held, meadows
from tests.toys import small_cube

INPUT = Input("l2a", ("B04", "B08"), (0.1, 0.3), (0.1, 0.2))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def kept(folder: Path, *, reference: bool = True) -> Card:
    torch.manual_seed(0)
    network = models.build("lstm", bands=2, classes=4, hidden=4, layers=1).eval()
    world = fit_reference(network, INPUT, Held(meadows(200, 1))) if reference else None
    said = weights.save(network, "lstm-l2a", folder, world)
    return write(replace(card_of("lstm", said, "lstm-l2a"), input=INPUT), folder)


def test_pixels_are_taken_on_a_regular_grid_with_clouds_masked(tmp_path: Path) -> None:
    cube = small_cube(dates=5, rows=12, columns=16)
    cube.values[0, :, 0, 0] = NODATA
    card = replace(card_of("lstm", None), input=INPUT, weights=Weights("a.safetensors", "a" * 64, 1))
    taken = asked.sample(cube, card, most=12)
    assert taken.values.shape == (3, 4, 5, 2)  # every fourth row and column
    assert np.allclose(taken.values[1, 1, 0], [0.03, 0.4])  # B04, B08 as reflectance
    assert taken.mask[1, 1].tolist() == [True, False, True, True, True]  # the second date is cloudy
    assert taken.mask[0, 0].tolist() == [False, False, True, True, True]
    assert np.allclose(taken.day[:2], [92.4375, 102.4375])  # 2 April 2024, 10:30


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"input": replace(INPUT, level="l1c")}, "level"),
        ({"input": replace(INPUT, bands=("B04", "B01"))}, "bands"),
        ({"architecture": "random-forest", "weights": None}, "no_reference"),
    ],
)
def test_a_model_for_other_series_is_refused(changes: dict[str, object], code: str) -> None:
    plain = replace(card_of("lstm", None), input=INPUT, weights=Weights("a.safetensors", "a" * 64, 1))
    with pytest.raises(ModelError) as caught:
        asked.sample(small_cube(), replace(plain, **changes))
    assert caught.value.code == code
    assert caught.value.advice


def test_the_child_answers_as_the_network_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "PIECE", 60)
    card, some = kept(tmp_path), meadows(100, 2)
    sample = asked.Sample(some.values.reshape(10, 10, -1, 2), some.day[0], some.mask.reshape(10, 10, -1))
    ticks: list[tuple[int, int]] = []
    found = asked.outside(card, sample, lambda done, of: ticks.append((done, of)))
    days = np.tile(some.day[0], (100, 1))
    batch = Batch(some.values, days, some.mask, some.label, some.group)
    here = distance(weights.load(card), INPUT, weights.load_reference(card), batch)
    assert np.allclose(found.ravel(), here, atol=1e-5)
    assert ticks == [(0, 100), (60, 100), (100, 100)]


def test_weights_without_a_world_are_refused_and_a_cancel_ends_the_child(tmp_path: Path) -> None:
    some = meadows(16, 2)
    sample = asked.Sample(some.values.reshape(4, 4, -1, 2), some.day[0], some.mask.reshape(4, 4, -1))
    with pytest.raises(ModelError, match="say nothing about the world"):
        asked.outside(kept(tmp_path, reference=False), sample)

    def cancel(done: int, of: int) -> None:
        raise JobCancelled("The job was cancelled.", "", code="cancelled")

    with pytest.raises(JobCancelled):
        asked.outside(kept(tmp_path), sample, cancel)


def test_answers_are_kept_and_only_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "KEPT", 2)
    answer = np.array([[0.5, np.nan]], np.float32)
    assert asked.kept("a") is None
    for key in ("a", "b", "c"):
        asked.keep(key, answer)
    assert [asked.kept(key) is not None for key in "abc"] == [False, True, True]
    assert np.array_equal(asked.kept("c"), answer, equal_nan=True)  # type: ignore[arg-type]
    (settings().home / "outside" / "c.npy").write_bytes(b"\x93NUMPY")
    assert asked.kept("c") is None
