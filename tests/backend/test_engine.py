"""The engine with real workers in processes of their own: the right map, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import xarray as xr

from eodash.backend import engine_tiles, weights
from eodash.backend.device import PLAIN
from eodash.backend.engine import Engine, series_at, series_mean
from eodash.backend.orders import place_of
from eodash.backend.tile import pixels_of, predict_tile
from eodash.cards import Card
from eodash.datasets.parcels import days_of, latitude_of
from eodash.errors import ComputeError, JobCancelled, ModelError
from eodash.jobs import Progress
from tests.backend.decided import network
from tests.backend.regions import Poison, question, region, stopped

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine("")
    made.start()
    yield made
    made.close()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return network(tmp_path / "shelf")


def plain_map(card: Card, cube: xr.DataArray, dates: tuple[int, ...]) -> dict[str, Any]:
    """The same map in this process, in one piece."""
    bands = [cube["band"].values.tolist().index(band) for band in card.input.bands]
    days = np.asarray(days_of(cube["time"].values.astype("datetime64[s]"), latitude_of(cube)), np.float32)
    pixels = pixels_of(cube.values[:, bands], cube["clear"].values, days, card, 1e-4)
    shape = (cube.sizes["y"], cube.sizes["x"])
    return predict_tile(weights.load(card), card, "letters", pixels, dates, shape, policy=PLAIN)


def same(found: xr.Dataset, expected: dict[str, Any]) -> None:
    assert set(found.data_vars) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name].values, array, name)


class Ticks(Progress):
    """Calls back with the number of tiles that are done."""

    def __init__(self, on_tick: Any) -> None:
        super().__init__()
        self.on_tick = on_tick

    def tick(self, done: int, total: int, text: str = "") -> None:
        super().tick(done, total, text)
        self.on_tick(self, done)


def computing(engine: Engine) -> list[psutil.Process]:
    """The processes that compute: below the nannies, those that dask has spawned."""
    children = [each for pid in engine._cluster.processes() for each in psutil.Process(pid).children(recursive=True)]
    return [each for each in children if "spawn_main" in " ".join(each.cmdline())]


def test_a_map_from_the_disk_is_the_plain_loop_s_map(engine: Engine, card: Card, tmp_path: Path) -> None:
    here = region(33, 47, folder=tmp_path)
    found = engine.predict_map(question(card, here), here, card)
    same(found, plain_map(card, here, tuple(range(8))))
    assert found["said"].dims == ("date", "y", "x")
    assert found["class"].values.tolist() == ["a", "b", "c", "d"]
    assert found["said"].values[:, 0, 0].tolist() == [255] * 8
    assert found["index"].values.tolist() == list(range(8))
    assert '"restarts": 0' in found.attrs["facts"]
    assert not engine._gate.by_value
    assert place_of(here.values[:, :, 3:5]) is not None


def test_a_map_by_value_is_the_same_map(engine: Engine, card: Card) -> None:
    here = region(20, 31)
    same(engine.predict_map(question(card, here, (2, 5)), here, card), plain_map(card, here, (2, 5)))


def test_what_a_worker_does_not_see_is_sent(
    engine: Engine, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = region(20, 31, folder=tmp_path)
    true_cut = engine_tiles.cut

    def elsewhere(order: Any, *pixels: Any, by_value: bool) -> Any:
        made = true_cut(order, *pixels, by_value=by_value)
        if not by_value:
            made = replace(made, values=replace(made.values, path="/nowhere.npy"))
        return replace(made, folder="/nowhere/cards")

    monkeypatch.setattr(engine_tiles, "cut", elsewhere)
    other = network(tmp_path / "other", "causal-transformer")
    same(engine.predict_map(question(other, here), here, other), plain_map(other, here, tuple(range(8))))
    assert engine._gate.by_value
    engine._gate.by_value = False


def test_a_network_that_looks_ahead_is_asked_for_each_date(engine: Engine, tmp_path: Path) -> None:
    here, card = region(9, 11), network(tmp_path, "lstm")
    found = engine.predict_map(question(card, here, (0, 4, 7)), here, card)
    expected = plain_map(card, here, (0, 4, 7))
    assert "stop" not in found
    np.testing.assert_array_equal(found["said"].values, expected["said"])


def test_a_pixel_says_what_the_map_says(engine: Engine, card: Card) -> None:
    here = region(5, 6)
    map_ = engine.predict_map(question(card, here), here, card)
    found = engine.inspect_pixel(series_at(here, 3, 2), card, "letters")
    assert dict(found.sizes)["time"] == 8
    assert found["probabilities"].dims == ("time", "class")
    np.testing.assert_allclose(found["probabilities"].values[-1], map_["final"].values[:, 3, 2], atol=2e-3)
    assert found["seen"].values.tolist() == (here.values[:, :, 3, 2] != -32768).all(1).tolist()
    assert not np.isfinite(engine.inspect_pixel(series_at(here, 0, 0), card, "letters")["probabilities"]).any()


def test_the_mean_of_some_pixels_takes_the_clear_ones_where_there_are_some() -> None:
    here = region(2, 2, dates=2)
    here.values[:, :, :, :] = np.array([100, 200, 300, 400], np.int16).reshape(2, 2)
    here.values[1, :, 0, 1] = -32768
    here["clear"].values[:] = [[[True, False], [True, False]], [[False, False], [False, False]]]
    mean = series_mean(here, np.array([[True, True], [True, False]]))
    assert mean.values.tolist() == [[200] * 4, [200] * 4]
    assert mean["clear"].values.tolist() == [True, False]
    assert mean.attrs["latitude"] == pytest.approx(48, abs=1)


def test_a_summary_keeps_its_axes(engine: Engine, card: Card) -> None:
    here = region(6, 7)
    found = engine.summarise_map(question(card, here), here, card, ("features", "hazard"))
    assert found["features"].dims == ("feature", "y", "x")
    assert found["hazard"].dims == ("date", "y", "x")


def test_two_series_of_one_ground_are_compared_at_their_ends(engine: Engine, card: Card) -> None:
    before, after = region(6, 7, seed=1), region(6, 7, seed=2)
    found = engine.compare_maps(before, after, card, "letters", exact=True)
    np.testing.assert_array_equal(found["after"].values, plain_map(card, after, (7,))["said"][0])
    assert (found["before_confidence"].values != found["after_confidence"].values).any()
    with pytest.raises(ModelError, match="grid"):
        engine.compare_maps(before, region(6, 8), card, "letters")


def test_cancelling_frees_the_slot(engine: Engine, card: Card) -> None:
    here = region(200, 200, dates=40)
    began: list[float] = []

    def cancel(progress: Progress, done: int) -> None:
        if done >= 2:
            began.append(time.monotonic())
            progress.cancel()

    with pytest.raises(JobCancelled):
        engine.predict_map(question(card, here), here, card, Ticks(cancel))
    small = region(3, 3)
    engine.predict_map(question(card, small), small, card)
    assert list(engine._cluster.client.run(stopped).values()) == [1]
    assert time.monotonic() - began[0] < 4  # two seconds, and as much again for the other map


def test_a_model_that_was_removed_goes_on_while_it_is_loaded(engine: Engine, card: Card, tmp_path: Path) -> None:
    here = region(6, 7)
    expected = plain_map(card, here, (7,))
    engine.predict_map(question(card, here, (7,)), here, card)
    card.weights_path.unlink()
    same(engine.predict_map(question(card, here, (7,)), here, card), expected)
    gone = network(tmp_path / "gone", "causal-transformer")
    gone.weights_path.write_bytes(gone.weights_path.read_bytes() + b"x")  # loaded by nobody before
    gone.weights_path.unlink()
    object.__setattr__(gone, "config", {**gone.config, "dropout": 0.25})
    with pytest.raises(ModelError, match="not complete"):
        engine.predict_map(question(gone, here), here, gone)


def test_a_model_that_does_not_fit_is_refused_before_anybody_computes(card: Card) -> None:
    never = Engine("")
    here = region(3, 3)
    with pytest.raises(ModelError) as raised:
        never.predict_map(question(card, here), here.assign_attrs(sensor="sentinel-2-l2a"), card)
    assert raised.value.code == "level"
    assert never.state().said == "engine not started"


@pytest.mark.alone
def test_a_map_survives_its_worker(engine: Engine, card: Card) -> None:
    here = region(300, 300, dates=20)
    killed: list[int] = []

    def kill(_: Progress, done: int) -> None:
        if done >= 3 and not killed:
            killed.append(computing(engine)[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    found = engine.predict_map(question(card, here), here, card, Ticks(kill))
    same(found, plain_map(card, here, tuple(range(20))))
    assert '"restarts": 1' in found.attrs["facts"]
    assert engine.state().restarts >= 1


@pytest.mark.alone
@pytest.mark.slow
def test_a_tile_that_kills_every_worker_fails_alone(
    engine: Engine, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_cut = engine_tiles.cut

    def poisoned(order: Any, values: Any, clear: Any, start: int, stop: int, *, by_value: bool) -> Any:
        made = true_cut(order, values, clear, start, stop, by_value=by_value)
        bad = values.shape[-1] == 53
        return replace(made, values=Poison(**vars(made.values))) if bad else made

    monkeypatch.setattr(engine_tiles, "cut", poisoned)
    bad, good = region(53, 53, folder=tmp_path), region(120, 120, dates=20)
    result: list[Any] = []
    beside = threading.Thread(target=lambda: result.append(engine.predict_map(question(card, good), good, card)))
    beside.start()
    began = time.monotonic()
    with pytest.raises(ComputeError) as raised:
        engine.predict_map(question(card, bad), bad, card)
    assert raised.value.code == "worker_died"
    assert time.monotonic() - began < 30
    beside.join()
    same(result[0], plain_map(card, good, tuple(range(20))))


@pytest.mark.alone
def test_a_click_never_waits_behind_a_map(engine: Engine, card: Card) -> None:
    here = region(200, 200, dates=40)
    progress = Progress()
    ended: list[BaseException] = []

    def compute() -> None:
        try:
            engine.predict_map(question(card, here), here, card, progress)
        except JobCancelled as error:
            ended.append(error)

    beside = threading.Thread(target=compute)
    beside.start()
    while progress.said[0] < 2:
        time.sleep(0.05)
    taken = []
    for row in range(20):
        began = time.perf_counter()
        engine.inspect_pixel(series_at(here, row, row), card, "letters")
        taken.append(time.perf_counter() - began)
    assert beside.is_alive()
    progress.cancel()
    beside.join()
    assert sorted(taken)[18] < 0.6
    assert ended


SERVER = """
import sys, time
from pathlib import Path
from eodash import cards
from eodash.backend.engine import Engine
from tests.backend.regions import question, region

if __name__ == "__main__":
    engine = Engine("")
    engine.start()
    card = cards.read(Path(sys.argv[1]))
    here = region(9, 9)
    engine.predict_map(question(card, here), here, card)
    assert "torch" not in sys.modules and not any("libtorch" in line for line in open("/proc/self/maps"))
    print("computed", flush=True)
    if sys.argv[2] == "close":
        engine.close()
        print("closed", flush=True)
    time.sleep(60)
"""


@pytest.mark.alone
@pytest.mark.parametrize("end", [pytest.param("close", marks=pytest.mark.slow), "kill"])
def test_nothing_is_left_when_the_server_ends(end: str, card: Card, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    (tmp_path / "server.py").write_text(f"import sys; sys.path.insert(0, {str(root)!r})\n{SERVER}")
    made = Path(card.folder) / f"{card.name}.toml"
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "server.py"), str(made), end], stdout=subprocess.PIPE, text=True, cwd=root
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "computed\n"
        started = psutil.Process(server.pid).children(recursive=True)
        if end == "kill":
            assert len(started) >= 2
            server.kill()
        else:
            assert server.stdout.readline() == "closed\n"
        try:
            _, alive = psutil.wait_procs(started, timeout=8)
            assert alive == []
        finally:
            server.kill()
