"""The page inside: which unit is looked at, and every state of its places."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash.cards import Class
from eodash.ui import choices, explaining, inside, inside_panels, inside_ranking, inside_region, inside_units
from eodash.ui.explaining import Explained
from eodash.ui.said import Said
from eodash.views.inside_units import CLOUD
from eodash.views.states import QUANTITIES, Unit
from tests.toys import small_cube

CUBE = small_cube()
TIMES = CUBE["time"].values.astype("datetime64[s]")
LEGEND = (Class("maize", "#FF8415", (0,)), Class("grass", "#80C77B", (1,)))
HERE: dict[str, Any] = {}
"""What the page of these tests is about."""


def answer_of(seen: bool = True) -> Explained:
    series = CUBE[:, :, 2, 3].load()
    gate = np.array([0.9, 0.1, 0.9, 0.9, 0.9])  # closes on the cloudy date
    values = np.broadcast_to(gate if seen else np.full(5, np.nan), (6, 2, 3, 5)).astype(np.float32)
    coords = {"quantity": list(QUANTITIES), "layer": ["1", "2"], "unit": np.arange(3), "time": TIMES}
    found = xr.Dataset({"states": (("quantity", "layer", "unit", "time"), values)}, coords)
    found["seen"] = ("time", np.full(5, seen))
    said = {"colours": json.dumps([each.colour for each in LEGEND])}
    chances = xr.DataArray(np.full((5, 2), 0.5), {"time": TIMES, "class": ["maize", "grass"]}, ("time", "class"))
    return Explained(series, xr.Dataset({"probabilities": chances}, attrs=said), 1, found)


def ranking_of(cloud: float = -0.8) -> xr.Dataset:
    """Unit 2 of layer 2 goes with clouds best, by its gate i."""
    values = np.full((6, 2, 3, 2), 0.1)
    values[0, 1, 2, 0] = cloud
    if np.isnan(cloud):
        values[..., 0] = np.nan
    coords = {"quantity": list(QUANTITIES), "layer": ["1", "2"], "unit": np.arange(3), "target": [CLOUD, "maize"]}
    made = xr.Dataset({"correlation": (("quantity", "layer", "unit", "target"), values)}, coords)
    return made.assign(said=("pixel", np.zeros(256, np.uint8)))


def said_of(level: str = "l1c", architecture: str = "early-lstm") -> Said:
    card = SimpleNamespace(
        name=f"{architecture}-{level}", title="Early LSTM, raw", architecture=architecture, weights=None,
        causal=True, legends={"landcover": LEGEND}, input=SimpleNamespace(level=level),
    )  # fmt: skip
    return Said(SimpleNamespace(key="k" * 32, request=None), CUBE, card, "landcover", 3, None, None)  # type: ignore[arg-type]


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The view of the run without a store behind it, a map that is not drawn, answers that are there."""
    kept: dict[str, Any] = {"asked": [2, 3]}
    monkeypatch.setattr(choices, "view", lambda name, default=None: kept.get(name, default))
    monkeypatch.setattr(choices, "keep_view", lambda **changes: kept.update(changes))
    HERE.update(said=said_of(), answer=answer_of(), ranking=ranking_of())
    monkeypatch.setattr(inside, "said", lambda: HERE["said"])
    monkeypatch.setattr(inside, "explained", lambda *here, **more: HERE["answer"])
    for module in (inside, inside_ranking):
        monkeypatch.setattr(module, "kept_ranking", lambda here: HERE["ranking"])
        monkeypatch.setattr(module, "ranking_or_progress", lambda here, key: HERE["ranking"])
    monkeypatch.setattr(inside_region, "mapped", lambda here, unit, layers: None)
    monkeypatch.setattr(inside_region, "pixel_map", lambda *here, **more: None)
    monkeypatch.setattr(inside_region, "date_row", lambda here: None)
    return kept


def page() -> AppTest:
    def script() -> None:
        from eodash.ui.inside import inside

        inside()

    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) for element in app.main)


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if label in each.label)


def test_before_anybody_chooses_the_unit_that_follows_clouds_best_is_looked_at(view: dict[str, Any]) -> None:
    said = text(page())
    assert "Does unit 2 of layer 2 follow clouds here?" in said
    assert "What do the 3 units of layer 2 do, date by date?" in said
    assert (
        "On the 1 cloudy date of this pixel the input gate stands at 10 % on average, on the 4 clear ones at 90 %"
        in said
    )
    assert "Over 256 pixels of the region r = −0.80." in said
    assert "no proof that the unit masks clouds" in said


def test_a_chosen_unit_stays_chosen(view: dict[str, Any]) -> None:
    view["unit"] = ["c", "1", 1]
    said = text(page())
    assert "Does unit 1 of layer 1 follow clouds here?" in said
    assert "What did unit 1 do on" in said


def test_a_unit_that_this_model_has_not_falls_back(view: dict[str, Any]) -> None:
    view["unit"] = ["c", "4 ←", 1]
    assert "Does unit 2 of layer 2" in text(page())


def test_the_controls_keep_what_they_change(view: dict[str, Any]) -> None:
    app = page()
    app.number_input(key="inside-unit").set_value(1).run()
    assert view["unit"] == ["i", "2", 1]
    app.selectbox(key="inside-quantity").set_value("h").run()
    assert view["unit"] == ["h", "2", 1]
    app.selectbox(key="inside-target").set_value("maize").run()
    assert view["unit-target"] == "maize"
    assert "Does unit 1 of layer 2 follow maize here?" in text(app)


def test_the_first_of_the_list_is_taken_without_a_mouse(view: dict[str, Any]) -> None:
    view["unit"] = ["c", "1", 1]
    button(page(), "Take the first").click().run()
    assert view["unit"] == ["i", "2", 2]


def test_a_bar_that_is_clicked_chooses_its_unit(view: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    state = {inside_units.KEY: {"selection": {"points": [{"customdata": ["f", "1", 0]}]}}}
    monkeypatch.setattr(inside_units.st, "session_state", state)
    inside_units._clicked(ranking_of())
    assert view["unit"] == ["f", "1", 0]
    state[inside_units.KEY] = {"selection": {"points": [{"customdata": ["f", "9", 0]}]}}
    inside_units._clicked(ranking_of())
    state[inside_units.KEY] = {"selection": {"points": []}}
    inside_units._clicked(ranking_of())
    assert view["unit"] == ["f", "1", 0]


def test_a_preprocessed_model_is_shown_no_clouds_and_the_raw_one_is_offered(view: dict[str, Any]) -> None:
    HERE.update(said=said_of("l2a"), ranking=ranking_of(np.nan))
    app = page()
    assert "This model is shown no clouds" in text(app)
    button(app, "Ask the raw model").click()
    app.run()
    assert view["input"] == "raw"


def test_without_a_pixel_one_is_offered_and_the_ranking_stands_all_the_same(view: dict[str, Any]) -> None:
    del view["asked"]
    said = text(page())
    assert "No pixel chosen" in said
    assert "Which units follow clouds?" in said
    assert "here?" not in said


def test_a_pixel_outside_the_cube_counts_as_none(view: dict[str, Any]) -> None:
    view["asked"] = [400, 3]
    assert "No pixel chosen" in text(page())


def test_a_pixel_that_was_never_seen_says_so_and_draws_no_gates(view: dict[str, Any]) -> None:
    HERE["answer"] = answer_of(seen=False)
    said = text(page())
    assert "All 5 images are cloud or shadow here, so the network has read nothing." in said
    assert "date by date" not in said


def test_a_network_without_gates_names_those_that_have_them_and_offers_one(view: dict[str, Any]) -> None:
    HERE["said"] = said_of(architecture="transformer")
    app = page()
    assert "Only recurrent networks remember by gates: Early LSTM and LSTM do." in text(app)
    button(app, "Ask Early LSTM").click().run()
    assert view["model"] == "early-lstm"


def test_a_map_of_a_unit_is_asked_for_by_hand_once(view: dict[str, Any]) -> None:
    button(page(), "Map unit 2 over the region").click()
    assert inside_region.reducer_of(Unit("i", "2", 2), ["1", "2"]) == "state:i:1:2"


def test_colours_of_a_map_are_shares_or_symmetric(view: dict[str, Any]) -> None:
    found = xr.Dataset({"state": (("date", "y", "x"), np.full((1, 8, 8), -3.0, np.float16))})
    assert inside_region.colours_of(found, Unit("i", "2", 2)) == ("sequential", (0.0, 1.0))
    assert inside_region.colours_of(found, Unit("h", "2", 2)) == ("diverging", (-1.0, 1.0))
    assert inside_region.colours_of(found, Unit("c", "2", 2)) == ("diverging", (-3.0, 3.0))


def test_the_heat_has_its_own_words_and_the_table_every_date(view: dict[str, Any]) -> None:
    view["states-as"] = "heat"
    assert "A row per unit, in the order in which their input gates peak." in text(page())
    table = inside_panels._table(answer_of(), Unit("i", "1", 0))
    assert list(table.columns)[:3] == ["date", "read", "input gate"]
    assert len(table) == 5
    assert explaining.PATIENCE > 0
