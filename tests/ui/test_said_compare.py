"""Two answers on one region in Streamlit's own test runner; engine, store and map are doubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash.agreement import ALWAYS
from eodash.errors import CapacityError, ModelError
from eodash.request import Request
from eodash.store import Run
from eodash.ui import asking, cached, choices, said_compare, said_compare_found, said_compare_other
from eodash.ui.said import Said
from eodash.ui.said_compare_found import pair_of, season_of
from eodash.ui.said_compare_other import Other, offered, titled, twin_request
from eodash.views.agreement_map import CALENDAR, STRIP, calendar_colours, divergence_histogram, swap_table
from tests.export.answers import COLOURS, NAMES, answer
from tests.toys import request, small_cube

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
AREA = request().area


def run_of(asked: Request) -> Run:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    return Run("a" * 26, "me", "Valley", asked, asked.key, "done", {}, None, now, now, False, "1")


def here(**more: Any) -> Said:
    """The toy answer of three dates over the toy cube, at its last date; only the area's ground counts."""
    cube = small_cube(3)
    inside = replace(
        request(), area=type(AREA).of(cube.odc.geobox.extent.to_crs("EPSG:4326").geom.buffer(1e-5, join_style="mitre"))
    )
    said = answer()
    return Said(run_of(inside), cube, cards.card("early-lstm-l2a"), "landcover", 2, said, 2, "mine" * 10, **more)


def changed(dates: tuple[int, ...] = (0, 1, 2)) -> xr.Dataset:
    """The same but for the lake, which is meadow from the third date on; some of the dates only."""
    other = answer()
    other["said"].values[2, -2:] = 1
    return other.isel(date=list(dates))


def other(found: xr.Dataset, said: Said) -> Other:
    return Other(said.run, said.cube, cards.card("causal-transformer-l2a"), "landcover", found, "yours" * 8)


@dataclass
class Stage:
    """What the page is about, and what it did."""

    said: Said
    other: xr.Dataset | None
    maps: dict[str, Any] = field(default_factory=dict)
    acts: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    kept: bool = True
    computed: list[str] = field(default_factory=list)
    started: list[Request] = field(default_factory=list)
    refusal: CapacityError | None = None


STAGE: list[Stage] = []


def page() -> None:
    from eodash.ui.said_compare import compare
    from tests.ui.test_said_compare import STAGE

    compare(STAGE[0].said)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(here(), changed())

    def map_or_progress(run: Run, card: cards.Card, legend: str, dates: tuple[int, ...], key: str) -> Any:
        made.computed.append(card.name)
        return made.other

    def question_about(run: Run, card: cards.Card, legend: str, dates: tuple[int, ...], raw: bool) -> Any:
        made.asked.append((card.name, dates))
        return type("Question", (), {"key": f"{card.name}{len(dates)}" * 3})(), made.said.cube

    class Shop:
        def runs(self, owner: str) -> list[Run]:
            return []

    def start(store: Any, jobs: Any, owner: str, asked: Request, name: str) -> None:
        made.started.append(asked)
        if made.refusal is not None:
            raise made.refusal

    monkeypatch.setattr(asking, "map_or_progress", map_or_progress)
    monkeypatch.setattr(asking, "question_about", question_about)
    monkeypatch.setattr(said_compare_other, "kept_map", lambda store, question: made.other if made.kept else None)
    monkeypatch.setattr(cached, "cube", lambda key: made.said.cube)
    monkeypatch.setattr(cached, "prepared", lambda run: made.said.cube)
    monkeypatch.setattr(cached, "store", Shop)
    monkeypatch.setattr(cached, "jobs", lambda: None)
    monkeypatch.setattr(cached, "map_url", lambda *said: "/".join(map(str, said[1:4])))
    monkeypatch.setattr(choices, "owner", lambda: "me")
    monkeypatch.setattr(choices, "run", lambda: None)
    monkeypatch.setattr(said_compare_other, "under_way", lambda key: None)
    monkeypatch.setattr(said_compare_other.runs, "start", start)
    monkeypatch.setattr(said_compare, "drawn_map", lambda shown, key, **more: made.maps.update({key: shown}))
    monkeypatch.setattr(said_compare, "on_map_change", lambda key, act: made.acts.update({key: act}))
    monkeypatch.setattr(said_compare_found, "_address", lambda body, name: f"{name[:9]}:{body[:4]!r}")
    STAGE[:] = [made]
    yield made
    STAGE.clear()


def shown() -> AppTest:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(each.proto.body) for each in app.get("html"))


def state(stage: Stage, key: str) -> dict[str, Any]:
    (element,) = stage.maps[key]._children.values()
    found: dict[str, Any] = element.state
    return found


def test_both_answers_stand_in_equal_frames_at_the_chosen_date(stage: Stage) -> None:
    shown()
    said = state(stage, "compare-map")
    assert said["compare"] == "side"
    assert said["scene"]["url"].endswith("/2/said")
    assert said["other"]["url"].endswith("/2/said")
    assert said["scene"]["bounds"] == said["other"]["bounds"]
    assert [list(tag) for tag in said["tags"]] == [
        ["Early LSTM", "preprocessed"],
        ["Causal Transformer", "preprocessed"],
    ]
    found = state(stage, "compare-found-map")
    assert found["scene"]["url"].startswith("agreement:b'\\x89PNG")
    assert found["other"]["url"].startswith("divergenc:b'\\x89PNG")


def test_hectares_shares_and_swaps_are_those_of_the_pixels(stage: Stage) -> None:
    """The lake has 2 rows of 16 pixels of a hundredth hectare; four pixels of 192 have no answer."""
    said = text(shown())
    assert "agree 1.6 ha" in said
    assert "differ 0.3 ha" in said
    assert "agree on 83 % of 1.9 ha" in said
    assert "the first says lake &amp; shore where the second says =meadow" in said
    assert "17 % of the ground is called two things at some date, half of it by 22 Apr" in said
    assert said.count("<tr>") == 2  # the head, and one swap


def test_the_course_over_the_season_and_its_histogram_share_one_calendar(stage: Stage) -> None:
    app = shown()
    charts = [go.Figure(plot.figure) if hasattr(plot, "figure") else plot for plot in app.get("plotly_chart")]
    assert len(charts) == 2


def test_a_network_that_looks_ahead_is_compared_at_the_chosen_date_alone(stage: Stage) -> None:
    stage.other = changed((2,))
    app = shown()
    assert len(app.get("plotly_chart")) == 0
    assert "asked at the chosen date alone" in text(app)
    assert state(stage, "compare-found-map")["other"] is None
    assert "agree on 83 %" in text(app)


def test_every_date_is_asked_of_a_causal_network_and_one_of_another(stage: Stage) -> None:
    app = shown()
    assert stage.asked[-1] == ("causal-transformer-l2a", (0, 1, 2))
    app.selectbox(key="against").set_value("temp-cnn-l2a").run()
    assert stage.asked[-1] == ("temp-cnn-l2a", (2,))


def test_a_map_that_is_not_kept_waits_for_its_button(stage: Stage) -> None:
    stage.kept = False
    app = shown()
    assert "not asked yet" in text(app)
    assert not stage.computed
    app.button(key="fill-Causal Transformer, preprocessed images: not asked yet").click().run()
    assert stage.computed == ["causal-transformer-l2a"]
    assert "agree on 83 %" in text(app)
    app.selectbox(key="against").set_value("temp-cnn-l2a").run()
    assert stage.computed == ["causal-transformer-l2a"]  # another one is another question


def test_what_became_of_the_worker_is_told_beside_the_maps(stage: Stage) -> None:
    assert stage.other is not None
    stage.other.attrs["facts"] = '{"restarts": 2}'
    assert "The worker was restarted 2 times" in text(shown())


def test_a_click_on_either_map_asks_about_that_pixel(stage: Stage) -> None:
    shown()
    app = AppTest.from_function(clicking, default_timeout=30).run()
    assert not app.exception
    assert app.session_state["found"] == [[6, 8], [6, 8]]
    assert app.session_state["compare-clicked"]


def clicking() -> None:
    """The middle of either map, as the map component tells it."""
    import streamlit as st

    from eodash.ui import choices
    from tests.ui.test_said_compare import STAGE, state

    st.session_state["found"] = []
    for key, act in STAGE[0].acts.items():
        (south, west), (north, east) = state(STAGE[0], key)["scene"]["bounds"]
        st.session_state[key] = {"last_clicked": {"lat": (south + north) / 2, "lng": (west + east) / 2}}
        choices.keep_view(asked=None)
        act()
        st.session_state["found"] = [*st.session_state["found"], choices.view("asked")]


def test_the_other_input_is_fetched_without_leaving_the_run(stage: Stage) -> None:
    app = shown()
    app.session_state["run"] = "mine"
    app.selectbox(key="against").set_value("early-lstm-l1c").run()
    assert "The raw images of this ground are not here yet" in text(app)
    assert stage.maps  # of the comparison before
    app.button(key="fill-The raw images of this ground are not here yet").click().run()
    (asked,) = stage.started
    assert asked.product == "sentinel-2-l1c"
    assert len(asked.bands) == 13
    assert asked.area == stage.said.run.request.area
    assert app.session_state["run"] == "mine"


def test_a_busy_server_says_so_where_the_button_was(stage: Stage) -> None:
    stage.refusal = CapacityError("This server is busy.", "Try again in a minute.", code="busy")
    app = shown()
    app.selectbox(key="against").set_value("early-lstm-l1c").run()
    app.button(key="fill-The raw images of this ground are not here yet").click().run()
    assert "This server is busy." in text(app)


def test_networks_of_this_run_come_first_then_the_same_one_on_the_other_input() -> None:
    names = list(offered(here()))
    assert names[0] == "causal-transformer-l2a"
    mine = [name for name in names if name.endswith("l2a")]
    assert names[: len(mine)] == mine
    assert names[len(mine)] == "early-lstm-l1c"
    assert "early-lstm-l2a" not in names
    assert titled(cards.card("lstm-l1c")) == "LSTM, raw images"


def test_only_a_source_that_has_the_other_level_offers_it() -> None:
    run = here().run
    assert twin_request(run, "l1c") is not None
    assert twin_request(run, "l2a") is None  # it is the one that is open
    assert twin_request(replace(run, request=replace(run.request, source="files")), "l1c") is None


def test_answers_meet_by_day_and_only_where_both_have_one() -> None:
    said = here()
    found = changed((1, 2))
    found["date"] = found["date"] + np.timedelta64(20, "m")  # the other product knows the time a little better
    pair = pair_of(said, other(found, said))
    assert pair.places == ((1, 2), (0, 1))
    assert pair.chosen == 1
    course = season_of(pair)
    assert course.share.tolist() == pytest.approx([1, 1 - 32 / 188])
    assert course.first_hectares.tolist() == pytest.approx([0, 0.32])
    assert (course.divergence == ALWAYS).sum() == 188 - 32


def test_legends_in_another_order_are_compared_by_name() -> None:
    said = here()
    found = changed()
    found["said"].values[:] = np.array([2, 1, 0, *[255] * 253], np.uint8)[found["said"].values]
    found = found.assign_coords({"class": list(NAMES[::-1])})
    found.attrs["colours"] = '["' + '", "'.join(COLOURS[::-1]) + '"]'
    pair = pair_of(said, other(found, said))
    assert pair.names == NAMES
    assert pair.colours == COLOURS
    assert season_of(pair).share[-1] == pytest.approx(1 - 32 / 188)


def test_a_date_that_the_other_lacks_is_said() -> None:
    said = here()
    with pytest.raises(ModelError, match="no answer for this date"):
        pair_of(said, other(changed((0, 1)), said))


def test_one_date_has_one_colour_whatever_was_found() -> None:
    times = np.datetime64("2024-03-01", "s") + np.arange(9) * np.timedelta64(20, "D")
    season = (times[0], times[-1])
    assert calendar_colours(times, season) == list(CALENDAR)
    assert calendar_colours(times[4:5], season) == [CALENDAR[4]]


def test_the_histogram_is_its_own_colour_bar() -> None:
    times = np.datetime64("2024-03-01", "s") + np.arange(3) * np.timedelta64(20, "D")
    season = (times[0], times[-1])
    strip, bars = divergence_histogram(times, np.array([0.0, 4, 2]), times[1], season, season, "light").data
    assert list(strip.marker.color) == list(bars.marker.color)
    assert all(value < 0 for value in strip.y)
    assert min(strip.y) > -4 * 1.08 * STRIP
    assert list(bars.y) == [0, 4, 2]


def test_names_of_classes_are_text() -> None:
    from eodash.agreement import Swap

    said = swap_table([Swap(0, 1, 3, 0.3)], ["<b>x</b>", "y"], ["#111111", "#222222"], ("<i>A</i>", "B"))
    assert "<b>" not in said
    assert "&lt;b&gt;x" in said
    assert "<i>A" not in said
