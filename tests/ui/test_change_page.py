"""The change page in Streamlit's own test runner: choices, figures, switches, empty states; the maps are doubles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.cards import card
from eodash.change.breaks import Breaks
from eodash.change.chain import Settings
from eodash.change.post import Cleaning
from eodash.settings import settings
from eodash.sources.contract import DateResult, DateStatus, Plan, Planned
from eodash.store import Run, Store
from eodash.ui import (
    addresses,
    asking,
    cached,
    change_dates,
    change_found,
    change_jobs,
    change_land,
    change_maps,
    change_pictures,
    change_pixel,
    choices,
)
from eodash.ui.change_choice import dates_chosen, settings_chosen
from eodash.ui.change_cover import covers_of
from eodash.ui.change_ranges import first_choice
from eodash.ui.change_truth import truth_of
from tests import toys
from tests.change.made import ground
from tests.store_crash import plan as toy_plan
from tests.ui.test_frame import run as visit
from tests.ui.test_frame import said
from tests.ui.test_runs import OWNER, press

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
ROWS, COLUMNS = 40, 44
TIMES = np.array(["2023-06-01T10:30", "2023-08-10T10:30", "2024-06-03T10:30"], "datetime64[s]")
PLANTED = np.s_[10:20, 12:24]
"""120 pixels, 1.2 hectares, that change before the last date."""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A fresh home; maps say what they would show."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret, asking.maps, change_found._detected,
                  change_found.pair, change_found.composites, change_pictures._composed)  # fmt: skip
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    for module in (change_maps, change_land, change_dates):
        monkeypatch.setattr(module, "drawn_map", lambda shown, key, **more: st.write(f"map {key}"))
    for module in (change_maps, change_land, change_dates, change_pixel, change_pictures):
        monkeypatch.setattr(module, "address", lambda body, name, kind="": f"/picture/{name}")
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


def images(times: np.ndarray = TIMES, clear: bool = True) -> list[DateResult]:
    """One ground on every date, noise, and a rectangle that is another one on the last."""
    base, found = ground(ROWS + 4, len(toys.BANDS))[:, :ROWS, :COLUMNS], []
    for number, time in enumerate(times):
        rng = np.random.default_rng(number)
        values = base + rng.normal(0, 0.002, base.shape)
        if number == len(times) - 1:
            values[(slice(None), *PLANTED)] += np.linspace(0.15, -0.1, len(toys.BANDS))[:, None, None]
        seen = np.full((ROWS, COLUMNS), clear or number == 0)
        found.append(DateResult(DateStatus(time, "used", cloud=1.0), np.rint(values * 1e4).astype(np.int16), seen))
    return found


def kept(store: Store, times: np.ndarray = TIMES, clear: bool = True) -> Run:
    first = toy_plan(1)
    plan = Plan(first.request, first.sensor, toys.geobox(ROWS, COLUMNS), tuple(Planned(time) for time in times))
    made = store.new_run(OWNER, plan.request, "A made place")
    for each in images(times, clear):
        store.save_date(made.key, each)
    store.finish(plan)
    return store.update(made.id, state="done")


def opened(run: Run, **view: Any) -> AppTest:
    cached.store().update(run.id, view=view)
    return visit("change", run=run.id)


def test_the_planted_change_is_found_and_every_figure_asks_its_question(store: Store) -> None:
    app = opened(kept(store))
    assert not app.exception
    text = said(app)
    for part in ("1.2 ha</b> changed", "Nobody knows the truth", "map change-map", "map change-found-map",
                 "How far did each pixel move?", "Which way?", "From what to what?", "What made the two dates alike?",
                 "What was cleaned away?", "too few to tell a step", "No pixel chosen"):  # fmt: skip
        assert part in text, part
    chosen = {each.label: each.value for each in app.selectbox}
    assert (chosen["Before"], chosen["After"]) == (0, 2)  # a year apart


def test_without_a_run_the_demo_is_offered() -> None:
    app = visit("change")
    assert not app.exception
    assert "No region is open" in said(app)


def test_one_date_alone_is_no_pair(store: Store) -> None:
    app = opened(kept(store, TIMES[:1]))
    assert not app.exception
    assert "One date only" in said(app)


def test_no_common_clear_pixel_is_said_not_drawn(store: Store) -> None:
    app = opened(kept(store, clear=False))
    assert not app.exception
    text = said(app)
    assert "No pixel is usable on both dates." in text
    assert "map change-map" not in text
    assert [each.label for each in app.selectbox if each.label in ("Before", "After")] == ["Before", "After"]


def test_the_same_date_twice_has_not_changed(store: Store) -> None:
    moment = str(TIMES[1])
    app = opened(kept(store), **{"change-before": moment, "change-after": moment})
    assert not app.exception
    assert "Both dates show the same image" in said(app)


@pytest.mark.parametrize("nonsense", [7, ["x", "y"], {"a": 1}, "<script>", float("nan")])
def test_choices_that_mean_nothing_are_passed_over(store: Store, nonsense: Any) -> None:
    names = ("before", "after", "way", "method", "rule", "hand", "unit", "holes", "look", "shown", "sectors", "across",
             "up", "band", "index")  # fmt: skip
    app = opened(kept(store), **{f"change-{name}": nonsense for name in names})
    assert not app.exception
    assert "1.2 ha</b> changed" in said(app)


def test_a_threshold_by_hand_moves_hectares_at_once_and_is_kept(store: Store) -> None:
    run = kept(store)
    app = opened(run, **{"change-rule": "by hand", "change-way": "none"})
    (slider,) = [each for each in app.slider if each.key == "change-hand"]
    app = slider.set_value(slider.max).run()
    assert not app.exception
    assert "<b>0 ha</b> changed" in said(app)
    again = cached.store().run(run.id)
    assert again is not None
    assert again.view["change-hand"] == pytest.approx(slider.max)


def test_a_threshold_out_of_range_is_brought_into_it(store: Store) -> None:
    app = opened(kept(store), **{"change-rule": "by hand", "change-hand": 1e9})
    assert not app.exception
    assert not app.error


def test_every_step_of_cleaning_is_a_switch(store: Store) -> None:
    app = opened(kept(store), **{"change-unit": 2.0})
    text = said(app)
    assert "minimum unit 2 ha" in text
    assert "<b>0 ha</b> changed" in text  # 1.2 ha is less
    (switch,) = [each for each in app.toggle if each.key == "change-median"]
    app = switch.set_value(False).run()
    assert "median 3 × 3</td>" not in said(app)


def test_chosen_directions_restrict_the_map(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[int] = []
    monkeypatch.setattr("eodash.ui.change.maps", lambda found, mask: marked.append(int(mask.sum())))
    app = opened(kept(store))
    (box,) = [each for each in app.multiselect if each.key == "change-sectors"]
    for sector in range(8):
        box = next(each for each in box.set_value([sector]).run().multiselect if each.key == "change-sectors")
    assert marked[0] == 116  # the median takes the corners
    assert sum(marked[1:]) == marked[0]
    assert min(marked[1:]) == 0


def test_a_click_on_an_arrow_takes_its_sector_in_and_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from eodash.ui import change_figures

    view: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", view.get)
    monkeypatch.setattr(choices, "keep_view", lambda **changes: view.update(changes))
    picked = {"change-polar": {"selection": {"points": [{"x": 0.2}, {"customdata": 3}]}}}
    monkeypatch.setattr(change_figures, "st", SimpleNamespace(session_state=picked))
    for expected in ([3], [], [3]):
        change_figures._clicked()
        assert view["change-sectors"] == expected


def test_the_clicked_pixel_shows_both_dates_and_whether_it_moved(store: Store) -> None:
    app = press(opened(kept(store)), "fill-No pixel chosen")
    assert not app.exception
    text = said(app)
    for part in ("above the thr", ": changed.", "What did it measure?", "How did it get there?", "/picture/chip-0",
                 "/picture/chip-2", "a year apart"):  # fmt: skip
        assert part in text, part


def test_dates_and_settings_are_read_from_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    view: dict[str, Any] = {"change-before": "2024-04-12", "change-after": "2024-05-03", "change-method": "ir-mad",
                            "change-way": "z-score", "change-rule": "otsu", "change-unit": 0.5,
                            "change-median": False}  # fmt: skip
    monkeypatch.setattr(choices, "view", view.get)
    assert dates_chosen(toys.small_cube()) == (1, 3)
    assert settings_chosen() == Settings("ir-mad", "z-score", "otsu", None, cleaning=Cleaning(median=False, unit=0.5))


def test_the_first_choice_is_a_clear_pair_a_year_apart_else_the_ends() -> None:
    here = toys.small_cube(5)
    assert first_choice(here) == (0, 4)
    year = here.assign_coords(time=np.array(["2023-05-01", "2023-06-01", "2023-06-20", "2024-04-30", "2024-06-19"],
                                            "datetime64[s]"))  # fmt: skip
    assert first_choice(year) == (2, 4)  # the second date is cloudy


def test_only_a_world_that_changes_knows_what_changed() -> None:
    here = toys.small_cube()
    before, after = np.datetime64("2023-08-13", "s"), np.datetime64("2024-08-12", "s")
    assert truth_of(here, before, after) is None
    for said_of in ('{"region": "temperate-north"}', "[]", "no json"):
        assert truth_of(here.assign_attrs(provenance=said_of), before, after) is None


def test_land_cover_counts_where_both_have_an_answer_and_the_images_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = card("early-lstm-l2a")
    first, second = np.array([[0, 1, 255, 2]], np.uint8), np.array([[1, 1, 0, 0]], np.uint8)
    sure = np.full((1, 4), 127, np.uint8)
    made = xr.Dataset({"before": (("y", "x"), first), "after": (("y", "x"), second),
                       "before_confidence": (("y", "x"), sure), "after_confidence": (("y", "x"), sure)})  # fmt: skip
    here: Any = SimpleNamespace(mask=np.array([[True, True, True, False]]))
    view: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", view.get)
    found = covers_of(here, shelf, made)
    assert found.changed.tolist() == [[True, False, False, False]]
    assert found.hectares(2.0)[0, 1] == 2
    assert found.confidence[0][0, 0] == pytest.approx(0.5)
    view["change-within"] = False
    assert covers_of(here, shelf, made).changed.tolist() == [[True, False, False, True]]


def test_dates_of_change_are_drawn_once_they_are_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    times = np.datetime64("2023-01-05T10:30", "s") + np.arange(14) * np.timedelta64(45, "D")
    dates = np.full((ROWS, COLUMNS), 65535, np.uint16)
    dates[PLANTED] = 7
    zero = np.ones((ROWS, COLUMNS), np.float32)
    run = kept(store, times)
    app = opened(run)
    assert "Not looked for yet" in said(app)
    monkeypatch.setattr(change_jobs.dates, "get", lambda name: Breaks(dates, zero, zero))
    text = said(app.run())
    assert "1.2 ha changed for good at some date" in text
    assert "16 Nov 2023" in text
    assert "map change-date-map" in text


def test_dates_of_change_are_there_again_after_a_restart(store: Store) -> None:
    run, zero = kept(store), np.ones((2, 3), np.float32)
    change_jobs.dates.keep("a" * 40, run.key, Breaks(np.full((2, 3), 7, np.uint16), zero, 2 * zero))
    store.close()
    cached.store.cache_clear()
    again = change_jobs.dates.get("a" * 40)
    assert again is not None
    assert (int(again.date[1, 2]), float(again.step[0, 0]), float(again.strength[0, 0])) == (7, 1.0, 2.0)
    assert change_jobs.dates.get("b" * 40) is None
