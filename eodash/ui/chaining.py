"""The chain as switches, and at once what it does to the chosen pixel."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
import xarray as xr

from eodash.errors import EodashError
from eodash.preparation import RAW
from eodash.preprocess import Block, Chain, Parameter, run, steps
from eodash.ui import choices, preparing
from eodash.ui.figure import figure
from eodash.ui.look import no_pixel, picture_on, pin_clicked
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import failed, mode, section
from eodash.ui.viewed import Viewed
from eodash.views.chain_chart import before_after
from eodash.views.map import pin, shown
from eodash.views.picture import warp_of
from eodash.views.series_table import chain_table

KEY = "chain-map"


def chain(viewed: Viewed) -> None:
    """Switches on the left, the chosen pixel before and after on the right."""
    section(
        "What does preprocessing make of it?",
        "The chain is part of the run and of every export. Raw is a choice, too.",
    )
    left, right = st.columns([1, 1.7], gap="large")
    with left:
        _switches()
    with right:
        _effect(viewed)
        _map(viewed)


def _switches() -> None:
    made = preparing.preparation().chain
    with st.container(horizontal=True):
        st.button("Raw", key="chain-raw", on_click=_preset, args=(RAW,), disabled=made == RAW)
        st.button(
            "Standard", key="chain-standard", on_click=_preset, args=(Chain.standard(),),
            disabled=made == Chain.standard(), help="Clouds out, then equal steps of ten days",
        )  # fmt: skip
    for block in Chain.blocks():
        on = getattr(made, block.name) is not None
        st.toggle(block.title, on, key=_key(block.name), help=block.sentence, on_change=_switched, args=(block.name,))
        if on:
            _parameters(block, made.to_json()[block.name])


def _parameters(block: Block, values: dict[str, Any]) -> None:
    """The numbers and choices of a block that is on, two in a row."""
    shown = [each for each in block.parameters if each.kind != "bands" and _counts(each, values)]
    for place in range(0, len(shown), 2):
        for column, parameter in zip(st.columns(2), shown[place : place + 2], strict=False):
            with column:
                _widget(block.name, parameter, values[parameter.name])


def _counts(parameter: Parameter, values: dict[str, Any]) -> bool:
    return parameter.only is None or values[parameter.only[0]] == parameter.only[1]


def _widget(block: str, parameter: Parameter, value: Any) -> None:
    label = f"{parameter.title}, {parameter.unit}" if parameter.unit else parameter.title
    said: dict[str, Any] = {
        "key": _key(block, parameter.name), "on_change": _changed, "args": (block, parameter.name)
    }  # fmt: skip
    if parameter.kind == "choice":
        titles = dict(parameter.choices)
        st.selectbox(label, list(titles), list(titles).index(value), format_func=titles.__getitem__, **said)
    elif parameter.kind == "date":
        chosen = date.fromisoformat(value) if value else None
        st.date_input(label, chosen, min_value=date(1972, 1, 1), max_value=date(2100, 1, 1), **said)
    elif parameter.kind == "whole":
        low, high = int(parameter.low or 0), int(parameter.high or 0)
        st.number_input(label, low, high, value, int(parameter.step or 1), **said)
    else:
        limits = float(parameter.low or 0), float(parameter.high or 0)
        st.number_input(label, *limits, float(value), float(parameter.step or 0.1), format="%g", **said)


def _key(block: str, parameter: str = "") -> str:
    """A widget for each run and preset: a preset changes what they all hold."""
    return f"chain-{block}-{parameter}-{st.session_state.get('run')}-{st.session_state.get('chain-preset', 0)}"


def _keep(made: Chain) -> None:
    preparing.keep(chain=made)


def _preset(made: Chain) -> None:
    st.session_state["chain-preset"] = st.session_state.get("chain-preset", 0) + 1
    _keep(made)


def _switched(block: str) -> None:
    _keep(preparing.preparation().chain.switched(block, {} if st.session_state[_key(block)] else None))


def _changed(block: str, name: str) -> None:
    """A value that does not fit the others is said, and not kept."""
    value = st.session_state[_key(block, name)]
    made = preparing.preparation().chain
    values = made.to_json().get(block, {})
    values[name] = value.isoformat() if isinstance(value, date) else ("" if value is None else value)
    try:
        _keep(made.switched(block, values))
        st.session_state.pop("chain-error", None)
    except EodashError as error:
        st.session_state["chain-error"] = error


def _effect(viewed: Viewed) -> None:
    """The newest pinned pixel: as it was measured, and after the chain."""
    if (error := st.session_state.pop("chain-error", None)) is not None:
        failed(error, key="chain-failed")
    pixels = viewed.pixels
    if not pixels:
        no_pixel(viewed, "Click the map below to see what the chain does to a pixel.")
        return
    made = preparing.preparation().chain
    newest = pixels[-1]
    before = viewed.cube[:, :, newest.row : newest.row + 1, newest.column : newest.column + 1].load()
    offered = _offered(viewed)
    asked = choices.view("effect")
    st.pills(
        "Show", list(offered), format_func=offered.__getitem__,
        default=asked if asked in offered else next(iter(offered)),
        required=True, key="chain-show", on_change=lambda: choices.keep_view(effect=st.session_state["chain-show"]),
    )  # fmt: skip
    try:
        after = run(before, made)
        between = steps(before, made)
    except EodashError as error:
        failed(error, {"Back to raw": lambda: _preset(RAW)}, key="chain-refused")
        return
    name = st.session_state["chain-show"]
    chart = before_after(before, after, name, mode(), steps=between[:-1])
    said = _said(newest.number, before, after if made.on else None)
    figure(
        chart,
        "effect",
        question=f"What does the chain make of pixel {newest.number}?",
        caption=said,
        alt=said,
        table=partial(chain_table, before, after, name),
        heading=False,
    )


def _map(viewed: Viewed) -> None:
    """Where the pixel lies; a click takes another one."""
    warp = warp_of(viewed.cube.odc.geobox)
    on_map_change(KEY, lambda: pin_clicked(viewed, KEY))
    pins = [pin(pixel, warp) for pixel in viewed.pixels]
    drawn_map(
        shown(picture=picture_on(viewed, "a", warp), area=viewed.run.request.area, pixels=pins), KEY,
        bounds=warp.bounds, height=320,
    )  # fmt: skip


def _offered(viewed: Viewed) -> dict[str, str]:
    """Indices first, then a few bands."""
    sensor = viewed.sensor
    indices = {name: index.title for name, index in sensor.indices.items() if name in viewed.layers}
    bands = {name: sensor.band(name).title for name in viewed.cube["band"].values.tolist()}
    kept = [name for name in bands if bands[name] in ("blue", "red", "near-IR", "SWIR 1")] or list(bands)[:4]
    return {**dict(list(indices.items())[:2]), **{name: bands[name] for name in kept}}


def _said(number: int, before: xr.DataArray, after: xr.DataArray | None) -> str:
    clear = int(np.count_nonzero(before["clear"].values))
    measured = f"Pixel {number}: {before.sizes['time']} images, {clear} of them clear there"
    if after is None:
        return f"{measured}. Nothing is switched on: this is what was fetched."
    return (
        f"{measured}; after the chain {after.sizes['time']} dates, "
        f"{int(np.count_nonzero(after['clear'].values))} of them known."
    )
