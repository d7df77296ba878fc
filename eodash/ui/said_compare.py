"""Compare: two answers about one region, side by side; where they agree, since when not, and what is swapped."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from eodash.agreement import AGREE, DIFFER, UNKNOWN, swaps, transitions, verdict
from eodash.cards import Card
from eodash.cube import geobox_of
from eodash.ui import asking, cached, choices
from eodash.ui.figure import figure
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.page import caption, empty, failures, mode, section
from eodash.ui.said import Said
from eodash.ui.said_compare_found import Pair, agreement_of, divergence_of, pair_of, season_of
from eodash.ui.said_compare_other import Other, choose, other_side, titled
from eodash.ui.said_models import images
from eodash.ui.viewed import clearest
from eodash.views.agreement_map import (
    agreement_key,
    agreement_over_season,
    divergence_histogram,
    swap_table,
)
from eodash.views.calendar_chart import Pixel, day, span
from eodash.views.class_map import OPACITIES, OPACITY
from eodash.views.hectares import in_words
from eodash.views.map import Bounds, Picture, pin, pixel_at, shown
from eodash.views.picture import Warp, warp_of

CLASSES, FOUND = "compare-map", "compare-found-map"
"""The map of the two answers, and that of what was found between them."""
CLICKED = "compare-clicked"
HEIGHT = 420
RIM = 0.16
"""Share of a map's height that its name takes."""


def compare(here: Said) -> None:
    """Whatever there is to compare: a choice, then progress, then maps, figures and a table."""
    if st.session_state.pop(CLICKED, False):
        st.rerun()  # the inspector beside the first map follows
    if here.map is None or here.place is None:
        caption("As soon as the map above is there, it can be compared.")
        return
    left, right = st.columns([1, 1.28], gap="medium", vertical_alignment="bottom")
    with left:
        card = choose(here)
    if card is None:
        empty("Nothing to compare with", "The shelf has no other network for these images.")
        return
    with failures(key="compare-failure"):
        other = other_side(here, card)
        if other is None:
            return
        pair = pair_of(here, other)
        with right:
            caption(_about(here, other))
            if line := asking.told(other.map):
                caption(line)
        _both(here, other, pair)
        _found(here, other, pair)


def _about(here: Said, other: Other) -> str:
    said = "Click either map to inspect that pixel above."
    if other.run.id != here.run.id:
        said += " Both see the same fields in the same season; the images differ in what was done to them."
    return said


def _both(here: Said, other: Other, pair: Pair) -> None:
    """Both answers after the chosen date, in equal frames that move together."""
    warp, date = warp_of(geobox_of(here.cube)), day(here.time, year=True)
    drawn = []
    for run, card, answer, place in (
        (here.run, here.card, here.answer, pair.places[0][pair.chosen]),
        (other.run, other.card, other.answer, pair.places[1][pair.chosen]),
    ):
        found = images(run)
        over = here.cube if found is None else found
        scene = over["time"].values[clearest(over)].astype("datetime64[s]")
        url = cached.map_url(run.key, answer, place, "said", scene, _opacity(), mode())
        drawn.append(Picture(url, warp.bounds, f"Classes, as {titled(card)} says after {date}", _tag(card)))
    _map(CLASSES, here, warp, *drawn)


def _tag(card: Card) -> tuple[str, str]:
    """Two short lines: a phone has no room for more."""
    network, images = titled(card).rsplit(", ", 1)
    return network, images.removesuffix(" images")


def _opacity() -> float:
    wanted = choices.view("opacity")
    return next((float(each) for each in OPACITIES if each == wanted), OPACITY)


def _map(key: str, here: Said, warp: Warp, first: Picture, second: Picture | None = None) -> None:
    """One picture, or two side by side; a click on either asks about that pixel."""

    def clicked() -> None:
        answer: dict[str, Any] = st.session_state.get(key) or {}
        place = answer.get("last_clicked")
        found = pixel_at(place["lat"], place["lng"], warp) if place else None
        if found is not None:
            choices.keep_view(asked=list(found))
            st.session_state[CLICKED] = True

    on_map_change(key, clicked)
    ring = [pin(Pixel(1, *here.asked), warp) | {"number": 0, "colour": "#1A2126"}] if here.asked else []
    both = shown(picture=first, other=second, compare="side", area=here.run.request.area, pixels=ring)
    drawn_map(both, key, bounds=_with_room(warp.bounds), height=HEIGHT)


def _with_room(bounds: Bounds) -> Bounds:
    """Bounds with a rim below, where the names stand."""
    (south, west), (north, east) = bounds
    return (south - RIM * (north - south), west), (north, east)


def _found(here: Said, other: Other, pair: Pair) -> None:
    """What lies between the two answers: maps, then key, figures, table and one sentence."""
    now = verdict(pair.first[pair.chosen], pair.second[pair.chosen])
    agree, differ, unknown = (
        float(((now == what) & pair.within).sum() * pair.cell) for what in (AGREE, DIFFER, UNKNOWN)
    )
    date = day(here.time, year=True)
    whole = len(pair.times) > 1
    warp = warp_of(geobox_of(here.cube))
    section(
        f"Where they differ, {day(here.time)}" + (", and since when" if whole else ""),
        "Left: grey where both say the same."
        + (" Right: the first date at which they said two things." if whole else ""),
    )
    said = f"Agreement after {date}: {in_words(agree)} agree, {in_words(differ)} differ"
    pictures = [Picture(agreement_of(pair, here), warp.bounds, said, ("Agreement", date))]
    if whole:
        words = "First date of divergence of each pixel, in the colours of the calendar below"
        url = divergence_of(pair, here)
        pictures.append(Picture(url, warp.bounds, words, ("First divergence", "colours: below")))
    _map(FOUND, here, warp, *pictures)
    one, two = st.columns([1, 1.28], gap="medium")
    with one:
        st.html(agreement_key(agree, differ, unknown, mode()))
        _swapped(here, other, pair)
    with two:
        if whole:
            _season(here, pair)
        else:
            caption(
                "One of the two reads its series as a whole and is asked at the chosen date alone, so there is no "
                "course over the season. Ask it at every date above, or choose two that answer date by date."
            )
    st.html(_sentence(here, other, pair, agree, differ))
    caption(
        "Agreement is no proof: two networks that learned from the same simulated fields can be wrong together. "
        "A divergence is the first date with two different answers; they may agree again later."
    )


def _swapped(here: Said, other: Other, pair: Pair) -> None:
    """What the one calls this and the other that."""
    found = swaps(transitions(*_inner(pair), len(pair.names)), pair.cell)
    if not found:
        caption("They differ nowhere.")
        return
    st.html(swap_table(found, pair.names, pair.colours, (titled(here.card), titled(other.card))))


def _inner(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Both answers of the chosen date, within the area."""
    return pair.first[pair.chosen][pair.within], pair.second[pair.chosen][pair.within]


def _season(here: Said, pair: Pair) -> None:
    """The share that agrees over the season, and when they first differ: one calendar."""
    limits, course = span(here.cube), season_of(pair)
    share, hectares = course.share, course.first_hectares
    known = share[np.isfinite(share)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    most = pair.times[int(hectares.argmax())]
    table = partial(pd.DataFrame, {"date": pair.times, "share that agrees": share, "first differ, ha": hectares})
    figure(
        agreement_over_season(pair.times, share, here.time, limits, mode()),
        "compare-share",
        question="How much of the ground do they agree on?",
        alt=f"Share on which both agree after each date: between {100 * low:.0f} and {100 * high:.0f} %",
        table=table,
        heading=False,
    )
    figure(
        divergence_histogram(pair.times, hectares, here.time, limits, pair.season, mode()),
        "compare-first",
        question="When do they differ for the first time?",
        alt=f"Hectares that differ for the first time, per date; most on {day(most, year=True)}",
        table=table,
        heading=False,
    )


def _sentence(here: Said, other: Other, pair: Pair, agree: float, differ: float) -> str:
    """What one has just seen, with the numbers."""
    both = agree + differ
    if both <= 0:
        return "<p class='eo-found'>There is no pixel by then with an answer of both.</p>"
    mine, theirs = html.escape(titled(here.card)), html.escape(titled(other.card))
    said = f"After {day(here.time)}, {mine} and {theirs} agree on {100 * agree / both:.0f} % of {in_words(both)}."
    if found := swaps(transitions(*_inner(pair), len(pair.names)), pair.cell, 1):
        one = found[0]
        first, second = (html.escape(pair.names[number]) for number in (one.first, one.second))
        said += f" Most often, {in_words(one.hectares)}, the first says {first} where the second says {second}."
    course = season_of(pair)
    if len(pair.times) > 1 and course.ever > 0:
        said += (
            f" <span class='eo-soft'>{100 * course.ever:.0f} % of the ground is called two things at some date, "
            f"half of it by {day(course.median)}.</span>"
        )
    return f"<p class='eo-found'>{said}</p>"
