"""What of a run is on the screen: dates, layers and pixels of one side or two, whatever a stored view says."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from eodash.ui import choices
from eodash.ui.comparing import nearest
from eodash.ui.viewed import Viewed, apart, clearest, view_name
from eodash.views.calendar_chart import Pixel, series
from eodash.views.two_dates import dated
from tests.toys import small_cube


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The view of the run, to be filled."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(choices, "view", lambda name, default=None: said.get(name, default))
    return said


def viewed(cube: xr.DataArray | None = None) -> Viewed:
    return Viewed(None, small_cube() if cube is None else cube)  # type: ignore[arg-type]


def test_two_sides_keep_their_own_dates_and_layers(view: dict[str, Any]) -> None:
    view |= {"compare": "swipe", "date": "2024-04-02T10:30", "date_b": "2024-05-12T10:30", "layer": "true"}
    here = viewed()
    assert (here.index_on("a"), here.index_on("b")) == (0, 4)
    assert here.look_on("b").layer == "true"  # like the first one until somebody chooses
    view["layer_b"] = "ndvi"
    assert [here.look_on(side).layer for side in here.sides] == ["true", "ndvi"]
    assert here.on_chart == "ndvi"
    assert view_name("date", "a") == "date"
    assert view_name("date", "b") == "date_b"


def test_with_one_date_there_is_one_side(view: dict[str, Any]) -> None:
    view |= {"layer": "spyndex:EVI", "layer_b": "ndvi"}
    assert viewed().sides == ("a",)
    assert viewed().look.layer == "spyndex:EVI"
    assert viewed().on_chart == "spyndex:EVI"
    assert viewed().titles["spyndex:EVI"] == "EVI: Enhanced Vegetation Index"


@pytest.mark.parametrize("nonsense", [0, "", "NaT", "yesterday", [], {"a": 1}, "<script>", "9" * 400, None, True])
def test_a_stored_view_may_hold_anything(view: dict[str, Any], nonsense: Any) -> None:
    view |= dict.fromkeys(("compare", "date", "date_b", "layer", "layer_b", "stretch", "pixels", "mask"), nonsense)
    here = viewed()
    assert here.compare == "one"
    assert 0 <= here.index < 5
    assert 0 <= here.index_on("b") < 5
    assert here.look_on("b").layer in here.titles
    assert here.look.stretch == 1.0
    assert here.pixels == []


def test_the_second_date_is_clear_and_well_apart(view: dict[str, Any]) -> None:
    cube = small_cube(dates=8)
    cube["clear"].values[6:] = False
    assert apart(cube, 0) == 5  # the last clear one; 6 and 7 are cloudy
    assert apart(cube, 5) == 3  # 4 is too near, 1 is cloudy
    assert apart(small_cube(dates=1), 0) == 0
    assert clearest(small_cube(dates=1)) == 0


def test_the_season_need_not_have_two_dates(view: dict[str, Any]) -> None:
    view["compare"] = "side"
    here = viewed(small_cube(dates=1))
    assert [here.index_on(side) for side in here.sides] == [0, 0]


def test_pixels_outside_the_cube_are_not_shown(view: dict[str, Any]) -> None:
    view["pixels"] = [[1, 2], [12, 0], [-1, 3], [11, 15]]
    assert viewed().pixels == [Pixel(1, 1, 2), Pixel(2, 11, 15)]


def test_an_arrow_key_means_the_next_image() -> None:
    times = np.array(["2024-04-02T10:30", "2024-04-12T10:30", "2024-05-02T10:30"], "datetime64[s]")
    assert nearest(times, 1, date(2024, 4, 13)) == 2
    assert nearest(times, 1, date(2024, 4, 11)) == 0
    assert nearest(times, 2, date(2024, 5, 3)) == 2
    assert nearest(times, 0, date(2024, 4, 28)) == 2


def test_a_chart_with_two_dates_is_left_as_it_was() -> None:
    cube = small_cube()
    times = cube["time"].values.astype("datetime64[s]")
    chart = series(cube, [Pixel(1, 2, 3)], "ndvi", times[0], "light")
    lines, notes = len(chart.layout.shapes), len(chart.layout.annotations)

    def tags(drawn: go.Figure) -> list[tuple[str, str]]:
        return [(note.text, note.xanchor) for note in drawn.layout.annotations[notes - 1 :]]

    with dated(chart, times[3], times[1]) as drawn:
        assert [line.x0 for line in drawn.layout.shapes[lines - 1 :]] == [str(times[3]), str(times[1])]
        assert drawn.layout.shapes[-1].line.dash == "dash"
        assert tags(drawn) == [("A 2 May", "left"), ("B 12 Apr", "right")]
    assert len(chart.layout.shapes) == lines
    assert len(chart.layout.annotations) == notes
    with dated(chart, times[2]) as drawn:
        assert tags(drawn) == [("22 Apr", None)]
        assert drawn.layout.shapes[-1].line.dash is None
