"""Three pictures: both dates, side by side or under a swipe, and what changed; how good that is, in figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from eodash.change.pair import Floats, Mask
from eodash.ui import choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found
from eodash.ui.change_pictures import address, behind, drawn_ramp, drawn_tones, pictures
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import caption, mode, section
from eodash.views.calendar_chart import Pixel
from eodash.views.change_map import mask_key, of_mask, of_verdicts, verdict_key
from eodash.views.change_words import made_of, scored, unscored
from eodash.views.legend import Legend, legend_html
from eodash.views.map import Picture, pin, pixel_at, shown
from eodash.views.picture import warp_of
from eodash.views.value_map import limits_for, ramp_stops, shades, toned

TWO, ONE = "change-map", "change-found-map"
HEIGHT = 344
INK = "#1A2126"
WAYS = {"side": "Side by side", "swipe": "Swipe"}
SHOWN = {"truth": "Change against truth", "change": "Change", "magnitude": "Magnitude"}
NUMBERS = ("magnitude", "seen")
"""Of what may be shown: those that are numbers, drawn along a ramp."""
UNSEEN = "hatched: not seen on both dates"


def maps(found: Found, mask: Mask) -> None:
    """Left both dates, right the change; a click on any picture asks about its pixel."""
    left, right = st.columns([2, 1], gap="medium")
    with left:
        _two(found)
    with right:
        _change(found, mask)


def _two(found: Found) -> None:
    way = "swipe" if choices.view("change-look") == "swipe" else "side"
    with st.container(horizontal=True, vertical_alignment="center", key="change-dates-title"):
        times = found.dates.names
        section(f"{times[0]} and {times[1]}")
        st.session_state["change-look"] = way
        st.selectbox(
            "How both are shown", list(WAYS), format_func=WAYS.__getitem__, key="change-look", width=150,
            label_visibility="collapsed", on_change=keep, args=("change-look",),
        )  # fmt: skip
    warp = warp_of(found.geobox)
    drawn = [
        Picture(url, warp.bounds, f"Image of {said}", (label, said))
        for label, url, said in zip(("Before", "After"), pictures(found), times, strict=True)
    ]
    clickable(TWO, found)
    both = shown(
        picture=drawn[0], other=drawn[1], compare="swipe" if way == "swipe" else "side",
        area=found.dates.run.request.area, pixels=rings(found),
    )  # fmt: skip
    drawn_map(both, TWO, bounds=warp.bounds, height=HEIGHT)
    marked = float(found.mask.sum()) * found.cell
    st.html(
        scored(found.scores)
        if found.scores is not None
        else unscored(marked, found.detected.share, float(found.usable.mean()))
    )
    if found.dates.spans is not None:
        caption(made_of([int(span.holds(found.cube["time"].values).sum()) for span in found.dates.spans],
                        [np.median(each["seen"].values) for each in found.images]))  # fmt: skip


def _change(found: Found, mask: Mask) -> None:
    titles = shown_titles(found)
    said = choices.view("change-shown")
    kind = next((each for each in titles if each == said), next(iter(titles)))
    st.session_state["change-shown"] = kind
    st.selectbox(
        "Shown in the third picture", list(titles), format_func=titles.__getitem__, key="change-shown",
        label_visibility="collapsed", on_change=keep, args=("change-shown",),
    )  # fmt: skip
    warp = warp_of(found.geobox)
    words = f"{titles[kind]} between {found.dates.names[0]} and {found.dates.names[1]}"
    clickable(ONE, found)
    picture = Picture(_url(found, mask, kind), warp.bounds, words)
    drawn_map(shown(picture=picture, area=found.dates.run.request.area, pixels=rings(found)), ONE,
              bounds=warp.bounds, height=HEIGHT)  # fmt: skip
    if kind in NUMBERS:
        _, limits = _numbers(found, kind)
        stops = ramp_stops("sequential", mode(), limits)
        st.html(legend_html(Legend(_unit(found, kind), mode(), stops=stops, note=UNSEEN)))
    elif kind == "truth":
        st.html(verdict_key(found.verdicts(mask), found.cell))
    else:
        sizes = (mask.sum(), (found.usable & ~mask).sum(), (~found.usable).sum())
        st.html(mask_key(*(float(each) * found.cell for each in sizes)))


def shown_titles(found: Found) -> dict[str, str]:
    """What the third picture may show."""
    titles = dict(SHOWN)
    if found.truth is None:
        del titles["truth"]
    if found.chance:
        titles["magnitude"] = "Chance of change"
    if found.dates.spans is not None:
        titles["seen"] = "Clear dates behind each pixel"
    return titles


def _unit(found: Found, kind: str) -> str:
    if kind == "seen":
        return "clear dates, in the range that has fewer"
    return "chance of change" if found.chance else "magnitude ρ"


def _numbers(found: Found, kind: str) -> tuple[Floats, tuple[float, float]]:
    """What is drawn along a ramp, and between which values."""
    if kind == "seen":
        count = behind(found)
        return np.where(count > 0, count, np.nan).astype(np.float32), (0.0, float(max(1, count.max())))
    values = found.detected.magnitude
    return values, (0.0, 1.0) if found.chance else limits_for(values, "sequential")


def _url(found: Found, mask: Mask, kind: str) -> str:
    """The address of the third picture."""
    scene, key, geobox = str(found.dates.after), found.dates.key, found.geobox
    if kind in NUMBERS:
        values, limits = _numbers(found, kind)
        tones = toned(values, "sequential", limits)
        body = drawn_ramp(tones.tobytes(), tones.shape, shades("sequential", mode()), key, scene, geobox)
    else:
        made, colours = of_verdicts(found.verdicts(mask)) if kind == "truth" else of_mask(mask, found.usable)
        body = drawn_tones(made.tobytes(), made.shape, tuple(colours), key, scene, geobox)
    return address(body, f"change-{kind}")


def rings(found: Found) -> list[dict[str, Any]]:
    """A ring at the asked pixel."""
    place = asked(found)
    return [] if place is None else [pin(Pixel(1, *place), warp_of(found.geobox)) | {"number": 0, "colour": INK}]


def asked(found: Found) -> tuple[int, int] | None:
    """Row and column of the clicked pixel, if it lies in the cube."""
    rows, columns = found.cube.shape[2:]
    match choices.view("asked"):
        case [int(row), int(column)] if 0 <= row < rows and 0 <= column < columns:
            return row, column
    return None


def clickable(key: str, found: Found) -> None:
    warp = warp_of(found.geobox)

    def clicked() -> None:
        answer: dict[str, Any] = st.session_state.get(key) or {}
        place = answer.get("last_clicked")
        where = pixel_at(place["lat"], place["lng"], warp) if place else None
        if where is not None:
            choices.keep_view(asked=list(where))

    on_map_change(key, clicked)


def moved_most(found: Found) -> tuple[int, int]:
    """The pixel in the middle of the largest change, or that which moved most."""
    values = np.where(found.mask, found.detected.magnitude, -math.inf)
    if not np.isfinite(values).any():
        values = np.where(found.usable, found.detected.magnitude, -math.inf)
    row, column = np.unravel_index(int(np.nan_to_num(values, nan=-math.inf).argmax()), values.shape)
    return int(row), int(column)
