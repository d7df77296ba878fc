"""The predictions page in Streamlit's own test runner: model, map, hectares, replay; the engine is a double."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash.backend import maps as backend_maps
from eodash.backend.engine_answers import meta_of
from eodash.backend.questions import NOTHING, MapQuestion
from eodash.jobs import Job
from eodash.settings import settings
from eodash.store import Run, Store
from eodash.ui import (
    addresses,
    asking,
    cached,
    choices,
    explaining_map,
    said_hectares,
    said_map,
    said_models,
    said_parts,
)
from eodash.ui.said import dates_of
from tests.toys import small_cube
from tests.ui.test_frame import run as visit
from tests.ui.test_frame import said
from tests.ui.test_runs import finished, press

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
AXES = {name: ["date"] for name in ("said", "confidence", "margin", "entropy")}
NONSENSE: list[Any] = [5, [], {"a": 1}, "<script>", None, True, -1, "9" * 400]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A fresh home; nothing of the inspector nor of the parts below the map."""
    drawn = (cached._map_drawn, cached.grey_scene)
    singletons = (settings, cached.store, cached.jobs, addresses.secret, asking.maps, *drawn)
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    monkeypatch.setattr(said_map, "inspector", lambda here: st.write(f"pixel {here.asked}"))
    for name in said_parts.PARTS:
        title = said_parts.PARTS[name][0]
        monkeypatch.setitem(said_parts.PARTS, name, (title, lambda here, name=name: st.write(f"part {name}")))
    for single in singletons:
        single.cache_clear()
    yield cached.store()
    cached.store().close()
    for single in singletons:
        single.cache_clear()


def question(run: Run, dates: tuple[int, ...] = (0, 1), card: str = "early-lstm-l2a") -> MapQuestion:
    return asking.question_about(run, cards.card(card), "landcover", dates, raw=False)[0]


def keep(
    run: Run, dates: tuple[int, ...] = (0, 1), card: str = "early-lstm-l2a", facts: dict[str, Any] | None = None
) -> MapQuestion:
    """An answer: cereals, but water in the last row; nothing known of the first row."""
    asked, series = asking.question_about(run, cards.card(card), "landcover", dates, raw=False)
    answer = np.zeros((len(dates), *series.shape[2:]), np.uint8)
    answer[:, -1] = [each.name for each in cards.card(card).legends["landcover"]].index("water")
    answer[:, 0] = NOTHING
    sure = np.where(answer == NOTHING, 0, 200).astype(np.uint8)
    arrays = {"said": answer, "confidence": sure, "margin": sure // 2, "entropy": sure // 4}
    cached.store().keep_result(
        asked.key, run.key, arrays, meta_of(series, cards.card(card), "landcover", dates, AXES, facts or {})
    )
    return asked


def opened(run: Run, **view: Any) -> AppTest:
    cached.store().update(run.id, view=view)
    return visit("dates", run=run.id)


def asks(monkeypatch: pytest.MonkeyPatch) -> list[MapQuestion]:
    """Every map that is asked for, while none is ever computed."""
    found: list[MapQuestion] = []

    def ask(store: Store, jobs: Any, owner: str, asked: MapQuestion, *rest: Any) -> Job:
        found.append(asked)
        return Job(asked.key, "running", done=2, total=16)

    monkeypatch.setattr(asking, "ask_map", ask)
    monkeypatch.setattr(asking, "_watch", lambda key, asked, verb, unit: st.write(f"{verb}: {unit} 3 of 16"))
    return found


def test_without_a_run_the_demo_is_offered(store: Store) -> None:
    app = visit("dates")
    assert not app.exception
    assert "No region is open" in said(app)
    assert not [box for box in app.selectbox if box.key == "said-model"]


def test_a_kept_map_is_drawn_with_its_hectares(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said_hectares, "inside", lambda area, grid: np.ones(grid.shape, bool))
    run = finished(store, 1)
    asked = keep(run)
    app = opened(run, date="2024-04-12", asked=[3, 4])
    assert not app.exception
    text = said(app)
    assert "Hectares per class, 12 Apr" in text
    assert "After 2 of 2 images, Early LSTM says cereals 1.6 ha, water 0.2 ha." in text
    assert "Tick: true area" not in text  # nobody knows the truth of this ground
    assert "pixel (3, 4)" in text
    assert "/eodash/map/" in text
    assert asked.key not in text  # it is inside the address, signed
    offered = [title for name, title in said_map.TITLES.items() if name != "fields"]
    assert app.selectbox(key="said-layer").options == offered


def test_a_worker_that_was_restarted_is_told_near_the_map(store: Store) -> None:
    run = finished(store, 1)
    keep(run, facts={"restarts": 1})
    assert "The worker was restarted once while this was computed" in said(opened(run, date="2024-04-12"))


def test_a_step_moves_the_map_and_what_stands_below_it(store: Store) -> None:
    run = finished(store, 1)
    keep(run)
    app = press(opened(run, date="2024-04-12"), "back")
    assert not app.exception
    assert "Hectares per class, 2 Apr" in said(app)
    assert app.session_state[said_parts.DRAWN] == app.session_state["view"]["date"]
    assert app.session_state[said_parts.TOP] == (0, None)


def test_without_a_map_it_is_asked_for_once_and_the_image_stays_on_the_map(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asks(monkeypatch)
    app = opened(finished(store, 1), date="2024-04-12")
    assert not app.exception
    text = said(app)
    assert "tile 3 of 16" in text
    assert "/eodash/picture/" in text
    assert "Hectares per class" not in text
    assert {(asked.card, asked.dates) for asked in found} == {("early-lstm-l2a", (0, 1))}


def test_a_network_that_looks_ahead_is_asked_at_the_chosen_date_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asks(monkeypatch)
    run = finished(store, 1)
    app = opened(run, model="temp-cnn", date="2024-04-12")
    assert "so it is asked at the chosen date alone" in said(app)
    assert {asked.dates for asked in found} == {(1,)}
    assert next(button for button in app.button if button.key == "play").disabled
    found.clear()
    app = press(app, "ask-all")
    assert not app.exception
    assert {asked.dates for asked in found} == {(0, 1)}
    assert "asked at the chosen date alone" not in said(app)
    kept = store.run(run.id)
    assert kept is not None
    assert kept.view["every"] is True


def test_model_and_input_are_kept_with_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asks(monkeypatch)
    run = finished(store, 1)
    app = opened(run)
    app.selectbox(key="said-model").select("causal-transformer").run()
    assert not app.exception
    assert found[-1].card == "causal-transformer-l2a"
    kept = store.run(run.id)
    assert kept is not None
    assert (kept.view["model"], kept.view["input"]) == ("causal-transformer", "preprocessed")
    assert visit("dates", run=run.id).selectbox(key="said-model").value == "causal-transformer"


def test_raw_images_that_the_run_does_not_hold_are_one_sentence_and_a_way_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[Any] = []
    monkeypatch.setattr(said_models, "start", lambda request, name: began.append((request, name)))
    run = finished(store, 1, "Valley")
    app = opened(run, input="raw")
    assert not app.exception
    assert "is made for raw images (L1C); the open run holds preprocessed images (L2A)" in said(app)
    app = press(app, "said-misfit-way-0")
    [(request, name)] = began
    assert (request.product, request.area, name) == ("sentinel-2-l1c", run.request.area, "Valley, raw")
    assert len(request.bands) == 13
    asks(monkeypatch)
    app = press(opened(run, input="raw"), "said-misfit-way-1")
    assert "tile 3 of 16" in said(app)


@pytest.mark.parametrize("nonsense", NONSENSE, ids=str)
def test_a_link_may_hold_anything(store: Store, monkeypatch: pytest.MonkeyPatch, nonsense: Any) -> None:
    names = ("model", "input", "legend", "asked", "part", "said-layer", "opacity", "date")
    view = dict.fromkeys(names, nonsense)
    monkeypatch.setattr(choices, "view", lambda name, default=None: view.get(name, default))
    cube = small_cube()
    card = said_models.chosen(cube)
    assert card is not None
    assert card.name == "early-lstm-l2a"
    assert said_models.legend_of(card) == "landcover"
    assert said_parts.part() in said_parts.PARTS
    assert explaining_map.opacity() in said_map.OPACITIES


def test_the_networks_that_fit_come_with_the_default_first() -> None:
    some = said_models.models_for(small_cube())
    assert [card.name for card in some[:2]] == ["early-lstm-l2a", "causal-transformer-l2a"]
    assert {card.input.level for card in some} == {"l2a"}
    assert not [card for card in some if card.weights is None]


def test_a_causal_network_is_asked_at_every_date_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "view", lambda name, default=None: default)
    assert dates_of(cards.card("early-lstm-l2a"), small_cube(), 3) == (0, 1, 2, 3, 4)
    assert dates_of(cards.card("l-tae-l2a"), small_cube(), 3) == (3,)


def test_a_picture_of_a_map_has_an_address_that_nobody_can_make(store: Store) -> None:
    run = finished(store, 1)
    asked = keep(run)
    scene = np.datetime64("2024-04-12T10:30:00", "s")
    for layer in ("said", "fields", "confidence", "margin", "entropy"):
        url = cached.map_url(run.key, asked.key, 1, layer, scene, 0.9, "light")  # type: ignore[arg-type]
        address = url.removeprefix("/eodash/map/").removesuffix(".png")
        body = cached.map_picture(address)
        assert body is not None
        assert Image.open(io.BytesIO(body)).format == "PNG"
        assert cached.map_picture(address[:-1] + ("0" if address[-1] != "0" else "1")) is None
    cached._map_drawn.cache_clear()
    store.free(run.owner, [run.key])
    assert cached.map_picture(address) is None


def test_a_click_asks_about_its_pixel(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(choices, "keep_view", lambda **changes: kept.append(changes))
    warp = explaining_map.warp_of(small_cube().odc.geobox)
    place = explaining_map.pin(explaining_map.Pixel(1, 2, 3), warp)
    for clicked in ({"lat": place["lat"], "lng": place["lng"]}, {"lat": 0.0, "lng": 0.0}, None):
        monkeypatch.setitem(st.session_state, said_map.KEY, {"last_clicked": clicked})
        explaining_map.clicked(said_map.KEY, warp)
    assert kept == [{"asked": [2, 3]}]


def test_the_map_module_keeps_answers_as_the_page_reads_them(store: Store) -> None:
    run = finished(store, 1)
    found = backend_maps.kept_map(store, keep(run))
    assert found is not None
    assert found["said"].shape == (2, 12, 16)
    assert found["index"].values.tolist() == [0, 1]
