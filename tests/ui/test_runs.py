"""The list of runs, the areas that are kept, and the offers: in Streamlit's own test runner, without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from eodash.request import Area
from eodash.settings import settings
from eodash.shrink import Offer, Price
from eodash.sources.contract import DateResult, DateStatus
from eodash.sources.demo import demo_request
from eodash.store import Freeable, Run, Store
from eodash.ui import addresses, cached
from eodash.ui.kept_areas import sketch
from eodash.ui.regions import ground, megabytes
from eodash.ui.run_row import about, standing, thumbnail
from eodash.ui.runs import PAGE, disk_bar, enough
from eodash.ui.shrinking import effect
from tests import toys
from tests.store_crash import plan, result
from tests.ui.test_frame import run as visit
from tests.ui.test_frame import said

OWNER = "0" * 64
HOSTILE = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of a fresh home, as the pages see it."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


def finished(store: Store, number: int, name: str = "", owner: str = OWNER) -> Run:
    """A run with two kept dates and one that failed."""
    made = store.new_run(owner, plan(number).request, name)
    for index in (0, 1):
        kept = result(number, index)
        store.save_date(made.key, replace(kept, status=replace(kept.status, clear=0.2 + 0.5 * index)))
    store.save_date(made.key, DateResult(DateStatus(np.datetime64("2024-07-01T10:00", "s"), "failed", "404")))
    store.finish(plan(number))
    return store.update(made.id, state="partial")


def waiting(store: Store, number: int, name: str) -> Run:
    """A run without pictures."""
    return store.update(store.new_run(OWNER, plan(number).request, name).id, state="cancelled")


def press(app: AppTest, key: str) -> AppTest:
    return next(button for button in app.button if button.key == key).click().run()


def keys(app: AppTest, start: str) -> list[str]:
    return [str(button.key) for button in app.button if str(button.key).startswith(start)]


def test_without_a_run_the_demo_is_offered(store: Store) -> None:
    app = visit("runs")
    assert not app.exception
    assert "No runs yet" in said(app)
    app = press(app, "fill-No runs yet")
    assert [one.name for one in store.runs(OWNER)] == ["Demo season"]


def test_a_row_says_what_a_run_is_and_nobody_elses_appears(store: Store) -> None:
    mine = finished(store, 1, f"Field {HOSTILE}")
    finished(store, 2, "their secret field", owner="1" * 64)
    app = visit("runs")
    assert not app.exception
    text = said(app)
    assert "their secret field" not in text
    row = about(mine, store.dates(mine.key), store.size_of(mine.key), ("▲", "warn", HOSTILE))
    assert HOSTILE not in row
    assert "Field &lt;img src=x" in row
    assert "2 dates" in row
    assert "✕ 1 failed" in row
    assert megabytes(store.size_of(mine.key)) in row
    assert keys(app, "open-") == [f"open-{mine.id}"]


def test_the_picture_of_a_run_is_its_clearest_date(store: Store) -> None:
    mine = finished(store, 1)
    html = thumbnail(mine, store.dates(mine.key), True)
    assert "/eodash/picture/" in html
    assert "2024-04-12" in html  # 70 % clear, the other 20 %
    address = html.split("/eodash/picture/")[1].split(".webp")[0]
    assert cached.picture(address)
    store.free(OWNER, [mine.key])
    evicted = store.run(mine.id)
    assert evicted is not None
    assert "data evicted" in thumbnail(evicted, store.dates(mine.key), store.complete(mine.key))
    assert "<img" not in thumbnail(evicted, (), False)


STANDS = [
    ("done", True, "✓", "complete"), ("done", False, "▲", "gone"), ("partial", True, "▲", "1 of 3 dates failed"),
    ("evicted", False, "▲", "data evicted, fetch again"), ("cancelled", False, "▲", "2 dates kept"),
    ("interrupted", False, "▲", "the server stopped"), ("failed", False, "✕", "the catalogue said no"),
    ("running", False, "●", "under way"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "whole", "mark", "words"), STANDS)
def test_every_state_has_a_mark_and_words(store: Store, state: Any, whole: bool, mark: str, words: str) -> None:
    mine = finished(store, 1)
    error = {"message": "the catalogue said no"} if state == "failed" else None
    found = standing(replace(mine, state=state, error=error), store.dates(mine.key), whole)
    assert found[0] == mark
    assert words in found[2]


def test_a_run_is_renamed_pinned_and_deleted(store: Store) -> None:
    mine, other = finished(store, 1, "before"), finished(store, 2, "other")
    app = visit("runs")
    name = next(field for field in app.text_input if field.key == f"name-{mine.id}")
    name.set_value("after 🌾\0").run()
    app = press(app, f"pin-{mine.id}")
    changed = store.run(mine.id)
    assert changed is not None
    assert (changed.name, changed.pinned) == ("after 🌾", True)
    app = press(app, f"delete-{mine.id}")
    assert store.run(mine.id) is not None  # asked first
    app = press(app, f"delete-not-{mine.id}")
    app = press(press(app, f"delete-{mine.id}"), f"delete-now-{mine.id}")
    assert not app.exception
    assert [one.id for one in store.runs(OWNER)] == [other.id]
    assert store.cube(mine.key) is None


def test_deleting_the_open_run_closes_it(store: Store) -> None:
    mine = finished(store, 1, "mine")
    app = visit("runs", run=mine.id)
    assert app.session_state["run"] == mine.id
    app = press(press(app, f"delete-{mine.id}"), f"delete-now-{mine.id}")
    assert "run" not in app.session_state
    assert not app.exception
    assert not app.warning


def test_space_is_freed_on_a_press_only_and_says_what_went(store: Store) -> None:
    old, new = finished(store, 1, "old"), finished(store, 2, "new")
    kept = store.update(finished(store, 3, "pinned").id, pinned=True)
    app = visit("runs")
    assert {store.size_of(run.key) > 0 for run in (old, new, kept)} == {True}
    app = press(app, "free")
    assert [store.size_of(run.key) > 0 for run in (old, new, kept)] == [False, True, True]
    assert "are free again" in said(app)
    assert keys(app, "refetch-") == [f"refetch-{run.id}" for run in (kept, new, old)]
    state = store.run(old.id)
    assert state is not None
    assert state.state == "evicted"


def test_many_runs_are_found_sorted_and_paged(store: Store) -> None:
    for number in range(30):
        waiting(store, number, f"field {number:02}")
    waiting(store, 99, "Ährenfeld")
    app = visit("runs")
    assert len(keys(app, "open-")) == PAGE
    names = [str(field.value) for field in app.text_input if str(field.key).startswith("name-")]
    assert names[:2] == ["Ährenfeld", "field 29"]
    app.text_input(key="runs-find").set_value("ÄHREN").run()
    assert len(keys(app, "open-")) == 1
    app.text_input(key="runs-find").set_value("nowhere <b>").run()
    assert keys(app, "open-") == []
    assert "No run is called like that." in said(app)
    app.text_input(key="runs-find").set_value("2024-03-01").run()
    assert len(keys(app, "open-")) == PAGE
    app.session_state["runs-page"] = 3
    app.run()
    assert len(keys(app, "open-")) == 31 - 2 * PAGE
    assert not app.exception


def test_two_hundred_runs_take_less_than_half_a_second(store: Store) -> None:
    first = finished(store, 0, "whole")
    for number in range(1, 200):
        waiting(store, number, f"field {number}")
    assert first.key in store.sizes(OWNER)
    app = visit("runs")
    took = []
    for _ in range(3):
        begun = time.process_time()
        app.run()
        took.append(time.process_time() - begun)
    assert not app.exception
    assert min(took) < 0.5


def test_the_quota_is_drawn_and_said() -> None:
    bar = disk_bar(250_000_000, 500_000_000, 1_000_000_000)
    assert "Your runs take 250.0 MB" in bar
    assert "500.0 MB of 1.00 GB" in bar
    assert bar.count("width:25.00%") == 2
    assert "over the quota" not in bar
    assert "over the quota" in disk_bar(1, 2_000, 1_000)
    assert disk_bar(0, 0, 1)


def test_enough_of_the_oldest_go_to_hold_the_quota() -> None:
    sizes = [Freeable(str(size), size) for size in (10, 20, 30)]
    assert [enough(sizes, over) for over in (-5, 0, 10, 11, 30, 31, 999)] == [1, 1, 1, 2, 2, 3, 3]


def test_sizes_are_said_in_words() -> None:
    assert (megabytes(12_340_000), megabytes(4_295_000_000), megabytes(0)) == ("12.3 MB", "4.29 GB", "0.0 MB")
    assert ground(toys.area()) == "6.6 km²"
    assert ground(toys.area(-2.9, 48.1, -2.899, 48.101)) == "0.826 ha"


def area(name: str = "", west: float = -2.91) -> Area:
    return Area.of(shapely.box(west, 48.095, west + 0.01, 48.1), name)


def test_the_areas_of_a_browser_are_used_named_pinned_and_deleted(store: Store) -> None:
    first, second = store.save_area(OWNER, area(HOSTILE)), store.save_area(OWNER, area("", -2.9))
    store.save_area("1" * 64, area("their field", -2.905))
    app = AppTest.from_function(_areas, default_timeout=30)
    app.session_state["owner"] = OWNER
    app.run()
    assert not app.exception
    text = said(app)
    assert HOSTILE not in text
    assert "&lt;img src=x" in text
    assert "their field" not in text
    app = press(app, f"area-use-{first.id}")
    assert store.draft(OWNER)["area"]["name"] == HOSTILE
    app = press(app, f"area-rename-{second.id}")
    app.text_input(key=f"area-name-{second.id}").set_value("North 🌾").run()
    assert {one.area.name for one in store.areas(OWNER)} == {HOSTILE, "North 🌾"}
    app = press(app, f"area-pin-{second.id}")
    assert keys(app, "area-use-")[0] == f"area-use-{second.id}"
    app = press(app, f"area-delete-{second.id}")
    assert [one.id for one in store.areas(OWNER)] == [first.id]
    app = press(app, "area-undo")
    back = next(one for one in store.areas(OWNER) if one.id != first.id)
    assert (back.area, back.pinned) == (area("North 🌾", -2.9), True)
    assert not app.exception


def _areas() -> None:
    """The list, unfolded; the test runner opens no expander."""
    import streamlit as st

    from eodash.ui import cached, choices
    from eodash.ui.kept_areas import _row, _undo

    for kept in sorted(cached.store().areas(choices.owner()), key=lambda one: not one.pinned):
        _row(kept)
    if (gone := st.session_state.get("area-gone")) is not None:
        _undo(gone)


def test_an_area_that_cannot_be_kept_is_used_all_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eodash.store.areas.AREA_BYTES", 10)
    app = visit("area")
    app.text_input(key="typed-area").set_value("-2.91, 48.095, -2.90, 48.1").run()
    assert not app.exception
    assert "too large to keep" in said(app)
    assert store.draft(OWNER)["area"] is not None
    assert store.areas(OWNER) == []


def test_a_typed_area_is_kept_at_once(store: Store) -> None:
    app = visit("area")
    app.text_input(key="typed-area").set_value("-2.91, 48.095, -2.90, 48.1").run()
    app.text_input(key="typed-area").set_value("-2.91, 48.095, -2.90").run()  # refused
    app.text_input(key="typed-area").set_value("-2.91, 48.095, -2.90, 48.1 ").run()
    assert [one.area.wkt for one in store.areas(OWNER)] == [area().wkt]


RINGS = [
    shapely.box(0, 0, 1, 1), shapely.box(-2.9, 89.9, -2.8, 89.99), shapely.box(0, 0, 10, 0.001),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]),
    shapely.Point(0, 0).buffer(1, 4000),
    shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [shapely.box(1, 1, 2, 2).exterior]),
]  # fmt: skip


@pytest.mark.parametrize("shape", RINGS)
def test_an_outline_is_sketched_inside_its_square(shape: Any) -> None:
    import base64
    import re

    drawn = base64.b64decode(sketch(Area.of(shape)).split("base64,")[1].split("'")[0]).decode()
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", drawn.split("d='")[1].split("'")[0])]
    assert numbers
    assert min(numbers) >= 0
    assert max(numbers) <= 40
    assert len(drawn) < 20_000


def test_an_offer_says_its_effect_in_numbers() -> None:
    before = Price(34, 100, 200, 44_600_000, 1, 4.4)
    after = replace(before, dates=17, bytes=22_300_000, seconds=2.7)
    offer = Offer("dates", "x", demo_request(), before, after, True)
    assert effect(offer) == "34 → 17 dates · 44.6 → 22.3 MB · ≈ 4.4 → 2.7 s"
    coarse = replace(before, rows=50, columns=100, bytes=11_150_000, exact=False, seconds=40)
    offer = replace(offer, before=replace(before, bytes=1_446_000_000, seconds=95), after=coarse)
    assert effect(offer) == "≈ 200 × 100 → 100 × 50 px · ≈ 1.45 GB → 11.2 MB · ≈ 95 → 40 s"


def test_an_offer_is_taken_and_taken_back(store: Store) -> None:
    for metres in (10, 20):
        cached.plan(replace(demo_request(), resolution=metres)).result(60)
    app = press(visit("area"), "shrink")
    assert store.draft(OWNER) == {}
    app = press(app, "take-offer-1")
    assert store.draft(OWNER)["resolution"] == 20
    assert app.selectbox(key="choose-resolution").value == 20
    app = press(app, "unshrink")
    assert store.draft(OWNER)["resolution"] == 10
    assert app.selectbox(key="choose-resolution").value == 10
    assert not app.exception


def test_another_question_keeps_the_open_run_and_leads_back(store: Store) -> None:
    mine = finished(store, 1, f"mine {HOSTILE}")
    app = visit("area", run=mine.id)
    assert "another question" not in said(app)
    app.text_input(key="typed-area").set_value("-2.91, 48.095, -2.90, 48.1").run()
    text = said(app)
    assert "This is another question than the open run" in text
    assert "(2 dates): another area" in text
    assert HOSTILE not in text
    app = press(app, "back-to-run")
    assert store.draft(OWNER)["area"]["wkt"] == mine.request.area.wkt
    assert "another question" not in said(app)
    assert [one.id for one in store.runs(OWNER)] == [mine.id]
