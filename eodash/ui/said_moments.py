"""From the inspected pixel back to the map: a click on a date moves it there; hovering shows the date meanwhile."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from eodash.ui import cached, choices
from eodash.ui.explaining_map import opacity, scene_of
from eodash.ui.page import mode
from eodash.ui.redrawing import SEASON, only
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.class_map import LAYERS, Layer
from eodash.views.drawing import layout_of
from eodash.views.theme import Mode

MOST = 160
"""So many dates can be hovered over: the addresses of their pictures travel with the figure."""
STAGE = "map-stage"
"""The part of the page whose map follows."""


def clicked(key: str, times: np.ndarray) -> None:
    """A click into the figure of that key chooses the image that is nearest."""
    event: Any = st.session_state.get(key) or {}
    points = (event.get("selection") or {}).get("points") or []
    moment = next((str(point["x"]) for point in points if "x" in point), None)
    if moment is None:
        return
    try:
        wanted = np.datetime64(moment.replace(" ", "T")[:19], "s")
    except ValueError:
        return
    st.session_state["playing"] = False
    choices.keep_view(date=str(times[int(np.abs(times - wanted).argmin())]))
    only(SEASON)


def with_moments(drawn: go.Figure, said: Said) -> go.Figure:
    """The figure knows which picture the map shows at each of its dates, where every date has one."""
    layout_of(drawn)["meta"] = {"eodash": {"stage": STAGE, "moments": moments(said)}}
    return drawn


def moments(said: Said) -> list[list[Any]]:
    """Milliseconds, the day in words and the address of the picture of each date; nothing where some have none."""
    if said.map is None or not said.whole or not 1 < len(said.times) <= MOST:
        return []
    layer: Layer = next((each for each in LAYERS if each == choices.view("said-layer")), "said")
    times = said.times.astype("datetime64[ms]").astype(np.int64)
    return _moments(said.run.key, said.answer, tuple(times.tolist()), layer, scene_of(said), opacity(), mode())


@lru_cache(maxsize=16)
def _moments(
    key: str, answer: str, times: tuple[int, ...], layer: Layer, scene: np.datetime64, tone: float, light: Mode
) -> list[list[Any]]:
    """Each address is signed, which takes longer than all the rest."""
    return [
        [time, day(np.datetime64(time, "ms")), cached.map_url(key, answer, place, layer, scene, tone, light)]
        for place, time in enumerate(times)
    ]
