"""Explanations of a sample as jobs: asked once, cancelled, kept. And the engine's side, with a real worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash.backend import explanations
from eodash.backend.engine import Engine, sample_of, series_at
from eodash.backend.explanations import ask_sample, kept_sample, sample_key
from eodash.backend.questions import MapQuestion, Series, map_question
from eodash.cards import Card
from eodash.errors import AoiError, JobCancelled, ModelError, RasterError
from eodash.jobs import Jobs, Progress
from eodash.store import Store
from tests.backend.decided import network
from tests.backend.regions import region
from tests.store_crash import plan
from tests.test_store import fill

pytestmark = pytest.mark.timeout(240)


class Double:
    """Says what it was asked, once it may."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.may = threading.Event()

    def explain_sample(
        self, sample: xr.DataArray, card: Card, legend: str, kind: str, progress: Progress, **options: Any
    ) -> xr.Dataset:
        self.asked.append(options)
        while not self.may.wait(0.01):
            progress.tick(3, sample.sizes["pixel"], "Explaining")
        count = sample.sizes["pixel"]
        coords = {"row": sample["row"], "column": sample["column"], "class": list("ab"), "k": [1, 2]}
        made = xr.Dataset({"top": (("k", "pixel"), np.full((2, count), 0.5, np.float32))}, coords)
        return made.assign_attrs(verdict="passes", words="“So” − it is.", date=options["date"])


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Double:
    made = Double()
    monkeypatch.setattr(explanations, "engine", lambda: made)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return network(tmp_path / "shelf", "causal-transformer")


@pytest.fixture
def question(store: Store, card: Card) -> MapQuestion:
    run = store.new_run("a", plan(0).request)
    fill(store, 0)
    return map_question(Series(run.key, 8), card, "letters", (1, 5))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine("")
    made.start()
    yield made
    made.close()


def test_an_explanation_is_kept_as_it_was_computed(
    store: Store, double: Double, question: MapQuestion, card: Card
) -> None:
    jobs, here = Jobs(1, 1), region(4, 5)
    assert kept_sample(store, question, "faithfulness") is None
    double.may.set()
    assert ask_sample(store, jobs, "a", question, here, card, "faithfulness").wait(10)
    kept = kept_sample(store, question, "faithfulness")
    assert kept is not None
    truth = double.explain_sample(sample_of(here), card, "letters", "faithfulness", Progress(), date=5)
    xr.testing.assert_identical(kept, truth)
    assert double.asked[0] == {"date": 5}  # the last of the question's dates
    assert kept_sample(store, question, "stress") is None
    assert kept_sample(store, question, "faithfulness", count=3) is None


def test_whoever_asks_the_same_waits_for_the_same(
    store: Store, double: Double, question: MapQuestion, card: Card
) -> None:
    jobs, here = Jobs(2, 2), region(4, 5)
    ask = [ask_sample(store, jobs, f"owner {each}", question, here, card, "units", seed=2) for each in range(9)]
    double.may.set()
    assert all(job.wait(10) for job in ask)
    assert len(double.asked) == 1
    keys = {sample_key(question, *each) for each in (("units",), ("stress",))}
    keys |= {sample_key(question, "units", seed=1), sample_key(question, "units", count=7)}
    assert len(keys) == 4


def test_a_job_that_nobody_waits_for_ends(store: Store, double: Double, question: MapQuestion, card: Card) -> None:
    jobs = Jobs(1, 1)
    job = ask_sample(store, jobs, "a", question, region(4, 5), card, "stress")
    while (now := jobs.job(job.key)) is not None and now.total != 19:  # counted in pixels: one of 20 was never seen
        pass
    jobs.cancel(job.key, "a")
    assert job.wait(5)
    assert jobs.job(job.key).state == "cancelled"  # type: ignore[union-attr]
    assert kept_sample(store, question, "stress") is None


def test_a_sample_is_the_same_for_the_same_seed_and_holds_what_was_seen() -> None:
    here = region(9, 11)
    one, same, other = sample_of(here, 20, 1), sample_of(here, 20, 1), sample_of(here, 20, 2)
    xr.testing.assert_identical(one, same)
    assert one["row"].values.tolist() != other["row"].values.tolist()
    assert one.dims == ("time", "band", "pixel")
    for place in (0, 19):
        row, column = int(one["row"][place]), int(one["column"][place])
        assert np.array_equal(one.values[..., place], here.values[:, :, row, column])
        assert np.array_equal(one["clear"].values[:, place], here["clear"].values[:, row, column])
    everything = sample_of(here, 500)
    assert everything.sizes["pixel"] == 98  # of the very first pixel nothing was ever observed
    where = np.zeros((9, 11), bool)
    where[4, 3:5] = True
    assert sample_of(here, 20, 0, where)["column"].values.tolist() == [3, 4]
    assert sample_of(here, 20, 0, where & False).sizes["pixel"] == 0


def test_a_pixel_outside_the_area_is_refused() -> None:
    for row, column in ((-1, 0), (0, 11), (9, 0)):
        with pytest.raises(AoiError) as caught:
            series_at(region(9, 11), row, column)
        assert caught.value.code == "outside"


def test_a_worker_explains_a_pixel(engine: Engine, card: Card) -> None:
    here = region(5, 6)
    found = engine.explain_pixel(series_at(here, 3, 2), card, "letters", ("attention", "gradient", "drops"), date=5)
    assert found["attention"].dims == ("layer", "head", "asked", "looked")
    assert found["received"].dims == ("layer", "head", "time")
    assert found["gradient"].dims == ("time", "band")
    assert found["band"].values.tolist() == list(card.input.bands)
    assert np.array_equal(found["looked"], found["asked"])
    assert np.array_equal(found["looked"].values, found["time"].values)
    plain = engine.inspect_pixel(series_at(here, 3, 2), card, "letters")
    np.testing.assert_allclose(found["probabilities"], plain["probabilities"][5], atol=1e-5)
    assert found.attrs["winner"] == plain["class"].values[plain["probabilities"].values[5].argmax()]
    assert found.attrs["score"] == pytest.approx(float(plain["probabilities"][5].max()), abs=1e-5)
    assert found["seen"].values.tolist() == [*plain["seen"].values[:6].tolist(), False, False]
    again = engine.explain_pixel(series_at(here.isel(time=slice(0, 6)), 3, 2), card, "letters", ("attention",))
    np.testing.assert_allclose(again["attention"], found["attention"][..., :6, :6], atol=1e-6)
    nothing = engine.explain_pixel(series_at(here, 0, 0), card, "letters", ("attention",))
    assert (nothing.attrs["winner"], bool(np.isnan(nothing.attrs["score"]))) == ("", True)


def test_a_worker_explains_a_sample_and_counts_pixels(engine: Engine, card: Card, tmp_path: Path) -> None:
    sample = sample_of(region(7, 8), 40)
    told: list[tuple[int, int]] = []

    class Told(Progress):
        def tick(self, done: int, total: int, text: str = "") -> None:
            told.append((done, total))

    found = engine.explain_sample(sample, card, "letters", "faithfulness", Told(), draws=2)
    assert found["top"].dims == found["random"].dims == ("k", "pixel")
    assert found["cloud_attention"].sizes == {"layer": 3, "head": 4, "pixel": 40}
    assert found["k"].values.tolist() == list(range(1, 9))
    assert found.attrs["verdict"] in ("passes", "fails")
    assert (40, 40) in told
    assert np.array_equal(found["row"], sample["row"])
    again = engine.explain_sample(sample, card, "letters", "faithfulness", draws=2)
    np.testing.assert_allclose(again["random"], found["random"], atol=1e-6)
    stressed = engine.explain_sample(sample, card, "letters", "stress", shares=(0, 0.5))
    assert stressed["said"].sizes == {"share": 2, "pixel": 40}
    lstm = network(tmp_path / "other", "early-lstm")
    units = engine.explain_sample(sample, lstm, "letters", "units")
    assert units["correlation"].dims == ("quantity", "layer", "unit", "target")
    assert units["target"].values.tolist() == ["cloud", "NDVI", "season", "a", "b", "c", "d"]
    assert np.isfinite(units["correlation"].sel(target=["cloud", "NDVI", "season"])).all()
    without = engine.explain_sample(sample, lstm, "letters", "faithfulness")
    assert without.attrs["verdict"] == "no attention"
    assert "Transformer" in without.attrs["words"]


def test_the_engine_gives_up_where_nobody_waits(engine: Engine, card: Card) -> None:
    class Gone(Progress):
        def tick(self, done: int, total: int, text: str = "") -> None:
            if done:
                self.cancel()
            super().tick(done, total, text)

    with pytest.raises(JobCancelled):
        engine.explain_sample(sample_of(region(20, 20), 300), card, "letters", "faithfulness", Gone())


def test_what_a_model_does_not_keep_is_refused_before_anybody_computes(card: Card, tmp_path: Path) -> None:
    never, here = Engine(""), region(3, 3)
    lstm = network(tmp_path / "other", "early-lstm")
    for which, kind in ((lstm, "attention"), (card, "states")):
        with pytest.raises(ModelError) as caught:
            never.explain_pixel(series_at(here, 1, 1), which, "letters", (kind,))
        assert caught.value.code == f"no_{kind}"
    with pytest.raises(ModelError, match="gates"):
        never.explain_sample(sample_of(here), card, "letters", "units")
    with pytest.raises(ModelError, match="raw images"):
        never.explain_sample(sample_of(here).assign_attrs(sensor="sentinel-2-l2a"), card, "letters", "stress")


def test_a_sample_without_pixels_is_said_to_be_empty(engine: Engine, card: Card) -> None:
    here = region(3, 3)
    nothing = sample_of(here, where=np.zeros((3, 3), bool))
    with pytest.raises(RasterError) as caught:
        engine.explain_sample(nothing, card, "letters", "stress")
    assert caught.value.code == "empty"
