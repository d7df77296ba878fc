"""The saliency page in Streamlit's own test runner: methods, figures, the map's choices; engine and map are doubles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.backend.engine import series_at
from eodash.settings import settings
from eodash.store import Run, Store
from eodash.ui import addresses, asking, cached, saliency, saliency_region
from eodash.ui.explaining import Explained
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.map import Picture
from tests.ui.test_frame import run as visit
from tests.ui.test_frame import said
from tests.ui.test_runs import finished, press

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A fresh home; every value carries as much as any other, whatever is asked."""
    singletons = (settings, cached.store, cached.jobs, addresses.secret, asking.maps)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    monkeypatch.setattr(saliency, "explained", lambda here, kinds, **more: answer(here, kinds, more["date"]))
    for module in (saliency, saliency_region):
        monkeypatch.setattr(module, "pixel_map", lambda here, key, **more: st.write(f"map {key}"))
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


def answer(here: Said, kinds: tuple[str, ...], date: int, seen: bool = True) -> Explained:
    dates, bands = len(here.times), here.card.input.bands
    shown = (np.arange(dates) <= date) & seen
    same = np.where(shown[:, None], np.full((dates, len(bands)), 0.5), 0)
    variables: dict[str, Any] = {"gradient": (("time", "band"), same), "integrated": (("time", "band"), same)}
    variables |= {"occlusion_time": ("time", same[:, 0]), "occlusion_band": ("band", np.full(len(bands), 0.1))}
    names = {"occlusion": ["occlusion_time", "occlusion_band"]}
    wanted = [name for kind in kinds for name in names.get(kind, [kind])]
    found = xr.Dataset(
        {name: variables[name] for name in wanted},
        {"time": here.times.astype("datetime64[ns]"), "band": list(bands), "seen": ("time", shown)},
        {"winner": "corn" if seen else "", "score": 0.9, "baseline_score": 0.1, "gap": 0.0, "date": date},
    )
    return Explained(series_at(here.cube, *(here.asked or (0, 0))), xr.Dataset(), 1, found)


def opened(run: Run, **view: Any) -> AppTest:
    cached.store().update(run.id, view={"asked": [3, 4]} | view)
    return visit("saliency", run=run.id)


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("gradient", ("Which values would move the score?", "Which bands is the score sensitive to?", "is local")),
        ("integrated", ("What did each value add to the score?", "add up to")),
        ("occlusion", ("What would be missing without a date?", "What would be missing without a band?", "falls by")),
    ],
)
def test_each_method_has_its_questions_its_reading_and_its_caveat(
    store: Store, method: str, parts: tuple[str, ...]
) -> None:
    app = opened(finished(store, 1), method=method)
    assert not app.exception
    text = said(app)
    for part in (*parts, "map saliency-map"):
        assert part in text
    assert [each.label for each in app.metric] == ["Cloudy dates", "Saliency on them"]
    assert "torch.autograd.grad" in app.code[0].value


def test_another_method_is_one_click_and_is_kept(store: Store) -> None:
    run = finished(store, 1)
    app = opened(run)
    (control,) = [each for each in app.button_group if each.key == "saliency-method"]
    app = control.set_value("occlusion").run()
    assert "What would be missing without a date?" in said(app)
    kept = cached.store().run(run.id)
    assert kept is not None
    assert kept.view["method"] == "occlusion"


@pytest.mark.parametrize("place", [None, [9999, 4]])
def test_without_a_pixel_in_the_area_one_is_offered(store: Store, place: Any) -> None:
    app = opened(finished(store, 1), asked=place)
    assert not app.exception
    assert "No pixel chosen" in said(app)
    assert "Which values would move the score?" in said(press(app, "fill-No pixel chosen"))


def test_a_pixel_of_which_nothing_was_seen_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saliency, "explained", lambda here, kinds, **more: answer(here, kinds, more["date"], False))
    app = opened(finished(store, 1))
    assert not app.exception
    assert "Nothing to explain yet" in said(app)
    assert "map saliency-map" in said(app)


@pytest.mark.parametrize("nonsense", [5, ["x", "y"], {"a": 1}, "<script>"])
def test_choices_that_mean_nothing_are_passed_over(store: Store, nonsense: Any) -> None:
    app = opened(finished(store, 1), method=nonsense, hung=nonsense)
    assert not app.exception
    assert "Which values would move the score?" in said(app)


def test_the_maps_are_of_a_date_or_of_a_band(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(here: Said, read: int) -> xr.Dataset:
        dates, bands, size = len(here.times), len(here.card.input.bands), here.cube.shape[2:]
        made = {"hung_date": (("date", "y", "x"), np.ones((dates, *size), np.float16))}
        made |= {
            name: (("band", "y", "x"), np.ones((bands, *size), np.float16)) for name in saliency_region.REDUCERS[1:]
        }
        return xr.Dataset(made)

    drawn: list[str] = []

    def picture(here: Said, name: str, values: Any, **more: Any) -> Picture:
        drawn.append(f"{name} {more['ramp']}")
        return Picture("", ((0, 0), (1, 1)), name)

    monkeypatch.setattr(saliency_region, "_made", kept)
    monkeypatch.setattr(saliency_region, "raster_url", picture)
    run = finished(store, 1)
    app = opened(run)
    assert not app.exception
    assert drawn[-1].startswith("Whose decision hung on ")
    (control,) = [each for each in app.button_group if each.key == "saliency-kind"]
    app = control.set_value("hung_signed_band").run()
    assert not app.exception
    assert drawn[-1] == "Where does blue speak for the class, where against? diverging"
    assert "A tenth of the pixels carries" in said(app)


def test_the_maps_are_of_the_score_after_the_chosen_date(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the last date stand in until others are asked for; dates behind it cannot be what it hung on."""
    asked: list[tuple[int, ...]] = []

    def kept(here: Said, read: int) -> xr.Dataset | None:
        if read != len(here.times) - 1:
            return None
        size, bands = here.cube.shape[2:], len(here.card.input.bands)
        made = {"hung_date": (("date", "y", "x"), np.ones((read + 1, *size), np.float16))}
        names = saliency_region.REDUCERS[1:]
        return xr.Dataset(made | {name: (("band", "y", "x"), np.ones((bands, *size), np.float16)) for name in names})

    def progress(run: Any, card: Any, legend: Any, dates: tuple[int, ...], *more: Any) -> None:
        asked.append(dates)

    monkeypatch.setattr(saliency_region, "_made", kept)
    monkeypatch.setattr(saliency_region, "raster_url", lambda *told, **more: Picture("", ((0, 0), (1, 1)), "map"))
    monkeypatch.setattr(asking, "summary_or_progress", progress)
    run = finished(store, 1)
    cube = cached.cube(run.key)
    assert cube is not None
    times = [str(each) for each in cube["time"].values.astype("datetime64[s]")]
    app = opened(run, date=times[0])
    assert not app.exception
    assert f"Gradient of the score after {day(np.datetime64(times[-1]), year=True)}" in said(app)
    app = press(app, "saliency-ask")
    assert not app.exception
    assert asked[-1] == (0,)
