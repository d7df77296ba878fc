"""A figure of plain parts is the figure that plotly would have made of them."""

from __future__ import annotations

import copy
import json

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from eodash.views.calendar_chart import move_date, span
from eodash.views.drawing import Canvas, Drawing, layout_of, plain
from eodash.views.panels import column, dates_of, measured_panel
from tests.toys import small_cube

CUBE = small_cube()
TIMES = CUBE["time"].values.astype("datetime64[s]")
SERIES = CUBE[:, :, 2, 3].load()


def drawing() -> Drawing:
    dates = dates_of(SERIES)
    found = column([measured_panel(SERIES, dates, "light")], dates, span(CUBE), TIMES[1], "light")
    assert isinstance(found, Drawing)
    return found


def test_plotly_takes_every_part_and_adds_none() -> None:
    sent = drawing().to_dict()
    checked = go.Figure(sent).to_plotly_json()
    assert json.loads(plotly.io.to_json(checked, validate=False)) == json.loads(
        plotly.io.to_json({**sent, "layout": checked["layout"]}, validate=False)
    )
    assert plain(checked["layout"]) == sent["layout"]


def test_it_stays_plain_until_somebody_asks_for_plotlys_own_objects() -> None:
    found = drawing()
    move_date(found, TIMES[3])
    assert layout_of(found)["shapes"][-1]["x0"] == str(TIMES[3])
    assert "_data" not in found.__dict__
    assert found.layout.shapes[-1].x0 == str(TIMES[3])
    assert isinstance(found.data[0].x, np.ndarray)
    found.update_layout(height=50)
    assert found.to_dict()["layout"]["height"] == 50
    with pytest.raises(AttributeError):
        _ = found.nothing_of_that_name


def test_a_copy_is_a_figure_of_its_own() -> None:
    found = drawing()
    other = copy.deepcopy(found)
    move_date(found, TIMES[3])
    assert other.layout.shapes[-1].x0 == str(TIMES[1])


def test_what_json_does_not_know_is_said_in_what_it_knows() -> None:
    moment = np.datetime64("2024-06-18T10:45:00", "ns")
    said = {
        "when": np.array([moment, "NaT"], "datetime64[ns]"), "one": moment, "some": np.array([0.5, np.nan]),
        "count": np.int64(3), "none": None, "deep": ({"a": None, "b": (1, 2)},),
    }  # fmt: skip
    assert plain(said) == {
        "when": ["2024-06-18T10:45:00.000", None], "one": "2024-06-18T10:45:00.000", "some": [0.5, None],
        "count": 3, "deep": [{"b": [1, 2]}],
    }  # fmt: skip


def test_parts_of_the_layout_are_attributes_and_empty_lists_are_none() -> None:
    canvas = Canvas("light", 100, yaxis={"range": [0, 1]})
    canvas.layout.yaxis.domain = [0, 0.5]
    canvas.layout["yaxis2"] = {"overlaying": "y"}
    layout = canvas.drawing().to_dict()["layout"]
    assert layout["yaxis"] == {"range": [0, 1], "domain": [0, 0.5]}
    assert layout["yaxis2"] == {"overlaying": "y"}
    assert "shapes" not in layout
    with pytest.raises(AttributeError):
        _ = canvas.layout.nothing
