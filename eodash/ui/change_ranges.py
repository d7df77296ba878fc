"""Two ranges of dates instead of two dates: chosen above the pictures, made into composites once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.change.ranges import Span, months
from eodash.change.twin import twin
from eodash.errors import DateError
from eodash.ui import choices
from eodash.ui.page import caption
from eodash.views.change_words import spanned

COMPARED = {"dates": "Two dates", "ranges": "Two ranges"}
ABOUT = (
    "Of a range each pixel is the median of its clear observations: less cloud and less noise, but what came and went "
    "within it is not seen."
)
CLEAR = 0.8
"""Share of a date from which it is worth being compared."""
Spans = tuple[Span, Span]


@dataclass(frozen=True)
class Chosen:
    """What is compared: the clearest image of either side, and the ranges where ranges are compared."""

    before: int
    after: int
    spans: Spans | None = None


def ranged() -> bool:
    """Whether ranges are compared."""
    return bool(choices.view("change-compare") == "ranges")


def spans_chosen(cube: xr.DataArray, before: int, after: int) -> Spans:
    """Both ranges: what was chosen and holds an image, else those around two dates."""
    times = cube["time"].values
    first, second = around(times, before, after)
    return _span("change-before-range", times) or first, _span("change-after-range", times) or second


def _span(name: str, times: np.ndarray) -> Span | None:
    said = choices.view(name)
    try:
        span = Span.read(said) if isinstance(said, str) else None
    except DateError:
        return None
    return span if span is not None and span.holds(times).any() else None


def around(times: np.ndarray, before: int, after: int) -> Spans:
    """The months of two dates, or two months each if both years have them."""
    offered = months(times)
    found = [[span for span in offered if span.holds(times)[place]] for place in (before, after)]
    for length in (1, 0):
        pairs = [(a, b) for a in found[0] for b in found[1]
                 if a.first.month == b.first.month and a.last.month - a.first.month == length == b.last.month
                 - b.first.month]  # fmt: skip
        if pairs and pairs[-1][0] != pairs[-1][1]:
            return pairs[-1]
    single = [next(span for span in some if span.first.month == span.last.month) for some in found]
    return single[0], single[1]


def clearest(times: np.ndarray, shares: np.ndarray, span: Span) -> int:
    """The clearest image of a range."""
    inside = np.flatnonzero(span.holds(times))
    return int(inside[shares[inside].argmax()])


def choose_spans(cube: xr.DataArray, spans: Spans) -> None:
    """Both ranges as lists, months and two months; what was set by the day stands in them, too."""
    offered = sorted({*months(cube["time"].values), *spans})
    named = {str(span): spanned(span.first, span.last) for span in offered}
    for label, name, span in (("Before", "change-before-range", spans[0]), ("After", "change-after-range", spans[1])):
        st.session_state[name] = str(span)
        st.selectbox(label, list(named), format_func=named.__getitem__, key=name, width=166, on_change=keep_as,
                     args=(name, name))  # fmt: skip


def compare_what(cube: xr.DataArray, spans: Spans | None) -> None:
    """Dates or ranges, and the ranges by the day; folded, so that the row stays a row."""
    with st.popover("", icon=":material/date_range:", key="change-compare-more", help="Two dates, or two ranges"):
        st.session_state["change-compare"] = "ranges" if spans else "dates"
        st.segmented_control(
            "What is compared", list(COMPARED), format_func=COMPARED.__getitem__, key="change-compare", required=True,
            on_change=keep_as, args=("change-compare", "change-compare"),
        )  # fmt: skip
        caption(ABOUT)
        if spans is None:
            return
        times = cube["time"].values.astype("datetime64[D]")
        least, most = times[0].astype(object), times[-1].astype(object)
        for label, name, span in zip(("Before, by the day", "After, by the day"),
                                     ("change-before-range", "change-after-range"), spans, strict=True):  # fmt: skip
            key = f"{name}-days"
            if len(st.session_state.get(key) or ()) != 1:  # its second day is being chosen
                st.session_state[key] = (max(span.first, least), min(span.last, most))
            st.date_input(label, key=key, min_value=least, max_value=most, format="YYYY-MM-DD", on_change=_days,
                          args=(key, name))  # fmt: skip


def keep_as(key: str, name: str) -> None:
    """Keep what a widget holds."""
    choices.keep_view(**{name: st.session_state[key]})


def _days(key: str, name: str) -> None:
    """Both ends of a range; while only one is chosen nothing happens."""
    said: Any = st.session_state.get(key)
    if isinstance(said, tuple) and len(said) == 2 and all(isinstance(each, date) for each in said):
        choices.keep_view(**{name: str(Span(*said))})


def clear_shares(cube: xr.DataArray) -> NDArray[np.float64]:
    """Of every date."""
    shares: NDArray[np.float64] = cube["clear"].values[:, ::4, ::4].mean((1, 2))
    return shares


def first_choice(cube: xr.DataArray) -> tuple[int, int]:
    """The clearest pair a year apart, the latest of equals; else the first and the last clear date."""
    times, share = cube["time"].values.astype("datetime64[s]"), clear_shares(cube)
    usable = share >= min(CLEAR, float(np.sort(share)[-2]) if len(share) > 1 else 0.0)
    best, chosen = -1.0, None
    for after in np.flatnonzero(usable):
        before = twin(times, int(after), usable)
        if before is None or before == after:
            continue
        away = abs(float((times[after] - times[before]) / np.timedelta64(1, "D")) - 365) / 365
        worth = round(float(share[before] * share[after]) - away, 2)
        if worth >= best:
            best, chosen = worth, (before, int(after))
    if chosen is not None:
        return chosen
    clear = np.flatnonzero(usable)
    return int(clear[0]), int(clear[-1])
