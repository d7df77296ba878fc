"""The page of early decisions in Streamlit's own test runner; engine, store and map are doubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash.request import Period, Request
from eodash.store import Run
from eodash.truth import Truth
from eodash.truth.stopped import NEVER
from eodash.ui import (
    asking,
    cached,
    choices,
    early,
    early_archives,
    early_classes,
    early_found,
    early_map,
    early_other,
    early_pixel,
    early_seasons,
)
from eodash.ui.early_archives import measured
from eodash.ui.early_other import year_before
from eodash.ui.said import Said
from tests.export.answers import answer
from tests.toys import request, small_cube

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
DATES, SHAPE = 4, (12, 16)


def run_of(asked: Request, name: str = "Valley") -> Run:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    return Run(asked.key[:26], "me", name, asked, asked.key, "done", {}, None, now, now, False, "1")


def here(card: str = "early-lstm-l2a", dates: int = DATES, area: Any = None, **more: Any) -> Said:
    """The toy answer over the toy cube: left half grain, right half rapeseed, the lowest two rows legumes."""
    cube = small_cube(dates)
    ground = type(request().area).of(cube.odc.geobox.extent.to_crs("EPSG:4326").geom.buffer(1e-5, join_style="mitre"))
    said = answer(dates)
    names = [each.name for each in cards.card(card).legends["landcover"]]
    stop = np.full(SHAPE, NEVER, np.uint16)
    stop[:, :8], stop[-2:] = 0, max(dates - 2, 0)  # grain at once, the lake on the date before the last, meadow never
    stop[:2, :2] = NEVER
    said["stop"] = (("y", "x"), stop)
    said = said.assign_coords({"class": names[:3]})
    asked = replace(request(), area=area or ground, **more)
    return Said(run_of(asked), cube, cards.card(card), "landcover", dates - 1, said, dates - 1, f"map-{asked.key}")


def truth() -> Truth:
    """Grain on the left, legumes on the right, two fields."""
    classes = np.zeros(SHAPE, np.uint8)
    classes[:, 8:] = 2
    return Truth(classes, np.where(classes == 0, 1, 2).astype(np.uint16), tuple("abc"), "toy")


@dataclass
class Stage:
    """What the page is about, and what it did."""

    said: Said
    truth: Truth | None
    hazard: xr.Dataset | None
    view: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    started: list[Request] = field(default_factory=list)
    urls: list[tuple[int | None, bool]] = field(default_factory=list)


STAGE: list[Stage] = []


def page() -> None:
    from eodash.ui.early import early

    early()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    hazard = np.zeros((DATES, *SHAPE), np.float32)
    hazard[0, :, :8], hazard[1, :, 8:], hazard[DATES - 2, -2:] = 0.6, 0.3, 0.9  # the second date is cloudy
    made = Stage(here(), truth(), xr.Dataset({"hazard": (("date", "y", "x"), hazard)}))
    store = SimpleNamespace(runs=lambda owner: made.runs)

    def url(season: Any, index: int | None = None, fields: bool = False) -> str:
        made.urls.append((index, fields))
        return f"/stops/{index}/{fields}"

    def start(store: Any, jobs: Any, owner: str, asked: Request, name: str) -> Run:
        made.started.append(asked)
        return run_of(asked, name)

    def question(run: Run, *rest: Any, **more: Any) -> Any:
        return SimpleNamespace(key=f"map-{run.key}"), made.said.cube

    monkeypatch.setattr(choices, "view", lambda name, default=None: made.view.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: made.view.update(changes))
    monkeypatch.setattr(choices, "owner", lambda: "me")
    monkeypatch.setattr(cached, "store", lambda: store)
    monkeypatch.setattr(cached, "jobs", lambda: None)
    monkeypatch.setattr(cached, "cube", lambda key: made.said.cube)
    for module in (early, early_map):
        monkeypatch.setattr(module, "said", lambda: made.said)
    monkeypatch.setattr(early_found, "truth_or_none", lambda said: made.truth)
    monkeypatch.setattr(early_found, "kept_summary", lambda store, question, reducers: made.hazard)
    monkeypatch.setattr(early_found, "summary_key", lambda question, reducers: f"chances-{id(made)}")
    for module in (early_found, asking):
        monkeypatch.setattr(module, "question_about", question)
    monkeypatch.setattr(asking, "map_or_progress", lambda *said: made.asked.append("map"))
    monkeypatch.setattr(asking, "summary_or_progress", lambda *said: made.asked.append("hazard"))
    monkeypatch.setattr(early_map, "pixel_map", lambda said, key, **more: made.maps.update({key: more["picture"]}))
    monkeypatch.setattr(early_pixel, "explained", lambda *said, **more: None)
    for module in (early_map, early_seasons):
        monkeypatch.setattr(module, "picture_url", url)
    monkeypatch.setattr(early_seasons, "drawn_map", lambda shown, key, **more: made.maps.update({key: shown}))
    monkeypatch.setattr(early_other, "under_way", lambda key: None)
    monkeypatch.setattr(early_other, "series", lambda run: made.said.cube)
    monkeypatch.setattr(early_other.runs, "start", start)
    STAGE[:] = [made]
    yield made
    STAGE.clear()


def shown() -> AppTest:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(each.proto.body) for each in app.get("html"))


def test_map_histogram_classes_dial_and_season_are_drawn(stage: Stage) -> None:
    app = shown()
    said = text(app)
    assert "When was each pixel decided?" in said
    assert "Hatched: still undecided on 2 May (43 %)" in said  # 80 of 188 pixels with an answer
    assert "How much ground is decided on each date?" in said
    assert "Stopping at 50 %: 94 % right" not in said
    assert "When is each class decided?" in said
    assert "Never said at any date: " in said
    assert stage.urls == [(None, False)]
    assert stage.maps["early-map"].url == "/stops/None/False"
    charts = [each.proto.id for each in app.get("plotly_chart")]
    assert len(charts) == 4


def test_the_dial_reads_the_kept_chances_anew(stage: Stage) -> None:
    app = shown()
    before = next(words for words in text(app).split("<") if "Stopping at 50 %" in words)
    stage.view["stop-at"] = 0.3
    app = shown()
    after = next(words for words in text(app).split("<") if "Stopping at 30 %" in words)
    assert "never decided" in before
    assert before != after
    assert stage.asked == []  # nothing is computed again


def test_while_the_chances_are_on_their_way_the_map_keeps_its_own_rule(stage: Stage) -> None:
    stage.hazard, stage.view["stop-at"] = None, 0.3
    app = shown()
    assert stage.asked == ["hazard"]
    assert "Stopping at 50 %" in text(app)
    assert not [slider for slider in app.get("select_slider") if slider.key == "stop-at"]


@pytest.mark.parametrize("nonsense", [5, [], {"a": 1}, "<script>", None, True, -1, float("nan"), "9" * 400])
def test_nonsense_in_a_link_is_the_median(stage: Stage, nonsense: Any) -> None:
    stage.view |= dict.fromkeys(("stop-at", "early-show", "early-way", "early-fields"), nonsense)
    assert early_found.threshold() == 0.5
    assert early_classes._way() == "ridge"
    assert not early_map._so_far()


def test_decided_so_far_draws_the_classes_of_the_date_and_whole_fields_lock(stage: Stage) -> None:
    stage.view["early-show"] = "sofar"
    said = text(shown())
    assert "What is decided by 2 May?" in said
    assert stage.urls == [(3, True)]
    season = early_found.open_season(stage.said)
    assert season is not None
    assert (season.locked(0, False)[2:10, :8] == 0).all()
    assert (season.locked(0, False)[:, 8:] == 255).all()
    assert (season.locked(0, True)[:, :8] == 0).all()  # more than half of the field
    assert (season.locked(3, True)[:, 8:] == 255).all()  # most of the other one is never decided


def test_without_a_truth_classes_are_those_that_were_said_and_no_accuracy_is_told(stage: Stage) -> None:
    stage.truth = None
    said = text(shown())
    assert "as the model says, no truth is known" in said
    assert "How often it is right cannot be told" in said
    assert "How much is decided by then?" in said


def test_a_model_without_a_stopping_head_offers_one_that_has(stage: Stage) -> None:
    stage.said = here("transformer-l2a")
    app = shown()
    assert "Transformer never decides to stop" in text(app)
    assert "Early LSTM and Causal Transformer" in text(app)
    (button,) = app.button
    assert button.label == "Ask Early LSTM"
    button.click().run()
    assert stage.view["model"] == "early-lstm"


def test_one_image_is_nothing_to_stop_early_from(stage: Stage) -> None:
    stage.said = here(dates=1)
    app = shown()
    assert "One image only" in text(app)
    assert [button.label for button in app.button] == ["Fetch more dates"]


def test_all_cloudy_is_said_and_nothing_else_is_drawn(stage: Stage) -> None:
    assert stage.said.map is not None
    stage.said.map["said"].values[:] = 255
    stage.said.map["stop"].values[:] = NEVER
    app = shown()
    assert "Nothing usable was seen of any pixel" in text(app)
    assert not app.get("plotly_chart")


def test_a_year_of_daily_images_is_drawn(stage: Stage) -> None:
    stage.said = here(dates=365)
    stage.hazard = xr.Dataset({"hazard": (("date", "y", "x"), np.full((365, *SHAPE), 0.01, np.float32))})
    app = shown()
    assert len(app.get("plotly_chart")) == 4


def test_the_earlier_year_is_offered_where_the_source_may_have_it(stage: Stage) -> None:
    stage.said = here(source="planetary-computer", period=Period(date(2024, 2, 29), date(2024, 8, 31)))
    app = shown()
    button = next(each for each in app.button if each.label == "Fetch the same area one year earlier")
    button.click().run()
    (asked,) = stage.started
    assert (asked.period.start, asked.period.end) == (date(2023, 2, 28), date(2023, 8, 31))
    assert asked.area == stage.said.run.request.area
    assert stage.view["early-other"] == run_of(asked).id


def test_files_have_no_other_season_to_fetch(stage: Stage) -> None:
    assert early_other.ways_to_another(here(source="files")) == {}
    assert year_before(request()).key != request().key


def test_two_seasons_are_compared_class_by_class(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    other = run_of(year_before(stage.said.run.request), "A year before")
    stage.runs, stage.view["early-other"] = [stage.said.run, other], other.id
    assert stage.said.map is not None
    later = stage.said.map.copy(deep=True)
    later["stop"].values[:, :8] = 2  # twenty days after the first image, where the other one stops at once
    monkeypatch.setattr(early_other, "kept_map", lambda store, question: later)
    monkeypatch.setattr(early_other, "truth_of", lambda *said: stage.truth)
    stage.hazard = None
    app = shown()
    assert "A year before, 2023" in text(app)
    assert "In 2023 the middle class of 1 is decided 20 days later" in text(app)
    assert len([key for key in stage.maps if key.startswith("early-season-")]) == 2


def test_the_sets_name_who_wins() -> None:
    found = measured(card for card in cards.shelf().values() if early_found.can_stop(card))
    gunpoint = next(one for one in found if "GunPoint" in one.data)
    assert not gunpoint.dated
    assert (gunpoint.accuracy, gunpoint.accuracy_wins) == (0.927, "never stops")
    assert gunpoint.harmonic == pytest.approx(2 * 0.927 * 0.642729 / (0.927 + 0.642729))
    assert found[0] is gunpoint  # sets without dates come first
    assert "GunPoint" in early_archives.domination(found)
    assert len(early_archives.table(found)) == len(found) > 4


def test_no_score_is_no_row() -> None:
    card = cards.card("early-lstm-gunpoint")
    assert measured([replace(card, scores=())]) == []
    assert measured([replace(card, scores=(replace(card.scores[0], note=""),))]) == []
