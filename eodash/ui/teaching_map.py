"""The image one labels on, and the map that comes of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
import streamlit as st

from eodash.areas.bounded_json import not_geojson
from eodash.cube import geobox_of
from eodash.datasets.polygon_pixels import pixels_of
from eodash.teach import Samples
from eodash.teach.samples import thinned
from eodash.ui import cached, choices
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import caption, mode
from eodash.ui.teaching_state import Taught, Teaching, attempt, keep, labelled, shares
from eodash.ui.viewed import Viewed, clearest
from eodash.views.calendar_chart import day
from eodash.views.class_map import OPACITY, Layer, ramp_stops
from eodash.views.legend import Legend, legend_html
from eodash.views.map import Picture, pixel_at, shown
from eodash.views.picture import Look, Warp, warp_of
from eodash.views.teach_map import classes_html, pins

CLICK, DRAW, RESULT = "teach-click", "teach-draw", "teach-result"
WAYS = {"click": "Click pixels", "draw": "Draw fields"}
TITLES: dict[Layer, str] = {
    "said": "Class of each pixel",
    "entropy": "Where it is undecided",
    "margin": "Lead over the second class",
    "confidence": "Probability of the class",
}
HEIGHT = 400


def label_map(here: Teaching, made: Taught | None) -> None:
    """The image, samples in rings; a click or a drawing adds one."""
    way = _way()
    st.session_state["teach-way"] = way
    choose, switch = st.columns([1.6, 1], vertical_alignment="center")
    choose.segmented_control(
        "How", list(WAYS), format_func=WAYS.__getitem__, required=True, key="teach-way", label_visibility="collapsed",
        on_change=lambda: choices.keep_view(**{"teach-way": st.session_state["teach-way"]}),
    )  # fmt: skip
    known = here.truth is not None
    if known and way == "click":
        st.session_state["teach-whole"] = _whole(here)
        switch.toggle(
            "Whole field", key="teach-whole", help="A click takes the whole field of the demo world, without its edge",
            on_change=lambda: choices.keep_view(**{"teach-whole": st.session_state["teach-whole"]}),
        )  # fmt: skip
    warp = warp_of(geobox_of(here.cube))
    scene = _scene(here)
    picture = Picture(cached.picture_of(here.run, scene, Look()), warp.bounds, f"The image of {day(scene, year=True)}")
    ask = (made.next.row, made.next.column) if made is not None and made.next is not None else None
    drawing = way == "draw"
    key = DRAW if drawing else CLICK
    on_map_change(key, lambda: _drawn(here) if drawing else _clicked(here, warp, CLICK))
    drawn_map(
        shown(picture=picture, pixels=pins(here.samples, warp, ask)),
        key,
        bounds=warp.bounds,
        draw=drawing,
        height=HEIGHT,
    )
    name = here.samples.classes.names[here.active]
    verb = "Draw around" if drawing else "Click"
    caption(f"{verb} what is {name}. Image of {day(scene, year=True)}, the clearest one.")
    st.html(classes_html(here.samples, shares(made.painted, len(here.samples.classes)) if made else ()))
    _list(here)


def result_map(here: Teaching, made: Taught) -> None:
    """What the best head says; a click there labels, too: correct it where it is wrong."""
    layer = _layer()
    st.session_state["teach-layer"] = layer
    st.selectbox(
        "Shown", list(TITLES), format_func=TITLES.__getitem__, key="teach-layer", label_visibility="collapsed",
        on_change=lambda: choices.keep_view(**{"teach-layer": st.session_state["teach-layer"]}),
    )  # fmt: skip
    warp = warp_of(geobox_of(here.cube))
    url = cached.map_url(here.run.key, made.answer, 0, layer, _scene(here), OPACITY, mode())
    said = f"{TITLES[layer]}, as the {made.lesson.scored[made.lesson.best].title.lower()} says"
    ask = (made.next.row, made.next.column) if made.next is not None else None
    on_map_change(RESULT, lambda: _clicked(here, warp, RESULT))
    marks = pins(Samples(here.samples.shape), warp, ask)
    drawn_map(shown(picture=Picture(url, warp.bounds, said), pixels=marks), RESULT, bounds=warp.bounds, height=HEIGHT)
    if layer == "said":
        caption(f"{said}. A click here labels, too: correct it where it is wrong.")
    else:
        st.html(legend_html(Legend("", mode(), stops=ramp_stops(mode()), unit="%", note="hatched: no usable image")))


def _way() -> str:
    wanted = choices.view("teach-way")
    return wanted if isinstance(wanted, str) and wanted in WAYS else "click"


def _layer() -> Layer:
    wanted = choices.view("teach-layer")
    return next((name for name in TITLES if name == wanted), "said")


def _whole(here: Teaching) -> bool:
    return here.truth is not None and choices.view("teach-whole", True) is True


def _scene(here: Teaching) -> np.datetime64:
    """The clearest image of the series."""
    found: np.datetime64 = Viewed(here.run, here.cube).times[clearest(here.cube)]
    return found


def _clicked(here: Teaching, warp: Warp, key: str) -> None:
    answer: dict[str, Any] = st.session_state.get(key) or {}
    place = answer.get("last_clicked")
    found = pixel_at(place["lat"], place["lng"], warp) if place else None
    if found is not None:
        attempt(lambda: labelled(here, found, here.active, whole=_whole(here)))


def _drawn(here: Teaching) -> None:
    """The newest drawing becomes a field; drawings that did so before are passed over."""
    answer: dict[str, Any] = st.session_state.get(DRAW) or {}
    drawings = answer.get("all_drawings") or []
    texts = [json.dumps(each.get("geometry")) for each in drawings if isinstance(each, dict)]
    seen = st.session_state.get("teach-drawings", ())
    new = [text for text in texts if text not in seen]
    st.session_state["teach-drawings"] = tuple(texts)
    if new:
        attempt(lambda: with_drawing(here, new[-1]))


def with_drawing(here: Teaching, text: str) -> Samples:
    """The pixels inside a drawing as a field of the class in hand."""
    shape = shapely.from_geojson(text, on_invalid="ignore")
    if shape is None or shapely.is_empty(shape):
        raise not_geojson("Draw the field again.")
    inside = pixels_of(np.array([shape], object), np.array([here.active]), geobox_of(here.cube), False)
    places = zip(inside.row.tolist(), inside.column.tolist(), strict=True)
    return here.samples.drawn(thinned(places), here.active)


def _list(here: Teaching) -> None:
    """Every field, to take it away again."""
    fields = here.samples.fields
    if not fields:
        return
    with st.container(horizontal=True):
        st.button("Undo the last", key="teach-undo", icon=":material/undo:", type="tertiary",
                  on_click=lambda: keep(here.samples.without_field(len(fields) - 1)))  # fmt: skip
        with st.popover(f"All {len(fields)} fields", key="teach-fields"):
            rows = {
                "Field": list(range(1, len(fields) + 1)),
                "Class": [here.samples.classes.names[field.label] for field in fields],
                "Pixels": [len(field.places) for field in fields],
            }
            key = f"teach-table-{hash(here.samples.fields)}"
            st.dataframe(rows, key=key, hide_index=True, height=240, selection_mode="multi-row", on_select="rerun")
            chosen = (st.session_state.get(key) or {}).get("selection", {}).get("rows", [])
            st.button(
                "Delete the selected",
                key="teach-drop",
                disabled=not chosen,
                on_click=lambda: keep(_without(here, chosen)),
            )


def _without(here: Teaching, rows: list[int]) -> Samples:
    made = here.samples
    for at in sorted(rows, reverse=True):
        made = made.without_field(at)
    return made
