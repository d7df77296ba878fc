"""Which dates are on the map: one, or two to compare; the controls directly above the map that they move."""

from __future__ import annotations

from datetime import date

import numpy as np
import streamlit as st

from eodash.ui import choices
from eodash.ui.page import caption
from eodash.ui.viewed import Side, Viewed, view_name
from eodash.views.calendar_chart import day
from eodash.views.map import Compare

WAYS: dict[Compare, str] = {"one": "One date", "swipe": "Swipe", "side": "Side by side"}
SIDES: dict[Side, str] = {"a": "Date A", "b": "Date B"}


def choose_dates(viewed: Viewed) -> None:
    """How many dates, then which."""
    st.segmented_control(
        "View", list(WAYS), format_func=WAYS.__getitem__, required=True, default=viewed.compare, key="look-compare",
        label_visibility="collapsed", on_change=_way_chosen, args=(viewed,),
    )  # fmt: skip
    if viewed.compare == "one":
        one_date(viewed)
        return
    for column, side in zip(st.columns(2, gap="medium"), viewed.sides, strict=True):
        with column:
            _calendar(viewed, side, SIDES[side])


def _way_chosen(viewed: Viewed) -> None:
    """The second date is kept from the start, so that it stays where it is while the first one moves."""
    st.session_state["playing"] = False
    second = str(viewed.times[viewed.index_on("b")])
    choices.keep_view(compare=st.session_state["look-compare"], date_b=second)


def one_date(viewed: Viewed, *, plays: bool = True) -> None:
    """‹ ▶ › and the calendar slider; a season that cannot be played has a play button that says so."""
    buttons, calendar = st.columns([1, 1.3], vertical_alignment="bottom", gap="small")
    playing = bool(st.session_state.get("playing"))
    with buttons, st.container(horizontal=True, gap="small"):
        st.button("‹", key="back", help="Image before", on_click=step, args=(viewed, -1))
        symbol = ":material/pause:" if playing else ":material/play_arrow:"
        said = ("Pause" if playing else "Play the season") if plays else "Not every date has been asked yet"
        st.button(symbol, key="play", help=said, on_click=_play, args=(not playing,), disabled=not plays)
        st.button("›", key="forth", help="Next image", on_click=step, args=(viewed, 1))
    with calendar:
        _calendar(viewed, "a")


def date_row(viewed: Viewed) -> None:
    """‹ slider › of the one date; nothing plays."""
    _calendar(viewed, "a", "Date")


def _play(on: bool) -> None:
    """Begin or stop; the clock of the season is set where the page draws it, not where the button is."""
    st.session_state["playing"] = on
    st.rerun()


def _calendar(viewed: Viewed, side: Side, label: str = "") -> None:
    """A slider over the days of the season, between ‹ and › where it stands for itself."""
    times = viewed.times
    first, last = times[0].astype("datetime64[D]").item(), times[-1].astype("datetime64[D]").item()
    if first == last:
        caption(f"{label + ': ' if label else ''}one image, {day(times[0], year=True)}")
        return
    name = f"look-{view_name('date', side)}"
    st.session_state[name] = viewed.time_on(side).astype("datetime64[D]").item()
    with st.container(horizontal=bool(label), vertical_alignment="bottom", gap="small", key=f"dates-{side}"):
        if label:
            st.button("‹", key=f"{name}-back", help="Image before", on_click=step, args=(viewed, -1, side))
        st.slider(
            label or "Date", first, last, format="D MMM" if (last - first).days < 400 else "D MMM YYYY", key=name,
            label_visibility="visible" if label else "collapsed", on_change=_date_chosen, args=(viewed, side),
        )  # fmt: skip
        if label:
            st.button("›", key=f"{name}-forth", help="Next image", on_click=step, args=(viewed, 1, side))


def _date_chosen(viewed: Viewed, side: Side) -> None:
    name = view_name("date", side)
    index = nearest(viewed.times, viewed.index_on(side), st.session_state[f"look-{name}"])
    choices.keep_view(**{name: str(viewed.times[index])})


def nearest(times: np.ndarray, current: int, wanted: date) -> int:
    """The image nearest to a day; a day next to the current image's, as an arrow key gives it, means the next image."""
    days = times.astype("datetime64[D]")
    day_wanted = np.datetime64(wanted, "D")
    index = int(np.abs(days - day_wanted).argmin())
    if index == current and day_wanted != days[current]:
        index += 1 if day_wanted > days[current] else -1
    return min(max(index, 0), len(times) - 1)


def step(viewed: Viewed, by: int, side: Side = "a", wrap: bool = False) -> None:
    """Go to a later or an earlier image."""
    count = len(viewed.times)
    index = viewed.index_on(side) + by
    index = index % count if wrap else min(max(index, 0), count - 1)
    choices.keep_view(**{view_name("date", side): str(viewed.times[index])})
