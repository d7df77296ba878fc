"""Files as a source: which folder, what was understood of it, and the form that corrects it."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st
from odc.geo.geobox import GeoBox

from eodash.errors import EodashError
from eodash.files.listing import candidates
from eodash.files.understood import Understood
from eodash.ui import cached, choices
from eodash.ui.correcting import correct, say
from eodash.ui.page import caption, failed, section


def choose_files() -> None:
    """A folder or file below the data root."""
    try:
        offered = candidates()
    except EodashError as error:
        failed(error, key="files-failed")
        return
    here = choices.draft().path
    if not offered:
        caption("There are no images below the data root of this server yet. Put a folder of them there.")
        return
    if here:
        _adopt_known(choices.draft())
    st.selectbox(
        "Folder or file", offered, offered.index(here) if here in offered else None, key="import-path",
        placeholder="Choose one", on_change=_path_chosen,
    )  # fmt: skip


def _path_chosen() -> None:
    path = st.session_state.get("import-path")
    if path and path != choices.draft().path:
        choices.keep(path=path, corrections="", recipe="")


def understood() -> None:
    """What was understood of the chosen files; full width, as the form needs room."""
    here = choices.draft()
    if here.source != "files" or not here.path:
        return
    future = cached.understanding(here.path, here.corrections)
    if not future.done():
        _reading(here.path, here.corrections)
        return
    error = future.exception()
    if isinstance(error, EodashError):
        ways = {"Read it again": lambda: cached.understanding.forget(here.path, here.corrections)}
        if here.corrections:
            ways["Without my corrections"] = say
        failed(error, ways, key="import-failed")
        return
    found = future.result()
    _adopt(found)
    with st.container(border=True, key="understood"):
        section(f"What was understood of {found.path}", found.kind)
        left, right = st.columns([1, 1], gap="large")
        with left:
            st.html(points(found))
            if found.refused:
                st.html(f"<p class='eo-failed'><b>✕ {html.escape(found.refused)}</b></p>")
            for said in found.notices:
                caption(f"▲ {said}")
        with right:
            correct(found, here.corrections)


@st.fragment(run_every=0.4)
def _reading(path: str, corrections: str) -> None:
    if cached.understanding(path, corrections).done():
        st.rerun()
        return
    caption("Reading every file once, to its last byte …")


def _adopt_known(here: choices.Draft) -> None:
    """What is understood already is asked for before a price is drawn: no price of another reading, no empty moment."""
    future = cached.understanding(here.path, here.corrections)
    if future.done() and future.exception() is None:
        _adopt(future.result())


def _adopt(found: Understood) -> None:
    """The question asks for these files as they are understood: the whole ground, every date."""
    if found.refused or found.recipe == choices.draft().recipe:
        return
    days = [date.fromisoformat(each.time[:10]) for each in found.dates]
    choices.keep(
        recipe=found.recipe, area=found.area, start=min(days), end=max(days), bands=found.sensor.names, resolution=0
    )
    st.session_state["import-adopted"] = True
    st.rerun()


def points(found: Understood) -> str:
    """Each point with its value and how it was decided."""
    rows = [
        ("Sensor", found.sensor.title, "sensor"),
        ("Bands", _bands(found), "bands"),
        ("Numbers", found.units, "units"),
        ("Scale", _scale(found), "scale"),
        ("No data", "none" if found.nodata is None else f"{found.nodata:g}", "nodata"),
        ("Dates", _dates(found), "dates"),
        ("Grid", _grid(found), "grid"),
    ]
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td><b>{html.escape(value)}</b><br>"
        f"<span>{html.escape(found.how.get(key, ''))}</span></td></tr>"
        for name, value, key in rows
    )
    return f"<table class='eo-points'>{body}</table>"


def _bands(found: Understood) -> str:
    kept = [band.name for band in found.bands if band.name]
    return f"{', '.join(kept[:12])}{' …' if len(kept) > 12 else ''}" if kept else "none"


def _scale(found: Understood) -> str:
    if found.scale is None or found.offset is None:
        return "differs from band to band"
    return f"× {found.scale:g}" + (f" {'+' if found.offset > 0 else '−'} {abs(found.offset):g}" if found.offset else "")


def _dates(found: Understood) -> str:
    if not found.dates:
        return "none yet"
    first, last = found.dates[0].time[:10], found.dates[-1].time[:10]
    return first if len(found.dates) == 1 else f"{len(found.dates)}, {first} to {last}"


def _grid(found: Understood) -> str:
    if found.grid is None:
        return "none yet"
    rows, columns = found.grid.shape
    where = "on a blank grid" if found.blank else _place(found.grid)
    return f"{columns} × {rows} px of {found.pixel:,.4g} m, {where}"


def _place(grid: GeoBox) -> str:
    """The name of a coordinate system: its EPSG number, else what it says of itself."""
    if grid.crs is None:
        return "no coordinate system"
    number, known = grid.crs.to_epsg(), grid.crs.proj
    method = known.coordinate_operation.method_name if known.coordinate_operation else ""
    return f"EPSG:{number}" if number else (known.name if known.name != "unnamed" else method or "its own projection")
