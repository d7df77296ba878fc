"""Areas that this browser has used: kept the moment they are accepted; named, pinned, deleted."""

from __future__ import annotations

import base64
import html
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager

import shapely
import streamlit as st

from eodash.errors import StorageError
from eodash.request import Area
from eodash.store import KeptArea
from eodash.ui import cached, choices
from eodash.ui.page import caption, palette
from eodash.ui.regions import ground, middle

log = logging.getLogger("eodash")
FIRST = 6
"""How many are shown before somebody asks for all."""
NAME = 120


def remember(area: Area) -> None:
    """Keep an accepted area; one that the store will not take is used all the same."""
    try:
        cached.store().save_area(choices.owner(), area)
    except StorageError as error:
        log.warning("An area could not be kept: %s", error)
        st.session_state["areas-error"] = error.message


def kept_areas() -> None:
    """A folded list of the areas, the pinned ones first."""
    known = sorted(cached.store().areas(choices.owner()), key=lambda kept: not kept.pinned)
    gone: KeptArea | None = st.session_state.get("area-gone")
    if refused := st.session_state.pop("areas-error", None):
        caption(f"▲ {refused}")
    if not known and gone is None:
        return
    box = st.expander(
        "Recent and named areas", icon=":material/history:", key="kept-areas", on_change="rerun",
    )  # fmt: skip
    if not box.open:
        return
    with box:
        if gone is not None:
            _undo(gone)
        everything = st.session_state.get("all-areas", False)
        for kept in known if everything else known[:FIRST]:
            _row(kept)
        if len(known) > FIRST and not everything:
            st.button(f"Show all {len(known)}", type="tertiary", key="show-all-areas", on_click=_show_all)


def _row(kept: KeptArea) -> None:
    if st.session_state.get("area-renaming") == kept.id:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                "Name of this area", kept.area.name, key=f"area-name-{kept.id}", max_chars=NAME,
                on_change=_rename, args=(kept.id,),
            )  # fmt: skip
            st.button("Done", key=f"area-named-{kept.id}", on_click=_rename, args=(kept.id,))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"kept-area-{kept.id}"):
        st.html(_said(kept), width="stretch")
        with st.container(horizontal=True, width="content", gap="small", wrap=False):
            st.button("Use", key=f"area-use-{kept.id}", on_click=_use, args=(kept,))
            for icon, what, act in (
                ("edit", "Rename", _start_renaming),
                ("keep_off" if kept.pinned else "keep", "Unpin" if kept.pinned else "Pin", _pin),
                ("delete", "Delete", _delete),
            ):
                st.button(
                    "", icon=f":material/{icon}:", help=what, type="tertiary",
                    key=f"area-{what.lower()}-{kept.id}", on_click=act, args=(kept,),
                )  # fmt: skip


def _said(kept: KeptArea) -> str:
    star = "<span title='pinned'>★ </span>" if kept.pinned else ""
    name = kept.area.name or middle(kept.area, 3)
    place = f"{ground(kept.area)} · {middle(kept.area, 3)}" if kept.area.name else ground(kept.area)
    return (
        "<div style='display:flex;gap:12px;align-items:center;line-height:1.35'>"
        f"{sketch(kept.area)}<div style='min-width:0;overflow-wrap:anywhere'><b>{star}{html.escape(name)}</b><br>"
        f"<span class='eo-caption'>{html.escape(place)}</span></div></div>"
    )


def sketch(area: Area, side: int = 40) -> str:
    """The outline in a small square, north up."""
    shape = area.geometry
    west, south, east, north = shape.bounds
    across = max(0.05, math.cos(math.radians((south + north) / 2)))  # a degree of longitude in degrees of latitude
    width, height = (east - west) * across, north - south
    scale = (side - 6) / max(width, height)
    left, top = (side - width * scale) / 2, (side - height * scale) / 2
    parts = []
    for polygon in shapely.get_parts(shape.simplify(max(width, height) / 60)):
        for ring in (polygon.exterior, *polygon.interiors) if polygon.geom_type == "Polygon" else ():
            points = [
                f"{left + (x - west) * across * scale:.1f} {top + (north - y) * scale:.1f}" for x, y in ring.coords
            ]
            parts.append(f"M{'L'.join(points[:400])}Z")
    here = palette()
    drawn = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}'>"
        f"<path d='{''.join(parts[:60])}' fill='{here.accent}' fill-opacity='.22' fill-rule='evenodd' "
        f"stroke='{here.accent}' stroke-width='1.5' stroke-linejoin='round'/></svg>"
    )
    told = base64.b64encode(drawn.encode()).decode()  # a page keeps no svg of its own, but shows one as a picture
    return (
        f"<img src='data:image/svg+xml;base64,{told}' alt='outline' width='{side}' height='{side}' "
        "style='flex:none;background:var(--eo-panel);border-radius:6px'>"
    )


@contextmanager
def _refused() -> Iterator[None]:
    """Say why the store refused, above the list."""
    try:
        yield
    except StorageError as error:
        st.session_state["areas-error"] = str(error)


def _undo(gone: KeptArea) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        caption(f"Deleted: {gone.area.name or middle(gone.area)}.")
        st.button("Undo", key="area-undo", on_click=_bring_back, args=(gone,))


def _use(kept: KeptArea) -> None:
    for forgotten in ("area-error", "area-gone"):
        st.session_state.pop(forgotten, None)
    choices.keep(area=kept.area)
    remember(kept.area)


def _start_renaming(kept: KeptArea) -> None:
    st.session_state["area-renaming"] = kept.id


def _rename(area_id: str) -> None:
    name = st.session_state.get(f"area-name-{area_id}")
    st.session_state.pop("area-renaming", None)
    if name is None:
        return
    with _refused():
        renamed = cached.store().rename_area(area_id, choices.owner(), name)
        here = choices.draft().area
        if here is not None and here.wkt == renamed.area.wkt:
            choices.keep(area=renamed.area)


def _pin(kept: KeptArea) -> None:
    with _refused():
        cached.store().pin_area(kept.id, choices.owner(), not kept.pinned)


def _delete(kept: KeptArea) -> None:
    with _refused():
        st.session_state["area-gone"] = cached.store().delete_area(kept.id, choices.owner())


def _bring_back(gone: KeptArea) -> None:
    st.session_state.pop("area-gone", None)
    with _refused():
        again = cached.store().save_area(choices.owner(), gone.area)
        if gone.pinned:
            cached.store().pin_area(again.id, choices.owner())


def _show_all() -> None:
    st.session_state["all-areas"] = True
