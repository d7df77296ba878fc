"""Learned change maps through an engine with a worker of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eodash.backend import engine_images, learned
from eodash.backend.engine import Engine
from eodash.backend.image import Imager
from eodash.backend.weights import load
from eodash.cards import Card
from eodash.change.chain import Settings, detect
from eodash.change.standard import standardised
from eodash.errors import JobCancelled, RasterError
from eodash.jobs import Progress
from tests.backend import imaged

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine("")
    made.start()
    yield made
    made.close()


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return imaged.card(tmp_path)


def test_a_map_in_tiles_is_the_network_s_map_and_nothing_is_said_where_nothing_was_seen(
    engine: Engine, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_images, "EXACT_CORE", 64)
    pair, heard = imaged.pair(40, 150), Progress()
    found = engine.change_map(pair, card, heard, exact=True)
    expected = Imager(load(card)).chance(*standardised(pair))  # type: ignore[arg-type]
    assert np.array_equal(np.isnan(found["chance"].values), ~pair.usable)
    np.testing.assert_allclose(found["chance"].values[pair.usable], expected[pair.usable], atol=1e-5)
    assert '"tiles": 3' in found.attrs["facts"]
    assert found.attrs["card"] == "fc-siam-diff"


def test_land_cover_of_both_dates_has_classes_and_confidences(engine: Engine, tmp_path: Path) -> None:
    pair = imaged.pair(32)
    found = engine.change_map(pair, imaged.card(tmp_path, "fc-semantic"), exact=True)
    assert found["class"].values.tolist() == ["a", "b", "c", "d"]
    for name in ("before", "after"):
        assert (found[name].values[~pair.usable] == 255).all()
        assert found[name].values[pair.usable].max() < 4
        assert found[f"{name}_confidence"].values[pair.usable].min() >= 254 // 4


def test_a_map_that_nobody_waits_for_ends(engine: Engine, card: Card) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        engine.change_map(imaged.pair(32), card, progress)


def test_what_is_no_pair_for_it_is_a_typed_error(engine: Engine, card: Card) -> None:
    pair = imaged.pair(32)
    with pytest.raises(RasterError) as error:
        engine.change_map(replace(pair, usable=np.zeros_like(pair.usable)), card)
    assert error.value.code == "no_common_pixel"
    with pytest.raises(RasterError) as error:
        engine.change_map(replace(pair, before=pair.before[:5], after=pair.after[:5], bands=pair.bands[:5]), card)
    assert error.value.code == "bands"


def test_the_chain_asks_once_for_a_pair_and_a_slider_asks_for_nothing(
    engine: Engine, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Counting:
        def change_map(self, *said: object) -> object:
            asked.append(said)
            return engine.change_map(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(learned, "engine", Counting)
    monkeypatch.setattr(learned, "change_card", lambda name: card)
    pair = imaged.pair(48, seed=3)
    first = detect(pair, Settings("fc-siam-diff"), learned.measure)
    again = detect(pair, Settings("fc-siam-diff", threshold="by hand", by_hand=0.5), learned.measure)
    assert len(asked) == 1
    assert first.threshold.value == 0.5
    assert np.array_equal(first.marked, again.marked)
