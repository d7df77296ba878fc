"""Two ranges, networks, and the table of all methods on the change page; networks are doubles."""

from __future__ import annotations

import time
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.change.chain import Settings
from eodash.change.pair import Pair
from eodash.change.ranges import Span
from eodash.errors import RasterError
from eodash.store import Store
from eodash.ui import cached, change_choice, change_learned, change_ranges, change_table, choices
from eodash.ui.change_choice import hand_of, settings_chosen
from eodash.ui.change_learned import HERE, fits
from eodash.ui.change_ranges import around
from eodash.ui.change_table import pairs_of
from tests import toys
from tests.change.made import planted
from tests.ui.test_change_page import PLANTED, kept, opened, store
from tests.ui.test_frame import said

__all__ = ["store"]
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
SIX = np.array(["2023-05-10T10:30", "2023-05-20T10:30", "2023-06-09T10:30", "2024-05-01T10:30", "2024-05-11T10:30",
                "2024-06-03T10:30"], "datetime64[s]")  # fmt: skip
NETWORK: Any = SimpleNamespace(name="fc-siam-diff", title="FC-Siam-diff, six bands", weights=None)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One network on the shelf that is sure of the planted rectangle; what it was asked."""
    asked: list[str] = []

    def change_map(pair: Pair, card: Any, progress: Any = None) -> xr.Dataset:
        asked.append(card.name)
        chance = np.full(pair.usable.shape, 0.1, np.float32)
        chance[PLANTED] = 0.9
        return xr.Dataset({"chance": (("y", "x"), chance)})

    for module in (change_choice, change_learned):
        monkeypatch.setattr(module, "change_shelf", lambda: {NETWORK.name: NETWORK})
    monkeypatch.setattr(change_learned, "change_card", lambda name: NETWORK)
    monkeypatch.setattr("eodash.backend.learned.change_map", change_map)
    return asked


def drawn(app: AppTest, words: str) -> str:
    """The page once a job has ended."""
    for _ in range(100):
        if words in (text := str(said(app))):
            return text
        time.sleep(0.1)
        app = app.run()
    raise AssertionError(words)


def test_what_shows_on_one_date_of_three_alone_is_not_in_the_composite(store: Store) -> None:
    app = opened(kept(store, SIX), **{"change-compare": "ranges"})
    assert not app.exception
    text = said(app)
    for part in ("May–Jun 2023 and May–Jun 2024", "of 3 dates before and 3 after", "<b>0 ha</b> changed"):
        assert part in text, part
    chosen = {each.label: each.value for each in app.selectbox}
    assert chosen["After"] == "2024-05-01/2024-06-30"
    assert "Clear dates behind each pixel" in text


def test_a_range_that_holds_no_image_or_cannot_be_read_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    view: dict[str, Any] = {"change-before-range": "2019-01-01/2019-02-01", "change-after-range": 7}
    monkeypatch.setattr(choices, "view", view.get)
    here = toys.small_cube(5)
    months = around(here["time"].values, 0, 4)
    assert change_ranges.spans_chosen(here, 0, 4) == months
    view["change-after-range"] = "2024-04-01/2024-05-10"
    assert change_ranges.spans_chosen(here, 0, 4) == (months[0], Span(date(2024, 4, 1), date(2024, 5, 10)))


def test_ranges_begin_as_the_same_months_of_both_years() -> None:
    assert [str(each) for each in around(SIX, 2, 5)] == ["2023-05-01/2023-06-30", "2024-05-01/2024-06-30"]
    two = np.array(["2023-05-10", "2023-08-20"], "datetime64[s]")
    assert [str(each) for each in around(two, 0, 1)] == ["2023-05-01/2023-05-31", "2023-08-01/2023-08-31"]


def test_half_a_range_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept_: dict[str, Any] = {}
    state: dict[str, Any] = {"days": (date(2024, 5, 3),)}
    monkeypatch.setattr(choices, "keep_view", lambda **changes: kept_.update(changes))
    monkeypatch.setattr(change_ranges, "st", SimpleNamespace(session_state=state))
    change_ranges._days("days", "change-after-range")
    assert kept_ == {}
    state["days"] = (date(2024, 5, 3), date(2024, 5, 20))
    change_ranges._days("days", "change-after-range")
    assert kept_ == {"change-after-range": "2024-05-03/2024-05-20"}


def test_a_network_s_chance_is_cut_at_one_half_and_there_again_after_a_restart(
    store: Store, network: list[str]
) -> None:
    run = kept(store)
    view = {"change-method": "fc-siam-diff", "change-rule": "otsu", "change-shown": "magnitude"}
    text = drawn(opened(run, **view), "How likely did each pixel change?")
    assert "1.2 ha</b> changed" in text
    for part in ("threshold 0.5", "Chance of change", "½"):
        assert part in text, part
    store.close()
    cached.store.cache_clear()
    assert "1.2 ha</b> changed" in said(opened(run, **view, **{"change-sectors": []}))
    assert network == ["fc-siam-diff"]


def test_where_a_network_reads_other_bands_it_is_said(
    store: Store, network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(bands: tuple[str, ...]) -> list[int]:
        raise RasterError("Learned change networks need six bands.", "Take another method.", code="bands")

    monkeypatch.setattr(change_learned, "places", lacking)
    app = opened(kept(store), **{"change-method": "fc-siam-diff"})
    text = said(app)
    assert "need six bands" in text
    assert "FC-Siam-diff · other bands" in text
    assert "Take change vectors" in [each.label for each in app.button]
    assert network == []


def test_a_threshold_by_hand_of_a_magnitude_is_none_for_a_chance(
    network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    view: dict[str, Any] = {"change-method": "fc-siam-diff", "change-rule": "by hand", "change-hand": 0.02}
    monkeypatch.setattr(choices, "view", view.get)
    assert settings_chosen().by_hand is None
    assert hand_of("cva") == "change-hand"
    view |= {"change-method": HERE, "change-hand-chance": 0.9}
    assert (settings_chosen().method, settings_chosen().by_hand) == (HERE, 0.02)
    view["change-method"] = "fc-ef"  # not on the shelf
    assert settings_chosen().method == "cva"
    assert fits(toys.BANDS)
    assert not fits(("B02", "B03", "B04", "B08"))


def test_pairs_without_change_are_made_of_the_pair_s_own_first_image() -> None:
    pair, truth = planted()
    here: Any = SimpleNamespace(pair=pair, usable=pair.usable, truth=truth, dates=SimpleNamespace(spans=(1, 2)))
    found = {each.name: each for each in pairs_of(here)}
    assert list(found) == ["this pair", "light", "haze", "shift"]
    assert found["this pair"].changed is truth
    for name in ("light", "haze", "shift"):
        assert (found[name].pair.before == pair.before).all()
        assert not found[name].changed.any()
        assert not np.allclose(found[name].pair.after, pair.before)
    here.truth = None
    assert pairs_of(here)[0].nuisance == "flagged"


def test_every_method_is_compared_and_the_best_can_be_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    methods = {"cva": Settings("cva", "none"), "ir-mad": Settings("ir-mad", "none", "otsu")}
    monkeypatch.setattr(change_table, "methods_of", lambda here: methods)
    text = drawn(opened(kept(store), **{"change-methods": True}), "is the most silent")
    assert "IR-MAD" in text
    assert "Nobody knows the truth here: methods flag from" in text
    view: dict[str, Any] = {}
    monkeypatch.setattr(choices, "keep_view", lambda **changes: view.update(changes))
    change_table._take({"method": "cva", "normalise": "z-score", "threshold": "em"})
    assert view == {"change-method": "cva", "change-way": "z-score", "change-rule": "em"}
    view.clear()
    change_table._take({"method": "fc-ef", "normalise": "none", "threshold": "half"})
    assert view == {"change-method": "fc-ef"}
