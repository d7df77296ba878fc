"""This browser's runs: found, sorted, paged; the disk that they take."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

import streamlit as st

from eodash.store import Freeable, Run
from eodash.ui import cached, choices
from eodash.ui.page import caption, empty
from eodash.ui.regions import HOME, megabytes, title_of
from eodash.ui.run_row import run_row
from eodash.ui.start import open_demo

PAGE = 12
MANY = 8
"""Runs above which they can be searched and sorted."""
ORDERS: dict[str, Callable[[Run, dict[str, int]], tuple[object, ...]]] = {
    "Newest": lambda run, sizes: (-run.created.timestamp(),),
    "Name": lambda run, sizes: (title_of(run).casefold(), -run.created.timestamp()),
    "Largest": lambda run, sizes: (-sizes.get(run.key, 0), -run.created.timestamp()),
}
RULE = (
    "When all runs together pass the quota, the images of the run that nobody used for longest go first, "
    "never those of a pinned run. The run itself stays here and can be fetched again."
)


def my_runs() -> None:
    """The disk, then a row for each run; nobody else's ever appear."""
    known = cached.store().runs(choices.owner())
    if not known:
        empty(
            "No runs yet",
            "Each region that you fetch or open stands here, with its dates and its size on disk.",
            "Open the demo season",
            lambda: open_demo(HOME, {}),
        )
        return
    sizes = cached.store().sizes(choices.owner())
    if (done := st.session_state.pop("freed", None)) is not None:
        caption(f"✓ {done}")
    _disk(known)
    shown = _found(known, sizes)
    if not shown:
        caption("No run is called like that.")
    pages = math.ceil(len(shown) / PAGE)
    page = min(int(st.session_state.get("runs-page", 1)), max(1, pages))
    for run in shown[PAGE * (page - 1) : PAGE * page]:
        run_row(run, sizes.get(run.key, 0))
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            last = min(len(shown), PAGE * page)
            caption(f"{PAGE * (page - 1) + 1}–{last} of {len(shown)} runs")
            st.pagination(pages, default=page, key=f"runs-page-of-{pages}", on_change=_turn, args=(pages,))


def _turn(pages: int) -> None:
    st.session_state["runs-page"] = st.session_state[f"runs-page-of-{pages}"]


def _found(known: list[Run], sizes: dict[str, int]) -> list[Run]:
    """The runs that are asked for, in the order that is asked for."""
    if len(known) <= MANY:
        return known
    left, right = st.columns([1.6, 1], vertical_alignment="bottom")
    with left:
        words = st.text_input(
            "Find by name or date", key="runs-find", placeholder="field, 2024-06", max_chars=120, on_change=_first_page
        )
    with right:
        order = st.segmented_control(
            "Order", list(ORDERS), default="Newest", key="runs-order", required=True, on_change=_first_page
        )
    wanted = (words or "").casefold().split()
    found = [run for run in known if all(word in _searched(run) for word in wanted)]
    return sorted(found, key=lambda run: ORDERS[order or "Newest"](run, sizes))


def _searched(run: Run) -> str:
    period = run.request.period
    return f"{title_of(run)} {run.created:%Y-%m-%d} {period.start} {period.end}".casefold()


def _first_page() -> None:
    for name in [name for name in st.session_state if str(name).startswith("runs-page")]:
        del st.session_state[name]


def _disk(known: list[Run]) -> None:
    """The total against the quota, and the way to make room."""
    store = cached.store()
    mine, everything, quota = store.size(choices.owner()), store.size(), store.quota
    with st.container(border=True, key="disk"):
        left, right = st.columns([3.4, 1], vertical_alignment="center")
        with left:
            st.html(disk_bar(mine, everything, quota))
        with right:
            may_go = store.freeable(choices.owner())
            with st.popover("Free space", icon=":material/cleaning_services:", disabled=not may_go, width="stretch"):
                _free(may_go, {run.key: run for run in known}, everything - quota)
        caption(RULE)


def disk_bar(mine: int, everything: int, quota: int) -> str:
    """How full the disk is: this browser's share, everybody else's, the rest; with numbers."""
    whole = max(quota, everything, 1)
    own, others = 100 * mine / whole, 100 * max(0, everything - mine) / whole
    full = everything > quota
    said = f"Your runs take {megabytes(mine)}. All runs of this server: {megabytes(everything)} of {megabytes(quota)}"
    mark = " <span class='eo-warn'>▲ over the quota</span>" if full else ""
    return (
        f"<p style='margin:0 0 8px;font-variant-numeric:tabular-nums'>{html.escape(said)}{mark}</p>"
        f"<div role='img' aria-label='{html.escape(said, quote=True)}' style='display:flex;height:10px;overflow:hidden;"
        "border-radius:5px;background:var(--eo-panel);outline:1px solid var(--eo-axis)'>"
        f"<i style='width:{own:.2f}%;min-width:{2 if mine else 0}px;background:var(--eo-accent)'></i>"
        f"<i style='width:{others:.2f}%;background:var(--eo-axis)'></i></div>"
    )


def _free(may_go: list[Freeable], runs: dict[str, Run], over: int) -> None:
    """What would go first, and the button that lets it go."""
    if not may_go:
        return
    count = 1
    if len(may_go) > 1:
        count = st.slider(
            "How many runs, the oldest first", 1, len(may_go), enough(may_go, over), key=f"free-of-{len(may_go)}"
        )
    going = may_go[:count]
    rows = "".join(
        f"<tr><td>{html.escape(title_of(runs[one.key]))}</td><td>{megabytes(one.bytes)}</td><td></td></tr>"
        for one in going[:10]
    )
    more = f"<p class='eo-caption'>and {len(going) - 10} more</p>" if len(going) > 10 else ""
    st.html(f"<table class='eo-price'>{rows}</table>{more}")
    size = megabytes(sum(one.bytes for one in going))
    st.button(
        f"Remove {size} of images", type="primary", key="free",
        on_click=_let_go, args=([one.key for one in going],),
    )  # fmt: skip
    caption("The runs stay in the list and can be fetched again. Pinned runs are not touched.")


def enough(may_go: list[Freeable], over: int) -> int:
    """How many of the oldest must go so that the quota holds; one at least."""
    for count in range(1, len(may_go)):
        if sum(one.bytes for one in may_go[:count]) >= over:
            return count
    return len(may_go)


def _let_go(keys: list[str]) -> None:
    before = cached.store().size()
    gone = cached.store().free(choices.owner(), keys)
    freed = megabytes(max(0, before - cached.store().size()))
    st.session_state["freed"] = (
        f"{freed} are free again; {len(gone)} run{'s' if len(gone) != 1 else ''} can be refetched."
    )
