"""The figures under the pictures: how far each pixel moved, and which way."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from eodash.change.normalise import Normalised
from eodash.change.pair import Floats
from eodash.sensors import sensor_of
from eodash.ui import choices
from eodash.ui.change_choice import hand_of, keep
from eodash.ui.change_found import Found, limits
from eodash.ui.figure import figure
from eodash.ui.page import mode
from eodash.views.change_histogram import magnitude_table, magnitudes
from eodash.views.change_polar import (
    ARROWS,
    SECTORS,
    Moved,
    angles,
    polar,
    polar_table,
    sector_name,
)
from eodash.views.change_words import percent
from eodash.views.hectares import in_words

POLAR = "change-polar"


def magnitudes_figure(here: Found) -> None:
    """The histogram, its curves and its threshold."""
    threshold = here.detected.threshold
    line = "Two fitted curves; the threshold lies where they cross." if threshold.curves else "Height: √ of the pixels."
    asked = "How likely did each pixel change?" if here.chance else "How far did each pixel move?"
    if threshold.rule == "by hand":
        line = "The threshold is where you put it."
    words = (
        f"Histogram of {'chances' if here.chance else 'magnitudes'} on a square root scale: threshold "
        f"{threshold.value:.3g}, above it {in_words(float(here.detected.marked.sum()) * here.cell)}."
    )
    figure(
        magnitudes(here.detected, mode()), "change-histogram", question=asked, caption=line,
        alt=words, table=partial(magnitude_table, here.detected),
    )  # fmt: skip


def by_hand(here: Found) -> None:
    """The threshold as a slider, where it is set by hand."""
    if here.detected.settings.threshold != "by hand":
        return
    low, high = limits(here.detected)
    if not high > low:
        return
    top = max(float(np.nanpercentile(here.detected.magnitude, 99.9)), 1.2 * here.detected.threshold.value)
    top = high if here.chance else min(top, high)
    step = 10.0 ** np.floor(np.log10((top - low) / 100))
    name = hand_of(here.detected.settings.method)
    st.session_state[name] = min(max(here.detected.threshold.value, low), top)
    st.slider(
        "Threshold", low, top, step=float(step), format="%.3f" if top < 10 else "%.1f", key=name,
        on_change=keep, args=(name,),
    )  # fmt: skip
    size, share = in_words(here.detected.hectares), percent(here.detected.share)
    st.html(
        f"<p class='eo-found' data-eo='change-hand'><b>{size}</b> changed after cleaning, {share} of what both dates "
        "show.</p>"
    )


def directions(here: Found) -> tuple[Moved, tuple[int, ...]]:
    """Which way each pixel moved between two chosen bands or indices, and the sectors that count."""
    offered = axes(here)
    first, second = axes_chosen(here)
    similar: Normalised = here.detected.normalised
    altered = similar.way == "z-score" or here.detected.season is not None
    pair = here.pair if altered else similar.pair  # an index of anything but reflectance means nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [
            (_values(pair.before, pair.bands, name, here), _values(pair.after, pair.bands, name, here))
            for name in (first, second)
        ]
        angle = angles(values[0], values[1], here.usable)
    moved = Moved(
        here.detected.magnitude, angle, here.mask, here.detected.threshold.value, here.cell,
        (offered[first], offered[second]),
    )  # fmt: skip
    said = choices.view("change-sectors")
    chosen = (
        sorted({each for each in said if isinstance(each, int) and 0 <= each < SECTORS})
        if isinstance(said, list)
        else []
    )
    return moved, tuple(chosen)


def axes(here: Found) -> dict[str, str]:
    """Indices and bands that both dates have, with titles."""
    bands, sensor = here.pair.bands, sensor_of(here.cube.attrs)
    titles = {band.name: band.title for band in sensor.bands}
    known = {name: each.title for name, each in sensor.indices.items() if {each.first, each.second} <= set(bands)}
    return known | {f"band:{name}": titles.get(name, name) for name in bands}


def axes_chosen(here: Found) -> tuple[str, str]:
    """At first red light, which bare ground has, and NDVI, which leaves have."""
    offered = list(axes(here))
    red = next((f"band:{band.name}" for band in sensor_of(here.cube.attrs).bands
                if band.code == "R" and f"band:{band.name}" in offered), offered[-1])  # fmt: skip
    plain = (red, next((name for name in offered if name != red), red))
    wanted = [choices.view(name) for name in ("change-across", "change-up")]
    first, second = (said if said in offered else other for said, other in zip(wanted, plain, strict=True))
    return str(first), str(second)


def _values(images: Floats, bands: tuple[str, ...], name: str, here: Found) -> Floats:
    if name.startswith("band:"):
        band: Floats = images[bands.index(name.removeprefix("band:"))]
        return band
    index = sensor_of(here.cube.attrs).indices[name]
    first, second = images[bands.index(index.first)], images[bands.index(index.second)]
    total = first + second
    found: Floats = np.where(total > 0, (first - second) / np.where(total > 0, total, 1), 0)
    return found


def sectors_chosen(here: Found, moved: Moved, chosen: tuple[int, ...]) -> None:
    """The scatter, whose sectors restrict the map, with the two axes it is drawn between."""
    sizes = moved.hectares()
    most = int(sizes.argmax())
    words = f"Most of the change, {in_words(float(sizes[most]))}: {sector_name(most, moved.names)}."
    figure(
        polar(moved, chosen, mode()), POLAR, question="Which way?",
        caption="Orange ring: the threshold. Arrows restrict the map.",
        alt=f"Direction of change between {moved.names[0]} and {moved.names[1]}. {words}",
        table=partial(polar_table, moved), on_select=_clicked,
    )  # fmt: skip
    st.session_state["change-sectors"] = list(chosen)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="change-ways"):
        st.multiselect(
            "Directions that count", range(SECTORS), key="change-sectors", on_change=keep, args=("change-sectors",),
            format_func=lambda each: f"{ARROWS[each]} {sector_name(each, moved.names)}", placeholder="Every direction",
            label_visibility="collapsed",
        )  # fmt: skip
        more = st.popover("", icon=":material/tune:", key="change-axes", help="Between which bands or indices")
    with more:
        _axes_row(here)
    said = f"Only {', or '.join(sector_name(each, moved.names) for each in chosen)}" if chosen else words
    st.html(f"<p class='eo-caption'>{html.escape(said)}</p>")


def _axes_row(here: Found) -> None:
    offered = axes(here)
    for label, name, chosen in zip(("Across", "Up"), ("change-across", "change-up"), axes_chosen(here), strict=True):
        st.session_state[name] = chosen
        st.selectbox(label, list(offered), format_func=offered.__getitem__, key=name, on_change=keep, args=(name,))


def _clicked() -> None:
    """A click on an arrow takes its sector in, or out again."""
    picked: Any = st.session_state.get(POLAR) or {}
    for point in picked.get("selection", {}).get("points", ()):
        said = point.get("customdata")
        number = said[0] if isinstance(said, list | tuple) and said else said
        if isinstance(number, int | float) and 0 <= number < SECTORS:
            kept = choices.view("change-sectors")
            kept = [each for each in kept if isinstance(each, int)] if isinstance(kept, list) else []
            sector = int(number)
            choices.keep_view(**{"change-sectors": sorted({*kept} ^ {sector})})
            return
